import Testing
import TrainerSettings

@Suite struct TrainerSettingsTests {
    private let minimal: [String: SettingValue] = [
        "model": .string("m"), "train": .string("t.jsonl"), "validation": .string("v.jsonl"),
    ]

    private func settings(_ more: [String: SettingValue]) throws -> TrainerSettings {
        try TrainerSettings(values: minimal.merging(more) { $1 })
    }

    @Test func `what is left open takes the documented defaults`() throws {
        let settings = try settings([:])
        #expect(settings.rank == 8)
        #expect(settings.loraAlpha == 16)
        #expect(settings.learningRate == 2e-4)
        #expect(settings.scheduler == .linear)
        #expect(settings.maxLength == 128)
        #expect(settings.batchSize == 32)
        #expect(settings.targetModules == nil)
    }

    @Test func `alpha follows the rank unless it is given`() throws {
        #expect(try settings(["r": .int(4)]).loraAlpha == 8)
        #expect(try settings(["r": .int(4), "alpha_over_r": .double(0.5)]).loraAlpha == 2)
        #expect(try settings(["r": .int(4), "lora_alpha": .int(3)]).loraAlpha == 3)
        #expect(throws: TrainerSettingsError.self) { try settings(["alpha_over_r": .int(1), "lora_alpha": .int(3)]) }
    }

    @Test func `settings survive being written and read again`() throws {
        let original = try settings([
            "r": .int(4), "target_modules": .array([.string("query")]), "layers_to_transform": .string("last-2"),
            "max_steps": .int(90), "eval_steps": .int(10), "test": .string("x"), "threads": .int(2),
        ])
        #expect(try TrainerSettings(values: original.values) == original)
    }

    @Test(arguments: [
        (
            ["warmup_steps": SettingValue.int(3), "warmup_ratio": .double(0.1)],
            "warmup_steps: given together with warmup_ratio"
        ),
        (
            ["lr_scheduler_type": .string("cosine_with_min_lr")],
            "min_lr_rate: missing; lr_scheduler_type cosine_with_min_lr needs it"
        ),
        (
            ["lr_scheduler_type": .string("warmup_stable_decay")],
            "num_decay_steps: missing; lr_scheduler_type warmup_stable_decay"
        ),
        (
            [
                "lr_scheduler_type": .string("warmup_stable_decay"), "num_decay_steps": .int(8), "warmup_steps": .int(3),
                "max_steps": .int(10),
            ], "num_decay_steps: 8 steps in which the rate falls, after 3 in which it rises, are more than the 10 steps"
        ),
        (
            ["lr_scheduler_type": .string("polynomial"), "learning_rate": .double(1e-8)],
            "lr_end: 1e-07 is where polynomial ends, and has to be below learning_rate 1e-08"
        ),
        (["shuffle": .bool(false), "group_by_length": .bool(true)], "group_by_length: puts texts in an order of its own"),
        (
            ["task": .string("causal-lm"), "class_weights": .string("balanced")],
            "class_weights: is for sequence-classification"
        ),
    ])
    func `settings that do not go together are refused`(values: [String: SettingValue], words: String) throws {
        let error = try #require(throws: TrainerSettingsError.self) { try settings(values) }
        #expect(error.description.hasPrefix(words), "\(error)")
    }

