import Backbones
import TrainerSettings

extension LoRAConfiguration {
    /// adapter_config.json for these modules: what every PEFT from 0.11 on reads, resolved so that it finds the same modules.
    func peftConfiguration(modules: [LinearModule], layerCount: Int, baseModel: String) throws(PlacementError) -> [String:
        SettingValue]
    {
        let layers = try AdapterPlacement.selectedLayers(self.layers, layerCount: layerCount)
        var layerList = layers.map { SettingValue.array($0.map(SettingValue.int)) } ?? .null
        let targetList: SettingValue
        switch targets ?? AdapterPlacement.defaultTargets {
        case .names(let names): targetList = .array(names.sorted().map(SettingValue.string))
        case .pattern(let pattern) where layers == nil: targetList = .string(pattern)
        case .pattern, .allLinear:
            // PEFT takes no layers beside a pattern, and what all-linear means has changed: full names are plain.
            targetList = .array(modules.map(\.name).sorted().map(SettingValue.string))
            layerList = .null
        }
        return [
            "alpha_pattern": .object([:]), "base_model_name_or_path": .string(baseModel), "bias": .string("none"),
            "fan_in_fan_out": .bool(false), "inference_mode": .bool(true), "init_lora_weights": .bool(true),
            "layers_pattern": .null, "layers_to_transform": layerList, "lora_alpha": .double(alpha),
            "lora_dropout": .double(dropout), "modules_to_save": .array([.string("classifier"), .string("score")]),
            "peft_type": .string("LORA"), "r": .int(rank), "rank_pattern": .object([:]), "revision": .null,
            "target_modules": targetList, "task_type": .string("SEQ_CLS"), "use_dora": .bool(false),
            "use_rslora": .bool(false),
        ]
    }
}
