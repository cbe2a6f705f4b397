import Checkpoints
import Foundation
import Methods
import Tensors
import Testing
import TrainerSettings

@testable import Conversions

/// Whether a broken export was refused, in these words.
func isCaught(_ problem: String?, _ words: String = "off by", sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(problem?.contains(words) == true, "\(problem ?? "not noticed")", sourceLocation: sourceLocation)
}

/// Exports that are broken as converters have broken them: none gets by.
@Suite struct GateTests {
    private static let all: [String: SettingValue] = ["target_modules": .string("all-linear")]

    /// Writes a safetensors file again with other tensors.
    private func rewrite(_ path: String, _ change: (_ name: String, _ shape: [Int], _ values: inout [Float]) -> Bool) throws {
        let file = try SafetensorsFile(path: path)
        var tensors: [SafetensorsWriter.Tensor] = []
        for (name, entry) in file.entries {
            let tensor = try file.tensor(name)
            var values = withExtendedLifetime(tensor) { Array(tensor.values) }
            if change(name, entry.shape, &values) { tensors.append(.init(name: name, shape: entry.shape, values: values)) }
        }
        try FileManager.default.removeItem(atPath: path)
        try SafetensorsWriter.write(tensors, metadata: ["format": "pt"], to: path)
    }

    /// Writes a GGUF file again with other tensors.
    private func rewriteGGUF(_ path: String, _ change: (_ name: String, _ shape: [Int], _ values: inout [Float]) -> Void) throws
    {
        let file = try GGUFFile(path: path)
        let tensors = file.tensors.sorted { $0.key < $1.key }.map {
            GGUFWriter.Tensor(name: $0.key, shape: $0.value.shape, type: .f32)
        }
        let fields = file.metadata.copied
        try GGUFWriter(fields).write(tensors, to: path + ".new") { tensor in
            var values = try file.floats(tensor.name)
            change(tensor.name, tensor.shape, &values)
            return BlockEncoder(.f32).bytes(values, columns: tensor.shape.last ?? 1)
        }
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".new", toPath: path)
    }

    private func swapped(_ values: inout [Float], rows: Int) {
        values = Matrix.transposed(values, rows: rows)
    }

    // MARK: - Merged

    @Test func `a merged model without the adapter is caught`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        let base = try SafetensorsFile(path: SmallTrial.llama + "/model.safetensors")
        isCaught(
            try trial.problem("merged") { export in
                try rewrite(export + "/model.safetensors") { name, _, values in
                    if let tensor = try? base.tensor(name) { values = Array(tensor.values) }
                    return true
                }
            }, "is off by")
    }

    @Test func `a merged classifier without its head is caught`() throws {
        let trial = try SmallTrial(SmallTrial.bert, classes: ["a", "b"])
        isCaught(
            try trial.problem("merged") { export in
                try rewrite(export + "/model.safetensors") { name, _, _ in name != "classifier.weight" }
            }, "lacks the head's tensor 'classifier.weight'")
    }

    @Test func `merged weights of another type than config says are caught`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        isCaught(
            try trial.problem("merged", type: "bfloat16") { export in
                try rewrite(export + "/model.safetensors") { _, _, _ in true }
            }, "dtype is bfloat16, and the weights are float32")
    }

    @Test func `a merged matrix that was transposed is caught`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        isCaught(
            try trial.problem("merged") { export in
                try rewrite(export + "/model.safetensors") { name, shape, values in
                    if name.hasSuffix("layers.0.self_attn.q_proj.weight") { swapped(&values, rows: shape[0]) }
                    return true
                }
            }, "'model.layers.0.self_attn.q_proj.weight' is off by")
    }

    @Test func `a configuration of another rope is caught`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        isCaught(
            try trial.problem("merged") { export in
                let path = export + "/config.json"
                var values = try JSONInput.object(file: path)
                values["rope_theta"] = .double(100)
                values["rope_parameters"] = nil
                try Data(JSONWriter.text(.object(values), .shown).utf8).write(to: URL(filePath: path))
            })
    }

    // MARK: - Adapters

    @Test(arguments: ["gguf-lora", "mlx", "vllm"]) func `a wrong scale is caught`(form: String) throws {
        let trial = try SmallTrial(SmallTrial.llama)
        isCaught(
            try trial.problem(form) { export in
                func double(_ name: String, _ shape: [Int], _ values: inout [Float]) -> Bool {
                    if name.hasSuffix(".lora_b") || name.contains(".lora_B.") { values = values.map { 2 * $0 } }
                    return true
                }
                switch form {
                case "gguf-lora": try rewriteGGUF(export) { _ = double($0, $1, &$2) }
                case "mlx": try rewrite(export + "/adapters.safetensors", double)
                default: try rewrite(export + "/adapter_model.safetensors", double)
                }
            })
    }

    @Test(arguments: ["gguf-lora", "mlx", "vllm"]) func `a transposed B is caught`(form: String) throws {
        let trial = try SmallTrial(SmallTrial.llama)
        isCaught(
            try trial.problem(form) { export in
                func turn(_ name: String, _ shape: [Int], _ values: inout [Float]) -> Bool {
                    if name.hasSuffix(".lora_b") || name.contains(".lora_B.") { swapped(&values, rows: shape[0]) }
                    return true
                }
                switch form {
                case "gguf-lora": try rewriteGGUF(export) { _ = turn($0, $1, &$2) }
                case "mlx": try rewrite(export + "/adapters.safetensors", turn)
                default: try rewrite(export + "/adapter_model.safetensors", turn)
                }
            })
    }

    @Test func `rows of q in the wrong order are caught, in an adapter and in a model`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        isCaught(
            try trial.problem("gguf-lora") { export in
                try rewriteGGUF(export) { name, shape, values in
                    guard name.hasSuffix("attn_q.weight.lora_b") else { return }
                    values = RotaryRows.apart(values, rows: shape[0], heads: 2)
                }
            })
        try FileManager.default.removeItem(atPath: trial.output)
        isCaught(
            try trial.problem("gguf") { export in
                try rewriteGGUF(export) { name, shape, values in
                    guard name.hasSuffix("attn_q.weight") else { return }
                    values = RotaryRows.apart(values, rows: shape[0], heads: 2)
                }
            }, "'model.layers.0.self_attn.q_proj.weight' is off by")
    }

    @Test func `an alpha that llama dot cpp would apply once more is caught`() throws {
        let trial = try SmallTrial(SmallTrial.llama)
        isCaught(
            try trial.problem("gguf-lora") { export in
                let file = try GGUFFile(path: export)
                let fields = file.metadata.copied.map { $0.key == "adapter.lora.alpha" ? ($0.key, GGUFField.float32(12)) : $0 }
                let tensors = file.tensors.map { GGUFWriter.Tensor(name: $0.key, shape: $0.value.shape, type: .f32) }
                try GGUFWriter(fields).write(tensors, to: export + ".new") { tensor in
                    BlockEncoder(.f32).bytes(try file.floats(tensor.name), columns: tensor.shape[1])
                }
                try FileManager.default.removeItem(atPath: export)
                try FileManager.default.moveItem(atPath: export + ".new", toPath: export)
            })
    }

    @Test func `a module that mlx-lm would leave out is caught`() throws {
        let trial = try SmallTrial(SmallTrial.llama, Self.all)
        isCaught(
            try trial.problem("mlx") { export in
                let path = export + "/adapter_config.json"
                var values = try JSONInput.object(file: path)
                values["num_layers"] = .int(1)
                try Data(JSONWriter.text(.object(values), .shown).utf8).write(to: URL(filePath: path))
            }, "adapts no 'model.layers.0.")
    }

    // MARK: - Types of few bits, in which an adapter is less than what the type loses

    private func faint() throws -> SmallTrial { try SmallTrial(SmallTrial.llama, strength: 0.003) }

    @Test(arguments: ["bfloat16", "float16"]) func `a folder of half floats without the adapter is caught`(type: String) throws
    {
        let base = try SafetensorsFile(path: SmallTrial.llama + "/model.safetensors")
        isCaught(
            try faint().problem("merged", type: type) { export in
                let path = export + "/model.safetensors"
                let tensors = try SafetensorsFile(path: path).entries.map {
                    ModelFiles.Tensor(name: $0.key, shape: $0.value.shape)
                }
                try FileManager.default.removeItem(atPath: path)
                try ModelFiles(type == "float16" ? .float16 : .bfloat16).write(tensors, to: export) { try base.tensor($0.name) }
            }, "is off by")
    }

    @Test(arguments: ["gguf-lora", "mlx", "vllm", "peft"]) func `an adapter of nothing is caught`(form: String) throws {
        let trial = try faint()
        isCaught(
            try trial.problem(form) { export in
                func empty(_ name: String, _ shape: [Int], _ values: inout [Float]) -> Bool {
                    if name.hasSuffix(".lora_b") || name.contains(".lora_B.") { values = values.map { _ in 0 } }
                    return true
                }
                switch form {
                case "gguf-lora": try rewriteGGUF(export) { _ = empty($0, $1, &$2) }
                case "mlx": try rewrite(export + "/adapters.safetensors", empty)
                default: try rewrite(export + "/adapter_model.safetensors", empty)
                }
            })
    }

    @Test(arguments: ["scale", "head", "B"]) func `a broken copy of PEFT's folder is caught`(fault: String) throws {
        let trial = fault == "head" ? try SmallTrial(SmallTrial.bert, classes: ["a", "b"]) : try SmallTrial(SmallTrial.llama)
        let problem = try trial.problem("peft") { export in
            if fault == "scale" {
                let path = export + "/adapter_config.json"
                var values = try JSONInput.object(file: path)
                values["lora_alpha"] = .int(24)
                try Data(JSONWriter.text(.object(values), .shown).utf8).write(to: URL(filePath: path))
                return
            }
            try rewrite(export + "/adapter_model.safetensors") { name, shape, values in
                if fault == "B", name.contains("lora_B") { swapped(&values, rows: shape[0]) }
                return fault == "B" || !name.contains("classifier")
            }
        }
        #expect(problem != nil)
        let named = try SmallTrial(SmallTrial.bert, classes: ["a", "b"])
        isCaught(
            try named.problem("peft") { try FileManager.default.removeItem(atPath: $0 + "/labels.json") },
            "names other classes")
        #expect(try SmallTrial(SmallTrial.llama).export("peft").share < 1e-6)
    }

    @Test func `an agreement is told in two digits`() {
        #expect(Agreement.percent(0.000034) == "0.0034 %")
        #expect(Agreement.percent(0.25) == "25 %")
        #expect(Agreement.percent(0) == "0 %")
        #expect(Agreement([1, .nan], with: [1, 2]).share == .infinity)
        #expect(Agreement([1, 2, 3], with: [1, 2, 3]).words == "0 % of their spread (at most 0)")
    }
}