    @Test func `how the rate rises and falls survives being written, and what is not given is not written`() throws {
        let values: [String: SettingValue] = [
            "lr_scheduler_type": .string("warmup_stable_decay"), "num_decay_steps": .int(4), "min_lr_rate": .double(0.1),
            "decay_type": .string("1-sqrt"), "warmup_steps": .int(3), "max_steps": .int(10),
            "class_weights": .object(["a": .double(2)]), "label_smoothing_factor": .double(0.1), "group_by_length": .bool(true),
            "early_stopping_patience": .int(3), "early_stopping_threshold": .double(0.01),
        ]
        let original = try settings(values)
        #expect(original.warmupSteps(of: 10) == 3 && original.values["warmup_ratio"] == nil)
        #expect(values.allSatisfy { original.values[$0.key] == $0.value })
        #expect(try TrainerSettings(values: original.values) == original)
        for none in [SettingValue.string("none"), .null] {
            #expect(try settings(["early_stopping_patience": none]) == settings([:]))
        }
        let plain = try settings([:]).values
        let new = [
            "warmup_steps", "num_cycles", "class_weights", "group_by_length", "early_stopping_threshold",
            "label_smoothing_factor",
        ]
        #expect(new.allSatisfy { plain[$0] == nil } && plain["warmup_ratio"] == .double(0))
    }

    @Test func `every name that can be written is a known name`() throws {
        let written = try settings([
            "max_steps": .int(1), "test": .string("x"), "eval_steps": .int(1), "validation": .null, "text_column": .string("a"),
            "label_column": .string("b"), "separator": .string(";"), "quoting": .string("off"),
            "split": .object(["validation": .double(0.1)]),
        ]).values.keys
        #expect(written.allSatisfy(TrainerSettings.names.contains))
    }

    @Test func `the base's precision has two names, of which one is given`() throws {
        for name in ["precision", "base_precision"] {
            for word in TrainerSettings.Precision.allCases {
                let settings = try settings([name: .string(word.rawValue)])
                #expect(settings.precision == word)
                #expect(settings.values["precision"] == .string(word.rawValue) && settings.values["base_precision"] == nil)
            }
        }
        let both: [String: SettingValue] = ["precision": .string("bf16"), "base_precision": .string("bf16")]
        let error = #expect(throws: TrainerSettingsError.self) { try settings(both) }
        #expect(error?.description == "precision: is another name for base_precision; keep one of the two")
    }

