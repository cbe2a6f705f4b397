package import Tensors

/// Linear layers that read one input, and what is tuned on them.
package final class LinearGroup {
    package let linears: [Linear]
    package let inputs: Int
    package let delta: (any LinearDelta)?

    /// - Parameter attachments: what gives the delta of the layers' sites.
    package init(_ linears: [Linear], attachments: Attachments) {
        self.linears = linears
        inputs = linears[0].site.inputs
        delta = attachments.delta(at: linears.map(\.site))
        delta?.attach(to: linears)
    }

    /// The place of its layers in the order of computation.
    package var order: Int { linears[0].site.order }
    /// Floats for each row that the forward keeps for the backward.
    package var keptWidth: Int { delta?.keptWidth ?? 0 }

    package func scratchCount(rows: Int) -> Int { delta?.scratchCount(rows: rows) ?? 0 }

    /// Whether the frozen weights multiply bf16.
    private var isNarrow: Bool { linears[0].forwardWeight.precision == .bf16 }

    /// Takes over the parameters as they are now; before any pass that follows a change.
    package func pack(_ pass: Pass) { delta?.pack(pass) }

    /// y_i = x W_i^T + bias_i, and what the delta does to it, for x [rows, inputs].
    ///
    /// - Parameter outputs: one for each layer, `stride` floats from row to row.
    package func forward(_ work: LinearWork, into outputs: [Floats], stride: Int) {
        let (x, rows, kernels) = (work.input, work.rows, work.pass.kernels)
        delta?.begin(work)
        let input = FrozenInput(
            x, (rows.count, inputs), stride: inputs, narrow: isNarrow ? work.scratch.narrow : nil, kernels: kernels)
        for (number, (linear, output)) in zip(linears, outputs).enumerated() {
            var products = [input.times(linear.forwardWeight)]
            if let addend = delta?.addend(number, work) { products.append(addend) }
            kernels.multiply(
                products, rows: rows.count, columns: linear.site.outputs, into: output, stride: stride,
                bias: linear.bias.map { UnsafePointer($0.base) })
            delta?.finish(number, output, stride: stride, work)
        }
    }

    /// Whether ``keep(_:)`` leaves all that the backward reads, without the outputs.
    package var keepsInputsAlone: Bool { !(delta?.keepsOutputs ?? false) }

    /// Leaves what the backward reads as ``forward(_:into:stride:)`` does, and gives no results.
    package func keep(_ work: LinearWork) { delta?.begin(work) }

    /// The gradients of what is tuned, and of x where it is wanted.
    ///
    /// - Parameters:
    ///   - work: its input is read where something is tuned.
    ///   - dy: the gradients of the outputs.
    ///   - dx: receives the input's gradient on top of what is there when accumulating; nil when nothing below is trained.
    package func backward(_ work: LinearWork, dy: OutputGradients, dx: Floats?, accumulate: Bool) {
        var dy = dy
        if let delta, let gradients = work.pass.gradients { dy = delta.backward(dy, work, into: gradients) }
        guard let dx else { return }
        let rows = work.rows.count
        var narrowPlace = work.scratch.narrow
        let stride = dy.stride
        var products = zip(linears, dy.starts).map { linear, dy in
            guard let weight = linear.backwardWeight else { preconditionFailure("no gradient passes \(linear.site.name)") }
            let outputs = linear.site.outputs
            let input = FrozenInput(
                dy, (rows, outputs), stride: stride, narrow: isNarrow ? narrowPlace : nil, kernels: work.pass.kernels)
            narrowPlace += rows * (outputs + 1)
            return input.times(weight)
        }
        if let addend = delta?.inputAddend(work) { products.append(addend) }
        work.pass.kernels.multiply(
            products, rows: rows, columns: inputs, into: dx, stride: inputs, accumulate: accumulate)
        delta?.finishInput(dx, work)
    }
}
