// search-benchmark regret METHOD SEEDS TRIALS | search-benchmark overhead METHOD TRIALS
import SearchSpaces
import Strategies
import Studies

let arguments = CommandLine.arguments
let usage = "search-benchmark regret random|tpe SEEDS TRIALS | search-benchmark overhead random|tpe TRIALS"

switch (arguments.dropFirst().first, arguments.dropFirst(2).first.flatMap(Method.init)) {
case ("regret", let method?) where arguments.count == 5:
    try regret(method, seeds: Int(arguments[3]) ?? 30, trials: Int(arguments[4]) ?? 100)
case ("overhead", let method?) where arguments.count == 4:
    try overhead(method, trials: Int(arguments[3]) ?? 1000)
default:
    print(usage)
}

func specification(_ problem: Problem, method: Method, seed: Int) -> StudySpecification {
    StudySpecification(
        name: problem.name, metric: Metric(name: "value", goal: .minimize), method: method, seed: seed,
        trainer: .command([], program: nil), space: problem.space, folder: "")
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
        history.trials.append(
            Trial(
                id: Trial.ID(number), assignment: assignment, state: .complete,
                reports: [Report(iter: 1, value: values[number])]))
        each(number, time)
    }
    return values
}

func regret(_ method: Method, seeds: Int, trials: Int) throws {
    for problem in Problem.all {
        let runs = try (0..<seeds).map { try play(problem, method: method, seed: $0, trials: trials) }
        let marks = [25, 50, 100, 200].filter { $0 <= trials }
        let figures = marks.map { mark in
            "\(mark): \(summary(runs.map { ($0.prefix(mark).min() ?? .nan) - problem.least }))"
        }
        print("autolora \(method) \(problem.name): " + figures.joined(separator: ", "))
    }
}

/// The interquartile mean, the mean and its standard error.
func summary(_ regrets: [Double]) -> String {
    let sorted = regrets.sorted()
    let middle = sorted.dropFirst(sorted.count / 4).dropLast(sorted.count / 4)
    let mean = sorted.reduce(0, +) / Double(sorted.count)
    let variance = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sorted.count - 1)
    let error = (variance / Double(sorted.count)).squareRoot()
    func short(_ value: Double) -> String { String((value * 1e4).rounded() / 1e4) }
    return "\(short(middle.reduce(0, +) / Double(middle.count))) (mean \(short(mean)) +- \(short(error)))"
}

func overhead(_ method: Method, trials: Int) throws {
    var sum = Duration.zero
    var last = 0
    _ = try play(.lora, method: method, seed: 1, trials: trials) { number, time in
        sum += time
        guard [50, 100, 200, 500, 1000, 2000, 5000, 10000].contains(number + 1) else { return }
        print("autolora \(method) after \(number + 1): \(sum / (number + 1 - last)) a suggestion since the last mark")
        (sum, last) = (.zero, number + 1)
    }
}
