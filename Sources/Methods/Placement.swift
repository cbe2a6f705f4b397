package import Backbones
package import Layers
package import TrainerSettings

/// Which sites of a model are tuned, by PEFT's rules.
package struct Placement: Sendable, Hashable {
    /// nil: PEFT's default for the architecture (BERT: query and value).
    package var targets: TrainerSettings.TargetModules?
    package var layers: TrainerSettings.LayerSelection
    /// Modules that are not tuned whatever the targets say; nil: none.
    package var excluded: TrainerSettings.TargetModules?
    /// Whether all that is named has to be there: an adapter's file may name what this model, or this part of it, has not, as PEFT lets it.
    package var isStrict = true

    package init(targets: TrainerSettings.TargetModules? = nil, layers: TrainerSettings.LayerSelection = .all) {
        self.targets = targets
        self.layers = layers
    }

    /// The tuned sites in the order of computation.
    ///
    /// - Throws: `PlacementError` for a target that matches nothing and for a layer that the model does not have.
    package func sites(
        of model: any BackboneConfiguration, for rows: RowSelection
    ) throws(PlacementError) -> [Site] {
        let all = model.sites(for: rows)
        let targeted = try targetedSites(of: model, among: all)
        guard let excluded else { return targeted }
        let left = try Self.leaving(out: excluded, of: targeted, among: all, isStrict: isStrict)
        guard !left.isEmpty else {
            throw PlacementError(setting: "exclude_modules", problem: "exclude_modules leaves no module that gets an adapter")
        }
        return left
    }

    /// What of the layers goes for nothing, as in PEFT: a module that is named by its whole name is tuned whatever its layer; nil: nothing.
    package func remark(on sites: [Site]) -> String? {
        guard layers != .all, case .names(let names)? = targets else { return nil }
        let whole = names.filter { name in sites.contains { $0.name == name && $0.layer != nil } }
        guard let first = whole.first else { return nil }
        return
            "layers_to_transform says nothing of '\(first)'\(whole.count > 1 ? " and \(whole.count - 1) more" : ""): a target module that is "
            + "named by its whole name is tuned in any case, as in PEFT"
    }

    private func targetedSites(
        of model: any BackboneConfiguration, among all: [Site]
    ) throws(PlacementError) -> [Site] {
        let layers = try selectedLayers(of: model)
        func inLayers(_ module: Site) -> Bool {
            guard let layers else { return true }
            return module.layer.map(layers.contains) ?? false
        }
        switch targets ?? .names(model.defaultTargets) {
        case .allLinear: return all.filter(inLayers)
        case .names(let names):
            if targets == nil, names.isEmpty {
                throw .targets(
                    "no default for a \(model.modelType), as PEFT has none: set target_modules to all-linear, or to a list of names"
                        + Self.known(all))
            }
            func matches(_ name: String, _ module: Site) -> Bool {
                // PEFT looks at the layers only where a name's end matches, not where the whole name does.
                module.name == name || module.name.hasSuffix("." + name) && inLayers(module)
            }
            for name in names where isStrict && !all.contains(where: { matches(name, $0) }) {
                throw .targets("target module '\(name)' matches nothing" + Self.place(layers) + Self.known(all, nearest: name))
            }
            return all.filter { module in names.contains { matches($0, module) } }
        case .pattern(let pattern):
            let expression: NamePattern
            do throws(NamePatternError) { expression = try NamePattern(pattern) } catch {
                throw .targets("target_modules: \(error.problem)")
            }
            let found = all.filter { expression.matches($0.name) && inLayers($0) }
            guard !found.isEmpty else {
                throw .targets("target_modules '\(pattern)' matches no module" + Self.place(layers) + Self.known(all))
            }
            return found
        }
    }

    /// nil for all layers; else sorted indices, each of which the model has.
    func selectedLayers(of model: any BackboneConfiguration) throws(PlacementError) -> [Int]? {
        let layerCount = model.layerCount
        switch layers {
        case .all: return nil
        case .last(let count):
            guard (1...layerCount).contains(count) else {
                let nearest = count < 1 ? 1 : layerCount
                throw .layers(
                    "layers_to_transform last-\(count): the model has \(layerCount) layers; did you mean 'last-\(nearest)'?")
            }
            return Array(layerCount - count..<layerCount)
        case .indices(let indices):
            if let index = indices.first(where: { !(0..<layerCount).contains($0) }) {
                throw .layers(
                    "layers_to_transform: layer \(index); the model has layers 0 to \(layerCount - 1)")
            }
            return Array(Set(indices)).sorted()
        }
    }

    /// `target_modules` and `layers_to_transform` for these sites: what every PEFT from 0.11 on reads, resolved so that it finds
    /// the same modules.
    package func peftValues(
        for sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] {
        let layers = try selectedLayers(of: model)
        var layerList = layers.map { SettingValue.array($0.map(SettingValue.int)) } ?? .null
        let targetList: SettingValue
        switch targets ?? .names(model.defaultTargets) {
        case .names(let names) where excluded == nil: targetList = .array(names.sorted().map(SettingValue.string))
        case .pattern(let pattern) where layers == nil && excluded == nil: targetList = .string(pattern)
        case .names, .pattern, .allLinear:
            // PEFT takes no layers beside a pattern, what all-linear means has changed, and before 0.14 nothing is excluded: full names
            // are plain.
            targetList = .array(sites.map(\.name).sorted().map(SettingValue.string))
            layerList = .null
        }
        return ["layers_pattern": .null, "layers_to_transform": layerList, "target_modules": targetList]
    }

    static func place(_ layers: [Int]?) -> String {
        layers.map { " in layers \($0.map(String.init).joined(separator: ", "))" } ?? ""
    }

    /// The names that end a module's, without the part that differs by layer, and the one that was perhaps meant.
    static func known(_ all: [Site], nearest wanted: String? = nil) -> String {
        var names: [String] = []
        for module in all {
            let parts = module.name.split(separator: ".")
            let number = module.layer.flatMap { layer in parts.firstIndex { $0 == String(layer) } }
            let name = parts.dropFirst((number ?? 0) + 1).joined(separator: ".")
            if !names.contains(name) { names.append(name) }
        }
        let endings = names + names.compactMap { $0.split(separator: ".").last.map(String.init) }
        let isMistyped = wanted.map { !endings.contains($0) } ?? false
        return "; modules: " + names.joined(separator: ", ") + (isMistyped ? nearestHint(to: wanted ?? "", among: endings) : "")
    }
}

/// What a configuration asks of a model that has no such modules or layers.
package struct PlacementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `target_modules`, `layers_to_transform` or another that names modules.
    package let setting: String
    package let problem: String

    package init(setting: String, problem: String) { (self.setting, self.problem) = (setting, problem) }

    package var description: String { problem }

    static func targets(_ problem: String) -> PlacementError { .init(setting: "target_modules", problem: problem) }
    static func layers(_ problem: String) -> PlacementError { .init(setting: "layers_to_transform", problem: problem) }
}
