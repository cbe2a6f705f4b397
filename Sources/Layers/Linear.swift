package import Tensors

/// A linear layer, y = x W^T + bias, packed for one direction or for each, or kept in a file's blocks. It is frozen but for what
/// ``train(_:weight:)`` finds among what is trained.
package final class Linear {
    package let site: Site
    /// W^T [inputs, outputs]
    package let forwardWeight: PackedMatrix
    /// W [outputs, inputs]; nil where no gradient passes through.
    package let backwardWeight: PackedMatrix?
    /// nil: it has none.
    package let bias: FloatStorage?
    /// Where the weight and the bias lie among what is trained; nil: they are frozen.
    package private(set) var places: (weight: Int?, bias: Int?) = (nil, nil)
    /// Whether its weight is trained.
    package var isTrained: Bool { places.weight != nil }

    /// Of weights that are packed already.
    package init(_ site: Site, forward: PackedMatrix, backward: PackedMatrix?, bias: UnsafeBufferPointer<Float>?) {
        precondition(bias == nil || bias?.count == site.outputs)
        self.site = site
        forwardWeight = forward
        backwardWeight = backward
        self.bias = bias.map { FloatStorage(copying: $0) }
    }

    /// Finds what is trained of it.
    ///
    /// - Parameter weight: what the model calls its weight; nil: by its own name.
    func train(_ trained: TrainedTensors, weight: String? = nil) {
        places = (trained[weight ?? site.name + ".weight"], bias == nil ? nil : trained[site.name + ".bias"])
    }

    /// Of weights that stay as a file has them, and are expanded inside each product.
    ///
    /// - Parameters:
    ///   - blocks: [outputs, inputs]
    ///   - precision: of the products.
    package convenience init(
        _ site: Site, blocks: BlockMatrix, bias: UnsafeBufferPointer<Float>?, passesGradient: Bool,
        precision: WeightPrecision
    ) {
        precondition(blocks.rows == site.outputs && blocks.columns == site.inputs)
        self.init(
            site, forward: PackedMatrix(blocks, turned: true, precision: precision),
            backward: passesGradient ? PackedMatrix(blocks, turned: false, precision: precision) : nil, bias: bias)
    }

    /// Of weights that are not read: it tells what they would take, and nothing may be multiplied by them.
    package convenience init(planned site: Site, passesGradient: Bool, precision: WeightPrecision, kernels: Kernels) {
        self.init(
            site, forward: PackedMatrix(planned: site.inputs, site.outputs, precision, for: kernels),
            backward: passesGradient ? PackedMatrix(planned: site.outputs, site.inputs, precision, for: kernels) : nil,
            bias: nil)
    }

    /// What the weight takes in both directions, which may share it.
    package var memory: MemoryUse {
        guard let backwardWeight, backwardWeight.isPacked else { return forwardWeight.memoryUse }
        return forwardWeight.memoryUse + backwardWeight.memoryUse
    }

    /// - Parameters:
    ///   - weight: [outputs, inputs]
    ///   - passesGradient: whether the gradient of its input is ever wanted.
    package convenience init(
        _ site: Site, weight: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>?, passesGradient: Bool,
        kernels: Kernels
    ) {
        precondition(weight.count == site.inputs * site.outputs)
        guard let source = weight.baseAddress else { preconditionFailure("a weight of no elements") }
        let forward = PackedMatrix(depth: site.inputs, columns: site.outputs, for: kernels)
        kernels.packFrozen(source, depthStride: 1, columnStride: site.inputs, into: forward)
        let backward = passesGradient ? PackedMatrix(depth: site.outputs, columns: site.inputs, for: kernels) : nil
        if let backward { kernels.packFrozen(source, depthStride: site.inputs, columnStride: 1, into: backward) }
        self.init(site, forward: forward, backward: backward, bias: bias)
    }
}
