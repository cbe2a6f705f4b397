/// What llama.cpp computes of an architecture whatever its files say, so that a file can neither say otherwise nor need say it.
struct GGUFRules: Sendable {
    let family: DecoderFamily

    /// - Parameter architecture: what GGUF files call it (general.architecture).
    init?(_ architecture: String) {
        guard let family = DecoderFamily.all.first(where: { $0.gguf == architecture }) else { return nil }
        self.family = family
    }

    /// How files of Gemma 3 without rope.freq_base_swa turn in the layers that see a window.
    static let localBase = 10_000.0

    /// In all layers but every so many a token sees a window; nil: it sees all before it, also where a file tells of a window.
    var windowPeriod: Int? {
        guard case .mixed(let fullEvery) = family.window else { return nil }
        return fullEvery
    }

    func isLocal(_ layer: Int) -> Bool { windowPeriod.map { (layer + 1) % $0 != 0 } ?? false }
    func isRotary(_ layer: Int) -> Bool { !family.skipsRotary || (layer + 1) % 4 != 0 }

    /// What scores are multiplied by: files have no key for it, and the largest Gemmas are told by their layers.
    func scoreScale(layers: Int, hiddenSize: Int, heads: Int, headWidth: Int) -> Float {
        let isLargest = family.gguf == "gemma2" && layers == 46 || family.gguf == "gemma3" && layers == 62
        return Float(1 / Double(isLargest ? hiddenSize / heads : headWidth).squareRoot())
    }

    func scoreScale(_ c: DecoderConfiguration) -> Float {
        scoreScale(layers: c.layerCount, hiddenSize: c.hiddenSize, heads: c.headCount, headWidth: c.headWidth)
    }

    /// Why its answers would not be the model's; nil: they are.
    func lack(of c: DecoderConfiguration) -> String? {
        let name = family.gguf ?? ""
        if c.layers.enumerated().contains(where: { $1.isRotary != isRotary($0) }) {
            return "llama.cpp turns other layers' positions than no_rope_layers says"
        }
        if let windowPeriod {
            let sizes = Set(c.layers.filter(\.isLocal).map(\.window))
            guard c.layers.enumerated().allSatisfy({ $1.isLocal == isLocal($0) }), sizes.count < 2, !sizes.contains(nil) else {
                return "llama.cpp's \(name) has one window, in all layers but every \(windowPeriod == 2 ? "second" : "sixth")"
            }
        }
        let scale = scoreScale(c)
        guard abs((c.scoreScale ?? 1 / Float(c.headWidth).squareRoot()) - scale) < 1e-5 * scale else {
            return "llama.cpp's \(name) multiplies scores by \(scale), whatever query_pre_attn_scalar says"
        }
        guard c.activation == family.activation, (c.scoreCap == nil) == (family.bounds?.scores == nil),
            (c.outputCap == nil) == (family.bounds?.logits == nil)
        else { return "llama.cpp's \(name) has another activation or other caps of scores and logits" }
        guard !isFixed || c.biases == DecoderConfiguration.Biases() else { return "llama.cpp's \(name) has no biases" }
        guard !c.joinsInputs || c.headCount * c.headWidth == c.hiddenSize else {
            return "llama.cpp's \(name) has heads of hidden_size / num_attention_heads"
        }
        return rotaryLack(of: c)
    }

    /// Of these llama.cpp takes neither biases nor scalings of other models.
    private var isFixed: Bool { family.joinsInputs || family.scalesEmbeddings }

    private func rotaryLack(of c: DecoderConfiguration) -> String? {
        let name = family.gguf ?? ""
        let isKnown =
            switch c.rotary.scaling {
            case .none, .linear: c.rotary.attentionFactor == 1
            case .llama3, .divided: name == "llama"
            case .yarn: !isFixed
            case .longRope: family.joinsInputs
            }
        guard isKnown else { return "llama.cpp's \(name) has no such rope_scaling" }
        if case .yarn(let yarn) = c.rotary.scaling {
            let factor = RawRotaryScaling().yarnFactor(yarn.factor)
            let isUsual = yarn == RotarySettings.Yarn(factor: yarn.factor, original: yarn.original)
            guard isUsual, abs(c.rotary.attentionFactor - factor) < 1e-5 else {
                return
                    "GGUF files have no words for YaRN but with beta_fast 32, beta_slow 1, truncate and attention_factor \(factor)"
            }
        }
        guard 2 * c.rotary.pairs == c.headWidth || family.turnsInPart else { return "llama.cpp's \(name) turns whole heads" }
        if let local = c.localRotary, local != RotarySettings(base: Self.localBase, pairs: c.headWidth / 2) {
            return "llama.cpp's \(name) turns the layers with a window by rope_local_base_freq 10000 alone"
        }
        return nil
    }
}
