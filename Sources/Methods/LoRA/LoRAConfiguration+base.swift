package import Backbones
package import Layers
import TrainerSettings

/// The model's own tensors that PEFT trains beside the adapters: `bias` and `modules_to_save`.
extension LoRAConfiguration {
    package func baseParameters(
        of model: any BackboneConfiguration, at sites: [Site], for rows: RowSelection
    ) throws(PlacementError) -> [ParameterSpec] {
        guard bias != .none || !savedModules.isEmpty else { return [] }
        let tensors = tensors(of: model, for: rows)
        let saved = tensors.filter(isSaved)
        try checkSaved(model, tensors, rows)
        let adapted = Set(sites.map(\.name))
        let biases = tensors.filter { tensor in
            tensor.isBias && !isSaved(tensor)
                && (bias == .all || bias == .loraOnly && adapted.contains(tensor.modules[0]))
        }
        if bias != .none, biases.isEmpty, placement.isStrict {
            let whose = bias == .all ? "this \(model.modelType) has" : "the modules with adapters have"
            throw PlacementError(setting: "bias", problem: "bias: \(bias.rawValue) trains nothing: \(whose) no biases")
        }
        // PEFT puts a module with an adapter around the one that it adapts.
        return biases.map { tensor in
            let module = tensor.modules[0]
            return ParameterSpec(tensor, as: adapted.contains(module) ? module + ".base_layer.bias" : nil)
        } + saved.map { ParameterSpec($0) }
    }

    /// Where one matrix is embeddings and output, PEFT makes two of it: an adapter's file may have either.
    private func tensors(of model: any BackboneConfiguration, for rows: RowSelection) -> [ModelTensor] {
        let all = model.tensors(for: rows)
        guard !placement.isStrict, rows != .pooled, let output = model.outputSite,
            !all.contains(where: { $0.modules[0] == output.name })
        else { return all }
        return all + output.tensors(hasBias: false)
    }

    /// PEFT looks whether a module's name ends so, be it in the middle of a word.
    private func isSaved(_ module: String) -> Bool { savedModules.contains(where: module.hasSuffix) }
    private func isSaved(_ tensor: ModelTensor) -> Bool { tensor.modules.contains(where: isSaved) }

    /// The sites but those inside of a module that is trained whole.
    func outsideOfSaved(_ sites: [Site]) throws(PlacementError) -> [Site] {
        guard !savedModules.isEmpty else { return sites }
        let left = sites.filter { site in !site.tensors()[0].modules.contains(where: isSaved) }
        guard !left.isEmpty else {
            throw PlacementError(setting: "modules_to_save", problem: "modules_to_save leaves no module that gets an adapter")
        }
        return left
    }

    private func checkSaved(
        _ model: any BackboneConfiguration, _ tensors: [ModelTensor], _ rows: RowSelection
    ) throws(PlacementError) {
        func fail(_ problem: String) -> PlacementError {
            PlacementError(setting: "modules_to_save", problem: "modules_to_save: \(problem)")
        }
        // The task trains and saves its head by itself.
        let classifier: ClassifierShape = model.classifier
        let head = [classifier.name, classifier.inner?.name].compactMap(\.self)
            .flatMap { ModelTensor($0 + ".weight", [], order: 0).modules }
        for name in savedModules where placement.isStrict {
            let chosen = tensors.filter { $0.modules.contains { $0.hasSuffix(name) } }
            // PEFT's own configurations name both heads, whatever the model has.
            if chosen.isEmpty, rows == .pooled, (head + ["classifier", "score"]).contains(where: { $0.hasSuffix(name) }) {
                continue
            }
            if let output = model.outputSite, rows != .pooled, !tensors.contains(where: { $0.modules[0] == output.name }),
                output.name.hasSuffix(name) || chosen.contains(where: { $0.order < 0 && $0.shape.count == 2 })
            {
                throw fail(
                    "'\(name)' cannot be trained: this model's embeddings and \(output.name) are one matrix, and PEFT would take them apart"
                )
            }
            guard chosen.isEmpty else { continue }
            let modules = Set(tensors.flatMap(\.modules)).sorted()
            let endings = Set(modules.compactMap { $0.split(separator: ".").last.map(String.init) }.filter { Int($0) == nil })
            throw fail(
                "'\(name)' matches nothing; modules: " + endings.sorted().joined(separator: ", ")
                    + nearestHint(to: name, among: endings.sorted()))
        }
    }
}
