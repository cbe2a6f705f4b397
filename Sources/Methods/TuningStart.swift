package import Backbones
package import Layers

/// What a fresh adapter starts from.
package struct TuningStart {
    package let sites: [Site]
    package let layout: ParameterLayout
    package let weights: any BackboneWeights
    /// What was taken away from the frozen layers (``TuningMethod/change(at:of:seed:)``).
    package let change: BaseChange?

    /// Of a text, with those that the tokenizer puts before and after it.
    package let tokens: (String) throws -> [Int32]

    package init(
        sites: [Site], layout: ParameterLayout, weights: any BackboneWeights, change: BaseChange?,
        tokens: @escaping (String) throws -> [Int32]
    ) {
        (self.sites, self.layout, self.weights, self.change, self.tokens) = (sites, layout, weights, change, tokens)
    }
}

/// What a method's start takes of the memory, in bytes.
package struct StartMemory: Sendable, Hashable {
    /// As long as the method is there.
    package var kept = 0
    /// While the model is loaded.
    package var making = 0

    package init() {}
}
