import Exports
import Foundation
import GRDB
import Imports
import SearchSpaces
import Studies
import StudyStore
import StudyViews
import TestSupport
import Testing
import TrainerSettings

/// Whole studies in other programs' forms. `make compare-exports` opens them with the programs themselves.
@Suite struct StudyFormatTests {
    private static let names = StudyFormats.all.map(\.name)
    private let recorded: RecordedStudy
    private var temporary: TemporaryFolder { recorded.temporary }

    /// A trial in each state, with what other programs have no word for: a list, a condition, NaN, a text that CSV has to quote.
    init() throws {
        recorded = try RecordedStudy("reviews")
        let targets = SettingValue.array([.string("query"), .string("value")])
        try add(
            0, .complete, ["rate": .double(0.001), "r": .int(8), "kind": .string("text"), "momentum": .double(0.5)],
            [0.5, 0.8, 0.7])
        try add(1, .failed, ["rate": .double(0.1), "r": .int(4), "kind": .null], [0.9], error: "said \"no\",\nand ended")
        try add(2, .pruned, ["rate": .double(0.01), "r": .int(2), "kind": targets], [.nan, 0.6])
        try add(3, .complete, ["rate": .double(0.02), "r": .int(2), "kind": .bool(true)], [.nan])
    }

    private func add(
        _ number: Int, _ state: Trial.State, _ values: [String: SettingValue], _ reports: [Double], error: String? = nil
    ) throws {
        let lines = reports.enumerated().map { index, value in
            Report(iter: index + 1, step: (index + 1) * 10, value: value, metrics: ["loss": 1 - value])
        }
        try recorded.add(number, state, values, reports: lines, error: error)
    }

    private var study: WholeStudy {
        get throws {
            let space = SearchSpace([
                Parameter(name: "rate", distribution: .logUniform(min: 1e-4, max: 0.05)),
                Parameter(name: "r", distribution: .intUniform(min: 1, max: 8)),
                Parameter(
                    name: "kind",
                    distribution: .categorical(
                        [.null, .bool(true), .string("text"), .array([.string("query"), .string("value")])], probabilities: nil)
                ),
                Parameter(
                    name: "momentum", distribution: .uniform(min: 0, max: 1),
                    condition: Parameter.Condition(parameter: "kind", values: [.string("text")])),
            ])
            let specification = StudySpecification(
                name: "reviews", metric: Metric(name: "eval_accuracy", goal: .maximize),
                trainer: TrainerSpecification(type: "command", settings: [:]),
                space: space, folder: "/")
            return WholeStudy(try TrialTable(recorded.store), specification)
        }
    }

    private func export(_ name: String, to output: String = "out/export", force: Bool = false) throws -> String? {
        let format = try #require(StudyFormats.named(name))
        return try StudyExport(study, as: format).write(
            to: temporary.path + "/" + output, force: force, besides: recorded.store.folder)
    }

    @Test func `no name stands twice, and none is a trial's format too`() {
        #expect(Set(Self.names + ExportFormats.all.map(\.name)).count == Self.names.count + ExportFormats.all.count)
        #expect(StudyFormats.named("onnx") == nil)
    }

    @Test(arguments: names) func `an export is all that is left behind, and is replaced only where that is asked for`(
        name: String
    ) throws {
        _ = try export(name)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out") == ["export"])
        let error = #expect(throws: ExportError.self) { try export(name) }
        #expect(error?.description.contains("exists already") == true)
        _ = try export(name, force: true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out") == ["export"])
    }

    @Test(arguments: names) func `what no export wrote is never replaced`(name: String) throws {
        let large = String(repeating: "precious\n", count: 200_000)
        _ = try temporary.write(large, to: "out/export")
        _ = try temporary.write("precious", to: "out/folder/notes.txt")
        for output in ["out/export", "out/folder"] {
            #expect(throws: ExportError.self) { try export(name, to: output, force: true) }
        }
        #expect(temporary.read("out/export") == large && temporary.read("out/folder/notes.txt") == "precious")
    }

    @Test func `another study of Optuna's is never replaced`() throws {
        _ = try export("optuna")
        let path = temporary.path + "/out/export"
        try DatabaseQueue(path: path).write { try $0.execute(sql: "INSERT INTO studies VALUES (2, 'mine')") }
        let error = #expect(throws: ExportError.self) { try export("optuna", force: true) }
        #expect(error?.description.contains("nothing that such an export wrote") == true)
        #expect(
            try DatabaseQueue(path: path).read { try String.fetchAll($0, sql: "SELECT study_name FROM studies") } == [
                "reviews", "mine",
            ])
    }

