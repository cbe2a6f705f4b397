package import Layers

/// The linear layers of a BERT, in the order of computation.
enum BertRole: Int, CaseIterable {
    case query, key, value, attentionOutput, intermediate, output, pooler

    static let inLayer = Array(allCases.dropLast())

    /// Linear layers of one stage read the same input.
    var stage: Int {
        switch self {
        case .query, .key, .value, .pooler: 0
        case .attentionOutput: 1
        case .intermediate: 2
        case .output: 3
        }
    }

    static let stages = 4
}

extension BertConfiguration {
    package var defaultTargets: [String] { family.defaultTargets }
    package var scalingTargets: [String] { family.scalingTargets }

    package var blockEnds: BlockEnds? {
        let names = family.names
        func list(_ ending: String, otherwise other: String) -> String {
            ending.hasSuffix(".dense") ? ending.dropLast("dense".count) + "adapters" : other
        }
        return BlockEnds(
            attention: (names.attentionOutput, list(names.attentionOutput, otherwise: "attention_adapters.adapters")),
            output: (names.output, list(names.output, otherwise: "output_adapters.adapters")))
    }

    package func sites(for rows: RowSelection) -> [Site] {
        let layers = (0..<layerCount).flatMap { layer in BertRole.inLayer.map { site($0, layer: layer) } }
        return rows == .pooled && family.hasPooler ? layers + [site(.pooler, layer: nil)] : layers
    }

    func site(_ role: BertRole, layer: Int?) -> Site {
        let order = (layer ?? layerCount) * BertRole.stages + role.stage
        return Site(
            name: family.prefix + (layer.map(layerPath) ?? "") + family.names[role], layer: layer,
            inputs: role == .output ? intermediateSize : hiddenSize,
            outputs: role == .intermediate ? intermediateSize : hiddenSize, order: order,
            stream: UInt64(order * BertRole.allCases.count + role.rawValue))
    }

    /// Before the names of a layer's parts, after the encoder's prefix.
    func layerPath(_ layer: Int) -> String { "\(family.names.path)\(layer)." }
}
