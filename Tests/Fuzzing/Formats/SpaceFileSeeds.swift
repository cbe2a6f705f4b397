/// Space files that between them use everything such a file may say.
enum SpaceFileSeeds {
    static let texts = [
        """
        name: everything
        description: "every distribution"
        metric: {name: eval_accuracy, goal: maximize, target: 0.9}
        method: tpe
        run_cap: 40
        time_cap: 1h30m
        workers: 2
        seed: 7
        early_terminate: {type: asha, eta: 3, min_iter: 1, max_iter: 9, brackets: 2}
        trainer:
          type: lora
          task: sequence-classification
          model: model
          train: train.jsonl
          validation: train.jsonl
          max_steps: 900
          eval_steps: 100
          batch_size: 32
        parameters:
          learning_rate: {distribution: log_uniform_values, min: 3e-5, max: 3e-3}
          r: {values: [2, 4, 8, 16, 32]}
          alpha_over_r: {values: [0.5, 1, 2, 4], probabilities: [0.1, 0.2, 0.3, 0.4]}
          lora_dropout: {min: 0.0, max: 0.1}
          target_modules:
            values: [[query, value], [intermediate.dense, output.dense], all-linear]
          layers_to_transform: {values: [all, last-2, [0, 1]]}
          warmup_ratio: {min: 0.0, max: 0.5, q: 0.1, when: {lr_scheduler_type: [linear, cosine]}}
          lr_scheduler_type: {values: [linear, cosine, constant]}
        constraints: {trainable_parameters: {max: 500000}, adapter_bytes: {max: 2MiB}}
        enqueue:
          - {r: 8, learning_rate: 1e-3}
          - {r: 4, lr_scheduler_type: linear, warmup_ratio: 0.2}
        warm_start: recipes
        """,
        """
        name: sweep
        metrics:
          - {name: loss, goal: minimize}
          - {name: memory, goal: minimize}
        method: gp
        run_cap: 12
        program: train.py
        command: ["${env}", "${interpreter}", "${program}", "${args}", "--x=${envvar:HOME}"]
        early_terminate: {type: hyperband, min_iter: 3, eta: 2}
        parameters:
          a: {distribution: int_uniform, min: -5, max: 5}
          b: {distribution: int_log_uniform_values, min: 1, max: 1000}
          c: {distribution: q_uniform, min: 0, max: 1, q: 0.25}
          d: {distribution: q_log_uniform_values, min: 1, max: 1024, q: 1}
          e: {distribution: normal, mu: 0, sigma: 2}
          f: {distribution: log_normal, mu: -3, sigma: 1}
          g: {value: 3}
          h: {distribution: uniform, min: -1.5, max: 1.5}
          i: {values: [null, true, "x y", 3.5, {k: [1]}], when: {a: [1, 2]}}
        """,
        """
        metric: {name: score, goal: maximize}
        method: auto
        trial_timeout: 2h
        report_timeout: 90s
        max_retries: 2
        max_failures: 5
        early_terminate: {type: successive_halving, eta: 2, min_iter: 2, max_iter: 16}
        trainer: {type: command, command: [sh, train.sh, "${args_json}"]}
        parameters: {x: {min: 1, max: 4}, y: {min: 0, max: 10, q: 2}}
        warm_start: [one, recipes]
        """,
        """
        metric: {name: eval_loss, goal: minimize}
        method: grid
        early_terminate: {type: median, min_iter: 3, startup_trials: 5}
        trainer: {model: model, train: train.jsonl, validation: train.jsonl, num_train_epochs: 2}
        parameters: {r: {values: [1, 2]}, num_train_epochs: {values: [1, 2, 3]}, batch_size: {min: 8, max: 64, q: 8}}
        """,
        """
        metric: &m
          name: score
          goal: maximize
        method: sobol
        early_terminate: {type: hyperband, max_iter: 27, s: 2, eta: 3, strict: true}
        command: [./run, "${args_no_hyphens}"]
        parameters:
          x: &range
            min: 0.0
            max: 1.0
          y: *range
          "z": {values: !!seq [1, 'two', "three\\n"]}
        """,
    ]

    /// What means something in YAML or in a space file beyond what the seeds say.
    static let words = [
        "&a ", "*a", "*m", "*range", "<<: *range", "!!int ", "!!float ", "!!str ", "!!binary ", "!!set ", "!!null", "!x ",
        "---\n",
        "...\n", "%YAML 1.2\n", "%TAG ! x\n", "? ", ": ", "- ", "- - ", "|", ">", "|+9", "{", "}", "[", "]", "#", "@", "`",
        "\t", "~",
        "null", "true", "off", "yes", "\"\\x\"", "\"\\u0000\"", "'", "\"", "random", "grid", "sobol", "tpe", "gp", "auto",
        "none",
        "median", "asha", "hyperband", "successive_halving", "last-2", "../x", "/", "../../etc/passwd", "-x", "0s", "1h30m",
        "99999d",
        "${args}", "${x}", "${envvar:", "categorical", "normal", "log_normal", "beta", "when", "values", "min", "max", "q",
        "mu", "sigma",
        "probabilities", "num_train_epochs", "max_steps", "eval_steps", "target", "s", "strict", "brackets", "2GB", "1e99GB",
        "r",
    ]
}
