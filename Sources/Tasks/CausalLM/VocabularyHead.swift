import Backbones
import Layers
import Tensors

/// Cross-entropy over the vocabulary, a few rows at a time: memory never grows with the rows of a batch.
///
/// Logits = rows W^T in fp32; they become their own gradient in place, which goes back through W at once. Nothing is kept.
final class VocabularyHead: AttachedHead {
    private let layer: LinearGroup
    private let precision: WeightPrecision
    /// What bounds the logits.
    private let cap: Float?
    /// Of the loss that is trained by.
    private let smoothing: Float
    private let hidden: Int
    private let vocabulary: Int
    /// Floats from a row of logits to the next, a whole number of cache lines.
    private let stride: Int
    /// Rows that are computed at once.
    private let chunk: Int

    /// At this size W is read seldom enough; more rows need more memory and are no faster.
    private static let rowsAtOnce = 128
    /// Floats of logits at most.
    private static let logitsAtOnce = 16 << 20

    init(_ layer: LinearGroup, cap: Float?, smoothing: Float, _ storage: WeightStorage) {
        self.layer = layer
        (self.cap, self.smoothing) = (cap, smoothing)
        precision = storage.precision
        hidden = layer.inputs
        vocabulary = layer.linears[0].site.outputs
        stride = (vocabulary + 15) / 16 * 16
        chunk = max(1, min(Self.rowsAtOnce, Self.logitsAtOnce / stride))
    }

    /// Logits, a loss and a hit for each row, and what is multiplied in bf16.
    func scratchCount(rows: Int) -> Int {
        let rows = min(rows, chunk)
        return Self.lines(rows * stride) + 2 * Self.lines(rows) + narrowCount(rows: rows) + layer.scratchCount(rows: rows)
    }

    private static func lines(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    private func narrowCount(rows: Int) -> Int {
        precision == .bf16 ? Self.lines((rows * (max(hidden, vocabulary) + 2) + 1) / 2) : 16
    }

    func pack(_ pass: Pass) {}

    func forward(_ rows: HiddenRows, targets: Targets, into outputs: Floats, scratch: Floats, pass: Pass) {
        targets.classes.withUnsafeBufferPointer { targets in
            guard let targets = targets.baseAddress else { return }
            for part in parts(of: rows, scratch) {
                layer.forward(work(part, pass), into: [part.logits], stride: stride)
                pass.kernels.tokenLosses(logits(part), targets: targets + part.first, into: part.results)
                for row in 0..<part.count {
                    outputs[2 * (part.start + row)] = part.results.losses[row]
                    outputs[2 * (part.start + row) + 1] = part.results.hits[row]
                }
            }
        }
    }

    func step(_ rows: HiddenRows, targets: Targets, weight: Float, scratch: Floats, pass: Pass) -> Double {
        var loss = 0.0
        targets.classes.withUnsafeBufferPointer { targets in
            guard let targets = targets.baseAddress else { return }
            for part in parts(of: rows, scratch) {
                layer.forward(work(part, pass), into: [part.logits], stride: stride)
                let gradient = rows.gradient.map { $0 + part.start * hidden }
                pass.kernels.tokenLosses(
                    logits(part), targets: targets + part.first, into: part.results,
                    gradientScale: gradient == nil ? nil : weight, smoothing: smoothing)
                for row in 0..<part.count { loss += Double(part.results.losses[row]) }
                guard let gradient else { continue }
                layer.backward(
                    work(part, pass), dy: OutputGradients([part.logits], stride: stride), dx: gradient, accumulate: false)
            }
        }
        return loss
    }

    /// Rows that are computed at once, and where their logits go.
    private struct Part {
        let rows: Floats
        /// The number of the first among the rows of the pass, and in the whole batch.
        let (start, first, count): (Int, Int, Int)
        let logits: Floats
        let results: TokenLosses
        let scratch: Scratch
    }

    private func parts(of rows: HiddenRows, _ scratch: Floats) -> [Part] {
        let most = min(rows.rows.count, chunk)
        let losses = scratch + Self.lines(most * stride)
        let hits = losses + Self.lines(most)
        let rest = hits + Self.lines(most)
        let narrow = UnsafeMutableRawPointer(rest).bindMemory(to: BFloat16.self, capacity: 2 * narrowCount(rows: most))
        return Swift.stride(from: 0, to: rows.rows.count, by: chunk).map { start in
            Part(
                rows: rows.values + start * hidden, start: start, first: rows.rows.first + start,
                count: min(chunk, rows.rows.count - start), logits: scratch, results: TokenLosses(losses: losses, hits: hits),
                scratch: Scratch(narrow: narrow, delta: rest + narrowCount(rows: most)))
        }
    }

    private func work(_ part: Part, _ pass: Pass) -> LinearWork {
        LinearWork(
            part.rows, rows: Rows(count: part.count, first: part.first), kept: part.logits, scratch: part.scratch, pass: pass)
    }

    private func logits(_ part: Part) -> Logits {
        Logits(part.logits, rows: part.count, classes: vocabulary, stride: stride, cap: cap)
    }
}