    @Test(arguments: [
        ("learning_rat", SettingValue.double(1), "did you mean 'learning_rate'?"),
        ("r", .string("eight"), "expected a whole number"),
        ("r", .int(0), "from 1 to 65536"),
        ("lora_dropout", .double(1.5), "from 0 to 0.99"),
        ("lr_scheduler_type", .string("cosin"), "one of linear, cosine"),
        ("layers_to_transform", .string("first-2"), "last-N"),
        ("target_modules", .array([]), "all-linear"),
        (
            "num_cycles", .int(2),
            "is for lr_scheduler_type cosine, cosine_with_restarts, cosine_with_min_lr, and that is linear here"
        ),
        ("power", .int(2), "among the parameters with when: {lr_scheduler_type: polynomial}"),
        ("timescale", .int(2), "is for lr_scheduler_type inverse_sqrt"),
        ("lr_end", .double(1e-6), "is for lr_scheduler_type polynomial"),
        ("decay_type", .string("sqrt"), "one of linear, cosine, 1-sqrt"), ("warmup_steps", .int(-1), "from 0 to 1000000000"),
        ("label_smoothing_factor", .double(1.5), "from 0 to 1"),
        ("early_stopping_patience", .int(0), "none, or a whole number from 1 to"),
        ("early_stopping_threshold", .double(0.1), "means nothing without early_stopping_patience"),
        ("class_weights", .array([.int(0)]), "found 0, expected a number from 1e-06 to 1000000"),
        ("class_weights", .array([.double(1e-42)]), "expected a number from 1e-06 to 1000000"),
        ("class_weights", .object([:]), "{spam: 5}"),
        ("class_weights", .string("even"), "found even, expected none, balanced, a list"),
        ("bias", .string("some"), "one of none, all, lora_only"), ("init_lora_weights", .string("corda"), "not available yet"),
        ("init_lora_weights", .string("pissa_niter_-1"), "pissa_niter_N"),
        ("rank_pattern", .object(["q": .double(1.5)]), "numbers by"),
        ("finetuning_type", .string("prefix_tuning"), "PEFT cannot run it"), ("finetuning_type", .string("lore"), "found lore"),
        ("precision", .string("fp16"), "one of fp32, bf16, quantized, auto"),
        ("task", .string("causal"), "one of sequence-classification, causal-lm"),
        ("packing", .bool(true), "is for causal-lm; the task is sequence-classification"),
        ("completion_only_loss", .bool(false), "is for causal-lm"), ("chat_template", .string("chatml"), "is for causal-lm"),
        ("gradient_accumulation_steps", .int(0), "from 1 to 65536"),
        ("num_train_epochs", .int(0), "above 0"),
        ("prefix_cache", .string("2 parsecs"), "such as 512MiB or 2GB, or off"),
        ("prefix_cache", .int(-1), "found -1"), ("prefix_cache", .int(1 << 61), "such as 512MiB or 2GB, or off"),
        ("prefix_cache", .bool(true), "found true"), ("memory_cap", .string("off"), "found off, expected a size such as 8GiB"),
        ("memory_cap", .int(0), "found 0"), ("gradient_checkpointing", .string("yes"), "expected true, false or auto"),
        ("separator", .string("ab"), "expected one sign such as ';' or '|', or tab"), ("separator", .string("x"), "one sign"),
        ("separator", .string("\""), "one sign"), ("separator", .string(""), "one sign"),
        ("quoting", .string("none"), "one of auto, on, off"),
        ("label_column", .string("text"), "'text' is the text's column too"),
        ("validation", .null, "split: {validation: 0.1, test: 0.1}"),
        ("split", .double(0.1), "expected shares such as {validation: 0.1, test: 0.1}"),
        ("split", .object([:]), "names no share"),
        ("split", .object(["validation": .double(0.1)]), "validation names a file; keep one of the two"),
        ("split", .object(["test": .double(0)]), "test: found 0, expected a share between 0 and 1"),
        ("split", .object(["test": .int(1)]), "test: found 1, expected a share"),
        ("split", .object(["valid": .double(0.1)]), "unknown 'valid'; allowed: validation, test, by"),
        ("split", .object(["test": .double(0.1), "by": .string("row")]), "by: found row, expected hash"),
    ])
    func `a wrong setting is named with what is allowed`(name: String, value: SettingValue, words: String) throws {
        let error = try #require(throws: TrainerSettingsError.self) { try settings([name: value]) }
        #expect(error.setting == name)
        #expect(error.description.contains(words), "\(error)")
    }

