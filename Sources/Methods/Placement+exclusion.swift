import Layers
import TrainerSettings

extension Placement {
    /// The sites but those that `exclude_modules` names, by PEFT's rules: whole names, endings after a dot, or a regular expression for
    /// whole names.
    ///
    /// - Parameters:
    ///   - all: the model's.
    ///   - isStrict: whether each name has to match one of them.
    static func leaving(
        out excluded: TrainerSettings.TargetModules, of sites: [Site], among all: [Site], isStrict: Bool = true
    ) throws(PlacementError) -> [Site] {
        func fail(_ problem: String) -> PlacementError { PlacementError(setting: "exclude_modules", problem: problem) }
        switch excluded {
        case .allLinear: return []
        case .names(let names):
            func matches(_ name: String, _ site: Site) -> Bool { site.name == name || site.name.hasSuffix("." + name) }
            for name in names where isStrict && !all.contains(where: { matches(name, $0) }) {
                throw fail("exclude_modules: '\(name)' matches nothing" + known(all, nearest: name))
            }
            return sites.filter { site in !names.contains { matches($0, site) } }
        case .pattern(let pattern):
            let expression: NamePattern
            do throws(NamePatternError) { expression = try NamePattern(pattern) } catch {
                throw fail("exclude_modules: \(error.problem)")
            }
            func matches(_ site: Site) -> Bool { expression.matches(site.name) }
            guard !isStrict || all.contains(where: matches) else {
                throw fail("exclude_modules '\(pattern)' matches no module" + known(all))
            }
            return sites.filter { !matches($0) }
        }
    }
}
