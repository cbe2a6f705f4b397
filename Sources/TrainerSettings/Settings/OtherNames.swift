/// What settings and keys are called elsewhere (Hugging Face, PEFT, Optuna, Ray, Hyperopt, other fine-tuning programs): people type those.
enum OtherNames {
    /// "'batch_size'" for per_device_train_batch_size, where that is among the candidates.
    static func hint(for name: String, among candidates: [String]) -> String? {
        let name = name.lowercased()
        // A key of Optuna's that is a distribution here.
        if name == "log", candidates.contains("distribution") { return "'distribution: log_uniform_values'" }
        return names.filter { $0.value.contains(name) && candidates.contains($0.key) }.keys.min().map { "'\($0)'" }
    }

    private static let names: [String: Set<String>] = trainer.merging(metrics) { $0.union($1) }.merging(spaceFile) {
        $0.union($1)
    }

    private static let trainer = Dictionary(
        uniqueKeysWithValues: (TrainerSettings.table + TrainerSettings.planned).map { ($0.name, $0.otherNames) })

    private static let metrics: [String: Set<String>] = [
        "eval_accuracy": ["accuracy", "acc", "val_accuracy", "val_acc", "eval_acc", "validation_accuracy"],
        "eval_f1": ["f1", "f1_score", "val_f1", "macro_f1"],
        "eval_loss": ["val_loss", "validation_loss", "valid_loss"],
        "eval_perplexity": ["perplexity", "ppl", "val_perplexity"],
        "eval_token_accuracy": ["token_accuracy", "mean_token_accuracy", "eval_mean_token_accuracy"],
        "eval_exact_match": ["exact_match", "em", "eval_em"],
        "eval_bleu": ["bleu", "sacrebleu", "bleu-4", "eval_bleu-4"],
        "eval_rouge_l": ["rougel", "rouge_l", "rouge-l", "eval_rougel", "eval_rouge-l"],
    ]

    private static let spaceFile: [String: Set<String>] = [
        "name": ["study_name", "study", "sweep_name"],
        "metric": ["objective", "target_metric"],
        "goal": ["direction", "mode"],
        "maximize": ["max", "maximise", "higher"],
        "minimize": ["min", "minimise", "lower"],
        "method": ["sampler", "algorithm", "search", "strategy", "searcher", "search_alg"],
        "run_cap": ["n_trials", "max_trials", "num_trials", "trials", "num_samples", "max_evals", "count", "budget"],
        "time_cap": ["timeout", "time_limit", "time_budget", "max_time"],
        "workers": ["n_jobs", "num_workers", "jobs", "parallel", "parallelism", "concurrency", "max_concurrent"],
        "seed": ["random_seed", "random_state"],
        "early_terminate": ["early_stopping", "early_stop", "pruner", "pruning", "scheduler"],
        "parameters": ["search_space", "space", "params", "hyperparameters", "hparams", "config"],
        "program": ["script", "entrypoint"],
        "command": ["cmd", "args"],
        "enqueue": ["enqueue_trial", "points_to_evaluate", "initial_points"],
        "trial_timeout": ["trial_time", "time_per_trial"],
        "distribution": ["dist", "type"],
        "min": ["low", "lower", "lo", "from", "minimum"],
        "max": ["high", "upper", "hi", "to", "maximum"],
        "values": ["choices", "options", "categories", "choice", "list"],
        "value": ["default", "fixed", "const"],
        "probabilities": ["probs", "weights", "p"],
        "q": ["step", "quantum", "quantization"],
        "mu": ["mean", "loc"],
        "sigma": ["std", "stddev", "sd", "scale"],
        "when": ["condition", "conditions", "if", "depends_on", "requires"],
        "int_uniform": ["int", "integer", "randint", "int_values"],
        "uniform": ["float", "double", "real"],
        "log_uniform_values": ["loguniform", "log", "log_float", "loguniform_values"],
        "q_uniform": ["quniform"],
        "categorical": ["choice", "choices"],
        "log_normal": ["lognormal"],
        "normal": ["gaussian", "randn"],
        "eta": ["reduction_factor"],
        "min_iter": ["min_resource", "grace_period", "n_warmup_steps", "min_t", "min_epochs"],
        "max_iter": ["max_resource", "max_t", "max_epochs"],
        "startup_trials": ["n_startup_trials"],
        "successive_halving": ["sha", "successivehalving", "halving"],
        "tpe": ["optuna", "hyperopt", "tree_parzen"],
        "bayes": ["bayesian", "bo", "bayesian_optimization"],
        "gp": ["gaussian_process", "botorch"],
        "sobol": ["qmc", "quasi_random"],
        "list_style": ["lists"],
        "bool_style": ["booleans", "bools"],
    ]
}
