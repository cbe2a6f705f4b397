/// A place in a model where something can be attached: one of its linear layers, by the name that Hugging Face's model gives it.
package struct Site: Sendable, Hashable {
    /// "bert.encoder.layer.0.attention.self.query"
    package let name: String
    /// nil outside of the layers.
    package let layer: Int?
    package let inputs: Int
    package let outputs: Int
    /// Sites of one order read the same input; what has a higher one is computed later.
    package let order: Int
    /// The number of its random numbers: no two sites drop the same entries.
    package let stream: UInt64

    package init(name: String, layer: Int?, inputs: Int, outputs: Int, order: Int, stream: UInt64) {
        self.name = name
        self.layer = layer
        self.inputs = inputs
        self.outputs = outputs
        self.order = order
        self.stream = stream
    }
}
