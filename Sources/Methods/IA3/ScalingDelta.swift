import Layers
import Tensors

/// IA3's products with vectors, for linear layers that read one input.
final class ScalingDelta: LinearDelta {
    private struct Vector {
        /// Where it begins in the parameters.
        let offset: Int
        let scalesInput: Bool
        /// Where its layer's sums begin among those that are kept of a row.
        let column: Int
    }

    /// One for each layer of the group; nil: it is not tuned.
    private let vectors: [Vector?]
    private let inputs: Int
    private let outputs: [Int]
    private let scalesInputs: Bool
    /// Of the layers whose outputs are multiplied, all outputs: x W^T + bias is kept.
    let keptWidth: Int

    /// nil where none of the sites is tuned.
    init?(_ method: IA3Configuration, at sites: [Site], in layout: ParameterLayout) {
        var (vectors, column): ([Vector?], Int) = ([], 0)
        for site in sites {
            guard let offset = layout.offset(of: IA3Configuration.name(site)) else {
                vectors.append(nil)
                continue
            }
            let scalesInput = method.scalesInput(site)
            vectors.append(Vector(offset: offset, scalesInput: scalesInput, column: column))
            if !scalesInput { column += site.outputs }
        }
        guard vectors.contains(where: { $0 != nil }) else { return nil }
        self.vectors = vectors
        (inputs, outputs, keptWidth) = (sites[0].inputs, sites.map(\.outputs), column)
        scalesInputs = vectors.contains { $0?.scalesInput == true }
    }

    var keepsOutputs: Bool { keptWidth > 0 }

    /// The scratch holds a changed input [rows, inputs], then the gradients of the sums of all layers [rows, outputs side by side].
    func scratchCount(rows: Int) -> Int {
        place(ofGradients: rows) + (keepsOutputs ? rows * outputs.reduce(0, +) : 0)
    }

    private func place(ofGradients rows: Int) -> Int { scalesInputs ? (rows * inputs + 15) / 16 * 16 : 0 }

    // MARK: - Outputs

    func finish(_ number: Int, _ output: Floats, stride: Int, _ work: LinearWork) {
        guard let vector = vectors[number], !vector.scalesInput else { return }
        work.pass.kernels.scaleColumns(
            FloatRows(output, stride: stride), rows: work.rows.count, columns: outputs[number],
            by: ColumnScale(work.pass.parameters + vector.offset),
            keeping: work.pass.isTraining ? FloatRows(work.kept + vector.column, stride: keptWidth) : nil)
    }

    func backward(_ dy: OutputGradients, _ work: LinearWork, into gradients: Floats) -> OutputGradients {
        guard keepsOutputs else { return dy }
        let (rows, stride) = (work.rows.count, outputs.reduce(0, +))
        var starts: [Floats] = []
        var start = work.scratch.delta + place(ofGradients: rows)
        for (number, vector) in vectors.enumerated() {
            let (count, source) = (outputs[number], dy.starts[number])
            starts.append(start)
            if let vector, !vector.scalesInput {
                (gradients + vector.offset).update(repeating: 0, count: count)
                work.pass.kernels.scaleColumnsBackward(
                    work.pass.parameters + vector.offset, dy: FloatRows(source, stride: dy.stride),
                    x: FloatRows(work.kept + vector.column, stride: keptWidth), rows: rows, columns: count,
                    adding: gradients + vector.offset, into: FloatRows(start, stride: stride))
            } else {
                for row in 0..<rows { (start + row * stride).update(from: source + row * dy.stride, count: count) }
            }
            start += count
        }
        return OutputGradients(starts, stride: stride)
    }

    // MARK: - Inputs

    func ownInput(_ number: Int, _ work: LinearWork) -> Floats? {
        vectors[number]?.scalesInput == true ? work.scratch.delta : nil
    }

    func changeInput(_ number: Int, into changed: Floats, _ work: LinearWork) {
        guard let vector = vectors[number] else { return }
        let (count, scales) = (inputs, work.pass.parameters + vector.offset)
        for row in 0..<work.rows.count {
            let (x, target) = (work.input + row * count, changed + row * count)
            for i in 0..<count { target[i] = x[i] * scales[i] }
        }
    }

    func changeBack(_ number: Int, _ gradient: Floats, into dx: Floats, accumulate: Bool, _ work: LinearWork) {
        guard let vector = vectors[number], let gradients = work.pass.gradients else { return }
        let (count, scales, slopes) = (inputs, work.pass.parameters + vector.offset, gradients + vector.offset)
        slopes.update(repeating: 0, count: count)
        for row in 0..<work.rows.count {
            let (x, gradient, dx) = (work.input + row * count, gradient + row * count, dx + row * count)
            for i in 0..<count { slopes[i] += x[i] * gradient[i] }
            if accumulate {
                for i in 0..<count { dx[i] += gradient[i] * scales[i] }
            } else {
                for i in 0..<count { dx[i] = gradient[i] * scales[i] }
            }
        }
    }
}
