package import Layers
package import Tensors

/// A frozen linear layer's numbers, to be changed so that they do by themselves what a method tunes at its site.
package struct MergedLayer {
    package let site: Site
    /// [outputs, inputs]; nil: the bias alone is wanted.
    package let weight: Floats?
    /// [outputs]; nil: the layer has none, or the weight alone is wanted.
    package let bias: Floats?

    package init(_ site: Site, weight: Floats? = nil, bias: Floats? = nil) {
        (self.site, self.weight, self.bias) = (site, weight, bias)
    }
}

extension TrainableParameters {
    /// A tensor by its name within the model; nil: there is none.
    func values(of name: String) -> UnsafeMutableBufferPointer<Float>? {
        let full = ParameterSpec.fullName(name)
        return entries.first { $0.name == full }.map { UnsafeMutableBufferPointer(rebasing: values[$0.range]) }
    }
}
