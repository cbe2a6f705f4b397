package import Layers
import Tensors

extension MissConfiguration {
    package var mergeRefusal: String? { nil }

    /// Each column of the weight gets the row of D that its input is summed for.
    package func merge(_ parameters: TrainableParameters, into layer: MergedLayer) {
        let site = layer.site
        guard let weight = layer.weight, let block = parameters.values(of: Self.name(site)) else { return }
        for row in 0..<site.outputs {
            for column in 0..<site.inputs {
                weight[row * site.inputs + column] += block[column % rank * site.outputs + row]
            }
        }
    }
}
