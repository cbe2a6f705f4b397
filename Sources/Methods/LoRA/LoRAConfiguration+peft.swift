package import Backbones
package import Checkpoints
package import Layers
package import TrainerSettings

extension LoRAConfiguration {
    package static let peftType = "LORA"
    package static let namesInFile = "r, lora_alpha, target_modules, layers_to_transform or a pattern"
    package static let memoryAdvice = ["a smaller r", "fewer target_modules"]

    package static func owns(_ tensor: String) -> Bool { tensor.contains(".lora_") }

    package func peftValues(
        at sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] {
        try ownPEFTValues(at: sites).merging(placement.peftValues(for: sites, of: model)) { $1 }
    }

    /// All but where it is put. Patterns have whole names of modules: then no order of the keys matters, and PEFT, which sorts them, finds
    /// the same.
    func ownPEFTValues(at sites: [Site]) -> [String: SettingValue] {
        let numbers = SiteRanks(self)
        var (ranks, alphas): ([String: SettingValue], [String: SettingValue]) = ([:], [:])
        for site in sites {
            if numbers.rank(of: site.name) != rank { ranks[site.name] = .int(numbers.rank(of: site.name)) }
            if numbers.alpha(of: site.name) != alpha { alphas[site.name] = .double(numbers.alpha(of: site.name)) }
        }
        var own: [String: SettingValue] = [
            "alpha_pattern": .object(alphas), "bias": .string(bias.rawValue), "fan_in_fan_out": .bool(false),
            "init_lora_weights": .bool(true), "lora_alpha": .double(alpha), "lora_dropout": .double(dropout), "r": .int(rank),
            "rank_pattern": .object(ranks), "use_dora": .bool(isDecomposed), "use_rslora": .bool(isRankStabilized),
        ]
        if !savedModules.isEmpty { own["modules_to_save"] = .array(savedModules.map(SettingValue.string)) }
        return own
    }

