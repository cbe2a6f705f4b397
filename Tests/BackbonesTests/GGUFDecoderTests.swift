import Backbones
import Checkpoints
import Foundation
import Layers
import Methods
import Tensors
import Testing
import TrainerSettings

/// Tiny decoders from GGUF files, and bases that stay quantised.
@Suite struct GGUFDecoderTests {
    private static let names = ["llama", "llama-tied", "qwen2", "qwen3", "smollm3"]

    /// A file of the decoder, gone after the body.
    private func withFile(
        _ name: String, quantized: Bool, adding more: [(String, Data)] = [], _ body: (String) throws -> Void
    ) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).gguf").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try GGUFConversion.write(name, quantized: quantized, adding: more, to: path)
        try body(path)
    }

    /// The batch with all rows listed that predict a token.
    private static func batch(_ tiny: TinyDecoder) throws -> PackedBatch {
        var batch = try tiny.batch()
        batch.listed = zip(batch.offsets, batch.offsets.dropFirst()).flatMap { $0..<$1 - 1 }
        return batch
    }

    private func tuned(
        _ model: String, _ targets: TrainerSettings.TargetModules, _ storage: WeightStorage
    ) throws -> TunedBackbone {
        func open(_ weights: some BackboneWeights) throws -> TunedBackbone {
            try TunedBackbone(
                weights, rows: .listed, method: LoRAConfiguration(rank: 2, alpha: 4, targets: targets), storage: storage)
        }
        return try open(Architectures.weights(of: model))
    }

    /// Qwen2's here has windows, of which GGUF files say nothing.
    @Test(arguments: names.filter { $0 != "qwen2" })
    func `a model from a GGUF file is the folder's, to the last bit`(name: String) throws {
        let tiny = TinyDecoder(name)
        try withFile(name, quantized: false) { path in
            #expect(try Architectures.weights(of: path).check() == Architectures.weights(of: tiny.folder).check())
            let batch = try Self.batch(tiny)
            for storage in [WeightStorage(), WeightStorage(.bf16)] {
                let (folder, file) = (try tuned(tiny.folder, .allLinear, storage), try tuned(path, .allLinear, storage))
                #expect(try file.causalLoss(batch) == folder.causalLoss(batch))
                #expect(Array(file.parameters.gradients) == Array(folder.parameters.gradients))
            }
        }
    }

    @Test(arguments: names, Kernels.available)
    func `a base that stays quantised gives the bits of one that is expanded`(name: String, kernels: Kernels) throws {
        let batch = try Self.batch(TinyDecoder(name))
        try withFile(name, quantized: true) { path in
            let weights = try Architectures.weights(of: path)
            #expect(weights.isQuantized)
            #expect(try weights.check() > 0)
            for precision in WeightPrecision.allCases {
                for targets in [TrainerSettings.TargetModules.names(["q_proj", "v_proj"]), .allLinear] {
                    let whole = try tuned(path, targets, WeightStorage(precision, kernels: kernels))
                    let blocks = try tuned(path, targets, WeightStorage(precision, keepsBlocks: true, kernels: kernels))
                    let loss = try blocks.causalLoss(batch)
                    #expect(try loss.isFinite && loss == whole.causalLoss(batch))
                    let gradients = Array(blocks.parameters.gradients)
                    #expect(gradients == Array(whole.parameters.gradients) && gradients.contains { $0 != 0 })
                }
            }
        }
    }

    @Test func `a window that a file tells of, or its name, is remarked on where texts are longer`() throws {
        typealias File = GGUFConversion
        let first = [("general.name", File.value("Mistral 7B Instruct v0.1"))]
        for (keys, length, words) in [
            (
                [("llama.attention.sliding_window", File.value(UInt32(16)))], 17,
                "sees the last 16 alone (attention.sliding_window)"
            ),
            (first, 4097, "does not say whether a token sees the last 4096 alone, as in Mistral 7B v0.1"),
            ([("general.basename", File.value("mistral"))], 4097, "does not say whether"),
            // The file's word counts more than a name's.
            (first + [("llama.attention.sliding_window", File.value(UInt32(8)))], 9, "sees the last 8 alone"),
        ] {
            try withFile("llama", quantized: false, adding: keys) { path in
                let weights = try Architectures.weights(of: path)
                let remark = try #require(weights.remark(onTextsOf: length))
                #expect(remark.contains(words) && remark.contains("max_length \(length)"))
                #expect(weights.remark(onTextsOf: length - 1) == nil)
            }
        }
        for keys in [
            [], [("general.name", File.value("Mistral 7B Instruct v0.3"))], [("general.name", File.value("SmolLM2"))],
            first + [("llama.attention.sliding_window", File.value(UInt32(0)))],
        ] {
            try withFile("llama", quantized: false, adding: keys) { path throws in
                #expect(try Architectures.weights(of: path).remark(onTextsOf: 1 << 20) == nil)
            }
        }
        // A folder's configuration has the window, and it is used.
        #expect(try Architectures.weights(of: TinyDecoder("mistral").folder).remark(onTextsOf: 1 << 20) == nil)
    }

    @Test func `a folder's weights are not quantised, and a file's need not be`() throws {
        #expect(try !Architectures.weights(of: TinyDecoder("llama").folder).isQuantized)
        try withFile("llama", quantized: false) { path in
            let weights = try Architectures.weights(of: path)
            #expect(!weights.isQuantized)
            let error = #expect(throws: CheckpointError.self) {
                try weights.require(WeightStorage(keepsBlocks: true), of: path)
            }
            #expect(error?.path == path)
            try weights.require(WeightStorage(), of: path)
        }
    }
}
