import Exports
import Foundation
import SearchSpaces
import SpaceFiles
import Studies
import StudyStore
import StudyViews
import TestSupport
import Testing
import TrainerSettings
import Yams

@Suite struct ExportsTests {
    private let recorded: RecordedStudy
    private var temporary: TemporaryFolder { recorded.temporary }
    private var store: StudyStore { recorded.store }

    /// A study of three trials: a winner with an adapter, one that failed, one that reported NaN.
    init() throws {
        recorded = try RecordedStudy("reviews")
        let targets = SettingValue.array([.string("query"), .string("value")])
        try add(0, .complete, ["r": .int(8), "target_modules": targets], [0.5, 0.8, 0.7])
        try add(1, .failed, ["r": .int(4), "target_modules": .string("all-linear")], [0.9], error: "said \"no\",\nand ended")
        try add(2, .pruned, ["r": .int(2)], [.nan])
        try store.endRun("finished", finished: true, at: 200)
        _ = try temporary.write("{}", to: "reviews/trials/0/adapter/adapter_config.json")
        _ = try temporary.write(
            #"{"trial": 0, "parameters": {"r": 8}, "trainer": {"type": "lora", "r": 8, "learning_rate": 0.001}}"#,
            to: "reviews/trials/0/config.json")
    }

    private func add(
        _ number: Int, _ state: Trial.State, _ values: [String: SettingValue], _ reports: [Double], error: String? = nil
    ) throws {
        let lines = reports.enumerated().map { index, value in
            Report(iter: index + 1, step: (index + 1) * 10, value: value, metrics: ["loss": 1 - value])
        }
        try recorded.add(number, state, values, reports: lines, error: error)
    }

    private func export(_ format: String, _ best: BestTrial, of store: StudyStore, to output: String, force: Bool) throws {
        _ = try TrialExport(ExportSource(best, of: store), as: try #require(ExportFormats.named(format)))
            .write(to: output, force: force)
    }

    @Test func `exports are written whole and replace nothing unasked`() throws {
        let best = try BestTrial(store)
        let file = temporary.path + "/out/best.json"
        try export("json", best, of: store, to: file, force: false)
        let written = try JSONDecoder().decode(
            [String: SettingValue].self, from: try Data(contentsOf: URL(filePath: file)))
        #expect(written == ["type": .string("lora"), "r": .int(8), "learning_rate": .double(0.001)])
        #expect(throws: ExportError.self) { try export("json", best, of: store, to: file, force: false) }
        try export("yaml", best, of: store, to: file, force: true)
        let yaml = try #require(temporary.read("out/best.json"))
        #expect(try YAMLDecoder().decode([String: SettingValue].self, from: yaml) == written)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out") == ["best.json"])
    }

    /// What is there, the format, and the words of the refusal.
    @Test(arguments: [
        ("notes/plan.txt", "notes", "json", "no regular file"), ("notes/plan.txt", "notes", "peft", "other things"),
        ("notes/plan.txt", "notes/", "yaml", "no regular file"), ("plan.txt", "plan.txt", "peft", "is no folder"),
        ("plan.txt", ".", "peft", "studies"), ("plan.txt", "reviews", "peft", "studies"),
        ("adapter_config.json", ".", "peft", "studies"), ("reviews/adapter_config.json", "reviews/", "peft", "studies"),
        ("plan.txt", "reviews/study.sqlite", "json", "studies"), ("plan.txt", "reviews/trials/0/adapter", "peft", "studies"),
        ("plan.txt", "link", "json", "neither a regular file"),
    ])
    func `force replaces only its like, and never a study`(
        file: String, output: String, format: String, words: String
    ) throws {
        _ = try temporary.write("precious", to: file)
        try FileManager.default.createSymbolicLink(
            atPath: temporary.path + "/link", withDestinationPath: temporary.path + "/elsewhere")
        let before = try FileManager.default.subpathsOfDirectory(atPath: temporary.path).sorted()
        let error = try #require(throws: ExportError.self) {
            try export(format, try BestTrial(store), of: store, to: temporary.path + "/" + output, force: true)
        }
        #expect(error.description.contains(words), "\(error)")
        #expect(temporary.read(file) == "precious")
        #expect(try FileManager.default.subpathsOfDirectory(atPath: temporary.path).sorted() == before)
    }

    @Test func `force replaces an adapter's folder and an empty one, and leaves nothing behind`() throws {
        _ = try temporary.write("old", to: "out/adapter/adapter_config.json")
        _ = try temporary.write("old", to: "out/adapter/README.md")
        try FileManager.default.createDirectory(atPath: temporary.path + "/out/empty", withIntermediateDirectories: true)
        for name in ["adapter", "empty"] {
            let folder = temporary.path + "/out/" + name
            try export("peft", try BestTrial(store), of: store, to: folder, force: true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["adapter_config.json"])
        }
        #expect(temporary.read("out/adapter/adapter_config.json") == "{}")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out").sorted() == ["adapter", "empty"])
    }

