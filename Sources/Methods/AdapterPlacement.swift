package import Backbones
import Checkpoints
import TrainerSettings

/// Which modules of a model a configuration adapts, by PEFT's rules.
package enum AdapterPlacement {
    /// The adapted modules in the order of computation.
    ///
    /// - Throws: `PlacementError` for a target that matches nothing and for a layer that the model does not have.
    package static func modules(
        of configuration: BertConfiguration, lora: LoRAConfiguration
    ) throws(PlacementError) -> [LinearModule] {
        let layers = try selectedLayers(lora.layers, layerCount: configuration.layerCount)
        let all = configuration.linearModules
        func inLayers(_ module: LinearModule) -> Bool {
            guard let layers else { return true }
            return module.layer.map(layers.contains) ?? false
        }
        switch lora.targets ?? defaultTargets {
        case .allLinear: return all.filter(inLayers)
        case .names(let names):
            func matches(_ name: String, _ module: LinearModule) -> Bool {
                // PEFT looks at the layers only where a name's end matches, not where the whole name does.
                module.name == name || module.name.hasSuffix("." + name) && inLayers(module)
            }
            for name in names where !all.contains(where: { matches(name, $0) }) {
                throw .targets("target module '\(name)' matches nothing" + place(layers) + known(all, nearest: name))
            }
            return all.filter { module in names.contains { matches($0, module) } }
        case .pattern(let pattern):
            guard let expression = try? Regex(pattern) else {
                throw .targets("target_modules '\(pattern)' is no valid regular expression")
            }
            if let repetition = AmbiguousRepetition(in: pattern) { throw .targets("target_modules: \(repetition.problem)") }
            let found = all.filter { (try? expression.wholeMatch(in: $0.name)) ?? nil != nil && inLayers($0) }
            guard !found.isEmpty else {
                throw .targets("target_modules '\(pattern)' matches no module" + place(layers) + known(all))
            }
            return found
        }
    }

    /// What PEFT adapts in a BERT when nothing is said.
    static let defaultTargets = TrainerSettings.TargetModules.names(["query", "value"])

    /// nil for all layers; else sorted indices, each of which the model has.
    static func selectedLayers(
        _ selection: TrainerSettings.LayerSelection, layerCount: Int
    ) throws(PlacementError) -> [Int]? {
        switch selection {
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

    private static func place(_ layers: [Int]?) -> String {
        layers.map { " in layers \($0.map(String.init).joined(separator: ", "))" } ?? ""
    }

    /// The names that end a module's, without the part that differs by layer, and the one that was perhaps meant.
    private static func known(_ all: [LinearModule], nearest wanted: String? = nil) -> String {
        var names: [String] = []
        for module in all {
            let parts = module.name.split(separator: ".")
            let name = (module.layer == nil ? parts.dropFirst() : parts.dropFirst(4)).joined(separator: ".")
            if !names.contains(name) { names.append(name) }
        }
        let endings = names + names.compactMap { $0.split(separator: ".").last.map(String.init) }
        let isMistyped = wanted.map { !endings.contains($0) } ?? false
        return "; modules: " + names.joined(separator: ", ") + (isMistyped ? nearestHint(to: wanted ?? "", among: endings) : "")
    }
}

/// What a configuration asks of a model that has no such modules or layers.
package struct PlacementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `target_modules` or `layers_to_transform`.
    package let setting: String
    package let problem: String

    package var description: String { problem }

    static func targets(_ problem: String) -> PlacementError { .init(setting: "target_modules", problem: problem) }
    static func layers(_ problem: String) -> PlacementError { .init(setting: "layers_to_transform", problem: problem) }
}
