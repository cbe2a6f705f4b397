package import Tensors

/// What a tuning method adds to linear layers that read one input: forward beside backward.
///
/// Each call is for a whole group of layers and all rows, so it costs nothing beside the products that it makes. In the order of
/// one pass: ``pack(_:)``, then forward ``begin(_:)``, ``addend(_:_:)`` and ``finish(_:_:stride:_:)`` for each layer; backward
/// ``backward(_:_:into:)``, ``inputAddend(_:)`` and ``finishInput(_:_:)``.
package protocol LinearDelta: AnyObject {
    /// Takes the layers that it is on, once, before anything else; nothing may be multiplied by those of a model that is planned.
    func attach(to linears: [Linear])
    /// Whether ``finish(_:_:stride:_:)`` leaves something for the backward.
    var keepsOutputs: Bool { get }
    /// Floats for each row that the forward keeps for the backward.
    var keptWidth: Int { get }
    /// Floats that it needs for a moment.
    func scratchCount(rows: Int) -> Int
    /// What it packs of the parameters, in bytes.
    var memory: Int { get }
    /// Takes over the parameters as they are now; before the passes that follow a change.
    func pack(_ pass: Pass)
    /// Before the frozen products: reads the input, and leaves in ``LinearWork/kept`` what the backward needs.
    func begin(_ work: LinearWork)
    /// A term of the same sum as the frozen product of the layer with this number in the group.
    func addend(_ number: Int, _ work: LinearWork) -> MatrixProduct?
    /// Changes the layer's output [rows, outputs], `stride` floats from row to row: whatever is inserted after a site.
    func finish(_ number: Int, _ output: Floats, stride: Int, _ work: LinearWork)
    /// Overwrites its own gradients.
    ///
    /// - Returns: the gradients of the sums: dy itself, or, where ``finish(_:_:stride:_:)`` changed the outputs, others in the
    ///   scratch. dy is not to be changed: residual connections read it too.
    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients
    /// Where the layer with this number multiplies a change of the input, and leaves the gradient of that, [rows, inputs]; nil: it
    /// multiplies the input itself.
    func ownInput(_ number: Int, _ work: LinearWork) -> Floats?
    /// Puts the changed input there.
    func changeInput(_ number: Int, into changed: Floats, _ work: LinearWork)
    /// Overwrites its own gradients from that of the changed input, and gives the input's.
    ///
    /// - Parameter dx: may be the input itself where nothing else reads it.
    func changeBack(_ number: Int, _ gradient: Floats, into dx: Floats, accumulate: Bool, _ work: LinearWork)
    /// A term of the same sum as the gradient of the input.
    func inputAddend(_ work: LinearWork) -> MatrixProduct?
    /// Changes the gradient of the input [rows, inputs] after the sum.
    func finishInput(_ dx: Floats, _ work: LinearWork)
}

extension LinearDelta {
    package func attach(to linears: [Linear]) {}
    package var keepsOutputs: Bool { false }
    package func scratchCount(rows: Int) -> Int { 0 }
    package var memory: Int { 0 }
    package func pack(_ pass: Pass) {}
    package func begin(_ work: LinearWork) {}
    package func addend(_ number: Int, _ work: LinearWork) -> MatrixProduct? { nil }
    package func finish(_ number: Int, _ output: Floats, stride: Int, _ work: LinearWork) {}
    package func ownInput(_ number: Int, _ work: LinearWork) -> Floats? { nil }
    package func changeInput(_ number: Int, into changed: Floats, _ work: LinearWork) {}
    package func changeBack(_ number: Int, _ gradient: Floats, into dx: Floats, accumulate: Bool, _ work: LinearWork) {}
    package func inputAddend(_ work: LinearWork) -> MatrixProduct? { nil }
    package func finishInput(_ dx: Floats, _ work: LinearWork) {}
}

/// The gradients of a group's outputs: where each begins, and the floats from row to row.
package struct OutputGradients {
    package let starts: [Floats]
    package let stride: Int

    package init(_ starts: [Floats], stride: Int) {
        self.starts = starts
        self.stride = stride
    }
}

/// One pass over the rows of one group of linear layers.
package struct LinearWork {
    /// [rows, inputs]
    package let input: UnsafePointer<Float>
    package let rows: Rows
    /// What the delta keeps from the forward to the backward, [rows, ``LinearDelta/keptWidth``].
    package let kept: Floats
    package let scratch: Scratch
    package let pass: Pass

    package init(_ input: UnsafePointer<Float>, rows: Rows, kept: Floats, scratch: Scratch, pass: Pass) {
        self.input = input
        self.rows = rows
        self.kept = kept
        self.scratch = scratch
        self.pass = pass
    }
}

/// What products need for a moment.
package struct Scratch {
    /// What the frozen weights multiply, in bf16 [tokens, the widest input or outputs].
    package let narrow: UnsafeMutablePointer<BFloat16>
    /// The deltas' (``LinearDelta/scratchCount(rows:)``).
    package let delta: Floats

    package init(narrow: UnsafeMutablePointer<BFloat16>, delta: Floats) {
        self.narrow = narrow
        self.delta = delta
    }
}
