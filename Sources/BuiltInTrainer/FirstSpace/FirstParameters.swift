import Backbones
import Foundation
import Layers
import Tasks
import TrainerSettings

/// What a first study searches, and over which ranges.
struct FirstParameters {
    let facts: SpaceFacts

    /// The modules that each of the choices adapts; PEFT's own first.
    var targets: [SettingValue] {
        let endings = Self.endings(of: facts.configuration)
        let names = endings.map(\.name)
        func list(_ names: [String]) -> SettingValue { .array(names.map(SettingValue.string)) }
        let choices = [
            facts.configuration.defaultTargets, endings.filter(\.isAttention).map(\.name),
            endings.filter { !$0.isAttention }.map(\.name),
        ].filter { !$0.isEmpty }
        var lists: [SettingValue] = []
        for choice in choices where Set(choice) != Set(names) && !lists.contains(list(choice)) { lists.append(list(choice)) }
        return lists + [.string("all-linear")]
    }

    /// The linear layers of one layer of the model by the shortest names that tell them apart.
    private static func endings(of model: any BackboneConfiguration) -> [(name: String, isAttention: Bool)] {
        let first = model.sites(for: .all).filter { $0.layer == 0 }
        let wholes = first.map { site -> String in
            let parts = site.name.split(separator: ".")
            return parts.dropFirst((parts.firstIndex(of: "0") ?? -1) + 1).joined(separator: ".")
        }
        func last(_ name: String) -> String { name.split(separator: ".").last.map(String.init) ?? name }
        let lasts = wholes.map(last)
        return zip(wholes, lasts).map { whole, last in
            (lasts.count { $0 == last } == 1 ? last : whole, whole.contains("att"))
        }
    }

    /// The number of upper layers that are adapted; one choice alone where the model has few.
    var layers: [SettingValue] {
        let count = facts.configuration.layerCount
        guard count >= 4 else { return [] }
        let parts = [count / 2, count / 3].filter { $0 >= 1 && $0 < count }
        return [.string("all")] + parts.map { .string("last-\($0)") }
    }

    /// Whether the model is so small that it wants rates several times as high.
    private var isSmall: Bool { facts.configuration.hiddenSize <= 512 }

    func add(to text: inout SpaceText) {
        text.add("parameters:", "What is searched. Ranges are those in which published and own searches found their best.")
        text.add(
            "learning_rate: {distribution: log_uniform_values, min: \(isSmall ? "1e-4" : "3e-5"), max: \(isSmall ? "1e-2" : "3e-3")}",
            "What matters most: LoRA's best rate is some ten times that of full fine-tuning, and nearly the same for every rank"
                + (isSmall
                    ? "; a model with \(facts.configuration.hiddenSize) hidden units wants more than a large one." : "."),
            indent: 2)
        text.add("r", .object(["values": .array(ranks)]), "The rank: how much an adapter can learn.", indent: 2)
        text.add(
            "alpha_over_r: {values: [0.5, 1, 2, 4]}", "The adapters' scale, lora_alpha / r; it is no substitute for the rate.",
            indent: 2)
        text.add("lora_dropout: {min: 0.0, max: 0.1}", nil, indent: 2)
        text.add(
            "target_modules", .object(["values": .array(targets)]),
            "Which linear layers get an adapter. All of them, those of the feed-forward part above all, often beat attention alone.",
            indent: 2)
        if !layers.isEmpty {
            text.add(
                "layers_to_transform", .object(["values": .array(layers)]),
                "The last layers alone are quicker: what lies below them is computed once and kept.", indent: 2)
        }
        if isUneven {
            text.add(
                "class_weights: {values: [none, balanced]}", "Labels are uneven: whether rare ones should count more is tried.",
                indent: 2)
        }
    }

    var isUneven: Bool { !facts.isLanguageModel && facts.survey.files[0].isUneven }

    private var ranks: [SettingValue] {
        [2, 4, 8, 16, 32].filter { $0 * 4 <= facts.configuration.hiddenSize }.map(SettingValue.int)
    }
}
