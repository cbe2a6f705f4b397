// How good a method's studies are, as one JSON line each, and how long a suggestion takes.
import SearchSpaces
import Strategies
import Studies

let arguments = CommandLine.arguments
let methods = Method.allCases.map(\.rawValue).joined(separator: "|")
let usage = """
    search-benchmark studies \(methods) FIRST_SEED SEEDS TRIALS [PROBLEM...]
    search-benchmark overhead \(methods) TRIALS [FOLDER]
    search-benchmark overhead-with-scheduler \(methods) TRIALS SCHEDULER
    search-benchmark metrics \(methods) FIRST_SEED SEEDS TRIALS
    search-benchmark memory \(methods) FIRST_SEED SEEDS TRIALS
    \(ClockCommand.usage)
    \(ConfirmedStudies.usage)
    search-benchmark lookup FOLDER CONFIGURATIONS.jsonl
    """
let numbers = arguments.dropFirst(3).prefix { Int($0) != nil }.compactMap { Int($0) }

switch (arguments.dropFirst().first, arguments.dropFirst(2).first.flatMap(Method.init)) {
case ("studies", let method?) where numbers.count == 3:
    let names = arguments.dropFirst(6)
    for seed in numbers[0]..<(numbers[0] + numbers[1]) {
        for problem in names.isEmpty ? Problem.all : (Problem.all + Problem.wide).filter({ names.contains($0.name) }) {
            try study(problem, method: method, seed: seed, trials: numbers[2])
        }
    }
case ("overhead", let method?) where numbers.count == 1:
    try Overhead(method: method, trials: numbers[0], folder: arguments.dropFirst(4).first ?? ".").run()
case ("overhead-with-scheduler", let method?) where numbers.count == 1:
    if let termination = arguments.dropFirst(4).first.flatMap({ ClockCommand.termination($0, length: SchedulerOverhead.length) }
    ) {
        try SchedulerOverhead(method: method, trials: numbers[0], termination: termination).run()
    } else {
        print(usage)
    }
case ("metrics", let method?) where numbers.count == 3:
    for seed in numbers[0]..<(numbers[0] + numbers[1]) {
        for problem in TwoMetrics.all { try problem.play(method, seed: seed, trials: numbers[2]) }
    }
case ("memory", let method?) where numbers.count == 3:
    try MemoryLimit.printTable(method, seeds: numbers[0]..<(numbers[0] + numbers[1]), trials: numbers[2])
case ("clock", _):
    if let command = try ClockCommand(Array(arguments.dropFirst(2))) { try command.run() } else { print(usage) }
case ("confirm", _):
    if let command = try ConfirmedStudies(Array(arguments.dropFirst(2))) { try command.run() } else { print(usage) }
case ("lookup", _) where arguments.count == 4:
    try LearningProblem(named: arguments[2]).printCurves(of: arguments[3])
default:
    print(usage)
}

func specification(_ problem: Problem, method: Method, seed: Int) -> StudySpecification {
    var specification = StudySpecification(
        name: problem.name, metric: Metric(name: "value", goal: .minimize), method: method, seed: seed,
        trainer: TrainerSpecification(type: "command"), space: problem.space, folder: "")
    // Here the strategies alone are compared.
    specification.warmStart = WarmStart(recipes: false)
    return specification
}

/// Plays studies with one worker; `each` sees the time a suggestion took.
func play(
    _ problem: Problem, method: Method, seed: Int, trials: Int, each: (Int, Duration) -> Void = { _, _ in }
) throws -> [Double] {
    var suggester = try Suggester(specification: specification(problem, method: method, seed: seed))
    var history = History(goal: .minimize)
    var values: [Double] = []
    let clock = ContinuousClock()
    for number in 0..<trials {
        var suggestion = Suggestion.exhausted("")
        let time = clock.measure { suggestion = suggester.suggest(after: history) }
        guard case .assignment(let assignment, refused: _) = suggestion else { break }
        values.append(problem.value(assignment))
        history.add(
            Trial(
                id: Trial.ID(number), assignment: assignment, state: .complete,
                reports: [Report(iter: 1, value: values[number])]))
        each(number, time)
    }
    return values
}

/// Prints the regret after so many trials, and the mean milliseconds of a suggestion.
func study(_ problem: Problem, method: Method, seed: Int, trials: Int) throws {
    var sum = Duration.zero
    let values = try play(problem, method: method, seed: seed, trials: trials) { sum += $1 }
    let regrets = [25, 50, 100, 200, 300].filter { $0 <= trials }.map { mark in
        "\"\(mark)\": \((values.prefix(mark).min() ?? .nan) - problem.least)"
    }
    let milliseconds = sum / Duration.milliseconds(1) / Double(trials)
    print(
        "{\"by\": \"autolora\", \"method\": \"\(method.rawValue)\", \"problem\": \"\(problem.name)\", \"seed\": \(seed), "
            + "\"regret\": {\(regrets.joined(separator: ", "))}, \"ms\": \(milliseconds)}")
}
