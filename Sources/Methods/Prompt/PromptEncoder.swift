import Layers
import Tensors

/// The rows as PEFT's PromptEncoder makes them: three linear layers, with ReLU behind the first two, on an embedding of each.
///
/// All but the parameters and the rows is turned, a column for each row: then weights are multiplied as they lie.
final class PromptEncoder: VirtualTokens {
    private struct Layer {
        /// Where the weight [outputs, inputs] and the bias lie in the parameters.
        let weight: Int
        let bias: Int
        let inputs: Int
        let outputs: Int
        /// Its result [outputs, count].
        let result: FloatStorage
    }

    let count: Int
    let width: Int
    let range: Range<Int>
    private let layers: [Layer]
    /// The embedding, turned [width, count].
    private let embedding: FloatStorage
    private let made: FloatStorage
    /// For gradients of two results, and for one that is turned.
    private let scratch: [FloatStorage]

    var rows: UnsafePointer<Float> { UnsafePointer(made.base) }

    /// Of each linear layer the number in PEFT's names, its inputs and its outputs.
    private static func sizes(_ width: Int, _ inner: Int) -> [(number: Int, inputs: Int, outputs: Int)] {
        [(0, width, inner), (2, inner, inner), (4, inner, width)]
    }

    /// As torch's layers start.
    static func parameters(at site: Site, _ innerSize: Int?) -> [ParameterSpec] {
        let embedding = ParameterSpec(
            PTuning.prefix + "embedding.weight", shape: [site.inputs, site.outputs], owner: .adapter,
            start: .normal(deviation: 1))
        let layers = sizes(site.outputs, innerSize ?? site.outputs).flatMap { number, inputs, outputs in
            let start = ParameterSpec.Start.uniform(bound: 1 / Double(inputs).squareRoot())
            let name = PTuning.prefix + "mlp_head.\(number)."
            return [
                ParameterSpec(name + "weight", shape: [outputs, inputs], owner: .adapter, start: start),
                ParameterSpec(name + "bias", shape: [outputs], owner: .adapter, decays: false, start: start),
            ]
        }
        return [embedding] + layers
    }

    init?(_ innerSize: Int?, at sites: [Site], in layout: ParameterLayout) {
        func offset(_ name: String) -> Int? { layout.offset(of: PTuning.prefix + name) }
        guard let site = sites.first, let start = offset("embedding.weight") else { return nil }
        let (count, width, inner) = (site.inputs, site.outputs, innerSize ?? site.outputs)
        var layers: [Layer] = []
        for (number, inputs, outputs) in Self.sizes(width, inner) {
            guard let weight = offset("mlp_head.\(number).weight"), let bias = offset("mlp_head.\(number).bias") else {
                return nil
            }
            layers.append(
                Layer(
                    weight: weight, bias: bias, inputs: inputs, outputs: outputs, result: FloatStorage(count: outputs * count)))
        }
        (self.count, self.width, self.layers) = (count, width, layers)
        range = start..<layers[2].bias + width
        embedding = FloatStorage(count: width * count)
        made = FloatStorage(count: width * count)
        scratch = (0..<3).map { _ in FloatStorage(count: max(width, inner) * count) }
    }

    var memory: Int {
        (layers.map(\.result) + scratch + [embedding, made]).reduce(0) { $0 + FloatStorage.memory(count: $1.count) }
    }

    func pack(_ pass: Pass) {
        let kernels = pass.kernels
        kernels.transpose(pass.parameters + range.lowerBound, rows: count, columns: width, scale: 1, into: embedding.base)
        var x = embedding.base
        for (number, layer) in layers.enumerated() {
            let product = MatrixProduct(
                pass.parameters + layer.weight, rowStride: layer.inputs, depth: layer.inputs, plain: x, bStride: count)
            x = layer.result.base
            kernels.multiply([product], rows: layer.outputs, columns: count, into: x, stride: count)
            for output in 0..<layer.outputs {
                let bias = pass.parameters[layer.bias + output]
                for i in output * count..<(output + 1) * count { x[i] = number < 2 ? max(0, x[i] + bias) : x[i] + bias }
            }
        }
        kernels.transpose(x, rows: width, columns: count, scale: 1, into: made.base)
    }

    /// From the gradients of the rows, where those of the embedding go.
    func finish(_ pass: Pass) {
        guard let gradients = pass.gradients else { return }
        let kernels = pass.kernels
        var (dy, dx) = (scratch[0].base, scratch[1].base)
        kernels.transpose(gradients + range.lowerBound, rows: count, columns: width, scale: 1, into: dy)
        for (number, layer) in layers.enumerated().reversed() {
            let x = number == 0 ? embedding.base : layers[number - 1].result.base
            if number < 2 {
                for i in 0..<layer.outputs * count where layer.result.base[i] <= 0 { dy[i] = 0 }
            }
            let turned = scratch[2].base
            kernels.transpose(x, rows: layer.inputs, columns: count, scale: 1, into: turned)
            let dw = MatrixProduct(dy, rowStride: count, depth: count, plain: turned, bStride: layer.inputs)
            kernels.multiply(
                [dw], rows: layer.outputs, columns: layer.inputs, into: gradients + layer.weight, stride: layer.inputs)
            for output in 0..<layer.outputs {
                gradients[layer.bias + output] = (0..<count).reduce(0) { $0 + dy[output * count + $1] }
            }
            let product = MatrixProduct(
                pass.parameters + layer.weight, rowStride: 1, depthStride: layer.inputs, depth: layer.outputs, plain: dy,
                bStride: count)
            kernels.multiply([product], rows: layer.inputs, columns: count, into: dx, stride: count)
            swap(&dy, &dx)
        }
        kernels.transpose(dy, rows: width, columns: count, scale: 1, into: gradients + range.lowerBound)
    }
}
