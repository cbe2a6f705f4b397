import Foundation
import SearchSpaces
import Studies
import TestSupport
import Testing
import TrainerSettings

@testable import search_benchmark

@Suite struct LearningProblemTests {
    /// Three rows of seed 7 and one of seed 8; learning rates count over three powers of ten, modules half of that.
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        func row(_ seed: Int, _ rate: Double, _ modules: String, _ values: String) -> String {
            let reports = values.split(separator: " ").enumerated().map {
                "{\"step\": \(33 * ($0 + 1)), \"eval_accuracy\": \($1), \"loss\": null}"
            }
            return
                "{\"seed\": \(seed), \"trial\": 0, \"parameters\": {\"learning_rate\": \(rate), \"target_modules\": \(modules)}, "
                + "\"reports\": [\(reports.joined(separator: ", "))]}\n"
        }
        let pair = "[\"query\", \"value\"]"
        let rows = [
            row(7, 1e-4, pair, "0.6 0.7"), row(8, 1e-3, pair, "0.9 0.9"), row(7, 1e-2, pair, "0.8 null"),
            row(7, 1e-3, "\"all-linear\"", "0.7 0.75"),
        ]
        let lookup = """
            {"dimensions": [{"parameters": ["learning_rate"], "min": 1e-5, "max": 1e-2, "log": true, "weight": 1},
            {"parameters": ["target_modules"], "weight": 0.25}], "seconds": [1.5, 2, 4]}
            """
        try Data(rows.joined().utf8).write(to: URL(filePath: folder.path + "/curves.jsonl"))
        try Data(lookup.utf8).write(to: URL(filePath: folder.path + "/lookup.json"))
        return folder
    }

    private func assignment(_ rate: Double, _ modules: SettingValue) -> Assignment {
        ["learning_rate": .double(rate), "target_modules": modules]
    }

    @Test func `a configuration has the curve of its nearest neighbor, by weighted distance`() throws {
        let folder = try folder()
        let table = try RecordedTable(folder: folder.path)
        let pair = SettingValue.array([.string("query"), .string("value")])
        func first(_ rate: Double, _ modules: SettingValue) -> Double {
            table.curve(of: assignment(rate, modules), by: .nearest)[0].value
        }
        #expect(first(2e-4, pair) == 0.6)
        #expect(first(5e-3, pair) == 0.8)
        // A third of the range away from the row of its modules, half of it from the nearest rate's.
        #expect(first(1e-3, pair) == 0.6)
        #expect(first(1e-2, .string("all-linear")) == 0.7)
        #expect(first(1e-5, .string("all-linear")) == 0.6)
        let points = table.curve(of: assignment(2e-4, pair), by: .nearest)
        #expect(points.map(\.step) == [33, 66] && points.map(\.seconds) == [1.5, 3] && points.map(\.value) == [0.6, 0.7])
        #expect(table.curve(of: assignment(5e-3, pair), by: .nearest)[1].value.isNaN)
    }

    @Test func `or the mean of all, weighted by the exponential of the distance`() throws {
        let folder = try folder()
        let table = try RecordedTable(folder: folder.path)
        let curve = table.curve(of: assignment(1e-3, .string("all-linear")), by: .mean)
        // Of the three rows: a third of the range and other modules twice, and its own.
        let weight = exp(-(1 / 9.0 + 0.25))
        #expect(abs(curve[0].value - (0.7 + weight * (0.6 + 0.8)) / (1 + 2 * weight)) < 1e-12)
        #expect(abs(curve[1].seconds - 2 * (4 + weight * (1.5 + 2)) / (1 + 2 * weight)) < 1e-12)
    }

    @Test func `a lookup that was fitted to other rows is refused`() throws {
        let folder = try folder()
        #expect(throws: RecordedTable.Mismatch.self) { try RecordedTable(folder: folder.path, seed: 8) }
    }

    @Test func `every fidelity of MF-Hartmann6 shows no less than the true value, the last one just that`() {
        let problem = LearningProblem.mfHartmann6
        let places = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]
        let best = Assignment(Dictionary(uniqueKeysWithValues: places.enumerated().map { ("x\($0)", .double($1)) }))
        let curve = problem.curve(best)
        #expect(curve.count == 27 && abs((curve.last?.value ?? 0) - problem.best) < 1e-4)
        #expect(curve.dropLast().allSatisfy { $0.value > problem.best })
        #expect(problem.curve(best).map(\.value) == curve.map(\.value))
    }

    @Test func `schedulers are named with their eta and brackets`() {
        let rungs = EarlyTermination.Rungs(eta: 2, minimum: 1, maximum: 8)
        #expect(ClockCommand.termination("asha-2x3", length: 8) == .asha(rungs, brackets: 3))
        #expect(ClockCommand.termination("successive_halving-2", length: 8) == .successiveHalving(rungs))
        #expect(ClockCommand.termination("none", length: 8) == EarlyTermination.none)
        #expect(ClockCommand.termination("racing", length: 8) == nil)
    }
}
