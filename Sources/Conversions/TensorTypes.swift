import Checkpoints
import Tensors

/// Which tensor of a merged GGUF file is kept in which type.
struct TensorTypes {
    /// "base", "f32", "f16", "bf16", "q8_0" or "q4_k_m".
    let name: String
    let layerCount: Int
    /// Whether the vocabulary's matrix is the embeddings'.
    let isTied: Bool

    static let names = ["base", "f32", "f16", "bf16", "q8_0", "q4_k_m"]

    /// What llama.cpp calls the whole file's type (general.file_type); nil: as the base's says.
    var fileType: UInt32? {
        switch name {
        case "f32": 0
        case "f16": 1
        case "q8_0": 7
        case "q4_k_m": 15
        case "bf16": 32
        default: nil
        }
    }

    /// Of a tensor that the adapter changes.
    ///
    /// - Parameters:
    ///   - tensor: GGUF's name.
    ///   - base: what the model's own file has; nil: it has no such tensor.
    func type(of tensor: String, shape: [Int], base: BlockType?) -> BlockType {
        guard shape.count > 1 else { return .f32 }
        let columns = shape[shape.count - 1]
        switch name {
        case "f32": return .f32
        case "f16": return .f16
        case "bf16": return .bf16
        case "q8_0": return Self.fitting(.q8_0, columns)
        case "q4_k_m": return Self.fitting(mixed(tensor), columns)
        default: return Self.fitting(Self.finer(base ?? .f32), columns)
        }
    }

    /// llama.cpp's mixture: what matters most gets six bits.
    private func mixed(_ tensor: String) -> BlockType {
        let parts = tensor.split(separator: ".")
        if tensor == "output.weight" || isTied && tensor == "token_embd.weight" { return .q6_K }
        guard parts.count == 4, let layer = Int(parts[1]), ["attn_v", "ffn_down"].contains(parts[2]) else { return .q4_K }
        let eighth = layerCount / 8
        return layer < eighth || layer >= 7 * layerCount / 8 || (layer - eighth) % 3 == 2 ? .q6_K : .q4_K
    }

    /// What keeps a change of weights that lie on a type's own grid: rounded to that once more, most of them fall back to where they were, and
    /// the adapter is lost (of SmolLM2 in Q4_1 nine tenths of what it had gained).
    private static func finer(_ type: BlockType) -> BlockType {
        switch type {
        case .f32, .f16, .bf16: type
        case .q8_0: .f16
        default: .q8_0
        }
    }

    /// As llama.cpp falls back where a row is no whole blocks.
    private static func fitting(_ type: BlockType, _ columns: Int) -> BlockType {
        var type = type
        if columns % type.weights != 0 {
            switch type {
            case .q4_K: type = .q5_0
            case .q6_K: type = .q8_0
            default: break
            }
        }
        return columns % type.weights == 0 ? type : .f16
    }
}
