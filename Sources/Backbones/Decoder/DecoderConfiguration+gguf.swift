package import Checkpoints
import Tensors

extension DecoderConfiguration {
    package static let ggufArchitectures = DecoderFamily.all.compactMap(\.gguf)

    /// Files call Mistral "llama".
    package var ggufArchitecture: String? {
        switch modelType {
        case "mistral": "llama"
        case "gemma3_text": "gemma3"
        default: modelType
        }
    }

    package func turnedHeads(ofModule name: String) -> Int? {
        if name.hasSuffix(DecoderRole.query.ending) { return headCount }
        return name.hasSuffix(DecoderRole.key.ending) ? keyValueHeadCount : nil
    }

    /// Of a file that says nothing of biases, of a vocabulary's matrix of its own or of divided frequencies: the tensors tell
    /// (``completed(by:)``).
    package init(_ metadata: GGUFMetadata) throws(CheckpointError) {
        let architecture = try metadata.architecture()
        guard let family = DecoderFamily.all.first(where: { $0.gguf == architecture }) else {
            throw metadata.failure("general.architecture", "names no decoder that is known")
        }
        func key(_ name: String) -> String { architecture + "." + name }
        func positive(_ name: String, otherwise: Int? = nil, atMost limit: Int = 1 << 24) throws(CheckpointError) -> Int {
            let value = try metadata.required(try metadata.integer(key(name)) ?? otherwise, key(name))
            guard (1...limit).contains(value) else {
                throw metadata.failure(key(name), "is \(value), expected 1 to \(limit)")
            }
            return value
        }
        modelType = family.modelType
        (defaultTargets, scalingTargets) = (family.defaultTargets, family.scalingTargets)
        hiddenSize = try positive("embedding_length")
        let layerCount = try positive("block_count", atMost: 1024)
        headCount = try positive("attention.head_count", atMost: 1 << 16)
        keyValueHeadCount = try positive("attention.head_count_kv", otherwise: headCount, atMost: 1 << 16)
        guard headCount % keyValueHeadCount == 0 else {
            throw metadata.failure(
                key("attention.head_count"), "is \(headCount), no multiple of the \(keyValueHeadCount) of keys and values")
        }
        headWidth = try positive("attention.key_length", otherwise: hiddenSize / headCount, atMost: 1 << 12)
        let valueWidth = try positive("attention.value_length", otherwise: headWidth, atMost: 1 << 12)
        let turned = try positive("rope.dimension_count", otherwise: headWidth, atMost: 1 << 12)
        guard headWidth % 2 == 0, valueWidth == headWidth, turned == headWidth else {
            throw metadata.failure(
                key("attention.key_length"),
                "heads of \(headWidth) dimensions, values of \(valueWidth), of which \(turned) turn: "
                    + "not supported (supported: one even number for all)")
        }
        intermediateSize = try positive("feed_forward_length")
        var tokens = try metadata.integer(key("vocab_size"))
        if tokens == nil { tokens = try metadata.texts("tokenizer.ggml.tokens")?.count }
        vocabularySize = try metadata.required(tokens, key("vocab_size"))
        guard (1...1 << 24).contains(vocabularySize) else {
            throw metadata.failure(key("vocab_size"), "is \(vocabularySize), expected 1 to \(1 << 24)")
        }
        positionCount = try positive("context_length")
        let epsilon = key("attention.layer_norm_rms_epsilon")
        normEpsilon = Float(try metadata.required(try metadata.number(epsilon), epsilon))
        rotary = try Self.rotary(metadata, architecture, pairs: headWidth / 2, family.rotaryBase, positions: positionCount)
        layers = (0..<layerCount).map { LayerKind(isRotary: !family.skipsRotary || ($0 + 1) % 4 != 0) }
        normsHeads = family.normsHeads
        tiesEmbeddings = true
        if let end = try metadata.integer("tokenizer.ggml.eos_token_id"), let token = Int32(exactly: end) {
            endTokens = [token]
        }
    }

    private static func rotary(
        _ metadata: GGUFMetadata, _ architecture: String, pairs: Int, _ usualBase: Double, positions: Int
    ) throws(CheckpointError) -> RotarySettings {
        func key(_ name: String) -> String { architecture + ".rope." + name }
        let base = try metadata.number(key("freq_base")) ?? usualBase
        guard base > 1, base.isFinite else {
            throw metadata.failure(key("freq_base"), "is \(base), expected a number above 1")
        }
        var rotary = RotarySettings(base: base, pairs: pairs)
        let kind = try metadata.string(key("scaling.type")) ?? "none"
        guard kind != "none" else { return rotary }
        let factor = try metadata.required(try metadata.number(key("scaling.factor")), key("scaling.factor"))
        guard factor >= 1, factor.isFinite else {
            throw metadata.failure(key("scaling.factor"), "is \(factor), expected 1 or more")
        }
        let original = try metadata.integer(key("scaling.original_context_length")) ?? positions
        switch kind {
        case "linear": rotary.scaling = .linear(factor: factor)
        case "yarn":
            guard original > 0 else {
                throw metadata.failure(
                    key("scaling.original_context_length"), "is \(original), expected a positive number")
            }
            rotary.scaling = .yarn(RotarySettings.Yarn(factor: factor, original: original))
            rotary.attentionFactor = RawRotaryScaling().yarnFactor(factor)
        case let other:
            throw metadata.failure(key("scaling.type"), "'\(other)' is not supported (supported: none, linear, yarn)")
        }
        return rotary
    }

    /// What the tensors of a GGUF file tell besides its metadata.
    func completed(by tensors: any WeightSource) throws(CheckpointError) -> DecoderConfiguration {
        var whole = self
        let first = Self.layerPrefix(0)
        whole.biases = Biases(
            input: tensors.contains(first + DecoderRole.query.ending + ".bias"),
            output: tensors.contains(first + DecoderRole.output.ending + ".bias"),
            inner: tensors.contains(first + DecoderRole.down.ending + ".bias"))
        whole.tiesEmbeddings = !tensors.contains("lm_head.weight")
        if tensors.contains("rope_freqs.weight") {
            let divisors = try tensors.tensor("rope_freqs.weight", shape: [rotary.pairs])
            let values = withExtendedLifetime(divisors) { Array(divisors.values) }
            guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw CheckpointError(
                    path: tensors.path, problem: "tensor 'rope_freqs.weight' has divisors that are not positive")
            }
            whole.rotary.scaling = .divided(values)
        }
        return whole
    }
}
