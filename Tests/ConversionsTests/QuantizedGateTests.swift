import Backbones
import Checkpoints
import Foundation
import Tensors
import Testing

@testable import Conversions

/// Broken GGUF files of types in which an adapter is less than what the type loses: none gets by.
@Suite struct QuantizedGateTests {
    private static let types = ["f16", "bf16", "q8_0", "q4_k_m"]
    private static let faults = ["no adapter", "twice the adapter", "transposed B", "rows of q in the wrong order", "missing"]
    private static let module = "model.layers.1.self_attn.q_proj"
    private static let tensor = "blk.1.attn_q.weight"

    /// A trial of a short training: its adapter is a hundredth of what the others here are.
    private func faint(_ model: String = SmallTrial.llama) throws -> SmallTrial { try SmallTrial(model, strength: 0.003) }

    @Test(arguments: types, faults) func `a GGUF file of few bits that is another is caught`(type: String, fault: String) throws
    {
        isCaught(try problem(faint(), type: type, fault), Self.words(fault))
    }

    /// What the adapter changes is Q8_0 there, or F16 on a base of Q8_0.
    @Test(arguments: [BlockType.q8_0, .q5_0, .q4_1], faults)
    func `a file of a quantised base's own types that is another is caught`(base: BlockType, fault: String) throws {
        let model = try QuantizedModel(base)
        isCaught(try problem(faint(model.path), type: "base", fault), Self.words(fault))
    }

    @Test(arguments: types) func `a GGUF file of few bits that is the trial's is handed out`(type: String) throws {
        #expect(try faint().export("gguf", type: type).share < 0.6)
    }

    @Test(arguments: [BlockType.q8_0, .q5_0, .q4_1])
    func `a file of a quantised base's own types that is the trial's is handed out`(base: BlockType) throws {
        let model = try QuantizedModel(base)
        let trial = try faint(model.path)
        #expect(try trial.export("gguf", type: "base").share < 8e-2)
        let file = try GGUFFile(path: trial.output)
        #expect(file.tensors[Self.tensor]?.type == (base == .q8_0 ? .f16 : .q8_0))
        #expect(file.tensors["blk.1.attn_k.weight"]?.type == base, "nothing has changed it")
    }

    private static func words(_ fault: String) -> String { fault == "missing" ? "is missing" : "'\(module).weight' is off by" }

    /// What verifying makes of a trial's file in which one tensor is broken; nil: it was not noticed.
    private func problem(_ trial: SmallTrial, type: String, _ fault: String) throws -> String? {
        try trial.problem("gguf", type: type) { export in
            let (file, opened) = (try GGUFFile(path: export), try trial.opened())
            let base = try WeightSources.open(opened.source).tensor(Self.module + ".weight")
            let plain = withExtendedLifetime(base) { Array(base.values) }
            let merged = MergedModel(opened)
            let whole = try merged.values(try #require(merged.tensors.first { $0.name == Self.module + ".weight" }))
            let added = withExtendedLifetime(whole) { zip(whole.values, plain).map { $0 - $1 } }
            let heads = try #require(opened.configuration.turnedHeads(ofModule: Self.module))
            let kept = file.tensors.sorted { $0.key < $1.key }.filter { fault != "missing" || $0.key != Self.tensor }
            let list = try kept.map {
                GGUFWriter.Tensor(name: $0.key, shape: $0.value.shape, type: try #require($0.value.type))
            }
            try GGUFWriter(file.metadata.copied).write(list, to: export + ".new") { tensor in
                guard tensor.name == Self.tensor else { return file.bytes(try #require(file.tensors[tensor.name])) }
                let rows = tensor.shape[0]
                var values =
                    switch fault {
                    case "no adapter": plain
                    case "twice the adapter": zip(plain, added).map { $0 + 2 * $1 }
                    case "transposed B": zip(plain, Matrix.transposed(added, rows: rows)).map { $0 + $1 }
                    default: zip(plain, added).map { $0 + $1 }
                    }
                if fault != "rows of q in the wrong order" { values = RotaryRows.paired(values, rows: rows, heads: heads) }
                return BlockEncoder(tensor.type).bytes(values, columns: tensor.shape[1])
            }
            try FileManager.default.removeItem(atPath: export)
            try FileManager.default.moveItem(atPath: export + ".new", toPath: export)
        }
    }
}

/// The small GGUF model in blocks of a type.
private final class QuantizedModel {
    let path = FileManager.default.temporaryDirectory.path + "/quantized-\(UInt64.random(in: 0 ... .max)).gguf"

    init(_ type: BlockType) throws {
        let file = try GGUFFile(path: SmallTrial.gguf)
        let tensors = try file.tensors.sorted { $0.key < $1.key }.map { name, tensor in
            let own = try #require(tensor.type)
            return GGUFWriter.Tensor(name: name, shape: tensor.shape, type: own == .q8_0 ? type : own)
        }
        try GGUFWriter(file.metadata.copied).write(tensors, to: path) {
            BlockEncoder($0.type).bytes(try file.floats($0.name), columns: $0.shape[$0.shape.count - 1])
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
