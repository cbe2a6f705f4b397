package import Layers

/// The linear layers of a decoder's layer.
enum DecoderRole: Int, CaseIterable {
    case query, key, value, output, gate, up, down
    /// Query, key and value as one, and the gate with what it gates: their rows lie one below the other.
    case input, gates

    /// Linear layers of one stage read the same input.
    var stage: Int {
        switch self {
        case .query, .key, .value, .input: 0
        case .output: 1
        case .gate, .up, .gates: 2
        case .down: 3
        }
    }

    static let stages = 4

    /// Its place among a layer's streams of random numbers.
    var stream: Int {
        switch self {
        case .input: Self.query.rawValue
        case .gates: Self.gate.rawValue
        default: rawValue
        }
    }

    static let streams = 7

    var ending: String {
        switch self {
        case .query: "self_attn.q_proj"
        case .key: "self_attn.k_proj"
        case .value: "self_attn.v_proj"
        case .input: "self_attn.qkv_proj"
        case .output: "self_attn.o_proj"
        case .gate: "mlp.gate_proj"
        case .up: "mlp.up_proj"
        case .gates: "mlp.gate_up_proj"
        case .down: "mlp.down_proj"
        }
    }
}

extension DecoderConfiguration {
    /// Of each layer, in the order of computation.
    var roles: [DecoderRole] {
        joinsInputs ? [.input, .output, .gates, .down] : [.query, .key, .value, .output, .gate, .up, .down]
    }

    package func sites(for rows: RowSelection) -> [Site] {
        (0..<layerCount).flatMap { layer in roles.map { site($0, layer: layer) } }
    }

    /// AdapterHub has Llama and Mistral alone of these.
    package var blockEnds: BlockEnds? {
        guard ["llama", "mistral"].contains(modelType) else { return nil }
        return BlockEnds(
            attention: (DecoderRole.output.ending, "attention_adapters.adapters"),
            output: (DecoderRole.down.ending, "output_adapters.adapters"))
    }

    package var outputSite: Site? {
        let order = layerCount * DecoderRole.stages
        return Site(
            name: "lm_head", layer: nil, inputs: hiddenSize, outputs: vocabularySize, order: order,
            stream: UInt64(order * DecoderRole.streams))
    }

    func site(_ role: DecoderRole, layer: Int) -> Site {
        let order = layer * DecoderRole.stages + role.stage
        let (inputs, outputs) =
            switch role {
            case .query: (hiddenSize, queryWidth)
            case .key, .value: (hiddenSize, keyWidth)
            case .input: (hiddenSize, inputWidth)
            case .output: (queryWidth, hiddenSize)
            case .gate, .up: (hiddenSize, intermediateSize)
            case .gates: (hiddenSize, 2 * intermediateSize)
            case .down: (intermediateSize, hiddenSize)
            }
        return Site(
            name: Self.layerPrefix(layer) + role.ending, layer: layer, inputs: inputs, outputs: outputs, order: order,
            stream: UInt64(order * DecoderRole.streams + role.stream))
    }

    /// Before the names of a layer's modules and tensors.
    static func layerPrefix(_ layer: Int) -> String { "model.layers.\(layer)." }

    func hasBias(_ role: DecoderRole) -> Bool {
        switch role {
        case .query, .key, .value, .input: biases.input
        case .output: biases.output
        case .gate, .up, .gates, .down: biases.inner
        }
    }
}
