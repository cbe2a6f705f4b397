import Layers
import Tensors

/// DoRA (Liu et al. 2024): y = m / n * (x W^T + s x A^T B^T) + bias, with n = |W + s B A|, the lengths of the rows, and m trained.
///
/// n is taken for a constant in the backward, as the paper has it. Under dropout the mask is on the input of all that m / n changes, as in
/// PEFT: y = x W^T + bias + s xd A^T B^T + (m / n - 1) * (xd W^T + s xd A^T B^T), which takes a second product of the base.
final class DecomposedDelta: LinearDelta {
    private let lowRank: LowRankDelta
    /// One for each layer of the group; nil: it is not adapted.
    private let layers: [DecomposedLayer?]
    /// Where in the outputs of all layers side by side each one's begin, and behind the last.
    private let columns: [Int]

    init(_ lowRank: LowRankDelta, at sites: [Site], in layout: ParameterLayout) {
        self.lowRank = lowRank
        layers = zip(sites, lowRank.pairs).map { site, pair in
            guard let pair, let lengths = layout.offset(of: LoRAConfiguration.nameOfLengths(site)) else { return nil }
            return DecomposedLayer(pair, ranks: lowRank.keptWidth, lengths: lengths)
        }
        columns = sites.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.outputs) }
    }

    private var width: Int { columns[columns.count - 1] }

    let keepsOutputs = true

    /// x A^T, and behind it the adapted layers' sums without their bias, layer by layer [rows, outputs].
    var keptWidth: Int { lowRank.keptWidth + layers.reduce(0) { $0 + ($1?.outputs ?? 0) } }

    func scratchCount(rows: Int) -> Int { lowRank.scratchCount(rows: rows) + rows * width }

    var memory: Int { lowRank.memory + layers.reduce(0) { $0 + ($1?.memory ?? 0) } }

    private func sums(_ number: Int, _ work: LinearWork) -> Floats {
        let before = layers[..<number].reduce(0) { $0 + ($1?.outputs ?? 0) }
        return work.kept + work.rows.count * (lowRank.keptWidth + before)
    }

    /// The gradients of the sums [rows, width], behind what the low-rank products need.
    private func changed(_ work: LinearWork) -> Floats {
        work.scratch.delta + lowRank.scratchCount(rows: work.rows.count)
    }

    func attach(to linears: [Linear]) {
        for (layer, linear) in zip(layers, linears) { layer?.attach(to: linear) }
    }

    func pack(_ pass: Pass) {
        lowRank.pack(pass)
        for layer in layers.compactMap(\.self) { layer.weigh(lowRank.packedA, pass) }
    }

    // MARK: - Forward

    func begin(_ work: LinearWork) { lowRank.begin(work) }
    func addend(_ number: Int, _ work: LinearWork) -> MatrixProduct? { lowRank.addend(number, work) }

    func finish(_ number: Int, _ output: Floats, stride: Int, _ work: LinearWork) {
        guard let layer = layers[number] else { return }
        let rows = work.rows.count
        guard work.pass.isTraining, let weight = layer.linear?.forwardWeight, lowRank.mask(work) != nil else {
            let kept = work.pass.isTraining ? sums(number, work) : nil
            return layer.scale(output, stride: stride, rows: rows, keeping: kept, work.pass.kernels)
        }
        let sums = sums(number, work)
        // The input under its mask, which the low-rank products began with, lies in the scratch still.
        let input = layer.input(work.scratch.delta, (rows, weight.depth), stride: weight.depth, work)
        let products = [input.times(weight)] + (lowRank.addend(number, work).map { [$0] } ?? [])
        work.pass.kernels.multiply(products, rows: rows, columns: layer.outputs, into: sums, stride: layer.outputs)
        layer.add(sums, to: output, stride: stride, rows: rows)
    }

    // MARK: - Backward

    /// The gradient of what is multiplied by m / n is that times dy. Under a mask the base's own product is not.
    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        let (rows, changed) = (work.rows.count, changed(work))
        let starts = layers.indices.map { changed + columns[$0] }
        for (number, layer) in layers.enumerated() {
            let (dy, start) = (FloatRows(dy.starts[number], stride: dy.stride), FloatRows(starts[number], stride: width))
            guard let layer else {
                let count = columns[number + 1] - columns[number]
                for row in 0..<rows { (start.base + row * width).update(from: dy.base + row * dy.stride, count: count) }
                continue
            }
            layer.turn(
                dy, sums: sums(number, work), rows: rows, into: start, lengths: gradients, work.pass.kernels)
        }
        let turned = OutputGradients(starts, stride: width)
        _ = lowRank.backward(turned, work, into: gradients)
        guard lowRank.mask(work) != nil, let layer = layers[0] else { return turned }
        layer.excess(FloatRows(dy.starts[0], stride: dy.stride), rows: rows, into: FloatRows(starts[0], stride: width))
        return dy
    }

    func inputAddend(_ work: LinearWork) -> MatrixProduct? { lowRank.inputAddend(work) }

    func finishInput(_ dx: Floats, _ work: LinearWork) {
        guard lowRank.mask(work) != nil, let layer = layers[0], let weight = layer.linear?.backwardWeight else { return }
        let input = layer.input(changed(work), (work.rows.count, layer.outputs), stride: width, work)
        lowRank.finishInput(dx, work, with: [input.times(weight)])
    }
}
