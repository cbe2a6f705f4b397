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

// swift-format-ignore: AlwaysUseLowerCamelCase
/// `rope_parameters`: one scaling, or one for each kind of layer.
struct RawRotaryParameters: Decodable {
    let one: RawRotaryScaling
    let full_attention: RawRotaryScaling?
    let sliding_attention: RawRotaryScaling?

    private enum Kinds: String, CodingKey {
        case full_attention, sliding_attention
    }

    init(from decoder: any Decoder) throws {
        let kinds = try decoder.container(keyedBy: Kinds.self)
        one = try RawRotaryScaling(from: decoder)
        full_attention = try kinds.decodeIfPresent(RawRotaryScaling.self, forKey: .full_attention)
        sliding_attention = try kinds.decodeIfPresent(RawRotaryScaling.self, forKey: .sliding_attention)
    }
}

extension RawDecoderConfiguration {
    /// How positions turn the heads of each layer, and, where it is otherwise, of those that see a window.
    ///
    /// - Parameter positions: `max_position_embeddings`.
    func rotary(of family: DecoderFamily, headWidth: Int, positions: Int, file path: String) throws(CheckpointError)
        -> (RotarySettings, local: RotarySettings?)
    {
        func settings(_ raw: RawRotaryScaling, in place: String, base: Double) throws(CheckpointError) -> RotarySettings {
            let part = raw.partial_rotary_factor ?? partial_rotary_factor ?? 1
            guard part == 1 || family.turnsInPart else {
                throw CheckpointError(path: path, problem: "partial_rotary_factor \(part) is not supported (supported: 1)")
            }
            guard part > 0, part <= 1, Int(Double(headWidth) * part) > 1 else {
                throw CheckpointError(
                    path: path, problem: "partial_rotary_factor is \(part), expected a part of a head: up to 1")
            }
            // Phi-3's own key is stronger than the scaling's.
            let outer = original_max_position_embeddings
            let original = family.originalPositions.map { outer ?? $0 } ?? raw.original_max_position_embeddings ?? outer
            let reader = RotaryReader(
                raw: raw, place: place, base: base, pairs: Int(Double(headWidth) * part) / 2, positions: positions,
                original: original ?? positions,
                longRopeNames: family.longRopeNames, path: path)
            return try reader.settings()
        }
        let given = rope_parameters?.full_attention ?? rope_parameters?.one
        let place =
            if rope_parameters?.full_attention != nil { "rope_parameters.full_attention" } else {
                given == nil ? "rope_scaling" : "rope_parameters"
            }
        let whole = try settings(
            given ?? rope_scaling ?? RawRotaryScaling(), in: place, base: given?.rope_theta ?? rope_theta ?? family.rotaryBase)
        guard let usual = family.windowRotaryBase else { return (whole, nil) }
        let local = rope_parameters?.sliding_attention ?? RawRotaryScaling()
        return (
            whole,
            try settings(
                local, in: "rope_parameters.sliding_attention", base: local.rope_theta ?? rope_local_base_freq ?? usual)
        )
    }
}

/// One scaling with what it refers to outside of its object.
private struct RotaryReader {
    let raw: RawRotaryScaling
    /// The object's name.
    let place: String
    let base: Double
    let pairs: Int
    let positions: Int
    let original: Int
    let longRopeNames: Set<String>
    let path: String

    func settings() throws(CheckpointError) -> RotarySettings {
        guard base > 1, base.isFinite else { throw fail("'rope_theta' is \(base), expected a number above 1") }
        guard original > 0 else {
            throw fail("'original_max_position_embeddings' is \(original), expected a positive number")
        }
        var rotary = RotarySettings(base: base, pairs: pairs)
        let named = raw.rope_type ?? raw.type ?? "default"
        switch longRopeNames.contains(named) ? "longrope" : named {
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
        case "longrope": try scaleLong(&rotary)
        case let other:
            throw fail(
                "rope_type '\(other)' in \(place) is not supported (supported: default, dynamic, linear, llama3, longrope, yarn)"
            )
        }
        return rotary
    }

    private func scaleLong(_ rotary: inout RotarySettings) throws(CheckpointError) {
        let (short, long) = (try need("short_factor", raw.short_factor), try need("long_factor", raw.long_factor))
        guard short.count == pairs, long.count == pairs, (short + long).allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw fail("short_factor and long_factor in \(place) are not \(pairs) positive numbers each")
        }
        rotary.scaling = .longRope(short: short, long: long, original: original)
        let factor = raw.factor ?? Double(positions) / Double(original)
        rotary.attentionFactor =
            raw.attention_factor ?? (factor <= 1 ? 1 : (1 + log(factor) / log(Double(original))).squareRoot())
    }

    private func factor() throws(CheckpointError) -> Double {
        let factor = try need("factor", raw.factor)
        guard factor >= 1, factor.isFinite else { throw fail("'factor' in \(place) is \(factor), expected 1 or more") }
        return factor
    }

    private func need<Value>(_ name: String, _ value: Value?) throws(CheckpointError) -> Value {
        guard let value else { throw fail("'\(name)' is missing in \(place)") }
        return value
    }

    private func fail(_ problem: String) -> CheckpointError { CheckpointError(path: path, problem: problem) }
}

extension RawRotaryScaling {
    /// What YaRN multiplies cosine and sine by where the file does not say it.
    func yarnFactor(_ factor: Double) -> Double {
        func scale(_ weight: Double) -> Double { factor <= 1 ? 1 : 0.1 * weight * log(factor) + 1 }
        if let weight = mscale, let other = mscale_all_dim, weight != 0, other != 0 { return scale(weight) / scale(other) }
        return scale(1)
    }
}
