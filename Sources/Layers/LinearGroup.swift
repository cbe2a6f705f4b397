package import Tensors

/// Linear layers that read one input, and what is tuned on them.
package final class LinearGroup {
    package let linears: [Linear]
    package let inputs: Int
    package let delta: (any LinearDelta)?

    /// - Parameters:
    ///   - attachments: what gives the delta of the layers' sites, and tells what of them is trained.
    ///   - weight: what the model calls the weight of a single layer; nil: by its own name.
    package init(_ linears: [Linear], attachments: Attachments, weight: String? = nil) {
        self.linears = linears
        inputs = linears[0].site.inputs
        for linear in linears { linear.train(attachments.trained, weight: weight) }
        delta = attachments.delta(at: linears.map(\.site))
        delta?.attach(to: linears)
    }

    /// The place of its layers in the order of computation.
    package var order: Int { linears[0].site.order }
    /// Floats for each row that the forward keeps for the backward.
    package var keptWidth: Int { delta?.keptWidth ?? 0 }

    package func scratchCount(rows: Int) -> Int {
        max(
            delta?.scratchCount(rows: rows) ?? 0,
            trainsWeights ? TurnedProducts.scratchCount(rows: rows, inputs: inputs) : 0)
    }

    /// Whether weights multiply bf16.
    private var isNarrow: Bool { linears.contains { $0.forwardWeight.precision == .bf16 } }
    private var trainsWeights: Bool { linears.contains(where: \.isTrained) }
    /// Whether the backward reads the input.
    package var readsInput: Bool { delta != nil || trainsWeights }

    /// Takes over the parameters as they are now; before any pass that follows a change.
    package func pack(_ pass: Pass) {
        for linear in linears { linear.pack(pass) }
        delta?.pack(pass)
    }

    /// The same of several, which threads share.
    package static func pack(_ groups: [LinearGroup], _ pass: Pass, threads: Int) {
        let count = max(1, min(threads, groups.count))
        inParallel(count) { thread in
            for number in stride(from: thread, to: groups.count, by: count) { groups[number].pack(pass) }
        }
    }

    /// y_i = x W_i^T + bias_i, and what the delta does to it, for x [rows, inputs].
    ///
    /// - Parameter outputs: one for each layer, `stride` floats from row to row.
    package func forward(_ work: LinearWork, into outputs: [Floats], stride: Int) {
        let (x, rows, kernels) = (work.input, work.rows, work.pass.kernels)
        delta?.begin(work)
        func frozen(_ x: UnsafePointer<Float>) -> FrozenInput {
            FrozenInput(
                x, (rows.count, inputs), stride: inputs, narrow: isNarrow ? work.scratch.narrow : nil, kernels: kernels)
        }
        // In bf16 one input is there at a time.
        var shared: FrozenInput?
        for (number, (linear, output)) in zip(linears, outputs).enumerated() {
            let input: FrozenInput
            if let own = delta?.ownInput(number, work) {
                delta?.changeInput(number, into: own, work)
                (input, shared) = (frozen(own), nil)
            } else {
                input = shared ?? frozen(x)
                shared = input
            }
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
        addGradients(work, dy)
        var dy = dy
        if let delta, let gradients = work.pass.gradients { dy = delta.backward(dy, work, into: gradients) }
        guard let dx else { return }
        let (rows, kernels, stride) = (work.rows.count, work.pass.kernels, dy.stride)
        var (accumulate, narrowPlace) = (accumulate, work.scratch.narrow)
        func product(_ linear: Linear, _ dy: Floats, narrow place: UnsafeMutablePointer<BFloat16>) -> MatrixProduct {
            guard let weight = linear.backwardWeight else { preconditionFailure("no gradient passes \(linear.site.name)") }
            return FrozenInput(
                dy, (rows, linear.site.outputs), stride: stride, narrow: weight.precision == .bf16 ? place : nil,
                kernels: kernels
            ).times(weight)
        }
        // First those that have inputs of their own: of such a layer that stands alone, dx may be the input.
        var others: [(linear: Linear, dy: Floats)] = []
        for (number, (linear, dy)) in zip(linears, dy.starts).enumerated() {
            guard let delta, let own = delta.ownInput(number, work) else {
                others.append((linear, dy))
                continue
            }
            kernels.multiply(
                [product(linear, dy, narrow: narrowPlace)], rows: rows, columns: inputs, into: own, stride: inputs)
            delta.changeBack(number, own, into: dx, accumulate: accumulate, work)
            accumulate = true
        }
        var products: [MatrixProduct] = []
        for (linear, dy) in others {
            products.append(product(linear, dy, narrow: narrowPlace))
            narrowPlace += rows * (linear.site.outputs + 1)
        }
        if let addend = delta?.inputAddend(work) { products.append(addend) }
        if !products.isEmpty {
            kernels.multiply(products, rows: rows, columns: inputs, into: dx, stride: inputs, accumulate: accumulate)
        }
        delta?.finishInput(dx, work)
    }

    /// Of the layers' own weights and biases.
    private func addGradients(_ work: LinearWork, _ dy: OutputGradients) {
        guard work.pass.baseGradients != nil else { return }
        let products =
            trainsWeights && work.rows.count > 0
            ? TurnedProducts(
                work.input, rows: work.rows.count, inputs: inputs, scratch: work.scratch.delta, of: self,
                kernels: work.pass.kernels) : nil
        for (linear, start) in zip(linears, dy.starts) { linear.addGradients(start, stride: dy.stride, work, products) }
    }
}
