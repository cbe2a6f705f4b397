import CKernels

/// Which entries are dropped: a pure function of the key and of an entry's number, so masks are never stored.
package struct Dropout: Sendable, Hashable {
    package let probability: Double
    package let key: UInt64

    package init(probability: Double, key: UInt64) {
        self.probability = probability
        self.key = key
    }

    var threshold: UInt32 { UInt32(min(probability * 4_294_967_296, 4_294_967_295)) }
    var scale: Float { Float(1 / (1 - probability)) }
}

extension Kernels {
    /// y (+)= x / (1 - probability) where kept; `first` is the number of the first entry.
    package func dropout(
        _ dropout: Dropout, _ x: UnsafePointer<Float>, into y: Floats, count: Int, first: Int,
        accumulate: Bool = false
    ) {
        table.pointee.dropout(
            x, y, count, dropout.key, UInt64(first), dropout.threshold, dropout.scale, accumulate ? 1 : 0)
    }
}
