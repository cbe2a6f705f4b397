import Checkpoints
import Foundation

/// A tiny decoder of Fixtures as a GGUF file: the same numbers in BF16, or blocks of Q8_0.
struct GGUFConversion {
    private let configuration: [String: Any]
    private let weights: SafetensorsFile
    private let architecture: String
    private let quantizes: Bool
    /// Further keys, each with its value's type and bytes.
    private var more: [(String, Data)] = []

    static func write(_ name: String, quantized: Bool, adding more: [(String, Data)] = [], to path: String) throws {
        var conversion = try Self(TinyDecoder(name).folder, quantized: quantized)
        conversion.more = more
        try conversion.bytes().write(to: URL(filePath: path))
    }

    private init(_ folder: String, quantized: Bool) throws {
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: folder + "/config.json")))
        configuration = json as? [String: Any] ?? [:]
        weights = try SafetensorsFile(path: folder + "/model.safetensors")
        architecture = configuration["model_type"] as? String ?? ""
        quantizes = quantized
    }

    private func integer(_ key: String) -> UInt32 { UInt32(configuration[key] as? Int ?? 0) }

    private func bytes() throws -> Data {
        let rotary = configuration["rope_parameters"] as? [String: Any] ?? [:]
        let end = configuration["eos_token_id"] as? Int ?? (configuration["eos_token_id"] as? [Int])?.first ?? 0
        var keys: [(String, Data)] = [
            ("general.architecture", Self.value(architecture)),
            (key("embedding_length"), Self.value(integer("hidden_size"))),
            (key("block_count"), Self.value(integer("num_hidden_layers"))),
            (key("feed_forward_length"), Self.value(integer("intermediate_size"))),
            (key("attention.head_count"), Self.value(integer("num_attention_heads"))),
            (key("attention.head_count_kv"), Self.value(integer("num_key_value_heads"))),
            (key("context_length"), Self.value(integer("max_position_embeddings"))),
            (key("vocab_size"), Self.value(integer("vocab_size"))),
            (key("attention.layer_norm_rms_epsilon"), Self.value(configuration["rms_norm_eps"])),
            (key("rope.freq_base"), Self.value(rotary["rope_theta"])),
            ("tokenizer.ggml.eos_token_id", Self.value(UInt32(end))),
        ]
        if configuration["head_dim"] as? Int != nil {
            for name in ["key", "value"] { keys.append((key("attention.\(name)_length"), Self.value(integer("head_dim")))) }
        }
        keys += more
        var (table, data) = (Data(), Data())
        for name in weights.entries.keys.sorted() {
            let tensor = try weights.tensor(name)
            let (type, stored) = withExtendedLifetime(tensor) { Self.stored(ordered(name, tensor), tensor.shape, quantizes) }
            table += Self.text(Self.ownName(name)) + Self.number(UInt32(tensor.shape.count))
            for size in tensor.shape.reversed() { table += Self.number(UInt64(size)) }
            table += Self.number(type) + Self.number(UInt64(data.count))
            data += stored + Data(repeating: 0, count: (32 - stored.count % 32) % 32)
        }
        var header = Data("GGUF".utf8) + Self.number(UInt32(3))
        header += Self.number(UInt64(weights.entries.count)) + Self.number(UInt64(keys.count))
        for (key, value) in keys { header += Self.text(key) + value }
        header += table
        return header + Data(repeating: 0, count: (32 - header.count % 32) % 32) + data
    }

    private func key(_ name: String) -> String { architecture + "." + name }

    // MARK: - Numbers

    /// The tensor's numbers, the rows of q and k by rotary pairs where the architecture has them so.
    private func ordered(_ name: String, _ tensor: FloatTensor) -> [Float] {
        let values = Array(tensor.values)
        let heads =
            name.contains(".q_proj.")
            ? integer("num_attention_heads") : name.contains(".k_proj.") ? integer("num_key_value_heads") : 0
        guard heads > 0, ["llama", "smollm3"].contains(architecture) else { return values }
        let (rows, half) = (tensor.shape[0], tensor.shape[0] / Int(heads) / 2)
        let width = values.count / rows
        return (0..<rows).flatMap { row in
            let (head, within) = (row / (2 * half), row % (2 * half))
            let source = head * 2 * half + within % 2 * half + within / 2
            return values[source * width..<(source + 1) * width]
        }
    }

    private static func stored(_ values: [Float], _ shape: [Int], _ quantizes: Bool) -> (type: UInt32, bytes: Data) {
        if shape.count == 1 { return (0, values.reduce(into: Data()) { $0 += number($1.bitPattern) }) }
        guard quantizes, shape[1] % 32 == 0 else {
            return (30, values.reduce(into: Data()) { $0 += number(UInt16($1.bitPattern >> 16)) })
        }
        var bytes = Data()
        for start in stride(from: 0, to: values.count, by: 32) {
            let block = values[start..<start + 32]
            // A power of two is a scale that any precision has.
            let exponent = Int((block.map(abs).max() ?? 0).exponent) - 6
            let scale = Float(sign: .plus, exponent: exponent, significand: 1)
            bytes += number(UInt16(exponent + 15) << 10)
            bytes += Data(block.map { UInt8(bitPattern: Int8(max(-127, min(127, ($0 / scale).rounded())))) })
        }
        return (8, bytes)
    }

    private static func number(_ value: some FixedWidthInteger) -> Data { withUnsafeBytes(of: value.littleEndian) { Data($0) } }
    private static func text(_ text: String) -> Data { number(UInt64(text.utf8.count)) + Data(text.utf8) }
    static func value(_ string: String) -> Data { number(UInt32(8)) + text(string) }
    static func value(_ integer: UInt32) -> Data { number(UInt32(4)) + number(integer) }
    private static func value(_ float: Any?) -> Data {
        number(UInt32(6)) + number(Float((float as? NSNumber)?.doubleValue ?? 0).bitPattern)
    }

    private static func ownName(_ name: String) -> String {
        let parts: KeyValuePairs = [
            "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output", "model.layers": "blk",
            "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_norm": "attn_q_norm",
            "self_attn.k_norm": "attn_k_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
            "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate",
            "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
        ]
        return parts.reduce(name) { $0.replacing($1.key, with: $1.value) }
    }
}
