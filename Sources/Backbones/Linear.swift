import Tensors

/// Where one LoRA pair lies in the flat run of trained parameters: A [rank, inputs], B [outputs, rank].
package struct LowRankSlot: Sendable, Hashable {
    package var rank: Int
    package var scale: Float
    package var aOffset: Int
    package var bOffset: Int

    package init(rank: Int, scale: Float, aOffset: Int, bOffset: Int) {
        self.rank = rank
        self.scale = scale
        self.aOffset = aOffset
        self.bOffset = bOffset
    }
}

/// A frozen linear layer, y = x W^T + bias, packed once for each direction, and its low-rank addend.
final class Linear {
    let module: LinearModule
    /// W^T [inputs, outputs]
    let forwardWeight: PackedMatrix
    /// W [outputs, inputs]; nil where no gradient passes through.
    let backwardWeight: PackedMatrix?
    let bias: FloatStorage
    let adapter: LowRankAdapter?

    /// - Parameter packed: where the weights are in bf16 already; nil: fp32, packed here.
    init(
        _ module: LinearModule, weight: UnsafeBufferPointer<Float>, bias: UnsafeBufferPointer<Float>, slot: LowRankSlot?,
        passesGradient: Bool, packed: PackedWeights? = nil, kernels: Kernels
    ) {
        precondition(weight.count == module.inputs * module.outputs && bias.count == module.outputs)
        guard let source = weight.baseAddress else { preconditionFailure("a weight of no elements") }
        self.module = module
        self.bias = FloatStorage(copying: bias)
        if let packed {
            forwardWeight = packed.forward(module)
            backwardWeight = passesGradient ? packed.backward(module) : nil
        } else {
            let forward = PackedMatrix(depth: module.inputs, columns: module.outputs, for: kernels)
            kernels.packFrozen(source, depthStride: 1, columnStride: module.inputs, into: forward)
            forwardWeight = forward
            let backward = passesGradient ? PackedMatrix(depth: module.outputs, columns: module.inputs, for: kernels) : nil
            if let backward { kernels.packFrozen(source, depthStride: module.inputs, columnStride: 1, into: backward) }
            backwardWeight = backward
        }
        adapter = slot.map { LowRankAdapter($0, module: module, kernels: kernels) }
    }
}

/// B as the products of both directions read it, already scaled by alpha / rank; packed anew when it has changed.
final class LowRankAdapter {
    let slot: LowRankSlot
    /// scale * B^T [rank, outputs], for y += u (scale B)^T
    let forward: PackedMatrix
    /// scale * B [outputs, rank], for du = dy (scale B)
    let backward: PackedMatrix

    init(_ slot: LowRankSlot, module: LinearModule, kernels: Kernels) {
        self.slot = slot
        forward = PackedMatrix(depth: slot.rank, columns: module.outputs, for: kernels)
        backward = PackedMatrix(depth: module.outputs, columns: slot.rank, for: kernels)
    }

    func pack(_ parameters: UnsafePointer<Float>, training: Bool, kernels: Kernels) {
        let b = parameters + slot.bOffset
        kernels.pack(b, depthStride: 1, columnStride: slot.rank, scale: slot.scale, into: forward)
        if training { kernels.pack(b, depthStride: slot.rank, columnStride: 1, scale: slot.scale, into: backward) }
    }
}
