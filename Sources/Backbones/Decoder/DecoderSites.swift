package import Layers

/// The linear layers of a decoder's layer, in the order of computation.
enum DecoderRole: Int, CaseIterable {
    case query, key, value, output, gate, up, down

    /// Linear layers of one stage read the same input.
    var stage: Int {
        switch self {
        case .query, .key, .value: 0
        case .output: 1
        case .gate, .up: 2
        case .down: 3
        }
    }

    static let stages = 4

    var ending: String {
        switch self {
        case .query: "self_attn.q_proj"
        case .key: "self_attn.k_proj"
        case .value: "self_attn.v_proj"
        case .output: "self_attn.o_proj"
        case .gate: "mlp.gate_proj"
        case .up: "mlp.up_proj"
        case .down: "mlp.down_proj"
        }
    }
}

extension DecoderConfiguration {
    package func sites(for rows: RowSelection) -> [Site] {
        (0..<layerCount).flatMap { layer in DecoderRole.allCases.map { site($0, layer: layer) } }
    }

    package var outputSite: Site? {
        let order = layerCount * DecoderRole.stages
        return Site(
            name: "lm_head", layer: nil, inputs: hiddenSize, outputs: vocabularySize, order: order,
            stream: UInt64(order * DecoderRole.allCases.count))
    }

    func site(_ role: DecoderRole, layer: Int) -> Site {
        let order = layer * DecoderRole.stages + role.stage
        let (inputs, outputs) =
            switch role {
            case .query: (hiddenSize, queryWidth)
            case .key, .value: (hiddenSize, keyWidth)
            case .output: (queryWidth, hiddenSize)
            case .gate, .up: (hiddenSize, intermediateSize)
            case .down: (intermediateSize, hiddenSize)
            }
        return Site(
            name: Self.layerPrefix(layer) + role.ending, layer: layer, inputs: inputs, outputs: outputs, order: order,
            stream: UInt64(order * DecoderRole.allCases.count + role.rawValue))
    }

    /// Before the names of a layer's modules and tensors.
    static func layerPrefix(_ layer: Int) -> String { "model.layers.\(layer)." }

    func hasBias(_ role: DecoderRole) -> Bool {
        switch role {
        case .query, .key, .value: biases.input
        case .output: biases.output
        case .gate, .up, .down: biases.inner
        }
    }
}