    package static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)? {
        let names = [
            "r", "lora_alpha", "target_modules", "layers_to_transform", "exclude_modules", "rank_pattern", "alpha_pattern",
            "use_rslora", "use_dora", "bias", "modules_to_save",
        ]
        let given = configuration.filter { names.contains($0.key) && $0.value != .null }
        guard given["r"] != nil, given["lora_alpha"] != nil, let settings = TrainerSettings.saved(given, of: .lora)
        else { return nil }
        var lora = LoRAConfiguration(settings)
        lora.placement.isStrict = false
        // Then the file has the copy of the embeddings under the output's name too.
        if configuration["ensure_weight_tying"] == .bool(true), !lora.savedModules.isEmpty {
            lora.savedModules.append("lm_head")
        }
        return lora
    }

    package func refusal(of values: [String: SettingValue], at sites: [Site]) -> String? {
        if let difference = difference(from: values, at: sites) { return difference }
        let biases = values["bias"]?.text ?? TrainerSettings.Bias.none.rawValue
        if biases != bias.rawValue { return "bias is \(biases), the configuration says \(bias.rawValue)" }
        for (name, own) in [("use_rslora", isRankStabilized), ("use_dora", isDecomposed)] where isTrue(values[name]) != own {
            return "\(name) is \(!own), the configuration says \(own)"
        }
        if isTrue(values["fan_in_fan_out"]) { return "fan_in_fan_out is not available yet" }
        // With these the base is another than the one that the adapter names: what they changed in it is in no file of the adapter.
        let start = values["init_lora_weights"]?.text?.lowercased() ?? ""
        if ["pissa", "olora", "corda", "lora_ga", "loftq"].contains(where: start.hasPrefix) {
            return
                "init_lora_weights \(start) changed the base model too: save it with PEFT's `path_initial_model_for_weight_conversion`, "
                + "which makes it an adapter of the unchanged one"
        }
        if values["alora_invocation_tokens"] ?? .null != .null { return "alora_invocation_tokens is not available yet" }
        let tied = ["embed_tokens", "lm_head"]
        // What is only computed with has the one matrix in both places.
        if placement.isStrict, isTrue(values["ensure_weight_tying"]),
            tied.contains(where: { name in savedModules.contains(where: name.hasSuffix) || sites.contains { $0.name == name } })
        {
            return
                "ensure_weight_tying trains embeddings and output as one, which is not available yet; start from another adapter"
        }
        if values["lora_bias"] == .bool(true) { return "lora_bias is not available yet" }
        return nil
    }

    /// The first rank or alpha that the file has otherwise.
    private func difference(from values: [String: SettingValue], at sites: [Site]) -> String? {
        if let problem = Self.problem(inPatternsOf: values) { return problem }
        var theirs = self
        theirs.rankPattern = Self.numbers(values["rank_pattern"]).compactMapValues { Int(exactly: $0) }
        theirs.alphaPattern = Self.numbers(values["alpha_pattern"])
        guard let rank = values["r"]?.integer, let alpha = values["lora_alpha"]?.number else {
            return values["r"]?.integer == nil
                ? "r is \(values["r"] ?? .null), the configuration says \(self.rank)"
                : "lora_alpha is \(values["lora_alpha"] ?? .null), the configuration says \(SettingValue.double(self.alpha))"
        }
        (theirs.rank, theirs.alpha) = (rank, alpha)
        let (here, there) = (SiteRanks(self), SiteRanks(theirs))
        for site in sites {
            let of = theirs.isPlain && isPlain ? "" : " of \(site.name)"
            let ranks = (here.rank(of: site.name), there.rank(of: site.name))
            if ranks.0 != ranks.1 { return "r\(of) is \(ranks.1), the configuration says \(ranks.0)" }
            let alphas = (here.alpha(of: site.name), there.alpha(of: site.name))
            if alphas.0 != alphas.1 {
                return
                    "lora_alpha\(of) is \(SettingValue.double(alphas.1)), the configuration says \(SettingValue.double(alphas.0))"
            }
        }
        return nil
    }

    private func isTrue(_ value: SettingValue?) -> Bool { value == .bool(true) }

    /// Whether all modules have one rank and one alpha.
    private var isPlain: Bool { rankPattern.isEmpty && alphaPattern.isEmpty }

    private static func numbers(_ value: SettingValue?) -> [String: Double] {
        guard case .object(let values)? = value else { return [:] }
        return values.compactMapValues(\.number)
    }

    /// What is wrong with a file's rank_pattern or alpha_pattern.
    private static func problem(inPatternsOf configuration: [String: SettingValue]) -> String? {
        for name in ["rank_pattern", "alpha_pattern"] {
            let value = configuration[name] ?? .null
            guard value != .null else { continue }
            guard case .object(let entries) = value else { return "\(name) is \(value), and has to be an object" }
            for (key, number) in entries.sorted(by: { $0.key < $1.key }) {
                do throws(NamePatternError) { _ = try ModulePattern(key) } catch {
                    return "\(name) has a key that is not read: \(error.problem)"
                }
                let isOne = name == "rank_pattern" ? (number.integer ?? 0) > 0 : number.number.map { $0.isFinite } ?? false
                guard isOne else { return "\(name) gives '\(key)' \(number), and has to give it a number" }
            }
        }
        return nil
    }

    /// Whether the ranks and the strength are numbers, and the ranks those of the tensors.
    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? {
        guard let rank = configuration["r"]?.integer, rank > 0 else {
            return "r is \(configuration["r"] ?? .null), and has to be a whole number above 0"
        }
        guard let alpha = configuration["lora_alpha"]?.number, alpha.isFinite else {
            return "lora_alpha is \(configuration["lora_alpha"] ?? .null), and has to be a number"
        }
        if let problem = problem(inPatternsOf: configuration) { return problem }
        var lora = LoRAConfiguration(rank: rank, alpha: alpha)
        lora.rankPattern = numbers(configuration["rank_pattern"]).compactMapValues { Int(exactly: $0) }
        let ranks = SiteRanks(lora)
        for (name, entry) in tensors.entries.sorted(by: { $0.key < $1.key }) {
            let dimension: Int? =
                if name.hasSuffix(endingOfA) { entry.shape.first } else if name.hasSuffix(endingOfB) {
                    entry.shape.dropFirst().first
                } else { nil }
            guard name.hasSuffix(endingOfA) || name.hasSuffix(endingOfB) else { continue }
            let wanted = ranks.rank(of: String(name.dropFirst(ParameterSpec.fullName("").count).dropLast(endingOfA.count)))
            guard dimension == wanted else { return "r is \(wanted), and tensor '\(name)' has the shape \(entry.shape)" }
        }
        return nil
    }
}
