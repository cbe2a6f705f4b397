import Foundation
import SearchSpaces
import Studies
import StudyStore
import TestSupport
import Testing
import TrainerSettings

@testable import StudyViews

/// What two sides are told to have in common, and what not.
@Suite struct ComparisonTests {
    /// A study with one trial of `r` 8, whose trainer was given some settings.
    private func study(_ name: String, value: Double = 0.8, settings: [String: SettingValue] = [:]) throws -> RecordedStudy {
        let recorded = try RecordedStudy(name)
        let report = Report(iter: 1, step: 100, value: value, metrics: ["learning_rate": 1e-4])
        try recorded.add(0, .complete, ["r": .int(8), "learning_rate": .double(1e-3)], reports: [report])
        let trainer: [String: SettingValue] = [
            "type": .string("lora"), "model": .string("/m/minilm"), "train": .string("/d/train.jsonl"), "max_steps": .int(100),
            "batch_size": .double(32), "r": .double(8), "learning_rate": .double(1e-3), "output_dir": .string("/here"),
        ]
        let file = SettingValue.object(["trainer": .object(trainer.merging(settings) { $1 })])
        let path = recorded.store.folder.configuration(of: Trial.ID(0))
        try FileManager.default.createDirectory(
            atPath: recorded.store.folder.trial(Trial.ID(0)), withIntermediateDirectories: true)
        try Data(JSONWriter.text(file, .shown).utf8).write(to: URL(filePath: path))
        return recorded
    }

    private func fact(_ digest: String, path: String = "train.jsonl") -> DataFact {
        var fact = DataFact(part: "train", path: path)
        fact.digest = digest
        return fact
    }

    private func names(_ json: SettingValue, _ key: String) -> [String] {
        guard case .object(let whole) = json, case .array(let names)? = whole[key] else { return ["?"] }
        return names.compactMap(\.text)
    }

    @Test func `studies on other data or with other settings are not called comparable`() throws {
        let one = try study("one")
        let other = try study(
            "other", value: 0.9,
            settings: [
                "max_steps": .int(500), "batch_size": .int(8), "train": .string("/d/b.jsonl"), "output_dir": .string("/there"),
            ])
        let comparison = Comparison(
            try Contender(one.store, trial: nil, data: [fact("aa")]), try Contender(other.store, trial: nil, data: [fact("bb")])
        )
        #expect(comparison.sentences[0].contains("data are not the same (train)"))
        #expect(comparison.sentences[1].contains("(batch_size, max_steps)"))
        #expect(comparison.sentences[2].hasPrefix("B is better by 0.1"))
        #expect(names(comparison.json, "differing_settings") == ["batch_size", "max_steps"])
        #expect(names(comparison.json, "differing_data") == ["train"] && names(comparison.json, "differing_parameters").isEmpty)
        let lines = comparison.text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines.contains(["max_steps", "100", "500", "differs"]))
        #expect(lines.contains(["train", "train.jsonl", "aa", "train.jsonl", "bb", "differs"]))
        // A figure of the schedule and the rate that was searched.
        #expect(lines.filter { $0.first == "learning_rate" }.count == 2)
        #expect(comparison.text.contains("learning_rate when reported"))
    }

    @Test func `the same data at another place, and numbers written otherwise, are no difference`() throws {
        let one = try study("one", settings: ["train": .string("/d/x/../train.jsonl"), "model": .string("/m/x/../minilm")])
        let other = try study("other", value: 0.9, settings: ["train": .string("/e/train.jsonl"), "batch_size": .int(32)])
        let comparison = Comparison(
            try Contender(one.store, trial: 0, data: [fact("aa", path: "a")]),
            try Contender(other.store, trial: 0, data: [fact("aa", path: "b")]))
        #expect(comparison.warnings.isEmpty && comparison.settings.allSatisfy { !$0.differs })
    }

    @Test func `without checksums data are told apart by their place, and models too`() throws {
        let one = try study("one")
        let other = try study("other", settings: ["train": .string("/e/train.jsonl"), "model": .string("/m/other")])
        let warnings = Comparison(try Contender(one.store, trial: 0), try Contender(other.store, trial: 0)).warnings
        #expect(warnings.count == 2 && warnings[0].contains("(train)") && warnings[1].contains("(model)"))
    }

    @Test(arguments: [true, false]) func `a trial does not differ from its own export`(hasSettings: Bool) throws {
        let recorded = try study("one")
        let path = recorded.store.folder.configuration(of: Trial.ID(0))
        let origin = ModelCard.Origin(
            version: "1", date: 0, data: [fact("aa")], settings: hasSettings ? TrainingFacts.told(of: path) : [:])
        let card = ModelCard(try BestTrial(recorded.store), try recorded.store.study(), origin)
        let folder = recorded.temporary.path + "/export"
        _ = try recorded.temporary.write(card.added(to: nil), to: "export/README.md")
        _ = try recorded.temporary.write(
            #"{"r": 8, "lora_alpha": 16, "peft_type": "LORA", "target_modules": ["query"], "bias": "none", "base_model_name_or_path": "../minilm"}"#,
            to: "export/adapter_config.json")
        let comparison = Comparison(
            try Contender(recorded.store, trial: 0, data: [fact("aa")]), Contender(try #require(ExportedAdapter(folder))))
        #expect(comparison.settings.allSatisfy { !$0.differs })
        #expect(comparison.settings.map(\.name) == ["learning_rate", "r"])
        #expect(comparison.sentences == ["both have the same eval_accuracy"])
        guard hasSettings else { return }
        // Two exports tell that their trainers were given other steps.
        let longer = try study("longer", settings: ["max_steps": .int(500)])
        let warnings = Comparison(Contender(try #require(ExportedAdapter(folder))), try Contender(longer.store, trial: 0))
            .warnings
        #expect(warnings.count == 1 && warnings[0].contains("(max_steps)"))
    }
}
