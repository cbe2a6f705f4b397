package import Backbones
package import Checkpoints
package import Layers
package import TrainerSettings

// AdapterHub's files: what it calls adapter_config.json has its own keys, and the head stands in files of its own.
extension BottleneckConfiguration {
    /// PEFT has no such adapters.
    package static let peftType = "BOTTLENECK"
    package static let namesInFile = "config, or one of its keys,"
    package static let files = AdapterFiles.adapterHub
    package static let memoryAdvice = ["a larger reduction_factor"]
    private static let version = "adapters.1.3.0"

    package static func owns(_ tensor: String) -> Bool { tensor.contains(".adapters.") }

    /// "bert.encoder.layer.0.output.adapters.NAME.adapter_up.weight"; the head's tensors as the model has them.
    package func fileName(_ tensor: String, on model: any BackboneConfiguration) -> String {
        let plain = String(tensor.dropFirst(ParameterSpec.fullName("").count))
        guard let ends = model.blockEnds, let part = [Self.down, Self.up].compactMap({ plain.firstRange(of: $0) }).first else {
            return plain
        }
        let site = plain[..<part.lowerBound]
        // attention.output.dense ends as output.dense does: the longer one is looked at first.
        for end in [ends.attention, ends.output] where site.hasSuffix("." + end.ending) {
            return site.dropLast(end.ending.count) + end.adapters + "." + name + plain[part.lowerBound...]
        }
        return plain
    }

    package func peftValues(
        at sites: [Site], of model: any BackboneConfiguration
    ) throws(PlacementError) -> [String: SettingValue] {
        var config = Self.usual(kind)
        config["reduction_factor"] = .int(reductionFactor)
        let chosen = try placement.selectedLayers(of: model)
        let left = (0..<model.layerCount).filter { layer in chosen.map { !$0.contains(layer) } ?? leftOut.contains(layer) }
        config["leave_out"] = .array(left.map(SettingValue.int))
        return common(model).merging([
            "config": .object(config), "model_class": .string(Self.classPrefix(model) + "Model"), "name": .string(name),
        ]) { $1 }
    }

    /// What describes the head beside its tensors, where one is trained, and how the adapter is loaded.
    package func files(of model: any BackboneConfiguration, labels: [String], base: String) -> [FolderFile] {
        let readme = FolderFile(Self.readme, as: "README.md", isDurable: false)
        guard !labels.isEmpty else { return [readme] }
        let numbers = labels.enumerated().map { ($1, SettingValue.int($0)) }
        let values: [String: SettingValue] = [
            "config": .null, "label2id": .object(Dictionary(numbers) { first, _ in first }), "model_name": .string(base),
            "model_class": .string(Self.classPrefix(model) + "ForSequenceClassification"), "name": .null,
            "num_labels": .int(labels.count),
        ]
        return [FolderFile(json: .object(common(model).merging(values) { $1 }), as: "head_config.json"), readme]
    }

    private static let readme = """
        ---
        library_name: adapters
        ---
        A bottleneck adapter in AdapterHub's format, with its head where one was trained. In Python, in this folder:

        ```python
        import adapters, json
        from transformers import AutoModelForSequenceClassification  # of a language model AutoModelForCausalLM, without num_labels

        base = json.load(open("adapter_config.json"))["base_model_name_or_path"]
        labels = json.load(open("head_config.json"))["label2id"]
        model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=len(labels))
        adapters.init(model)
        model.load_adapter(".", use_safetensors=True, set_active=True)
        model.eval()
        ```

        """

    private func common(_ model: any BackboneConfiguration) -> [String: SettingValue] {
        [
            "hidden_size": .int(model.hiddenSize), "model_type": .string(model.modelType), "version": .string(Self.version),
        ]
    }

    /// "Bert"
    private static func classPrefix(_ model: some BackboneConfiguration) -> String {
        let kind = type(of: model)
        return zip(kind.modelTypes, kind.classPrefixes).first { $0.0 == model.modelType }?.1 ?? ""
    }

    /// AdapterHub's configuration of a kind, without what may differ.
    private static func usual(_ kind: TrainerSettings.BottleneckType) -> [String: SettingValue] {
        let isHoulsby = kind == .houlsby
        return [
            "adapter_residual_before_ln": .bool(false), "cross_adapter": .bool(false), "dropout": .double(0),
            "factorized_phm_W": .bool(true), "factorized_phm_rule": .bool(false),
            "hypercomplex_nonlinearity": .string("glorot-uniform"), "init_weights": .string("bert"),
            "init_weights_seed": .null, "inv_adapter": .null, "inv_adapter_reduction_factor": .null,
            "is_parallel": .bool(false), "learn_phm": .bool(true), "ln_after": .bool(false), "ln_before": .bool(false),
            "mh_adapter": .bool(isHoulsby), "non_linearity": .string(isHoulsby ? "swish" : "relu"),
            "original_ln_after": .bool(true), "original_ln_before": .bool(!isHoulsby), "output_adapter": .bool(true),
            "phm_bias": .bool(true), "phm_c_init": .string("normal"), "phm_dim": .int(4), "phm_init_range": .double(0.0001),
            "phm_layer": .bool(false), "phm_rank": .int(1), "residual_before_ln": .bool(true), "scaling": .double(1),
            "shared_W_phm": .bool(false), "shared_phm_rule": .bool(true), "stochastic_depth": .double(0),
            "use_gating": .bool(false),
        ]
    }

    /// How an adapter starts, what drops in training and what layers of a form without use say is nothing to who computes with it.
    private static let free: Set = [
        "dropout", "stochastic_depth", "init_weights", "init_weights_seed", "factorized_phm_W", "factorized_phm_rule",
        "hypercomplex_nonlinearity", "learn_phm", "phm_bias", "phm_c_init", "phm_dim", "phm_init_range", "phm_rank",
        "shared_W_phm", "shared_phm_rule", "inv_adapter_reduction_factor",
    ]

    package static func saved(as configuration: [String: SettingValue]) -> (any TuningMethod)? {
        guard case .object(let config)? = configuration["config"], let name = configuration["name"]?.text,
            let factor = config["reduction_factor"]?.integer, factor > 0
        else { return nil }
        func isSame(_ a: SettingValue?, _ b: SettingValue) -> Bool { a?.number.map { $0 == b.number } ?? (a == b) }
        let kind = TrainerSettings.BottleneckType.allCases.first { kind in
            usual(kind).allSatisfy { free.contains($0.key) || isSame(config[$0.key] ?? .null, $0.value) }
        }
        guard let kind else { return nil }
        var method = BottleneckConfiguration(kind, reductionFactor: factor)
        method.name = name
        guard case .array(let left)? = config["leave_out"] else { return method }
        method.leftOut = left.compactMap(\.integer)
        return method
    }

    package func refusal(of values: [String: SettingValue], at sites: [Site]) -> String? {
        guard let theirs = Self.saved(as: values) as? BottleneckConfiguration else {
            return "its config is none of AdapterHub's seq_bn and double_seq_bn"
        }
        if theirs.kind != kind { return "it is \(theirs.kind.rawValue)'s, the configuration says \(kind.rawValue)" }
        if theirs.reductionFactor != reductionFactor {
            return "reduction_factor is \(theirs.reductionFactor), the configuration says \(reductionFactor)"
        }
        return theirs.name == name ? nil : "its name is \(theirs.name), and has to be \(name)"
    }

    package static func damage(in configuration: [String: SettingValue], _ tensors: SafetensorsFile) -> String? {
        saved(as: configuration) == nil ? "its config is none of AdapterHub's seq_bn and double_seq_bn" : nil
    }
}
