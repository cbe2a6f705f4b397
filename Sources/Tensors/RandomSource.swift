import Glibc

/// Random numbers that a seed determines on every machine (SplitMix64).
package struct RandomSource: RandomNumberGenerator, Sendable, Hashable {
    package var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// A seed of its own for something named by a number.
    package static func derivedSeed(_ seed: UInt64, _ number: UInt64) -> UInt64 {
        var source = RandomSource(seed: seed ^ (number &+ 1) &* 0xd134_2543_de82_ef95)
        return source.next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }

    /// Uniform in 0..<1, 53 bits.
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Normal, mean 0 and deviation 1 (Box and Muller; one of the pair is thrown away).
    package mutating func normal() -> Double {
        (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform())
    }
}
