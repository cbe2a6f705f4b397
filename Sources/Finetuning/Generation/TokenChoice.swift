import Foundation
import Tensors

/// Which token comes next.
package struct TokenChoice: Sendable, Hashable {
    /// 0: always the likeliest token.
    package var temperature: Double
    /// The likeliest tokens that together have at least this probability are drawn from; 1: all.
    package var topP: Double
    private var random: RandomSource

    package init(temperature: Double = 0, topP: Double = 1, seed: UInt64 = 0) {
        (self.temperature, self.topP) = (temperature, topP)
        random = RandomSource(seed: seed)
    }

    /// Of equal ones the first.
    package mutating func token(_ logits: UnsafeBufferPointer<Float>) -> Int32 {
        let best = Self.greatest(logits)
        guard temperature > 0 else { return Int32(best) }
        let peak = Double(logits[best])
        var drawn: [(token: Int, weight: Double)] = []
        var total = 0.0
        for (token, logit) in logits.enumerated() {
            let weight = exp((Double(logit) - peak) / temperature)
            total += weight
            if weight > Self.least { drawn.append((token, weight)) }
        }
        if topP < 1 {
            drawn.sort { ($1.weight, $0.token) < ($0.weight, $1.token) }
            var sum = 0.0
            let count = drawn.firstIndex { entry in
                sum += entry.weight
                return sum >= topP * total
            }
            if let count { drawn.removeLast(drawn.count - count - 1) }
        }
        var rest = random.uniform() * drawn.reduce(0) { $0 + $1.weight }
        for (token, weight) in drawn {
            rest -= weight
            if rest < 0 { return Int32(token) }
        }
        return Int32(drawn.last?.token ?? best)
    }

    /// Of a token's weight beside the likeliest one's: what is below is never drawn.
    private static let least = 1e-9

    private static func greatest(_ logits: UnsafeBufferPointer<Float>) -> Int {
        var best = 0
        for (token, logit) in logits.enumerated() where logit > logits[best] { best = token }
        return best
    }
}
