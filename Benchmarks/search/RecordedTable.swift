import BuiltInTrainer
import FoundationEssentials
import Glibc
import SearchSpaces
import SpaceFiles
import TrainerSettings
import Trainers

/// Learning curves that were trained once, and the rules by which every other configuration has one: the mean of those around
/// it, or its nearest neighbor's. lookup.py has the same rules, and chooses the weights of the dimensions.
struct RecordedTable: Sendable {
    struct Row: Decodable, Sendable {
        let seed: Int
        let trial: Int
        let parameters: Assignment
        let reports: [Report]
    }

    struct Report: Decodable, Sendable {
        let step: Int
        /// nil: it was no number.
        let accuracy: Double?

        private enum CodingKeys: String, CodingKey {
            case step
            case accuracy = "eval_accuracy"
        }
    }

    private struct Lookup: Decodable {
        let dimensions: [Dimension]
        /// Of one report, by the objective's rows.
        let seconds: [Double]
    }

    private struct Dimension: Decodable {
        /// Their product, where there are several.
        let parameters: [String]
        /// By parameter; nil: 1.
        let powers: [Double]?
        /// Of what counts after its number, from the least to the greatest; nil: values are alike or not.
        let min: Double?
        let max: Double?
        let log: Bool?
        let weight: Double

        func squaredDifference(_ a: Assignment, _ b: Assignment) -> Double {
            guard let min, let max else { return a[parameters[0]] == b[parameters[0]] ? 0 : 1 }
            let range = log == true ? Glibc.log(max) - Glibc.log(min) : max - min
            let difference = (place(of: a) - place(of: b)) / range
            return difference * difference
        }

        private func place(of assignment: Assignment) -> Double {
            parameters.indices.reduce(0) { sum, index in
                let number = assignment[parameters[index]]?.number ?? .nan
                return sum + (powers?[index] ?? 1) * (log == true ? Glibc.log(number) : number)
            }
        }
    }

    /// The rows of the seed that is the objective.
    let rows: [Row]
    /// Of one report, by row.
    let seconds: [Double]
    private let dimensions: [Dimension]

    /// - Parameter folder: with curves.jsonl and lookup.json.
    init(folder: String, seed: Int = 7) throws {
        rows = try Self.rows(in: folder, seed: seed)
        let lookup = try JSONInput.read(Lookup.self, file: folder + "/lookup.json")
        guard lookup.seconds.count == rows.count, !rows.isEmpty else {
            throw Mismatch(description: "\(folder)/lookup.json is not of this curves.jsonl; run lookup.py \(folder) --fit")
        }
        (dimensions, seconds) = (lookup.dimensions, lookup.seconds)
    }

    /// The rows of one seed.
    static func rows(in folder: String, seed: Int) throws -> [Row] {
        let path = folder + "/curves.jsonl"
        let lines = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self).split(separator: "\n")
        return try lines.map { try JSONInput.decode(Row.self, from: Data($0.utf8), of: path) }.filter { $0.seed == seed }
    }

    struct Mismatch: Error, CustomStringConvertible {
        let description: String
    }

    enum Rule: String, Sendable {
        /// The mean of all rows, each weighted by exp(-distance).
        case mean = "reviews"
        /// The nearest row, with all its training's noise.
        case nearest = "reviews-nearest"
    }

    func curve(of assignment: Assignment, by rule: Rule) -> [LearningProblem.CurvePoint] {
        let distances = rows.map { row in
            dimensions.reduce(0) { $0 + $1.weight * $1.squaredDifference(assignment, row.parameters) }
        }
        let nearest = distances.indices.min { distances[$0] < distances[$1] } ?? 0
        switch rule {
        case .nearest:
            return curve(reportSeconds: seconds[nearest], values: rows[nearest].reports.map { $0.accuracy ?? .nan })
        case .mean:
            // From the nearest, so that the weights of a configuration far from all do not vanish together.
            let weights = distances.map { Glibc.exp(distances[nearest] - $0) }
            let total = weights.reduce(0, +)
            func mean(_ values: [Double]) -> Double { zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } / total }
            return curve(
                reportSeconds: mean(seconds),
                values: rows[nearest].reports.indices.map { place in mean(rows.map { $0.reports[place].accuracy ?? 0 }) })
        }
    }

    private func curve(reportSeconds: Double, values: [Double]) -> [LearningProblem.CurvePoint] {
        zip(rows[0].reports, values).enumerated().map { place, report in
            .init(step: report.0.step, seconds: Double(place + 1) * reportSeconds, value: report.1)
        }
    }
}

extension LearningProblem {
    /// Movie reviews on all-MiniLM-L6-v2, from a folder with the space file and the recorded curves.
    static func reviews(folder: String, by rule: RecordedTable.Rule) throws -> LearningProblem {
        let table = try RecordedTable(folder: folder)
        let reports = table.rows.flatMap { table.curve(of: $0.parameters, by: rule) }
        return LearningProblem(
            name: rule.rawValue,
            specification: try SpaceFile(path: folder + "/space.yaml", trainers: TrainerList.standard.types).specification,
            best: reports.map(\.value).filter { !$0.isNaN }.max() ?? .nan, tolerance: 0.005, mostSteps: 20_000,
            length: table.rows[0].reports.count
        ) { table.curve(of: $0, by: rule) }
    }
}