    @Test(arguments: ["out/adapter/notes.txt", "out/adapter/photos/1.png"])
    func `a folder that holds an adapter and other things is not replaced`(file: String) throws {
        _ = try temporary.write("old", to: "out/adapter/adapter_config.json")
        _ = try temporary.write("precious", to: file)
        let error = try #require(throws: ExportError.self) {
            try export("peft", try BestTrial(store), of: store, to: temporary.path + "/out/adapter", force: true)
        }
        #expect(error.description.contains("is nothing that an export wrote"))
        #expect(temporary.read(file) == "precious" && temporary.read("out/adapter/adapter_config.json") == "old")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path + "/out") == ["adapter"])
    }

    @Test(arguments: [
        ("plan.json", "precious", "json"), ("a.json", #"{"name": "x"}"#, "json"), ("b.yaml", "name: x\n", "yaml"),
    ])
    func `a file that no export wrote is not replaced`(name: String, text: String, format: String) throws {
        let file = try temporary.write(text, to: name)
        let error = try #require(throws: ExportError.self) {
            try export(format, try BestTrial(store), of: store, to: file, force: true)
        }
        #expect(error.description.contains("is nothing that such an export wrote"), "\(error)")
        #expect(temporary.read(name) == text)
        _ = try temporary.write("", to: name)
        try export(format, try BestTrial(store), of: store, to: file, force: true)
        try export(format, try BestTrial(store), of: store, to: file, force: true)
    }

    @Test(arguments: ["link", "link/", "link/.", "link//./"])
    func `a link is not replaced, whatever stands behind its name`(output: String) throws {
        _ = try temporary.write("old", to: "elsewhere/adapter_config.json")
        try FileManager.default.createSymbolicLink(
            atPath: temporary.path + "/link", withDestinationPath: temporary.path + "/elsewhere")
        let error = try #require(throws: ExportError.self) {
            try export("peft", try BestTrial(store), of: store, to: temporary.path + "/" + output, force: true)
        }
        #expect(error.description.contains("neither a regular file nor a folder"))
        #expect(temporary.read("elsewhere/adapter_config.json") == "old")
    }

    @Test(arguments: [".", "..", "/", "", "out/.."])
    func `an output without a name of its own is refused`(output: String) throws {
        #expect(throws: ExportError.self) {
            try export("peft", try BestTrial(store), of: store, to: output, force: true)
        }
    }

    @Test func `links in an adapter are followed within the trial's folder alone`() throws {
        let trial = temporary.path + "/reviews/trials/0"
        _ = try temporary.write("tensors", to: "reviews/trials/0/checkpoint-9/model.bin")
        #expect(symlink("../checkpoint-9/model.bin", trial + "/adapter/model.bin") == 0)
        try export("peft", try BestTrial(store), of: store, to: temporary.path + "/out", force: false)
        #expect(temporary.read("out/model.bin") == "tensors")
        let kind = try FileManager.default.attributesOfItem(atPath: temporary.path + "/out/model.bin")[.type]
        #expect(kind as? FileAttributeType == .typeRegular)

        _ = try temporary.write("secret", to: "secret.txt")
        #expect(symlink(temporary.path + "/secret.txt", trial + "/adapter/notes.txt") == 0)
        var error = #expect(throws: ExportError.self) {
            try export("peft", try BestTrial(store), of: store, to: temporary.path + "/out2", force: false)
        }
        #expect(error?.description.contains("notes.txt: is a symbolic link that leads out of the trial's folder") == true)
        try FileManager.default.removeItem(atPath: trial + "/adapter/notes.txt")
        #expect(mkfifo(trial + "/adapter/pipe", 0o600) == 0)
        error = #expect(throws: ExportError.self) {
            try export("peft", try BestTrial(store), of: store, to: temporary.path + "/out2", force: false)
        }
        #expect(error?.description.contains("pipe: is a named pipe, not a regular file") == true)
        #expect(!FileManager.default.fileExists(atPath: temporary.path + "/out2"))
        #expect(try !FileManager.default.contentsOfDirectory(atPath: temporary.path).contains { $0.hasPrefix(".out") })
    }

    @Test func `an export takes content alone: another user's rights and owner stay where they are`() throws {
        let file = temporary.path + "/reviews/trials/0/adapter/adapter_config.json"
        #expect(chmod(file, 0o400) == 0)
        try export("peft", try BestTrial(store), of: store, to: temporary.path + "/out", force: false)
        let mode = try FileManager.default.attributesOfItem(atPath: temporary.path + "/out/adapter_config.json")[
            .posixPermissions]
        #expect((mode as? Int).map { $0 & 0o600 } == 0o600)
    }

    @Test func `YAML keeps every digit and every text, for other readers too`() throws {
        let written = [
            "alpha": #"0.30000000000000004"#, "rate": "1.2345678901234568e-05", "tiny": "1e-05", "big": "1e+22", "whole": "-3",
            "no": #""no""#, "empty": "[]", "text": #""1e-5""#, "path": #""/a b/c: #d""#, "list": #"["query", "l\u00e9\n"]"#,
        ]
        let json = "{" + written.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
        _ = try temporary.write(#"{"trainer": \#(json)}"#, to: "reviews/trials/0/config.json")
        let file = temporary.path + "/best.yaml"
        try export("yaml", try BestTrial(store), of: store, to: file, force: false)
        let text = try #require(temporary.read("best.yaml"))
        #expect(
            try YAMLValues.read(text, file: file) == JSONDecoder().decode(SettingValue.self, from: Data(json.utf8)), "\(text)")
        // YAML 1.1, and so PyYAML, takes a number without a dot before its exponent for a text.
        for line in ["alpha: 0.30000000000000004", "rate: 1.2345678901234568e-05", "tiny: 1.0e-05", "\"no\": \"no\""] {
            #expect(text.split(separator: "\n").contains { $0 == line }, "\(text)")
        }
    }

    @Test func `the adapter is copied as a folder, and a trial without one says so`() throws {
        let folder = temporary.path + "/adapter"
        try export("peft", try BestTrial(store), of: store, to: folder, force: false)
        #expect(temporary.read("adapter/adapter_config.json") == "{}")
        let error = try #require(throws: ExportError.self) {
            try export("peft", try BestTrial(store, trial: 1), of: store, to: folder + "2", force: false)
        }
        #expect(error.description.contains("trial 1 left no adapter"))
    }

    @Test func `an export says what the trial is worth, where people look`() throws {
        let study = try RecordedStudy("noisy")
        let step = Report(iter: 1, step: 40, value: 0.8542, metrics: ["eval_accuracy_se": 0.0109])
        try study.add(0, reports: [step])
        try study.add(1, value: 0.85, ["eval_accuracy_se": 0.011])
        try study.store.recordTest(of: Trial.ID(0), metrics: ["test_accuracy": 0.8333, "test_accuracy_se": 0.0117], at: 201)
        _ = try study.temporary.write("{}", to: "noisy/trials/0/adapter/adapter_config.json")
        _ = try study.temporary.write("A LoRA adapter.\n", to: "noisy/trials/0/adapter/README.md")
        _ = try study.temporary.write(#"{"trainer": {"type": "lora", "r": 8}}"#, to: "noisy/trials/0/config.json")
        let output = study.temporary.path + "/out"
        try export("peft", try BestTrial(study.store), of: study.store, to: output, force: false)
        try export("yaml", try BestTrial(study.store), of: study.store, to: output + ".yaml", force: false)
        let sentences = [
            "Trial 0 of the study noisy: eval_accuracy 0.8542 ± 0.011 at step 40.", "Chosen as the best of 2 trials: ",
            "Trial 1 is within one standard error of the best: ", "which no trial has seen: test_accuracy 0.8333 ± 0.012.",
            "± is one standard error",
        ]
        let (readme, yaml) = (study.temporary.read("out/README.md"), study.temporary.read("out.yaml"))
        #expect(
            readme?.hasPrefix("A LoRA adapter.\n\n## What it is worth\n\n- Trial 0") == true
                && yaml?.hasPrefix("# Trial 0") == true)
        for words in sentences { #expect(readme?.contains(words) == true && yaml?.contains(words) == true, "\(words)") }
        #expect(
            try YAMLDecoder().decode([String: SettingValue].self, from: yaml ?? "") == ["type": .string("lora"), "r": .int(8)])
        // Once more, over what is there: the section is there once.
        try export("peft", try BestTrial(study.store), of: study.store, to: output, force: true)
        #expect(study.temporary.read("out/README.md") == readme)
    }

    @Test func `any trial of the front can be exported, and one that left no adapter says so`() throws {
        let study = try RecordedStudy("small", otherMetrics: [Metric(name: "size", goal: .minimize)])
        try study.add(0, value: 0.8, ["size": 40])
        try study.add(1, value: 0.5, ["size": 10])
        _ = try study.temporary.write("{}", to: "small/trials/1/adapter/adapter_config.json")
        let output = study.temporary.path + "/out"
        try export("peft", try BestTrial(study.store, trial: 1), of: study.store, to: output, force: false)
        #expect(FileManager.default.fileExists(atPath: output + "/adapter_config.json"))
        let error = try #require(throws: ExportError.self) {
            try export("peft", try BestTrial(study.store), of: study.store, to: output + "2", force: false)
        }
        #expect(error.description.contains("trial 0 left no adapter"))
    }
}
