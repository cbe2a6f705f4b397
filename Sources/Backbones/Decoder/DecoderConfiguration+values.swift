package import Checkpoints
import Tensors
package import TrainerSettings

/// What config.json says of a decoder that was read from a GGUF file, for old and new versions of transformers.
extension DecoderConfiguration {
    package func folderValues() throws(CheckpointError) -> [String: SettingValue] {
        guard activation == .silu, !joinsInputs else {
            throw refused("config.json of a \(modelType) is not written from a GGUF file yet")
        }
        var rope: [String: SettingValue] = ["rope_type": .string("default")]
        switch rotary.scaling {
        case .none: break
        case .linear(let factor): rope = ["rope_type": .string("linear"), "factor": .double(factor)]
        case .yarn(let yarn):
            rope = [
                "rope_type": .string("yarn"), "factor": .double(yarn.factor),
                "original_max_position_embeddings": .int(yarn.original),
            ]
        case .divided(let divisors): rope = try llama3(divisors)
        default: throw refused("config.json has no words for how its positions turn")
        }
        rope["rope_theta"] = .double(rotary.base)
        var values: [String: SettingValue] = [
            "model_type": .string(modelType), "hidden_size": .int(hiddenSize), "intermediate_size": .int(intermediateSize),
            "num_hidden_layers": .int(layerCount), "num_attention_heads": .int(headCount),
            "num_key_value_heads": .int(keyValueHeadCount), "head_dim": .int(headWidth), "vocab_size": .int(vocabularySize),
            "max_position_embeddings": .int(positionCount), "rms_norm_eps": .double(Double(normEpsilon)),
            "tie_word_embeddings": .bool(tiesEmbeddings), "hidden_act": .string("silu"), "rope_parameters": .object(rope),
            "initializer_range": .double(initializerRange), "use_cache": .bool(true),
        ]
        if let name = classPrefix { values["architectures"] = .array([.string(name + "ForCausalLM")]) }
        if let end = endTokens.first { values["eos_token_id"] = .int(Int(end)) }
        if modelType == "llama" || modelType == "smollm3" {
            guard biases.input == biases.output else {
                throw refused("config.json has no words for biases of q, k and v alone")
            }
            (values["attention_bias"], values["mlp_bias"]) = (.bool(biases.input), .bool(biases.inner))
        }
        if layers.contains(where: { !$0.isRotary }) {
            values["no_rope_layers"] = .array(layers.map { .int($0.isRotary ? 1 : 0) })
        }
        return values
    }

    /// Llama 3's scaling, told from what it divides frequencies by.
    private func llama3(_ divisors: [Float]) throws(CheckpointError) -> [String: SettingValue] {
        let factor = Double(divisors.max() ?? 1)
        var told = rotary
        told.scaling = .llama3(factor: factor, low: 1, high: 4, original: 8192)
        var found = rotary
        found.scaling = .none
        let expected = zip(found.frequencies(length: 1), told.frequencies(length: 1)).map { $0 / $1 }
        guard zip(expected, divisors).allSatisfy({ abs($0 - $1) <= 1e-3 * $1 }) else {
            throw refused("its rope_freqs.weight is no scaling that config.json has words for")
        }
        return [
            "rope_type": .string("llama3"), "factor": .double(factor), "low_freq_factor": .double(1),
            "high_freq_factor": .double(4), "original_max_position_embeddings": .int(8192),
        ]
    }

    private func refused(_ problem: String) -> CheckpointError {
        CheckpointError(path: "--format merged", problem: problem + "; take --format gguf")
    }
}
