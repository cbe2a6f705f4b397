package import Layers
import Tensors

extension IA3Configuration {
    package var mergeRefusal: String? { nil }

    /// The rows of the weight and the bias, or the weight's columns, times the vector.
    package func merge(_ parameters: TrainableParameters, into layer: MergedLayer) {
        let site = layer.site
        guard let vector = parameters.values(of: Self.name(site)) else { return }
        let scalesInput = scalesInput(site)
        if let weight = layer.weight {
            for row in 0..<site.outputs {
                for column in 0..<site.inputs { weight[row * site.inputs + column] *= vector[scalesInput ? column : row] }
            }
        }
        guard let bias = layer.bias, !scalesInput else { return }
        for row in 0..<site.outputs { bias[row] *= vector[row] }
    }
}
