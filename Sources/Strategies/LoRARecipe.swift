package import SearchSpaces
import TrainerSettings

/// A LoRA configuration that is known to do well, by what it means rather than by what a space calls it.
package struct LoRARecipe: Sendable, Hashable {
    package let name: String
    let learningRate: Double
    let rank: Double
    /// alpha / r
    let scale: Double
    let dropout: Double
    let isEverywhere: Bool

    /// Spread over the learning rate, which matters most; its best hardly hangs on the rank. All linear layers, but for
    /// the setting that most people know.
    package static let all = [
        LoRARecipe(
            name: "all linear layers, alpha 2 r", learningRate: 1e-3, rank: 16, scale: 2, dropout: 0.05, isEverywhere: true),
        LoRARecipe(
            name: "QLoRA (Dettmers et al., 2023)", learningRate: 2e-4, rank: 64, scale: 0.25, dropout: 0.05,
            isEverywhere: true),
        LoRARecipe(
            name: "LoRA on RoBERTa (Hu et al., 2021)", learningRate: 5e-4, rank: 8, scale: 1, dropout: 0,
            isEverywhere: false),
        LoRARecipe(
            name: "LoRA Without Regret (Schulman et al., 2025)", learningRate: 2e-3, rank: 8, scale: 4, dropout: 0,
            isEverywhere: true),
    ]

    /// As much of a configuration as the recipe tells, with the nearest values that the space has; nil: none of it.
    package func projected(on specification: StudySpecification) -> Assignment? {
        guard Self.fit(specification) else { return nil }
        let rank = rank(in: specification)
        var assignment = Assignment([:])
        for parameter in specification.space.parameters {
            assignment[parameter.name] = value(of: parameter, rank: rank)
        }
        return assignment.values.isEmpty ? nil : assignment
    }

    /// Whether a space searches LoRA's parameters: a learning rate alone could be any program's.
    private static func fit(_ specification: StudySpecification) -> Bool {
        // Other ways of tuning have modules too.
        let (type, lora) = ("finetuning_type", SettingValue.string("lora"))
        let tunes = specification.space[type].map { $0.distribution.own(lora) != nil }
        guard tunes ?? (specification.trainer.settings[type] ?? lora == lora) else { return false }
        if specification.trainer.traits.loraRank != nil { return true }
        let names = ranks + ["lora_alpha", "alpha_over_r", "lora_dropout", "lora_target_modules", "target_modules"]
        return specification.space.parameters.contains { names.contains($0.ownName) }
    }

    private static let ranks = ["r", "lora_r", "lora_rank"]

    /// The rank that comes out, to which alpha is in proportion.
    private func rank(in specification: StudySpecification) -> Double {
        if let parameter = specification.space.parameters.first(where: { Self.ranks.contains($0.ownName) }) {
            return parameter.distribution.closest(to: rank)?.number ?? rank
        }
        return specification.trainer.traits.loraRank ?? rank
    }

    private func value(of parameter: Parameter, rank: Double) -> SettingValue? {
        let distribution = parameter.distribution
        switch parameter.ownName {
        case "learning_rate", "lr": return distribution.closest(to: learningRate)
        case "r", "lora_r", "lora_rank": return distribution.closest(to: rank)
        case "alpha_over_r": return distribution.closest(to: scale)
        case "lora_alpha": return distribution.closest(to: scale * rank)
        case "lora_dropout": return distribution.closest(to: dropout)
        case "warmup_ratio": return distribution.closest(to: 0.06)
        case "weight_decay": return distribution.closest(to: 0)
        case "loraplus_lr_ratio": return distribution.closest(to: 1)
        case "use_rslora", "use_dora", "use_lorafa": return distribution.own(.bool(false))
        case "target_modules", "lora_target_modules": return modules(distribution)
        case "layers_to_transform": return distribution.own(.string("all"))
        case "finetuning_type": return distribution.own(.string("lora"))
        case "rank_allocation": return distribution.own(.string("uniform"))
        default: return nil
        }
    }

    /// Among listed choices, the one with the most modules, or the pair that PEFT takes where it is told nothing.
    private func modules(_ distribution: Distribution) -> SettingValue? {
        guard case .categorical(let choices, _) = distribution else { return nil }
        func names(_ value: SettingValue) -> [String]? {
            if case .array(let values) = value { values.compactMap(\.text) } else { nil }
        }
        guard isEverywhere else {
            let pairs: [Set] = [["query", "value"], ["q_proj", "v_proj"]]
            let lists = choices.filter { names($0) != nil }
            return lists.first { pairs.contains(Set(names($0) ?? [])) }
                ?? lists.min { (names($0) ?? []).count < (names($1) ?? []).count }
        }
        return distribution.own(.string("all-linear"))
            ?? choices.filter { names($0) != nil }.max { (names($0) ?? []).count < (names($1) ?? []).count }
    }
}
