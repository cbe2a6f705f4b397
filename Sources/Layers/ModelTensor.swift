/// A tensor of the model itself, by the name that Hugging Face's model gives it: what may be trained besides what is added.
package struct ModelTensor: Sendable, Hashable {
    /// "bert.encoder.layer.0.output.LayerNorm.bias"
    package let name: String
    package let shape: [Int]
    /// Its place in the order of computation, as sites have it: nothing of a lower order needs a gradient for it. -1: what tokens are
    /// looked up in.
    package let order: Int

    package init(_ name: String, _ shape: [Int], order: Int) { (self.name, self.shape, self.order) = (name, shape, order) }

    package var isBias: Bool { name.hasSuffix(".bias") }
    /// The module that it is of, and all that this is in, from the inside out.
    package var modules: [String] {
        let parts = name.split(separator: ".").dropLast()
        return (1...max(1, parts.count)).reversed().map { parts.prefix($0).joined(separator: ".") }
    }
}

extension Site {
    /// Its weight and, where it has one, its bias.
    package func tensors(hasBias: Bool = true) -> [ModelTensor] {
        let weight = ModelTensor(name + ".weight", [outputs, inputs], order: order)
        return [weight] + (hasBias ? [ModelTensor(name + ".bias", [outputs], order: order)] : [])
    }
}

/// Where in the flat run of all that is trained the model's own tensors lie.
package struct TrainedTensors: Sendable {
    private let places: [String: Int]
    /// The greatest number where there are none.
    package let lowestOrder: Int

    /// None.
    package init() { (places, lowestOrder) = ([:], .max) }

    package init(_ layout: ParameterLayout) {
        var (places, lowest): ([String: Int], Int) = ([:], .max)
        for (spec, range) in zip(layout.specs, layout.ranges) {
            guard let tensor = spec.tensor else { continue }
            places[tensor.name] = range.lowerBound
            lowest = min(lowest, tensor.order)
        }
        (self.places, lowestOrder) = (places, lowest)
    }

    /// nil: it is frozen.
    package subscript(_ name: String) -> Int? { places[name] }

    /// Whether something of a module is trained.
    package func trains(_ module: String) -> Bool { self[module + ".weight"] != nil || self[module + ".bias"] != nil }
}
