import Glibc

/// How far the logits of an export are from the trial's.
package struct Agreement: Sendable, Hashable {
    /// The root mean square of the differences over the logits' own spread.
    package let share: Double
    package let largest: Double

    package init(share: Double, largest: Double) { (self.share, self.largest) = (share, largest) }

    /// - Parameter expected: what the trial gives; another number of logits agrees with nothing.
    init(_ found: [Float], with expected: [Float]) {
        guard found.count == expected.count, !found.isEmpty, found.allSatisfy(\.isFinite) else {
            (share, largest) = (.infinity, .infinity)
            return
        }
        let count = Double(expected.count)
        let mean = expected.reduce(0) { $0 + Double($1) } / count
        let spread = (expected.reduce(0) { $0 + pow(Double($1) - mean, 2) } / count).squareRoot()
        let differences = zip(found, expected).map { Double($0) - Double($1) }
        let size = (differences.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
        share = size / max(spread, .leastNormalMagnitude)
        largest = differences.reduce(0) { max($0, abs($1)) }
    }

    /// "0.0003 % of their spread (at most 0.000012)"
    package var words: String { "\(Self.percent(share)) of their spread (at most \(Self.short(largest)))" }

    static func percent(_ share: Double) -> String { "\(short(100 * share)) %" }

    /// Two digits that count.
    static func short(_ number: Double) -> String {
        guard number.isFinite, number > 0 else { return number == 0 ? "0" : "more than any number" }
        let unit = pow(10, floor(log10(number)) - 1)
        let rounded = (number / unit).rounded() * unit
        return number >= 10 ? "\(Int(min(rounded, 1e15)))" : decimal(rounded)
    }

    private static func decimal(_ number: Double) -> String {
        let digits = max(1, 1 - Int(floor(log10(number))))
        let scaled = String(Int((number * pow(10, Double(digits))).rounded()))
        let padded = String(repeating: "0", count: max(0, digits + 1 - scaled.count)) + scaled
        return padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}

/// How far an export's logits may be from the trial's, as a share of their spread, and why.
struct Tolerance: Sendable, Hashable {
    let share: Double
    let reason: String

    /// Sums in another order.
    static let exact = Tolerance(share: 1e-4, reason: "for 32-bit floats")
    static let half = Tolerance(share: 5e-3, reason: "for weights of 16 bits, float16")
    static let bfloat16 = Tolerance(share: 5e-2, reason: "for weights of 16 bits, bfloat16")
    static let eightBits = Tolerance(share: 8e-2, reason: "for weights of 8 bits")
    static let fourBits = Tolerance(share: 0.6, reason: "for weights of 4 bits")
}
