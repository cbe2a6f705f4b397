import Tensors

/// Linear layers that read one input, whose low-rank products are computed together.
///
/// The A's of the group's adapters lie end to end in the parameters: one [ranks, inputs] matrix.
final class LinearGroup {
    let linears: [Linear]
    let inputs: Int
    /// The sum of the adapters' ranks.
    let ranks: Int
    /// A^T [inputs, ranks]; nil where nothing is adapted.
    private let packedA: PackedMatrix?
    private let aOffset: Int

    init(_ linears: [Linear], kernels: Kernels) {
        self.linears = linears
        inputs = linears[0].module.inputs
        var offset: Int?
        var ranks = 0
        for slot in linears.compactMap({ $0.adapter?.slot }) {
            precondition(slot.aOffset == (offset ?? slot.aOffset) + ranks * inputs, "a group's A's lie apart")
            offset = offset ?? slot.aOffset
            ranks += slot.rank
        }
        self.ranks = ranks
        aOffset = offset ?? 0
        packedA = ranks > 0 ? PackedMatrix(depth: inputs, columns: ranks, for: kernels) : nil
    }

    /// Takes over the parameters as they are now; to be called before any pass that follows a change.
    func pack(_ parameters: UnsafePointer<Float>, training: Bool, kernels: Kernels) {
        guard let packedA else { return }
        kernels.pack(parameters + aOffset, depthStride: 1, columnStride: inputs, into: packedA)
        for adapter in linears.compactMap(\.adapter) { adapter.pack(parameters, training: training, kernels: kernels) }
    }

    /// y_i = x W_i^T + bias_i + scale (x A_i^T) B_i^T, for x [rows, inputs].
    ///
    /// - Parameters:
    ///   - outputs: one a layer, `stride` floats from row to row.
    ///   - low: receives x A^T [rows, ranks], which the backward reads.
    func forward(
        _ x: UnsafePointer<Float>, rows: Rows, into outputs: [Floats], stride: Int, low: Floats, scratch: Scratch, pass: Pass
    ) {
        if let packedA {
            let input = dropped(x, rows: rows, scratch: scratch, pass: pass)
            let product = MatrixProduct(input, rowStride: inputs, depth: inputs, packed: packedA)
            pass.kernels.multiply([product], rows: rows.count, columns: ranks, into: low, stride: ranks)
        }
        let narrow = narrowed(x, stride: inputs, columns: inputs, rows: rows, into: scratch.narrow, pass: pass)
        var column = 0
        for (linear, output) in zip(linears, outputs) {
            var products = [frozen(x, narrow, stride: inputs, times: linear.forwardWeight)]
            if let adapter = linear.adapter {
                products.append(
                    MatrixProduct(low + column, rowStride: ranks, depth: adapter.slot.rank, packed: adapter.forward))
                column += adapter.slot.rank
            }
            pass.kernels.multiply(
                products, rows: rows.count, columns: linear.module.outputs, into: output, stride: stride,
                bias: linear.bias.base)
        }
    }

    /// The gradients of the adapters, and of x where it is wanted.
    ///
    /// - Parameters:
    ///   - x: the input, [rows, inputs]; read where something is adapted.
    ///   - dy: the gradients of the outputs, `stride` floats from row to row.
    ///   - dx: receives the input's gradient on top of what is there when accumulating; nil when nothing below is trained.
    func backward(
        _ x: UnsafePointer<Float>, dy: [Floats], stride: Int, rows: Rows, low: Floats, dx: Floats?, accumulate: Bool,
        scratch: Scratch, pass: Pass
    ) {
        if ranks > 0, let gradients = pass.gradients {
            adapterGradients(x, dy: dy, stride: stride, rows: rows, low: low, scratch: scratch, pass: pass, into: gradients)
        }
        guard let dx else { return }
        var narrowPlace = scratch.narrow
        var products = zip(linears, dy).map { linear, dy in
            guard let weight = linear.backwardWeight else { preconditionFailure("no gradient passes \(linear.module.name)") }
            let outputs = linear.module.outputs
            let narrow = narrowed(dy, stride: stride, columns: outputs, rows: rows, into: narrowPlace, pass: pass)
            narrowPlace += rows.count * (outputs + 1)
            return frozen(dy, narrow, stride: stride, times: weight)
        }
        let a = pass.parameters + aOffset
        let mask = ranks > 0 ? pass.mask(of: linears[0].module) : nil
        let lowProduct = MatrixProduct(scratch.low, rowStride: ranks, depth: ranks, plain: a, bStride: inputs)
        if ranks > 0, mask == nil { products.append(lowProduct) }
        pass.kernels.multiply(products, rows: rows.count, columns: inputs, into: dx, stride: inputs, accumulate: accumulate)
        if let mask {
            pass.kernels.multiply([lowProduct], rows: rows.count, columns: inputs, into: scratch.dropped, stride: inputs)
            pass.kernels.dropout(
                mask, scratch.dropped, into: dx, count: rows.count * inputs, first: rows.first * inputs, accumulate: true)
        }
    }

