import Layers
import TrainerSettings

/// A key of PEFT's rank_pattern or alpha_pattern: an expression that a module's name matches as a whole, or from behind a dot on to its end.
struct ModulePattern {
    let text: String
    /// nil where letters, digits and dots are all that there is: then the end of the name is compared, a dot being any character.
    private let expression: NamePattern?

    /// - Throws: `NamePatternError` for what is no regular expression, or one whose search may take too long.
    init(_ text: String) throws(NamePatternError) {
        self.text = text
        guard !text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }) else {
            expression = nil
            return
        }
        expression = try NamePattern(text) { #"(?:.*\.)?(?:"# + $0 + ")" }
    }

    func matches(_ name: String) -> Bool {
        if let expression { return expression.matches(name) }
        let (name, key) = (name.utf8, text.utf8)
        let end = name.suffix(key.count)
        guard end.count == key.count, zip(end, key).allSatisfy({ $0 == $1 || $1 == UInt8(ascii: ".") }) else { return false }
        return name.count == key.count || name.dropLast(key.count).last == UInt8(ascii: ".")
    }
}

/// The ranks, alphas and scales that a method gives to sites.
struct SiteRanks {
    private let lora: LoRAConfiguration
    private let ranks: [(pattern: ModulePattern, value: Int)]
    private let alphas: [(pattern: ModulePattern, value: Double)]

    /// Of keys that match the same name the first in alphabetical order counts, as in files that PEFT has saved.
    init(_ lora: LoRAConfiguration) {
        func read<Number>(_ numbers: [String: Number]) -> [(pattern: ModulePattern, value: Number)] {
            numbers.sorted { $0.key < $1.key }.compactMap { key, value in
                (try? ModulePattern(key)).map { ($0, value) }
            }
        }
        self.lora = lora
        (ranks, alphas) = (read(lora.rankPattern), read(lora.alphaPattern))
    }

    func rank(of name: String) -> Int { ranks.first { $0.pattern.matches(name) }?.value ?? lora.rank }
    func alpha(of name: String) -> Double { alphas.first { $0.pattern.matches(name) }?.value ?? lora.alpha }

    func scale(of name: String) -> Double {
        let rank = Double(rank(of: name))
        return alpha(of: name) / (lora.isRankStabilized ? rank.squareRoot() : rank)
    }
}

extension SiteRanks {
    /// Checks what the settings say of modules by patterns.
    ///
    /// - Throws: `PlacementError` for a key that is no expression or matches no site, and for two that give one site different numbers.
    static func check(_ lora: LoRAConfiguration, at sites: [Site], of all: [Site]) throws(PlacementError) {
        try check(lora.rankPattern.mapValues(Double.init), "rank_pattern", sites, all)
        try check(lora.alphaPattern, "alpha_pattern", sites, all)
    }

    private static func check(
        _ numbers: [String: Double], _ setting: String, _ sites: [Site], _ all: [Site]
    ) throws(PlacementError) {
        func fail(_ problem: String) -> PlacementError { PlacementError(setting: setting, problem: problem) }
        var earlier: [String: String] = [:]
        for (key, value) in numbers.sorted(by: { $0.key < $1.key }) {
            let pattern: ModulePattern
            do throws(NamePatternError) { pattern = try ModulePattern(key) } catch {
                throw fail("\(setting): \(error.problem)")
            }
            let matched = sites.filter { pattern.matches($0.name) }
            guard !matched.isEmpty else {
                throw fail(
                    all.contains { pattern.matches($0.name) }
                        ? "\(setting): '\(key)' matches modules that get no adapter, and none that does"
                            + Placement.known(sites)
                        : "\(setting): '\(key)' matches nothing" + Placement.known(all, nearest: key))
            }
            for site in matched {
                if let other = earlier[site.name], numbers[other] != value {
                    throw fail(
                        "\(setting): '\(other)' and '\(key)' both match \(site.name), with different numbers; give keys of which one "
                            + "matches each module")
                }
                earlier[site.name] = key
            }
        }
    }
}
