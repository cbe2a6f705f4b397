/// A linear layer as the Hugging Face model names it, with its place in the order of computation.
package struct LinearModule: Sendable, Hashable {
    package enum Role: Int, Sendable, Hashable, CaseIterable {
        case query, key, value, attentionOutput, intermediate, output, pooler
    }

    /// "bert.encoder.layer.0.attention.self.query"
    package let name: String
    package let role: Role
    /// nil for the pooler.
    package let layer: Int?
    package let inputs: Int
    package let outputs: Int
    /// Modules of one depth read the same input; what is deeper is computed later.
    package let depth: Int
}

extension BertConfiguration {
    /// Every linear layer but the classifier, in the order of computation.
    package var linearModules: [LinearModule] {
        (0..<layerCount).flatMap { layer in
            LinearModule.Role.allCases.dropLast().map { module($0, layer: layer) }
        } + [module(.pooler, layer: nil)]
    }

    /// The classifier is deeper than all.
    package var headDepth: Int { 4 * layerCount + 1 }

    func module(_ role: LinearModule.Role, layer: Int?) -> LinearModule {
        let ending: String
        var (inputs, outputs, stage) = (hiddenSize, hiddenSize, 0)
        switch role {
        case .query: ending = "attention.self.query"
        case .key: ending = "attention.self.key"
        case .value: ending = "attention.self.value"
        case .attentionOutput: (ending, stage) = ("attention.output.dense", 1)
        case .intermediate: (ending, outputs, stage) = ("intermediate.dense", intermediateSize, 2)
        case .output: (ending, inputs, stage) = ("output.dense", intermediateSize, 3)
        case .pooler: ending = "pooler.dense"
        }
        let place = layer.map { "bert.encoder.layer.\($0)." } ?? "bert."
        return LinearModule(
            name: place + ending, role: role, layer: layer, inputs: inputs, outputs: outputs,
            depth: (layer ?? layerCount) * 4 + stage)
    }
}
