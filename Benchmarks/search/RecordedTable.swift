import FoundationEssentials
import Glibc
import SearchSpaces
import TrainerSettings

/// Learning curves that were trained once, and the rule by which every other configuration has one of them: its nearest
/// neighbour's. lookup.py has the same rule, and chooses the weights of the dimensions.
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
        let name: String
        /// Of what counts after its number, from the least to the greatest; nil: values are alike or not.
        let min: Double?
        let max: Double?
        let log: Bool?
        let weight: Double

        func difference(_ a: SettingValue?, _ b: SettingValue?) -> Double {
            guard let min, let max else { return a == b ? 0 : 1 }
            let (x, y, low, high) = (a?.number ?? .nan, b?.number ?? .nan, min, max)
            guard log == true else { return (x - y) / (high - low) }
            return (Glibc.log(x) - Glibc.log(y)) / (Glibc.log(high) - Glibc.log(low))
        }
    }

    /// The rows of the seed that is the objective.
    let rows: [Row]
    /// Of one report, by row.
    let seconds: [Double]
    private let dimensions: [Dimension]

    /// - Parameter folder: with curves.jsonl and lookup.json.
    init(folder: String, seed: Int = 7) throws {
        func contents(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: folder + "/" + name)) }
        let lines = String(decoding: try contents("curves.jsonl"), as: UTF8.self).split(separator: "\n")
        rows = try lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }.filter { $0.seed == seed }
        let lookup = try JSONDecoder().decode(Lookup.self, from: try contents("lookup.json"))
        guard lookup.seconds.count == rows.count, !rows.isEmpty else {
            throw Mismatch(description: "\(folder)/lookup.json is not of this curves.jsonl; run lookup.py \(folder) --fit")
        }
        (dimensions, seconds) = (lookup.dimensions, lookup.seconds)
    }

    struct Mismatch: Error, CustomStringConvertible {
        let description: String
    }

    /// The row nearest to a configuration, the first of equals.
    func nearest(to assignment: Assignment) -> Int {
        let distances = rows.map { row in
            dimensions.reduce(0) { sum, dimension in
                let difference = dimension.difference(assignment[dimension.name], row.parameters[dimension.name])
                return sum + dimension.weight * difference * difference
            }
        }
        return distances.indices.min { distances[$0] < distances[$1] } ?? 0
    }

    func curve(_ index: Int) -> [LearningProblem.CurvePoint] {
        rows[index].reports.enumerated().map { place, report in
            .init(step: report.step, seconds: Double(place + 1) * seconds[index], value: report.accuracy ?? .nan)
        }
    }
}

extension LearningProblem {
    /// Movie reviews on all-MiniLM-L6-v2, from a folder with the space file and the recorded curves.
    static func reviews(folder: String) throws -> LearningProblem {
        let table = try RecordedTable(folder: folder)
        let curves = table.rows.indices.map(table.curve)
        return LearningProblem(
            name: "reviews", specification: try SpaceFile(path: folder + "/space.yaml").specification,
            best: curves.joined().map(\.value).filter { !$0.isNaN }.max() ?? .nan, tolerance: 0.005, mostSteps: 20_000,
            length: curves.map(\.count).max() ?? 1
        ) { curves[table.nearest(to: $0)] }
    }
}
