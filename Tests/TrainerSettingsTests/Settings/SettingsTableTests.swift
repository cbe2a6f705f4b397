import Foundation
import Testing
import TrainerSettings

@Suite struct SettingsTableTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../docs/trainer.md").standardizedFileURL

    /// A row of the page's table.
    private static func line(_ setting: TrainerSetting) -> String {
        let usual = setting.open ?? setting.usual.map { "`\($0)`" } ?? ""
        let cells = ["`\(setting.name)`", setting.owner.rawValue, usual, setting.allowed, setting.meaning]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    @Test func `docs/trainer.md has the settings as the table has them`() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let rows = text.split(separator: "\n").map(String.init).drop { !$0.hasPrefix("| Setting") }.dropFirst(2)
            .prefix { $0.hasPrefix("|") }
        let wanted = TrainerSettings.table.map(Self.line)
        #expect(Array(rows) == wanted, "docs/trainer.md should have this table:\n\(wanted.joined(separator: "\n"))")
        for setting in TrainerSettings.planned {
            #expect(text.contains("`\(setting.name)`"), "docs/trainer.md does not name \(setting.name), which is planned")
        }
    }

    @Test func `each name stands once, and no other name is a setting's own`() {
        let names = TrainerSettings.knownNames
        #expect(Set(names).count == names.count)
        for setting in TrainerSettings.table { #expect(setting.otherNames.isDisjoint(with: names), "\(setting.name)") }
    }

    /// What every setting needs to be read.
    private static let needed: [String: SettingValue] = [
        "model": .string("m"), "train": .string("t"), "validation": .string("v"),
    ]

    @Test(arguments: TrainerSettings.table.filter { $0.usual != nil && !$0.shapesData && needed[$0.name] == nil }.map(\.name))
    func `what a setting usually is changes nothing where it is given`(name: String) throws {
        let setting = try #require(TrainerSettings.table.first { $0.name == name })
        var values = Self.needed
        // What means nothing to LoRA is looked at beside a type that it belongs to.
        let type = try #require(TrainerSettings.FinetuningType.allCases.first { setting.types?.contains($0) ?? true })
        if type != .lora { values["finetuning_type"] = .string(type.rawValue) }
        let without = values
        values[name] = setting.usual
        #expect(try TrainerSettings(values: values) == TrainerSettings(values: without))
    }

    @Test(arguments: TrainerSettings.planned.map(\.name))
    func `what is planned is refused, but for the values that ask for nothing`(name: String) throws {
        var values = Self.needed
        values[name] = .string("something")
        let error = #expect(throws: TrainerSettingsError.self) { try TrainerSettings(values: values) }
        #expect(error?.description == "\(name): something is not available yet")
    }

    @Test func `what has no part in training is paths and the means of it`() {
        #expect(
            TrainerSettings.namesWithoutEffect == [
                "model", "train", "validation", "test", "output_dir", "init_adapter", "eval_batch_size", "prefix_cache",
                "gradient_checkpointing", "memory_cap", "threads",
                "metric_for_best_model", "greater_is_better", "eval_generation_rows", "max_new_tokens",
            ])
        #expect(TrainerSettings.inputPaths == ["model", "train", "validation", "test", "init_adapter"])
        #expect(TrainerSettings.dataShape == ["split", "text_column", "label_column", "separator", "quoting"])
    }

    @Test func `a hint for a missing path knows where models are looked for`() {
        #expect(TrainerSettings.hint(forMissing: "google/bert", in: "model").contains("hf download google/bert"))
        #expect(TrainerSettings.hint(forMissing: "google/bert", in: "train").isEmpty)
        #expect(TrainerSettings.hint(forMissing: "~/bert", in: "train").contains("home folder"))
    }
}
