import Methods
import Testing
import TrainerSettings

@testable import Finetuning

/// PEFT 0.11 takes no key that it does not know: an adapter's configuration has none.
@Suite struct OldPEFTTests {
    private static let common: Set = [
        "auto_mapping", "base_model_name_or_path", "inference_mode", "peft_type", "revision", "task_type",
    ]
    private static let rows: Set = [
        "num_attention_heads", "num_layers", "num_transformer_submodules", "num_virtual_tokens", "token_dim",
    ]
    /// Beside those of all.
    private static let known: [String: Set<String>] = [
        "LORA": [
            "alpha_pattern", "bias", "fan_in_fan_out", "init_lora_weights", "layer_replication", "layers_pattern",
            "layers_to_transform", "loftq_config", "lora_alpha", "lora_dropout", "megatron_config", "megatron_core",
            "modules_to_save", "r", "rank_pattern", "target_modules", "use_dora", "use_rslora",
        ],
        "IA3": ["fan_in_fan_out", "feedforward_modules", "init_ia3_weights", "modules_to_save", "target_modules"],
        "PROMPT_TUNING": rows.union([
            "prompt_tuning_init", "prompt_tuning_init_text", "tokenizer_kwargs", "tokenizer_name_or_path",
        ]),
        "P_TUNING": rows.union([
            "encoder_dropout", "encoder_hidden_size", "encoder_num_layers", "encoder_reparameterization_type",
        ]),
    ]

    private static func check(_ model: TunedModel) throws {
        try withTemporaryFolder { folder in
            try model.saveAdapter(to: folder + "/adapter", baseModel: "tiny")
            let keys = try AdapterFiles.json(folder + "/adapter/adapter_config.json")
            let type = try #require(keys["peft_type"]?.text)
            let known = try #require(Self.known[type]).union(Self.common)
            #expect(Set(keys.keys).subtracting(known).isEmpty)
        }
    }

    @Test(arguments: MethodFixture.all)
    func `LoRA and its variants`(fixture: MethodFixture) throws {
        try Self.check(fixture.model(TuningMethods.method(fixture.settings())))
    }

    @Test(arguments: TuningFixture.ia3 + TuningFixture.prompts)
    func `other ways of tuning`(fixture: TuningFixture) throws {
        try Self.check(fixture.model(TuningMethods.method(fixture.settings())))
    }
}
