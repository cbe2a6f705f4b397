import Glibc
import Tensors

/// How a decoder's positions turn its queries and keys, in transformers' arithmetic: 32 bits throughout.
package struct RotarySettings: Sendable, Hashable {
    /// The scalings in use, each as transformers computes it.
    package enum Scaling: Sendable, Hashable {
        case none
        case linear(factor: Double)
        case llama3(factor: Double, low: Double, high: Double, original: Int)
        case yarn(Yarn)
        case longRope(short: [Float], long: [Float], original: Int)
        /// What each frequency is divided by, as a GGUF says it.
        case divided([Float])
    }

    package struct Yarn: Sendable, Hashable {
        var factor: Double
        var original: Int
        var fast = 32.0
        var slow = 1.0
        var rounds = true
    }

    package var base: Double
    /// Pairs of a head that turn.
    package var pairs: Int
    package var scaling = Scaling.none
    /// Cosine and sine are multiplied by it.
    package var attentionFactor = 1.0

    /// The angle of each pair at position 1, in texts of so many tokens.
    func frequencies(length: Int) -> [Float] {
        let plain = (0..<pairs).map { 1 / powf(Float(base), Float(2 * $0) / Float(2 * pairs)) }
        switch scaling {
        case .none: return plain
        case .linear(let factor): return plain.map { $0 / Float(factor) }
        case .divided(let divisors): return zip(plain, divisors).map { $0 / $1 }
        case .longRope(let short, let long, let original):
            return zip(plain, length > original ? long : short).map { $0 / $1 }
        case .llama3(let factor, let low, let high, let original):
            return plain.map { Self.llama3($0, factor: Float(factor), low: Float(low), high: Float(high), Float(original)) }
        case .yarn(let yarn): return yarned(plain, yarn)
        }
    }

    private static func llama3(_ frequency: Float, factor: Float, low: Float, high: Float, _ original: Float) -> Float {
        let wavelength = 2 * Float.pi / frequency
        if wavelength > original / low { return frequency / factor }
        if wavelength < original / high { return frequency }
        let smooth = (original / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
    }

    /// Low frequencies are divided by the factor, high ones stay, those between are mixed (Peng et al. 2023).
    private func yarned(_ plain: [Float], _ yarn: Yarn) -> [Float] {
        func dimension(_ rotations: Double) -> Double {
            Double(2 * pairs) * log(Double(yarn.original) / (rotations * 2 * .pi)) / (2 * log(base))
        }
        var (low, high) = (dimension(yarn.fast), dimension(yarn.slow))
        if yarn.rounds { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        (low, high) = (max(low, 0), min(high, Double(2 * pairs - 1)))
        if low == high { high += 0.001 }
        return plain.enumerated().map { pair, frequency in
            let ramp = Float(min(max((Double(pair) - low) / (high - low), 0), 1))
            return frequency / Float(yarn.factor) * ramp + frequency * (1 - ramp)
        }
    }

    /// Whether texts of so many tokens turn otherwise than short ones.
    func isLong(_ length: Int) -> Bool { border.map { length > $0 } ?? false }

    /// The most tokens of a text that is turned as short ones are, where longer ones are turned otherwise.
    var border: Int? {
        if case .longRope(_, _, let original) = scaling { return original }
        return nil
    }

    /// For texts like one of so many tokens.
    func table(positions: Int, length: Int) -> RotaryTable {
        let (frequencies, factor) = (frequencies(length: length), Float(attentionFactor))
        return RotaryTable(positions: positions, half: pairs) { position, pair in
            let angle = Float(position) * frequencies[pair]
            return (cosf(angle) * factor, sinf(angle) * factor)
        }
    }
}

/// The tables that one thread turns by; they grow with the longest text.
struct RotaryTables {
    private let settings: RotarySettings
    private var short: RotaryTable?
    private var long: RotaryTable?

    init(_ settings: RotarySettings) { self.settings = settings }

    /// - Parameter length: of the text so far, where it grows.
    mutating func table(for length: Int) -> RotaryTable {
        let isLong = settings.isLong(length)
        let known = isLong ? long : short
        if let known, known.positions >= length { return known }
        let fresh = settings.table(positions: max(64, Self.powerOfTwo(length)), length: length)
        if isLong { long = fresh } else { short = fresh }
        return fresh
    }

    private static func powerOfTwo(_ count: Int) -> Int {
        1 << (Int.bitWidth - (max(1, count) - 1).leadingZeroBitCount)
    }
}