    @Test func `our own reader of Optuna's files finds the trials again`() throws {
        #expect(try export("optuna") == nil)
        let read = try ForeignFormats.read(
            temporary.path + "/out/export", ImportRequest(study: nil, metric: nil), as: ForeignFormats.optuna)
        #expect(read.name == "reviews" && read.metric == "eval_accuracy" && read.goal == .maximize)
        // Trial 1 failed, and 3 told no number.
        #expect(read.trials.map(\.number) == [0, 2] && read.leftOut == 2)
        let (whole, pruned) = (read.trials[0], read.trials[1])
        #expect(whole.values == ["rate": .double(0.001), "r": .int(8), "kind": .string("text"), "momentum": .double(0.5)])
        #expect(pruned.isPruned && pruned.values["kind"] == .string(#"["query","value"]"#))
        #expect(pruned.reports.map(\.step) == [10, 20])
        #expect(pruned.reports[0].value.isNaN && pruned.reports[1].value == 0.6)
    }

    @Test func `a parameter has one distribution in Optuna, and it holds every value`() throws {
        _ = try export("optuna")
        let rows = try DatabaseQueue(path: temporary.path + "/out/export").read { db in
            try Row.fetchAll(db, sql: "SELECT DISTINCT param_name, distribution_json FROM trial_params ORDER BY param_name")
        }
        let written = rows.map { ($0["param_name"] as String, $0["distribution_json"] as String) }
        #expect(written.map(\.0) == ["kind", "momentum", "r", "rate"])
        // 0.1 was tried, beyond the space's 0.05.
        #expect(written[3].1 == #"{"attributes":{"high":0.1,"log":true,"low":0.0001,"step":null},"name":"FloatDistribution"}"#)
        #expect(written[2].1 == #"{"attributes":{"high":8,"log":false,"low":1,"step":1},"name":"IntDistribution"}"#)
    }

    @Test func `a best trial that Optuna passes over is told of`() throws {
        try add(4, .pruned, ["rate": .double(0.001)], [0.95])
        #expect(try export("optuna")?.contains("trial 4, the best, is pruned") == true)
    }

    @Test func `every report is a line, and what CSV would break is quoted`() throws {
        _ = try export("csv")
        let lines = try #require(temporary.read("out/export/reports.csv")).split(separator: "\n")
        #expect(lines.count == 8)
        #expect(lines[0] == "trial,iter,step,reported_at,value,loss")
        #expect(lines[2] == "0,2,20,115.0,0.8,0.19999999999999996")
        #expect(try #require(temporary.read("out/export/trials.csv")).contains(#""said ""no"",\#nand ended""#))
    }

