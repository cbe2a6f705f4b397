extension RawDecoderConfiguration {
    /// What each layer is, or why that cannot be told.
    func layerKinds(_ family: DecoderFamily, count: Int) -> ([DecoderConfiguration.LayerKind], problem: String?) {
        var kinds = [DecoderConfiguration.LayerKind](repeating: .init(), count: count)
        if family.skipsRotary {
            if let turning = no_rope_layers, turning.count != count {
                return ([], "'no_rope_layers' has \(turning.count) entries for \(count) layers")
            }
            let interval = max(1, no_rope_layer_interval ?? 4)
            for layer in 0..<count {
                kinds[layer].isRotary = no_rope_layers.map { $0[layer] != 0 } ?? ((layer + 1) % interval != 0)
            }
        }
        let window = sliding_window.or(family.windowSize)
        if let window, window < 1, family.window != .never {
            return ([], "'sliding_window' is \(window), expected a positive number")
        }
        let (windowed, problem) = windowedLayers(family, kinds, isSized: window != nil)
        if let problem { return ([], problem) }
        for layer in windowed {
            kinds[layer].window = window
            kinds[layer].isLocal = true
        }
        return (kinds, nil)
    }

    private func windowedLayers(
        _ family: DecoderFamily, _ layers: [DecoderConfiguration.LayerKind], isSized: Bool
    ) -> ([Int], problem: String?) {
        let count = layers.count
        let isWindowed: (Int) -> Bool
        switch family.window {
        case .never: return ([], nil)
        case .everywhere: return (isSized ? Array(0..<count) : [], nil)
        case .whereUsed:
            guard use_sliding_window ?? false, isSized else { return ([], nil) }
            isWindowed = { family.skipsRotary ? !layers[$0].isRotary : $0 >= (max_window_layers ?? 28) }
        case .mixed(let fullEvery):
            let pattern = sliding_window_pattern ?? fullEvery
            guard pattern > 0 else { return ([], "'sliding_window_pattern' is \(pattern), expected a positive number") }
            isWindowed = { ($0 + 1) % pattern != 0 }
        }
        guard let kinds = layer_types else { return ((0..<count).filter(isWindowed), nil) }
        guard kinds.count == count else {
            return ([], "'layer_types' has \(kinds.count) entries for \(count) layers")
        }
        if let other = kinds.first(where: { $0 != "sliding_attention" && $0 != "full_attention" }) {
            return ([], "'layer_types' has '\(other)', which is not supported (supported: full_attention, sliding_attention)")
        }
        return ((0..<count).filter { kinds[$0] == "sliding_attention" }, nil)
    }
}