    @Test func `parts are files of their own, or shares of the training file that do not meet`() throws {
        let files = try settings(["test": .string("x.jsonl")])
        #expect(files.source(of: .train) == DataSource(path: "t.jsonl") && files.trainingSource == files.source(of: .train))
        #expect(
            files.source(of: .validation) == DataSource(path: "v.jsonl")
                && files.source(of: .test) == DataSource(path: "x.jsonl"))
        #expect(try settings([:]).source(of: .test) == nil)
        let both: SettingValue = .object(["validation": .double(0.2), "test": .double(0.1), "by": .string("hash")])
        let split = try settings(["validation": .null, "split": both])
        #expect(split.source(of: .test) == DataSource(path: "t.jsonl", share: 0..<0.1))
        #expect(split.source(of: .validation)?.share == 0.1..<(0.1 + 0.2) && split.trainingSource.share == (0.1 + 0.2)..<1)
        #expect(split.values["validation"] == nil && split.values["split"] == both)
        #expect(try TrainerSettings(values: split.values) == split)
        let test = try settings(["split": .object(["test": .double(0.1)])])
        #expect(test.source(of: .validation) == DataSource(path: "v.jsonl") && test.trainingSource.share == 0.1..<1)
        #expect(throws: TrainerSettingsError.self) {
            try settings(["validation": .null, "split": .object(["validation": .double(0.5), "test": .double(0.5)])])
        }
    }

    @Test func `how rows lie is written where it is not the usual way`() throws {
        let usual = try settings(["text_column": .string("text"), "label_column": .string("label"), "quoting": .string("auto")])
        #expect(try usual == settings([:]))
        #expect(TrainerSettings.dataShape.allSatisfy { usual.values[$0] == nil })
        for (written, name) in [("tab", "tab"), ("\t", "tab"), ("\\t", "tab"), (";", ";"), ("|", "|")] {
            let other = try settings(["separator": .string(written), "text_column": .string("body"), "quoting": .string("off")])
            #expect(other.values["separator"] == .string(name))
            #expect(try TrainerSettings(values: other.values) == other)
        }
    }

    @Test
    func `a language model's adapter is kept by its loss unless another figure is named, and answers are written for theirs`()
        throws
    {
        let task = ["task": SettingValue.string("causal-lm")]
        let usual = try settings(task)
        #expect(usual.metricForBestModel == "eval_loss" && !usual.greaterIsBetter && usual.generationRows == 0)
        #expect(usual.completionOnlyLoss && usual.assistantOnlyLoss && !usual.packing && usual.accumulationSteps == 1)
        let bleu = try settings(task.merging(["metric_for_best_model": .string("eval_bleu")]) { $1 })
        #expect(bleu.greaterIsBetter && bleu.generationRows == 64)
        let perplexity = try settings(task.merging(["metric_for_best_model": .string("eval_perplexity")]) { $1 })
        #expect(!perplexity.greaterIsBetter && perplexity.generationRows == 0)
        #expect(try settings(task.merging(["eval_generation_rows": .int(7)]) { $1 }).generationRows == 7)
    }

    @Test func `what was not there in earlier versions is written where it is not as usual`() throws {
        let names = ["completion_only_loss", "assistant_only_loss", "chat_template", "packing", "gradient_accumulation_steps"]
        let all = names + ["eval_batch_size", "eval_generation_rows", "max_new_tokens"]
        let lora = [
            "use_rslora", "use_dora", "init_lora_weights", "rank_pattern", "alpha_pattern", "exclude_modules",
            "loraplus_lr_ratio",
        ]
        #expect(try (all + lora).allSatisfy { try settings([:]).values[$0] == nil })
        let more: [String: SettingValue] = [
            "task": .string("causal-lm"), "completion_only_loss": .bool(false), "assistant_only_loss": .bool(false),
            "chat_template": .string("chatml"), "packing": .bool(true), "gradient_accumulation_steps": .int(4),
            "eval_batch_size": .int(2), "eval_generation_rows": .int(3), "max_new_tokens": .int(5),
        ]
        let other = try settings(more)
        #expect(all.allSatisfy { other.values[$0] == more[$0] })
        #expect(try TrainerSettings(values: other.values) == other)
    }

    @Test(arguments: [
        ("use_rslora", SettingValue.bool(true)), ("use_dora", .bool(true)), ("init_lora_weights", .bool(false)),
        ("init_lora_weights", .string("gaussian")), ("init_lora_weights", .string("orthogonal")),
        ("init_lora_weights", .string("olora")), ("init_lora_weights", .string("pissa")),
        ("init_lora_weights", .string("pissa_niter_16")), ("rank_pattern", .object(["query": .int(3)])),
        ("alpha_pattern", .object(["query": .double(0.5)])), ("exclude_modules", .array([.string("key")])),
        ("exclude_modules", .string(".*key")), ("loraplus_lr_ratio", .double(16)), ("init_lora_weights", .string("eva")),
        ("rank_allocation", .string("probe")),
    ])
    func `LoRA's variants are written as they are read`(name: String, value: SettingValue) throws {
        let settings = try settings([name: value])
        #expect(settings.values[name] == value)
        #expect(try TrainerSettings(values: settings.values) == settings)
        #expect(try settings != self.settings([:]))
    }

    @Test func `a start of its own and an adapter to start from are two starts`() {
        let error = #expect(throws: TrainerSettingsError.self) {
            try settings(["init_lora_weights": .string("pissa"), "init_adapter": .string("a")])
        }
        #expect(error?.setting == "init_lora_weights" && error?.problem.contains("given together with init_adapter") == true)
    }

    @Test func `a variant set to do nothing is accepted`() throws {
        #expect(try settings(["use_dora": .bool(false), "rank_pattern": .object([:])]) == settings([:]))
    }

    @Test(arguments: [
        (SettingValue.string("512MiB"), 512 << 20), (.string("2GiB"), 2 << 30), (.string("500MB"), 500_000_000),
        (.string("1.5 gb"), 1_500_000_000), (.string("64 KiB"), 65536), (.string("100"), 100), (.int(4097), 4097),
        (.string("1tib"), 1 << 40), (.string("7 B"), 7),
    ])
    func `the prefix cache takes sizes as people write them`(value: SettingValue, bytes: Int) throws {
        let settings = try settings(["prefix_cache": value])
        #expect(settings.prefixCache?.bytes == bytes)
        #expect(try TrainerSettings(values: settings.values) == settings)
        let capped = try self.settings(["memory_cap": value])
        #expect(capped.memoryCap?.bytes == bytes)
        #expect(try TrainerSettings(values: capped.values) == capped)
    }

    @Test func `checkpointing is on, off or where it is needed`() throws {
        for (value, meant) in [
            (SettingValue.bool(true), TrainerSettings.GradientCheckpointing.on), (.bool(false), .off), (.string("auto"), .auto),
        ] {
            let settings = try settings(["gradient_checkpointing": value])
            #expect(settings.gradientCheckpointing == meant)
            #expect(try TrainerSettings(values: settings.values) == settings)
        }
        #expect(try settings([:]).gradientCheckpointing == .auto && settings([:]).memoryCap == nil)
    }

    @Test(arguments: [SettingValue.string("off"), .int(0), .bool(false)])
    func `the prefix cache can be off`(value: SettingValue) throws {
        let settings = try settings(["prefix_cache": value])
        #expect(settings.prefixCache == nil)
        #expect(try TrainerSettings(values: settings.values) == settings)
    }

    @Test(arguments: ["", "GiB", "-1GiB", "0", "1e3", "1.2.3MB", "2GiBs", "9999999TiB", "0.1 B"])
    func `what is no size is none`(text: String) {
        #expect(ByteCount(text) == nil)
    }

    @Test func `a size is shown in the largest unit that says it exactly`() throws {
        #expect(
            [2 << 30, 512 << 20, 1 << 40, 500_000_000, 1536 << 10].map { "\(ByteCount(bytes: $0))" }
                == ["2GiB", "512MiB", "1TiB", "500000000", "1536KiB"])
        #expect(try settings([:]).prefixCache == ByteCount("2GiB"))
        #expect(
            [0, 999, 1000, 4096, 99_960, 999_499, 999_500, 3_200_000_000].map { ByteCount(bytes: $0).rounded }
                == ["0 bytes", "999 bytes", "1 KB", "4.1 KB", "100 KB", "999 KB", "1 MB", "3.2 GB"])
    }

    @Test func `steps and epochs exclude each other`() {
        #expect(throws: TrainerSettingsError.self) { try settings(["max_steps": .int(1), "num_train_epochs": .int(1)]) }
    }

    @Test(arguments: [(3e-5, "3e-05"), (0.123456, "0.1235"), (1_234_567, "1235000"), (1.0, "1"), (0, "0"), (0.05, "0.05")])
    func `numbers are shown with four digits`(value: Double, text: String) {
        #expect(SettingValue.short(value) == text)
    }

    @Test func `the nearest name is one that could have been meant`() {
        #expect(nearestName(to: "lerning_rate", among: ["learning_rate", "r"]) == "learning_rate")
        #expect(nearestName(to: "banana", among: ["learning_rate", "r"]) == nil)
    }
}
