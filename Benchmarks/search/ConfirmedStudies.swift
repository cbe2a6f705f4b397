import BuiltInTrainer
import Confirmations
import Glibc
import SearchSpaces
import SpaceFiles
import Studies
import Trainers

/// `search-benchmark confirm`: is what a confirmation says true? Studies on the recorded table with its seeds' noise, each confirmed, and
/// each searched on for as many steps instead.
struct ConfirmedStudies {
    static let usage = "search-benchmark confirm FOLDER FIRST_SEED STUDIES [TRIALS [TOP SEEDS]]"

    private let table: NoisyTable
    private let specification: StudySpecification
    private let seeds: Range<Int>
    private let settings: ConfirmationSettings

    /// - Parameter arguments: after `confirm`; nil: they are not what ``usage`` says.
    init?(_ arguments: [String]) throws {
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        guard (3...6).contains(arguments.count), numbers.count == arguments.count - 1, numbers.count != 4 else { return nil }
        table = try NoisyTable(folder: arguments[0])
        var specification = try SpaceFile(
            path: arguments[0] + "/space.yaml", trainers: TrainerList.standard.types
        ).specification
        specification.earlyTermination = .asha(.init(eta: 3, minimum: 1, maximum: table.length))
        (specification.method, specification.workers, specification.warmStart) = (.tpe, 2, WarmStart())
        specification.runCap = numbers.count > 2 ? numbers[2] : StudySpecification.defaultRunCap
        self.specification = specification
        seeds = numbers[0]..<(numbers[0] + numbers[1])
        settings =
            numbers.count == 5 ? ConfirmationSettings(top: numbers[3], seeds: numbers[4]) : ConfirmationSettings()
    }

    func run() throws {
        print("noise from seed to seed: \(ConfirmationTally.points(table.noise)) points")
        var studies = ConfirmationTally()
        var (gains, other) = ([Double](), [Double]())
        for seed in seeds {
            let study = try search(seed, trials: specification.runCap ?? 40, steps: .max)
            let played = try PlayedConfirmation(study.history, settings, table, space: specification.space, seed: seed)
            let more = try search(seed, trials: 10_000, steps: study.steps + played.steps)
            guard let chosen = played.chosen, let best = more.history.best?.trial, let before = study.history.best?.trial else {
                continue
            }
            let truth = table.truth(of: chosen)
            gains.append(truth - table.truth(of: best.assignment))
            other.append(truth - table.truth(of: before.assignment))
            studies.take(played, table)
        }
        print(
            "studies of \(specification.runCap ?? 40) trials, confirmed: top \(settings.top), at most \(settings.seeds) seeds")
        print("  true value of the confirmed choice less that of the best of the search at as many steps: \(Self.mean(gains))")
        print("  less that of the best before its confirmation, which is free: \(Self.mean(other))")
        print(studies.text)
        for (name, spread) in [("all within 0.3 points", 0.0...0.003), ("the best over 2 points ahead", 0.02...0.06)] {
            var tally = ConfirmationTally()
            for seed in seeds { tally.take(try drawn(seed, apart: spread), table) }
            print("finalists drawn from the table, \(name):\n\(tally.text)")
        }
    }

    private func search(_ seed: Int, trials: Int, steps: Int) throws -> SimulatedStudy {
        var specification = specification
        (specification.seed, specification.runCap) = (seed, trials)
        var study = try SimulatedStudy(specification) { table.curve(of: $0, seed) }
        study.play(steps: steps)
        return study
    }

    /// Configurations of the table as finalists, chosen by what they are worth; what a search found of them is of no account.
    private func drawn(_ seed: Int, apart: ClosedRange<Double>) throws -> PlayedConfirmation {
        var generator = SeededGenerator(seed, 99)
        let working = table.configurations.filter { table.truth(of: $0) > 0.8 }
        while true {
            let picked = (0..<settings.top).map { _ in working[Int(generator.unit() * Double(working.count))] }
            let truths = picked.map(table.truth).sorted(by: >)
            // All within so little, or the first so far from all others.
            let distance = apart.lowerBound == 0 ? truths[0] - truths[truths.count - 1] : truths[0] - truths[1]
            guard Set(picked).count == picked.count, apart.contains(distance) else { continue }
            let history = History(
                goal: .maximize,
                trials: picked.enumerated().map { number, assignment in
                    Trial(
                        id: Trial.ID(number), assignment: assignment, state: .complete,
                        reports: [Report(iter: 1, value: table.truth(of: assignment))])
                })
            return try PlayedConfirmation(history, settings, table, space: specification.space, seed: seed)
        }
    }

    private static func mean(_ values: [Double]) -> String {
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))
        let error = (variance / Double(values.count)).squareRoot()
        return
            "\(ConfirmationTally.points(mean)) points (standard error \(ConfirmationTally.points(error)), \(values.count) studies)"
    }
}
