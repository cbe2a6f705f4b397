import Backbones
import Checkpoints
import Foundation
import Layers
import Methods
import Testing
import TrainerSettings

/// Adapters on tiny random models, with PEFT's logits, loss and gradients (Benchmarks/fixtures/make_bert_fixtures.py,
/// make_encoder_fixtures.py and make_decoder_fixtures.py).
struct Fixture: Sendable, CustomTestStringConvertible {
    let name: String
    let lora: LoRAConfiguration
    var activation = "gelu"
    var base = model

    var testDescription: String { name }
    var folder: String { Self.here + "/Fixtures/peft/" + name }

    static let here = URL(filePath: #filePath).deletingLastPathComponent().path
    static let model = here + "/../BackbonesTests/Fixtures/tiny-bert"
    static let labels = ["a", "b", "c"]

    static let batch = PackedBatch(sequences: [
        [2, 11, 7, 30, 4, 19, 3], [2], [2, 5, 39, 8, 8, 21, 13, 17, 33, 6, 25, 3], [2, 9, 3],
    ])
    static let targets: [Int32] = [1, 0, 2, 1]

    static let all =
        [
            Fixture(name: "query-value", lora: .init(rank: 2, alpha: 4)),
            Fixture(name: "all-linear", lora: .init(rank: 3, alpha: 3, targets: .allLinear)),
            Fixture(
                name: "last-layer", lora: .init(rank: 2, alpha: 8, targets: .names(["key", "output.dense"]), layers: .last(1))),
            Fixture(
                name: "middle-tanh",
                lora: .init(rank: 4, alpha: 2, targets: .names(["intermediate.dense", "query"]), layers: .indices([1])),
                activation: "gelu_new"),
            Fixture(name: "pooler", lora: .init(rank: 2, alpha: 4, targets: .names(["pooler.dense"]))),
            Fixture(
                name: "pattern",
                lora: .init(rank: 2, alpha: 4, targets: .pattern(#".*layer\.[01]\.attention\.(self\.key|output\.dense)"#))),
        ] + encoders + [
            Fixture(name: "llama-score", lora: .init(rank: 2, alpha: 4), base: decoder("llama")),
            Fixture(name: "gemma3-score", lora: .init(rank: 2, alpha: 4, targets: .allLinear), base: decoder("gemma3")),
            Fixture(
                name: "phi3-score",
                lora: .init(rank: 3, alpha: 3, targets: .names(["qkv_proj", "down_proj"]), layers: .indices([2])),
                base: decoder("phi3")),
        ]

    static let encoders = [
        Fixture(name: "roberta-query-value", lora: .init(rank: 2, alpha: 4), base: encoder("roberta")),
        Fixture(name: "roberta-all-linear", lora: .init(rank: 3, alpha: 3, targets: .allLinear), base: encoder("roberta")),
        Fixture(
            name: "xlm-roberta-dense",
            lora: .init(rank: 2, alpha: 4, targets: .names(["key", "dense"]), layers: .indices([1, 2])),
            base: encoder("xlm-roberta")),
        Fixture(
            name: "distilbert-query-value", lora: .init(rank: 2, alpha: 4, targets: .names(["q_lin", "v_lin"])),
            base: encoder("distilbert")),
        Fixture(name: "distilbert-all", lora: .init(rank: 3, alpha: 3, targets: .allLinear), base: encoder("distilbert")),
        Fixture(name: "electra-all-linear", lora: .init(rank: 2, alpha: 4, targets: .allLinear), base: encoder("electra")),
    ]

    private static func encoder(_ name: String) -> String { here + "/../BackbonesTests/Fixtures/tiny-encoders/" + name }
    private static func decoder(_ name: String) -> String { here + "/../BackbonesTests/Fixtures/tiny-decoders/" + name }

    /// The tiny model, or a copy with this fixture's activation.
    func withModel<Result>(_ body: (String) throws -> Result) throws -> Result {
        guard activation != "gelu" else { return try body(base) }
        return try withTemporaryFolder { folder in
            let config = try String(contentsOfFile: Self.model + "/config.json", encoding: .utf8)
                .replacing("\"hidden_act\": \"gelu\"", with: "\"hidden_act\": \"\(activation)\"")
            try config.write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
            try FileManager.default.copyItem(
                atPath: Self.model + "/model.safetensors", toPath: folder + "/model.safetensors")
            return try body(folder)
        }
    }

    func golden(_ name: String) throws -> [Float] {
        let tensor = try SafetensorsFile(path: folder + "/golden.safetensors").tensor(name)
        return withExtendedLifetime(tensor) { Array(tensor.values) }
    }
}

@discardableResult func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "finetuning-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

/// The largest difference, relative to the larger list's largest magnitude (or to 1 when that is smaller).
func difference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    guard a.count == b.count else { return .infinity }
    let scale = max(1, a.map(abs).max() ?? 0, b.map(abs).max() ?? 0)
    return zip(a, b).map { abs($0 - $1).isNaN ? .infinity : abs($0 - $1) / scale }.max() ?? 0
}
