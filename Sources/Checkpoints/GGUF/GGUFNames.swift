/// How GGUF's names of an architecture's tensors become Hugging Face's.
package struct GGUFNames {
    package let architecture: String

    package init(architecture: String) { self.architecture = architecture }

    /// The architectures whose tensors are Hugging Face's under other names.
    package static let architectures = ["llama", "qwen2", "qwen3", "smollm3", "phi3", "gemma", "gemma2", "gemma3"]

    /// Whether rows of q and k lie by rotary pairs in the file.
    package var pairsRows: Bool { ["llama", "smollm3"].contains(architecture) }
    /// Whether the embeddings are the vocabulary's matrix, whatever a file has beside them.
    package var tiesEmbeddings: Bool { architecture.hasPrefix("gemma") }
    /// Whether the norms' weights are stored with the 1 added that the model adds.
    package var addsOneToNorms: Bool { architecture.hasPrefix("gemma") }

    /// The Hugging Face name; the name itself where there is none.
    package func name(_ own: String) -> String {
        let parts = own.split(separator: ".", omittingEmptySubsequences: false)
        guard let kind = parts.last, kind == "weight" || kind == "bias" else { return own }
        if parts.count == 2, let whole = Self.whole[parts[0]] { return "\(whole).\(kind)" }
        guard parts.count == 4, parts[0] == "blk", parts[1].allSatisfy(\.isNumber), let part = layerPart(parts[2]) else {
            return own
        }
        return "model.layers.\(parts[1]).\(part).\(kind)"
    }

    /// GGUF's name of the tensor that Hugging Face calls so; nil: it has none.
    package func own(_ name: String) -> String? {
        let parts = name.split(separator: ".")
        guard let kind = parts.last, kind == "weight" || kind == "bias" else { return nil }
        let module = parts.dropLast().joined(separator: ".")
        if let whole = Self.whole.first(where: { $0.value == module }) { return "\(whole.key).\(kind)" }
        guard parts.count > 4, parts[0] == "model", parts[1] == "layers" else { return nil }
        let part = parts[3..<(parts.count - 1)].joined(separator: ".")
        return Self.layerParts.first { layerPart($0) == part }.map { "blk.\(parts[2]).\($0).\(kind)" }
    }

    private static let layerParts: [Substring] = [
        "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "attn_q_norm", "attn_k_norm", "attn_qkv", "ffn_norm",
        "post_attention_norm", "post_ffw_norm", "ffn_gate", "ffn_up", "ffn_down",
    ]

    private static let whole: [Substring: String] = [
        "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
    ]

    private func layerPart(_ own: Substring) -> String? {
        let hasFourNorms = architecture == "gemma2" || architecture == "gemma3"
        return switch own {
        case "attn_norm": "input_layernorm"
        case "attn_q": "self_attn.q_proj"
        case "attn_k": "self_attn.k_proj"
        case "attn_v": "self_attn.v_proj"
        case "attn_output": "self_attn.o_proj"
        case "attn_q_norm": "self_attn.q_norm"
        case "attn_k_norm": "self_attn.k_norm"
        case "attn_qkv": "self_attn.qkv_proj"
        case "ffn_norm": hasFourNorms ? "pre_feedforward_layernorm" : "post_attention_layernorm"
        case "post_attention_norm": hasFourNorms ? "post_attention_layernorm" : nil
        case "post_ffw_norm": hasFourNorms ? "post_feedforward_layernorm" : nil
        case "ffn_gate": "mlp.gate_proj"
        case "ffn_up": architecture == "phi3" ? "mlp.gate_up_proj" : "mlp.up_proj"
        case "ffn_down": "mlp.down_proj"
        default: nil
        }
    }
}
