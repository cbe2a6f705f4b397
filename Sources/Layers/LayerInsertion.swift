package import Tensors

/// What a tuning method adds behind a block of a layer: forward beside backward.
package protocol LayerInsertion: AnyObject {
    /// Floats that it needs for a moment.
    func scratchCount(rows: Int) -> Int
    /// What it packs of the parameters, in bytes.
    var memory: Int { get }
    /// Takes over the parameters as they are now; before the passes that follow a change.
    func pack(_ pass: Pass)
    /// y += f(x), for x the work's input [rows, hidden]; rows of y are as far apart. Nothing is kept.
    func forward(_ work: LinearWork, onto y: Floats)
    /// Overwrites its own gradients.
    ///
    /// - Parameter dx: receives the input's gradient on top of what is there; it may be dy itself.
    func backward(_ dy: UnsafePointer<Float>, _ work: LinearWork, into gradients: Floats, onto dx: Floats)
}
