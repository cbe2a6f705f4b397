import TrainerSettings

extension Dialect {
    /// Our script over PEFT and Hugging Face's Trainer: config.json tells it everything.
    static let peft = Dialect(
        type: "peft", name: "the PEFT script", package: "peft", program: .script,
        tasks: [.sequenceClassification, .causalLanguageModel],
        spellings: [
            .told("task", "task_type"), .told("model", "base_model_name_or_path"), .told("train"), .told("validation"),
            .told("test"), .told("split"), .told("text_column"), .told("label_column"), .told("separator"), .told("quoting"),
            .told("max_steps", "max_steps"), .told("num_train_epochs", "num_train_epochs"), .told("eval_steps", "eval_steps"),
            .told("batch_size", "per_device_train_batch_size"), .told("eval_batch_size", "per_device_eval_batch_size"),
            .told("gradient_accumulation_steps", "gradient_accumulation_steps"), .told("max_length"),
            .told("shuffle", "train_sampling_strategy"), .told("drop_last", "dataloader_drop_last"), .told("r", "r"),
            .told("lora_alpha", "lora_alpha"), .told("lora_dropout", "lora_dropout"), .told("target_modules", "target_modules"),
            .told("layers_to_transform", "layers_to_transform"), .told("exclude_modules", "exclude_modules"),
            .told("modules_to_save", "modules_to_save"), .told("use_rslora", "use_rslora"), .told("use_dora", "use_dora"),
            .told("init_lora_weights", "init_lora_weights"), .told("rank_pattern", "rank_pattern"),
            .told("alpha_pattern", "alpha_pattern"), .told("bias", "bias"), .told("init_adapter"),
            .told("learning_rate", "learning_rate"), .told("loraplus_lr_ratio"),
            .told("lr_scheduler_type", "lr_scheduler_type"),
            .told("warmup_ratio", "warmup_steps", "warmup_ratio"), .told("weight_decay", "weight_decay"),
            .told("adam_beta1", "adam_beta1"), .told("adam_beta2", "adam_beta2"), .told("adam_epsilon", "adam_epsilon"),
            .told("max_grad_norm", "max_grad_norm"), .told("base_precision", "bf16", "fp16"),
            .told("gradient_checkpointing", "gradient_checkpointing"), .told("completion_only_loss"),
            .told("assistant_only_loss"), .ownTemplate, .told("seed", "seed"),
        ],
        files: { $0.templateFiles }, reserved: trainerReserved)
}
