import FoundationEssentials
import Testing
import TrainerSettings

/// A random BERT of three layers with a vocabulary and labeled texts, in a folder of its own.
struct TinyModel {
    static let here = String(#filePath.dropLast("/TinyModel.swift".count))
    static let golden = here + "/../FinetuningTests/Fixtures/golden"

    let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
        let model = Self.here + "/../BackbonesTests/Fixtures/tiny-bert/"
        for (source, name) in [
            (model + "config.json", "config.json"), (model + "model.safetensors", "model.safetensors"),
            (Self.golden + "/vocab.txt", "vocab.txt"), (Self.golden + "/train.jsonl", "train.jsonl"),
        ] {
            try FileManager.default.copyItem(atPath: source, toPath: folder.path + "/" + name)
        }
    }

    /// Settings that are whole.
    func settings(_ more: [String: SettingValue] = [:]) throws -> TrainerSettings {
        let data = SettingValue.string(folder.path + "/train.jsonl")
        let values: [String: SettingValue] = [
            "model": .string(folder.path), "train": data, "validation": data, "batch_size": .int(8), "max_length": .int(12),
        ]
        return try TrainerSettings(values: values.merging(more) { $1 })
    }
}