    @Test func `JSON lines have a trial or a report each`() throws {
        _ = try export("jsonl")
        func lines(_ name: String) throws -> [[String: SettingValue]] {
            try #require(temporary.read("out/export/\(name)")).split(separator: "\n").map {
                try JSONDecoder().decode([String: SettingValue].self, from: Data($0.utf8))
            }
        }
        let (trials, reports) = (try lines("trials.jsonl"), try lines("reports.jsonl"))
        #expect(trials.map { $0["state"] } == ["complete", "failed", "pruned", "complete"].map(SettingValue.string))
        #expect(trials.allSatisfy { $0["reports"] == nil })
        #expect(reports.map { $0["trial"] } == [0, 0, 0, 1, 2, 2, 3].map(SettingValue.int))
        #expect(reports[4]["value"] == .null && reports[5]["value"] == .double(0.6))
    }

    @Test func `TensorBoard's runs have a trial each, with records whose sums hold`() throws {
        _ = try export("tensorboard")
        let runs = try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out/export").sorted()
        #expect(runs == ["events.out.tfevents.autolora", "trial-0", "trial-1", "trial-2", "trial-3"])
        let data = try Data(contentsOf: URL(filePath: temporary.path + "/out/export/trial-0/events.out.tfevents.autolora"))
        // The version; how it started; two figures a report; how it ended.
        #expect(try Self.records([UInt8](data)) == 1 + 1 + 3 * 2 + 1)
    }

    @Test func `event files that grow with the study end as an export's are`() throws {
        let study = try study
        let folder = temporary.path + "/tensorboard"
        var log = try TensorBoardLog(folder, of: study.table.study, study.specification)
        // A trial as it stood after its first report, then as it is.
        for trial in study.table.trials {
            var record = trial.record
            record.state = .running
            let early = RecordedTrial(record: record, reports: Array(trial.reports.prefix(1)), reportedAt: trial.reportedAt)
            try log.take([early], of: study.table.study)
            try log.take([early], of: study.table.study)
        }
        try log.take(study.table.trials, of: study.table.study)
        try log.take(study.table.trials, of: study.table.study)
        _ = try export("tensorboard")
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where name.hasSuffix("autolora") {
            let (mine, its) = (
                try Data(contentsOf: URL(filePath: folder + "/" + name)),
                try Data(contentsOf: URL(filePath: temporary.path + "/out/export/" + name))
            )
            #expect(mine == its, "\(name)")
        }
        // Begun once more, as by `resume`.
        log = try TensorBoardLog(folder, of: study.table.study, study.specification)
        try log.take(study.table.trials, of: study.table.study)
        let path = "/trial-0/events.out.tfevents.autolora"
        #expect(
            try Data(contentsOf: URL(filePath: folder + path))
                == Data(contentsOf: URL(filePath: temporary.path + "/out/export" + path)))
    }

    @Test func `event files are written through no link`() throws {
        let study = try study
        let outside = try temporary.write("precious", to: "outside.txt")
        try FileManager.default.createDirectory(atPath: temporary.path + "/tensorboard", withIntermediateDirectories: false)
        let place = temporary.path + "/tensorboard/events.out.tfevents.autolora"
        try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: outside)
        #expect(throws: ExportError.self) {
            try TensorBoardLog(temporary.path + "/tensorboard", of: study.table.study, study.specification)
        }
        try FileManager.default.removeItem(atPath: place)
        try FileManager.default.linkItem(atPath: outside, toPath: place)
        #expect(throws: ExportError.self) {
            try TensorBoardLog(temporary.path + "/tensorboard", of: study.table.study, study.specification)
        }
        #expect(temporary.read("outside.txt") == "precious")
    }

    /// How many TFRecords there are.
    private static func records(_ bytes: [UInt8]) throws -> Int {
        var (place, count) = (0, 0)
        func number(_ size: Int) -> UInt64 { (0..<size).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * $1) } }
        while place < bytes.count {
            let length = Int(number(8))
            let start = place
            place += 8
            #expect(number(4) == masked(bytes[start..<place]))
            place += 4
            let content = bytes[place..<(place + length)]
            place += length
            #expect(number(4) == masked(content))
            place += 4
            count += 1
        }
        return count
    }

    /// Bit by bit, after RFC 3720's polynomial.
    private static func masked(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var sum: UInt32 = ~0
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
        }
        sum = ~sum
        return UInt64((sum >> 15 | sum << 17) &+ 0xA282_EAD8)
    }
}
