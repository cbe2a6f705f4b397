import Checkpoints
import Glibc

// Named as the file names them, so that a decoding error names the key.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// `rope_scaling` of older files, or `rope_parameters` of those since transformers 5.
struct RawRotaryScaling: Decodable {
    var rope_type: String?
    var type: String?
    var rope_theta: Double?
    var factor: Double?
    var low_freq_factor: Double?
    var high_freq_factor: Double?
    var original_max_position_embeddings: Int?
    var attention_factor: Double?
    var beta_fast: Double?
    var beta_slow: Double?
    var mscale: Double?
    var mscale_all_dim: Double?
    var truncate: Bool?
    var short_factor: [Float]?
    var long_factor: [Float]?
    var partial_rotary_factor: Double?
}

extension RawDecoderConfiguration {
    /// - Parameters:
    ///   - pairs: half a head's width.
    ///   - positions: `max_position_embeddings`.
    func rotary(of family: DecoderFamily, pairs: Int, positions: Int, file path: String) throws(CheckpointError)
        -> RotarySettings
    {
        func fail(_ problem: String) -> CheckpointError { CheckpointError(path: path, problem: problem) }
        let raw = rope_parameters ?? rope_scaling ?? RawRotaryScaling()
        let place = rope_parameters == nil ? "rope_scaling" : "rope_parameters"
        let base = rope_parameters?.rope_theta ?? rope_theta ?? family.rotaryBase
        guard base > 1, base.isFinite else { throw fail("'rope_theta' is \(base), expected a number above 1") }
        let part = raw.partial_rotary_factor ?? partial_rotary_factor ?? 1
        guard part == 1 else { throw fail("partial_rotary_factor \(part) is not supported (supported: 1)") }
        func need<Value>(_ name: String, _ value: Value?) throws(CheckpointError) -> Value {
            guard let value else { throw fail("'\(name)' is missing in \(place)") }
            return value
        }
        func factor() throws(CheckpointError) -> Double {
            let factor = try need("factor", raw.factor)
            guard factor >= 1, factor.isFinite else { throw fail("'factor' in \(place) is \(factor), expected 1 or more") }
            return factor
        }
        let original = raw.original_max_position_embeddings ?? original_max_position_embeddings ?? positions
        guard original > 0 else {
            throw fail("'original_max_position_embeddings' is \(original), expected a positive number")
        }
        var rotary = RotarySettings(base: base, pairs: pairs)
        switch raw.rope_type ?? raw.type ?? "default" {
        case "default": break
        // It differs from the default beyond max_position_embeddings alone, and no text is longer.
        case "dynamic": break
        case "linear": rotary.scaling = .linear(factor: try factor())
        case "llama3":
            let low = try need("low_freq_factor", raw.low_freq_factor)
            let high = try need("high_freq_factor", raw.high_freq_factor)
            guard low > 0, high > low else {
                throw fail("high_freq_factor \(high) in \(place) is not above low_freq_factor \(low)")
            }
            rotary.scaling = .llama3(factor: try factor(), low: low, high: high, original: original)
        case "yarn":
            let factor = try factor()
            rotary.scaling = .yarn(
                RotarySettings.Yarn(
                    factor: factor, original: original, fast: raw.beta_fast ?? 32, slow: raw.beta_slow ?? 1,
                    rounds: raw.truncate ?? true))
            rotary.attentionFactor = raw.attention_factor ?? raw.yarnFactor(factor)
        case "longrope":
            let (short, long) = (try need("short_factor", raw.short_factor), try need("long_factor", raw.long_factor))
            guard short.count == pairs, long.count == pairs, (short + long).allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw fail("short_factor and long_factor in \(place) are not \(pairs) positive numbers each")
            }
            rotary.scaling = .longRope(short: short, long: long, original: original)
            let factor = raw.factor ?? Double(positions) / Double(original)
            rotary.attentionFactor =
                raw.attention_factor ?? (factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot())
        case let other:
            throw fail(
                "rope_type '\(other)' in \(place) is not supported (supported: default, dynamic, linear, llama3, longrope, yarn)"
            )
        }
        return rotary
    }
}

extension RawRotaryScaling {
    /// What YaRN multiplies cosine and sine by where the file does not say it.
    func yarnFactor(_ factor: Double) -> Double {
        func scale(_ weight: Double) -> Double { factor <= 1 ? 1 : 0.1 * weight * log(factor) + 1 }
        if let weight = mscale, let other = mscale_all_dim, weight != 0, other != 0 { return scale(weight) / scale(other) }
        return scale(1)
    }
}
