import Layers
import Tensors

/// A bottleneck behind a single linear layer: y = h + f(h), for h what the layer gives.
final class BottleneckDelta: LinearDelta {
    private let bottleneck: Bottleneck

    init(_ bottleneck: Bottleneck) { self.bottleneck = bottleneck }

    let keepsOutputs = true
    /// h
    var keptWidth: Int { bottleneck.width }
    var memory: Int { bottleneck.memory }

    /// The gradient of h, and what the bottleneck needs.
    func scratchCount(rows: Int) -> Int { rows * bottleneck.width + bottleneck.scratchCount(rows: rows) }

    func pack(_ pass: Pass) { bottleneck.pack(pass) }

    private func inner(_ work: LinearWork) -> LinearWork {
        let scratch = Scratch(narrow: work.scratch.narrow, delta: work.scratch.delta + work.rows.count * bottleneck.width)
        return LinearWork(work.kept, rows: work.rows, kept: work.kept, scratch: scratch, pass: work.pass)
    }

    func finish(_ number: Int, _ output: Floats, stride: Int, _ work: LinearWork) {
        precondition(stride == bottleneck.width, "a layer whose outputs lie apart")
        work.kept.update(from: output, count: work.rows.count * stride)
        bottleneck.forward(inner(work), onto: output)
    }

    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        let changed = work.scratch.delta
        changed.update(from: dy.starts[0], count: work.rows.count * bottleneck.width)
        bottleneck.backward(dy.starts[0], inner(work), into: gradients, onto: changed)
        return OutputGradients([changed], stride: bottleneck.width)
    }
}
