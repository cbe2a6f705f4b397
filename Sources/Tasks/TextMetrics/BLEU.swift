import Glibc

/// What a corpus's BLEU is made of; those of its texts add up.
///
/// The score is sacreBLEU's of the signature nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp (Post, 2018).
package struct BLEU: Sendable, Hashable {
    private static let orders = 4

    /// For each order, the n-grams that the reference has too, each as often as it is there.
    private var hits = [Int](repeating: 0, count: orders)
    private var totals = [Int](repeating: 0, count: orders)
    private var (length, referenceLength) = (0, 0)

    package init() {}

    package init(_ text: String, reference: String) {
        var numbers: [[Unicode.Scalar]: Int32] = [:]
        func numbered(_ text: String) -> [Int32] {
            BLEUTokens.tokens(of: text).map { token in
                let number = numbers[token] ?? Int32(numbers.count)
                numbers[token] = number
                return number
            }
        }
        let (own, other) = (numbered(text), numbered(reference))
        (length, referenceLength) = (own.count, other.count)
        for order in 1...Self.orders {
            let (written, wanted) = (Self.counts(own, order), Self.counts(other, order))
            hits[order - 1] = written.reduce(0) { $0 + min($1.value, wanted[$1.key] ?? 0) }
            totals[order - 1] = max(0, own.count - order + 1)
        }
    }

    private static func counts(_ tokens: [Int32], _ order: Int) -> [ArraySlice<Int32>: Int] {
        guard tokens.count >= order else { return [:] }
        return (0...tokens.count - order).reduce(into: [:]) { $0[tokens[$1..<$1 + order], default: 0] += 1 }
    }

    package mutating func add(_ other: BLEU) {
        for order in 0..<Self.orders {
            hits[order] += other.hits[order]
            totals[order] += other.totals[order]
        }
        length += other.length
        referenceLength += other.referenceLength
    }

    /// From 0 to 100.
    package var score: Double {
        guard hits.contains(where: { $0 > 0 }), !totals.contains(0) else { return 0 }
        var (sum, smoothing) = (0.0, 1.0)
        for (hits, total) in zip(hits, totals) {
            if hits == 0 { smoothing *= 2 }
            sum += log(100 * (hits == 0 ? 1 / smoothing : Double(hits)) / Double(total))
        }
        let brevity = length < referenceLength ? exp(1 - Double(referenceLength) / Double(length)) : 1
        return brevity * exp(sum / Double(Self.orders))
    }
}