    /// dA = du^T x and dB = scale dy^T u, where du = dy (scale B) is left in the scratch.
    private func adapterGradients(
        _ x: UnsafePointer<Float>, dy: [Floats], stride: Int, rows: Rows, low: Floats, scratch: Scratch, pass: Pass,
        into gradients: Floats
    ) {
        var column = 0
        for (linear, dy) in zip(linears, dy) {
            guard let adapter = linear.adapter else { continue }
            let (rank, outputs) = (adapter.slot.rank, linear.module.outputs)
            let du = MatrixProduct(dy, rowStride: stride, depth: outputs, packed: adapter.backward)
            pass.kernels.multiply(
                [du], rows: rows.count, columns: rank, into: scratch.low + column, stride: ranks)
            let db = MatrixProduct(
                low + column, rowStride: 1, depthStride: ranks, depth: rows.count, plain: dy, bStride: stride)
            pass.kernels.multiply([db], rows: rank, columns: outputs, into: scratch.turned, stride: outputs)
            pass.kernels.transpose(
                scratch.turned, rows: rank, columns: outputs, scale: adapter.slot.scale,
                into: gradients + adapter.slot.bOffset)
            column += rank
        }
        let input = dropped(x, rows: rows, scratch: scratch, pass: pass)
        let da = MatrixProduct(
            scratch.low, rowStride: 1, depthStride: ranks, depth: rows.count, plain: input, bStride: inputs)
        pass.kernels.multiply([da], rows: ranks, columns: inputs, into: gradients + aOffset, stride: inputs)
    }

    /// The adapters' input: x itself, or x with this pass's mask. Only groups of one layer drop, since masks differ by layer.
    private func dropped(
        _ x: UnsafePointer<Float>, rows: Rows, scratch: Scratch, pass: Pass
    ) -> UnsafePointer<Float> {
        guard let mask = pass.mask(of: linears[0].module) else { return x }
        precondition(linears.count == 1, "one mask for several layers")
        pass.kernels.dropout(mask, x, into: scratch.dropped, count: rows.count * inputs, first: rows.first * inputs)
        return UnsafePointer(scratch.dropped)
    }

    /// x in bf16 where the frozen weights are; nil where they are fp32.
    private func narrowed(
        _ x: UnsafePointer<Float>, stride: Int, columns: Int, rows: Rows, into narrow: UnsafeMutablePointer<BFloat16>,
        pass: Pass
    ) -> UnsafePointer<BFloat16>? {
        guard linears[0].forwardWeight.precision == .bf16 else { return nil }
        pass.kernels.narrow(x, stride: stride, rows: rows.count, columns: columns, into: narrow)
        return UnsafePointer(narrow)
    }

    private func frozen(
        _ x: UnsafePointer<Float>, _ narrow: UnsafePointer<BFloat16>?, stride: Int, times weight: PackedMatrix
    ) -> MatrixProduct {
        narrow.map { MatrixProduct(narrow: $0, packed: weight) }
            ?? MatrixProduct(x, rowStride: stride, depth: weight.depth, packed: weight)
    }
}
