import TrainerSettings

// What the trainers share that are built on Hugging Face's Trainer.
extension Spelling {
    /// `max_steps: -1` means that epochs count.
    static let steps: [Spelling] = [
        written("max_steps", ["max_steps", "num_train_epochs"], read: positive) { value, _ in
            [("max_steps", value), ("num_train_epochs", nil)]
        },
        written("num_train_epochs", ["num_train_epochs", "max_steps"], read: Spelling.itself) { value, _ in
            [("num_train_epochs", value), ("max_steps", .int(-1))]
        },
    ]

    static func positive(_ value: SettingValue) -> SettingValue? { (value.number ?? 0) > 0 ? value : nil }

    /// A warm-up below one step is a share of all steps.
    static let warmup = written("warmup_ratio", ["warmup_steps", "warmup_ratio"], read: share) {
        (value, _) throws(TrainerSettingsError) in
        guard let ratio = value.number, ratio < 1 else {
            throw TrainerSettingsError(
                setting: "warmup_ratio", problem: "found 1, expected a share below 1 here: 1 would be one step")
        }
        return [("warmup_steps", ratio == 0 ? .int(0) : .double(ratio)), ("warmup_ratio", nil)]
    }

    private static func share(_ value: SettingValue) -> SettingValue? { (value.number ?? 1) < 1 ? value : nil }

    static let optimizer: [Spelling] = [
        same("learning_rate"), same("lr_scheduler_type"), warmup, same("weight_decay"), same("adam_beta1"), same("adam_beta2"),
        same("adam_epsilon"), same("max_grad_norm"),
    ]

    /// Dropping the last batch is a wish for training, and Trainer's key drops the last rows of an evaluation as well.
    static func keepLast(_ trainer: String) -> Spelling {
        written("drop_last", ["dataloader_drop_last"], read: Spelling.itself) { (value, _) throws(TrainerSettingsError) in
            guard value == .bool(false) else {
                throw TrainerSettingsError(
                    setting: "drop_last",
                    problem: "\(trainer) would leave rows out of each evaluation too; type: lora and type: peft do not")
            }
            return [("dataloader_drop_last", value)]
        }
    }

    /// A whole number where it is one.
    static func whole(_ value: SettingValue) -> SettingValue { value.integer.map(SettingValue.int) ?? value }
}

extension Dialect {
    /// Where Trainer writes, when it evaluates and saves: the callback relies on it.
    static func trainerNeeds(_ compilation: Compilation) -> [Key] {
        let bySteps = compilation["eval_steps"] != nil
        let eval =
            compilation.settings.base?["eval_strategy"] == .string("steps") && !bySteps ? "steps" : bySteps ? "steps" : "epoch"
        return [
            ("output_dir", .string(compilation.place.output)), ("eval_strategy", .string(eval)),
            ("save_strategy", .string("no")), ("save_steps", nil), ("save_total_limit", nil),
            ("save_only_model", nil), ("eval_on_start", nil), ("do_eval", nil),
            ("load_best_model_at_end", .bool(false)), ("report_to", .string("none")),
            ("use_cpu", compilation.isAccelerated.map { .bool(!$0) }),
            ("resume_from_checkpoint", compilation.place.resume.map(SettingValue.string)),
        ]
    }

    /// A line of the training loss with each report.
    static func trainerLogging(_ compilation: Compilation) -> [Key] {
        guard let steps = compilation["eval_steps"] else { return [("logging_strategy", .string("epoch"))] }
        return [("logging_strategy", .string("steps")), ("logging_steps", steps)]
    }

    static let trainerForbidden: Set = ["auto_find_batch_size", "enable_jit_checkpoint", "push_to_hub"]

    static let trainerReserved: [String: String] = {
        let trial = "each trial has a folder of its own; leave it out"
        let saved = "a checkpoint is saved with each report; leave it out"
        let hub = "every trial would be pushed; push the winner's adapter after `autolora export`"
        return [
            "output_dir": trial, "overwrite_output_dir": trial, "logging_dir": trial,
            "report_to": "AutoLoRA keeps the figures; leave it out",
            "run_name": "a trial has a number; leave it out",
            "eval_strategy": "write 'eval_steps', or leave it out for a report an epoch", "save_strategy": saved,
            "save_steps": saved,
            "save_total_limit": saved, "save_only_model": saved, "eval_on_start": "a report at step 0 is none; leave it out",
            "load_best_model_at_end": "the adapter of the best report is kept; leave it out",
            "metric_for_best_model": "write 'metric' at the top level", "greater_is_better": "write 'metric' at the top level",
            "use_cpu": "write 'runner: {gpus: none}' at the top level",
            "resume_from_checkpoint": "AutoLoRA decides where a trial goes on from; leave it out",
            "auto_find_batch_size": "another configuration would be trained than the one on record; leave it out",
            "enable_jit_checkpoint": "a trial would end as if it were done; a checkpoint is saved with each report",
            "push_to_hub": hub, "do_eval": "trials are compared by their evaluations; leave it out",
        ]
    }()
}
