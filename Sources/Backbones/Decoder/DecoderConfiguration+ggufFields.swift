package import Checkpoints
import Layers
import Tensors

/// What llama.cpp has to be told of a decoder, as ``DecoderConfiguration/init(_:)`` reads it.
extension DecoderConfiguration {
    package func ggufFields() throws(CheckpointError) -> [(key: String, value: GGUFField)] {
        guard let architecture = ggufArchitecture, Self.ggufArchitectures.contains(architecture) else {
            throw refused("GGUF files of a \(modelType) are not written yet")
        }
        if let window = layers.compactMap(\.window).min() {
            throw refused(
                "llama.cpp knows no windows of a \(modelType): texts over \(window) tokens would be answered otherwise")
        }
        if layers.enumerated().contains(where: { $1.isRotary != (architecture != "smollm3" || ($0 + 1) % 4 != 0) }) {
            throw refused("llama.cpp turns other layers' positions than no_rope_layers says")
        }
        guard 2 * rotary.pairs == headWidth, activation == .silu, scoreScale == nil, scoreCap == nil, outputCap == nil else {
            throw refused("it computes what GGUF files of its kind have no words for")
        }
        func number(_ value: Int) -> GGUFField { .uint32(UInt32(value)) }
        var own: [(String, GGUFField)] = [
            ("block_count", number(layerCount)), ("context_length", number(positionCount)),
            ("embedding_length", number(hiddenSize)), ("feed_forward_length", number(intermediateSize)),
            ("attention.head_count", number(headCount)), ("attention.head_count_kv", number(keyValueHeadCount)),
            ("attention.key_length", number(headWidth)), ("attention.value_length", number(headWidth)),
            ("attention.layer_norm_rms_epsilon", .float32(normEpsilon)), ("rope.freq_base", .float32(Float(rotary.base))),
            ("rope.dimension_count", number(headWidth)), ("vocab_size", number(vocabularySize)),
        ]
        switch rotary.scaling {
        case .none, .llama3, .divided: break
        case .linear(let factor):
            own += [("rope.scaling.type", .text("linear")), ("rope.scaling.factor", .float32(Float(factor)))]
        case .yarn(let yarn):
            own += [
                ("rope.scaling.type", .text("yarn")), ("rope.scaling.factor", .float32(Float(yarn.factor))),
                ("rope.scaling.original_context_length", number(yarn.original)),
            ]
        case .longRope: throw refused("GGUF files of a \(modelType) have no LongRoPE")
        }
        return [("general.architecture", .text(architecture)), ("general.type", .text("model"))]
            + own.map { (architecture + "." + $0.0, $0.1) }
    }

    /// What each pair's frequency is divided by, as GGUF's tensor rope_freqs.weight says it; nil: by nothing that the fields do not say.
    package var ggufFrequencies: [Float]? {
        switch rotary.scaling {
        case .llama3, .divided: break
        default: return nil
        }
        var plain = rotary
        plain.scaling = .none
        return zip(plain.frequencies(length: 1), rotary.frequencies(length: 1)).map { $0 / $1 }
    }

    private func refused(_ problem: String) -> CheckpointError {
        CheckpointError(path: "--format gguf", problem: problem + "; take --format merged")
    }
}
