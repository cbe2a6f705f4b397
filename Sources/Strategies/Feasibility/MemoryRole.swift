/// What a parameter's name says of the memory that a trial needs.
enum MemoryRole: Sendable, Hashable {
    /// It changes nothing worth speaking of.
    case none
    /// More of it, or true, never needs less.
    case more
    /// More of it, or true, never needs more.
    case less
    /// A number's form: fewer bits never need more.
    case precision
    /// Lists of modules or layers: what holds another one never needs less.
    case parts
    /// It may need more or less: the trials tell.
    case unknown

    /// - Parameter name: the groups that it is in, and a hyphen for an underscore, make no difference.
    init(of name: String) {
        let plain = Self.plain(name)
        self = Self.known.first { $0.names.contains(plain) }?.role ?? .unknown
    }

    /// The name without its groups.
    static func plain(_ name: String) -> String {
        (name.split(separator: ".").last.map(String.init) ?? name).replacing("-", with: "_").lowercased()
    }

    /// The batch that is halved for want of memory.
    static let batches: Set = ["batch_size", "per_device_train_batch_size", "train_batch_size", "micro_batch_size"]

    private static let known: [(role: MemoryRole, names: Set<String>)] = [
        (
            .none,
            [
                "learning_rate", "lr", "lora_alpha", "alpha", "alpha_over_r", "lora_dropout", "dropout", "loraplus_lr_ratio",
                "weight_decay", "warmup_ratio", "warmup_steps", "warmup", "lr_scheduler_type", "lr_scheduler", "scheduler",
                "adam_beta1", "adam_beta2", "adam_epsilon", "beta1", "beta2", "momentum", "max_grad_norm", "grad_clip", "seed",
                "label_smoothing", "label_smoothing_factor", "neftune_noise_alpha", "use_rslora", "rslora", "init_lora_weights",
                "completion_only_loss", "assistant_only_loss", "train_on_prompt", "temperature", "top_p",
                "gradient_accumulation_steps", "grad_accumulation_steps", "accumulation_steps", "max_steps", "num_train_epochs",
                "epochs", "num_epochs", "steps", "iters", "eval_steps", "save_steps", "logging_steps", "shuffle", "drop_last",
                "num_cycles", "min_lr_rate", "lr_end", "power", "timescale", "num_decay_steps", "decay_type", "class_weights",
                "early_stopping_patience", "early_stopping_threshold",
            ]
        ),
        (
            .more,
            batches.union([
                "bs", "eval_batch_size", "per_device_eval_batch_size", "val_batch_size", "max_length", "max_seq_length",
                "max_seq_len", "seq_len", "seq_length", "sequence_len", "sequence_length", "cutoff_len", "block_size",
                "context_length", "max_prompt_length", "max_completion_length", "max_new_tokens", "num_generations", "r",
                "lora_r", "lora_rank", "rank", "hidden_size", "hidden_dim", "d_model", "width", "n_layers", "num_layers",
                "layers", "depth", "num_hidden_layers", "intermediate_size", "ffn_dim", "image_size", "num_beams", "use_dora",
                "peft_use_dora", "disable_gradient_checkpointing",
            ])
        ),
        (
            .less,
            [
                "gradient_checkpointing", "grad_checkpoint", "grad_checkpointing", "activation_checkpointing", "load_in_4bit",
                "load_in_8bit",
            ]
        ),
        (.precision, ["precision", "base_precision", "dtype", "torch_dtype"]),
        (
            .parts,
            [
                "target_modules", "lora_target_modules", "lora_target", "layers_to_transform", "peft_layers_to_transform",
                "modules_to_save", "lora_modules_to_save",
            ]
        ),
    ]
}
