package import Checkpoints
import Layers
import Tensors

/// What llama.cpp has to be told of a decoder, as ``DecoderConfiguration/init(_:)`` reads it.
extension DecoderConfiguration {
    package func ggufFields() throws(CheckpointError) -> [(key: String, value: GGUFField)] {
        guard let architecture = ggufArchitecture, let rules = GGUFRules(architecture) else {
            throw refused("GGUF files of a \(modelType) are not written yet")
        }
        if let lack = rules.lack(of: self) { throw refused(lack) }
        func number(_ value: Int) -> GGUFField { .uint32(UInt32(value)) }
        var own: [(String, GGUFField)] = [
            ("block_count", number(layerCount)), ("context_length", number(ggufContext)),
            ("embedding_length", number(hiddenSize)), ("feed_forward_length", number(intermediateSize)),
            ("attention.head_count", number(headCount)), ("attention.head_count_kv", number(keyValueHeadCount)),
            ("attention.key_length", number(headWidth)), ("attention.value_length", number(headWidth)),
            ("attention.layer_norm_rms_epsilon", .float32(normEpsilon)), ("rope.freq_base", .float32(Float(rotary.base))),
            ("rope.dimension_count", number(2 * rotary.pairs)), ("vocab_size", number(vocabularySize)),
        ]
        if let window { own.append(("attention.sliding_window", number(window))) }
        if let scoreCap { own.append(("attn_logit_softcapping", .float32(scoreCap))) }
        if let outputCap { own.append(("final_logit_softcapping", .float32(outputCap))) }
        if let localRotary { own.append(("rope.freq_base_swa", .float32(Float(localRotary.base)))) }
        switch rotary.scaling {
        case .none, .llama3, .divided: break
        case .linear(let factor):
            own += [("rope.scaling.type", .text("linear")), ("rope.scaling.factor", .float32(Float(factor)))]
        case .yarn(let yarn):
            own += [
                ("rope.scaling.type", .text("yarn")), ("rope.scaling.factor", .float32(Float(yarn.factor))),
                ("rope.scaling.original_context_length", number(yarn.original)),
            ]
        case .longRope(_, _, let original):
            own += [
                ("rope.scaling.original_context_length", number(original)),
                ("rope.scaling.attn_factor", .float32(Float(rotary.attentionFactor))),
            ]
        }
        return [("general.architecture", .text(architecture)), ("general.type", .text("model"))]
            + own.map { (architecture + "." + $0.0, $0.1) }
    }

    /// How many of the last tokens a token sees in a layer; nil: all in each.
    private var window: Int? { layers.compactMap(\.window).min() }

    /// The window where llama.cpp goes without it.
    private var ignoredWindow: Int? {
        ggufArchitecture.flatMap(GGUFRules.init)?.windowPeriod == nil ? window : nil
    }

    /// The longest texts that llama.cpp computes as the model does: those in which each token's window holds all tokens before it, and that
    /// turn by LongRoPE's short factors.
    private var ggufContext: Int { min(positionCount, ignoredWindow ?? .max, rotary.border ?? .max) }

    package var ggufRemark: String? {
        guard ggufContext < positionCount else { return nil }
        let what =
            ggufContext == ignoredWindow
            ? "llama.cpp lets a \(modelType)'s token see all before it, and not the last \(ggufContext) alone"
            : "llama.cpp takes LongRoPE's long factors for short texts too where it has room for long ones, so that the file has the short ones alone"
        return
            "\(what): the file's context_length is \(ggufContext) in place of \(positionCount), within which the answers are the trial's"
    }

    package var ggufFactors: [String: [Float]] {
        switch rotary.scaling {
        case .llama3, .divided:
            var plain = rotary
            plain.scaling = .none
            return [GGUFFactors.divisors: zip(plain.frequencies(length: 1), rotary.frequencies(length: 1)).map { $0 / $1 }]
        // The short ones twice: llama.cpp takes the long ones for short texts too, where it was given room for longer ones.
        case .longRope(let short, _, _): return [GGUFFactors.short: short, GGUFFactors.long: short]
        default: return [:]
        }
    }

    private func refused(_ problem: String) -> CheckpointError {
        CheckpointError(path: "--format gguf", problem: problem + "; take --format merged")
    }
}

/// The names of GGUF's tensors that say by what the frequencies of positions are divided.
enum GGUFFactors {
    static let divisors = "rope_freqs.weight"
    static let short = "rope_factors_short.weight"
    static let long = "rope_factors_long.weight"
}
