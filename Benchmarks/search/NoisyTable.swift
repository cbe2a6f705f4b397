import Glibc
import SearchSpaces
import TrainerSettings

/// A recorded table whose trainings differ from seed to seed: the mean curve of a configuration, plus noise over its reports as the
/// table's second seeds show it.
final class NoisyTable {
    let length: Int
    private let table: RecordedTable
    /// Half the variance of two seeds of one configuration, as vectors over the reports; noise is their normal mixture.
    private let differences: [[Double]]
    private var truths: [Assignment: Double] = [:]
    private var means: [Assignment: [LearningProblem.CurvePoint]] = [:]

    /// Accuracy above which a configuration works: the noise of what does not is another.
    private static let works = 0.8
    private static let draws = 400

    /// - Parameter folder: with curves.jsonl and lookup.json.
    init(folder: String) throws {
        table = try RecordedTable(folder: folder)
        length = table.rows[0].reports.count
        let second = try RecordedTable.rows(in: folder, seed: 8)
        let first = Dictionary(table.rows.map { ($0.parameters, $0) }) { one, _ in one }
        differences = second.compactMap { row in
            guard let other = first[row.parameters] else { return nil }
            let (a, b) = (row.reports.map { $0.accuracy ?? .nan }, other.reports.map { $0.accuracy ?? .nan })
            guard a.count == b.count, (a[a.count - 1] + b[b.count - 1]) / 2 >= Self.works else { return nil }
            return zip(a, b).map { ($0 - $1) / 2.0.squareRoot() }
        }
    }

    /// The standard deviation that seeds leave in the last report.
    var noise: Double {
        (differences.reduce(0) { $0 + $1[length - 1] * $1[length - 1] } / Double(differences.count)).squareRoot()
    }

    private func noise(using generator: inout SeededGenerator) -> [Double] {
        var sum = [Double](repeating: 0, count: length)
        for difference in differences {
            let (a, b) = (max(generator.unit(), 1e-300), generator.unit())
            let weight = (-2 * log(a)).squareRoot() * cos(2 * Double.pi * b) / Double(differences.count).squareRoot()
            for place in sum.indices { sum[place] += weight * difference[place] }
        }
        return sum
    }

    private func mean(of assignment: Assignment) -> [LearningProblem.CurvePoint] {
        if let known = means[assignment] { return known }
        let curve = table.curve(of: Self.completed(assignment), by: .mean)
        means[assignment] = curve
        return curve
    }

    /// What the built-in trainer takes where nothing is given.
    private static func completed(_ assignment: Assignment) -> Assignment {
        let defaults: [String: SettingValue] = [
            "learning_rate": .double(2e-4), "r": .int(8), "alpha_over_r": .int(2), "lora_dropout": .double(0),
            "target_modules": .array([.string("query"), .string("value")]), "layers_to_transform": .string("all"),
        ]
        return Assignment(defaults.merging(assignment.values) { $1 })
    }

    /// A training's curve.
    func curve(of assignment: Assignment, _ stream: Int...) -> [LearningProblem.CurvePoint] {
        let place = Self.completed(assignment).values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined()
        let key = place.utf8.reduce(1469) { ($0 &* 31) &+ Int($1) }
        var generator = SeededGenerator(stream.reduce(key) { ($0 &* 1_000_003) &+ $1 })
        return zip(mean(of: assignment), noise(using: &generator)).map { point, noise in
            .init(step: point.step, seconds: point.seconds, value: point.value + noise)
        }
    }

    /// What a configuration comes to on the average of all seeds: its best report's mean.
    func truth(of assignment: Assignment) -> Double {
        if let known = truths[assignment] { return known }
        let curve = mean(of: assignment)
        // The same draws for all, so that differences are exact.
        var generator = SeededGenerator(7, 7)
        let sum = (0..<Self.draws).reduce(0) { sum, _ in
            sum + (zip(curve, noise(using: &generator)).map { $0.value + $1 }.max() ?? .nan)
        }
        truths[assignment] = sum / Double(Self.draws)
        return truths[assignment] ?? .nan
    }

    /// The configurations of the table.
    var configurations: [Assignment] { table.rows.map(\.parameters) }
}
