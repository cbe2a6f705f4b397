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
        guard let rules = GGUFRules(architecture) else {
            throw metadata.failure("general.architecture", "names no decoder that is known")
        }
        let family = rules.family
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
        guard headWidth % 2 == 0, valueWidth == headWidth, turned == headWidth || family.turnsInPart && turned < headWidth,
            turned % 2 == 0
        else {
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
        rotary = try Self.rotary(metadata, architecture, pairs: turned / 2, family.rotaryBase, positions: positionCount)
        layers = (0..<layerCount).map { LayerKind(isRotary: rules.isRotary($0)) }
        (normsHeads, normsResults, normOffset) = (family.normsHeads, family.normsResults, family.normOffset)
        (activation, joinsInputs, tiesEmbeddings) = (family.activation, family.joinsInputs, true)
        beginsLongTextsAnew = family.beginsLongTextsAnew
        if family.scalesEmbeddings { embeddingScale = Float(Double(hiddenSize).squareRoot()) }
        if let bounds = family.bounds { try readBounds(metadata, rules, bounds) }
        if rules.windowPeriod != nil { try readWindows(metadata, rules) }
        if let end = try metadata.integer("tokenizer.ggml.eos_token_id"), let token = Int32(exactly: end) {
            endTokens = [token]
        }
    }

    /// How scores and logits are scaled and bounded.
    private mutating func readBounds(
        _ metadata: GGUFMetadata, _ rules: GGUFRules, _ bounds: DecoderFamily.Bounds
    ) throws(CheckpointError) {
        func cap(_ name: String, _ usual: Double?) throws(CheckpointError) -> Float? {
            let key = "\(rules.family.gguf ?? "").\(name)_logit_softcapping"
            guard let usual else { return nil }
            let value = try metadata.number(key) ?? usual
            guard value > 0 else { throw metadata.failure(key, "is \(value), expected a number above 0") }
            return Float(value)
        }
        scoreScale = rules.scoreScale(self)
        scoreCap = try cap("attn", bounds.scores)
        outputCap = try cap("final", bounds.logits)
    }

    /// Which layers see a window, and how positions turn there.
    private mutating func readWindows(_ metadata: GGUFMetadata, _ rules: GGUFRules) throws(CheckpointError) {
        let prefix = (rules.family.gguf ?? "") + "."
        let (size, pattern) = (prefix + "attention.sliding_window", prefix + "attention.sliding_window_pattern")
        if metadata.contains(pattern), let found = try metadata.integer(pattern), found != rules.windowPeriod {
            throw metadata.failure(pattern, "is \(found), which is not supported (supported: \(rules.windowPeriod ?? 0))")
        }
        // As llama.cpp: Gemma 2 has one where a file says nothing, Gemma 3 has none.
        let usual = rules.family.windowRotaryBase == nil ? rules.family.windowSize : nil
        guard let window = try metadata.integer(size) ?? usual, window != 0 else { return }
        guard window > 0 else { throw metadata.failure(size, "is \(window), expected a positive number") }
        for layer in layers.indices where rules.isLocal(layer) {
            layers[layer].window = window
            layers[layer].isLocal = true
        }
        guard rules.family.windowRotaryBase != nil else { return }
        let base = try metadata.number(prefix + "rope.freq_base_swa") ?? GGUFRules.localBase
        guard base > 1 else { throw metadata.failure(prefix + "rope.freq_base_swa", "is \(base), expected a number above 1") }
        localRotary = RotarySettings(base: base, pairs: headWidth / 2)
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
        func divisors(_ name: String) throws(CheckpointError) -> [Float] {
            let tensor = try tensors.tensor(name, shape: [rotary.pairs])
            let values = withExtendedLifetime(tensor) { Array(tensor.values) }
            guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw CheckpointError(path: tensors.path, problem: "tensor '\(name)' has divisors that are not positive")
            }
            return values
        }
        if tensors.contains(GGUFFactors.divisors) {
            whole.rotary.scaling = .divided(try divisors(GGUFFactors.divisors))
        } else if tensors.contains(GGUFFactors.long), let metadata = (tensors as? GGUFWeights)?.file.metadata {
            let prefix = (ggufArchitecture ?? "") + ".rope.scaling."
            let key = prefix + "original_context_length"
            let original = try metadata.required(try metadata.integer(key), key)
            guard original > 0 else { throw metadata.failure(key, "is \(original), expected a positive number") }
            whole.rotary.scaling = .longRope(
                short: try divisors(GGUFFactors.short), long: try divisors(GGUFFactors.long), original: original)
            whole.rotary.attentionFactor = try metadata.number(prefix + "attn_factor") ?? 1
        }
        return whole
    }
}
