package import Tensors

/// Rows that stand before each text's embedded tokens, and are trained. In a batch they are tokens with numbers below 0, of which -1 is
/// the first row's (``PackedBatch/preceded(by:)``).
package protocol VirtualTokens: AnyObject {
    var count: Int { get }
    /// Floats of a row, as of an embedded token.
    var width: Int { get }
    /// What it keeps besides the parameters, in bytes.
    var memory: Int { get }
    /// Takes over the parameters as they are now; before the passes that follow a change.
    func pack(_ pass: Pass)
    /// [count, width], as of the last ``pack(_:)``.
    var rows: UnsafePointer<Float> { get }
    /// Its own parameters among all: in the gradients of a part of a batch the first [count, width] are those of the rows, the others 0.
    var range: Range<Int> { get }
    /// Makes of these, added up over all parts, the gradients of the parameters, in their place.
    func finish(_ pass: Pass)
}

extension VirtualTokens {
    package var memory: Int { 0 }
    package func finish(_ pass: Pass) {}

    /// The row of a token with a number below 0.
    package func row(of token: Int32) -> UnsafePointer<Float> { rows + (-1 - Int(token)) * width }

    /// Where the gradients of the rows of one part are added up: zeros.
    package func clearedGradients(_ pass: Pass) -> Floats? {
        guard let gradients = pass.gradients else { return nil }
        (gradients + range.lowerBound).update(repeating: 0, count: range.count)
        return gradients + range.lowerBound
    }
}

extension PackedBatch {
    /// The same with so many virtual tokens before each sequence.
    package func preceded(by count: Int) -> PackedBatch {
        guard count > 0 else { return self }
        let virtual = (1...Int32(count)).map { -$0 }
        var batch = PackedBatch(tokens: [], offsets: offsets.enumerated().map { $1 + Int32($0 * count) })
        batch.tokens.reserveCapacity(tokens.count + sequenceCount * count)
        var sequence = 0
        for (start, end) in zip(offsets, offsets.dropFirst()) { batch.tokens += virtual + tokens[Int(start)..<Int(end)] }
        batch.listed = listed.map { place in
            while offsets[sequence + 1] <= place { sequence += 1 }
            return place + Int32((sequence + 1) * count)
        }
        return batch
    }
}
