"""Trains with mlx-lm as a trial of an AutoLoRA study: `bridge_mlx.py trainer.yaml`, a file as `mlx_lm.lora -c` takes it.

`mlx_lm.lora` cannot go on from where it stopped: it forgets the optimizer, the schedule's position and the order of the data. This
program calls mlx-lm's own functions (its layers, its training step, its batches, its evaluation) and keeps what they forget, so that a
trial that stopped and goes on is bit for bit the one that never stopped. What mlx-lm has no key for it takes from config.json: clipping
(max_grad_norm), and the schedule as transformers' get_scheduler defines it (lr_scheduler_type, warmup_ratio).

Rows become tokens as in peft_train.py, which lies beside this file, so that the same data are trained on. The loss is the mean over the
tokens that have one. (mlx-lm's own loss counts one token of padding after a row that is shorter than its batch as well.)
`eval_loss` is the mean over all such tokens of all validation rows; mlx-lm alone would leave out the rows of a last, short batch.
With accumulation mlx-lm takes the mean of the batches' means, where Hugging Face's Trainer weighs by tokens: that remains.

`bridge_mlx.py --probe trainer.yaml` trains nothing and prints what this version of mlx-lm would not take.
"""

import contextlib
import difflib
import importlib.metadata
import inspect
import json
import math
import os
import shutil
import sys
import types

PACKAGES = {"mlx-lm": (0, "0.32"), "mlx": (0, "0.32"), "transformers": (5, "5.24")}
# mlx-lm reads these though its defaults do not name them.
FURTHER_KEYS = {"hf_dataset", "prompt_feature", "completion_feature", "text_feature", "chat_feature"}
NESTED_KEYS = {"lora_parameters": {"rank", "scale", "dropout", "keys"}, "lr_schedule": {"name", "arguments", "warmup", "warmup_init"}}


def near(key, known):
    return (difflib.get_close_matches(key, list(known), 1, 0.5) or [None])[0]


def read_yaml(path):
    import yaml
    from mlx_lm.lora import yaml_loader

    with open(path, encoding="utf-8") as file:
        return yaml.load(file, yaml_loader)


def versions():
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def probe_folder():
    """The folder of this file, where it was made for the one question."""
    folder = os.path.dirname(os.path.abspath(__file__))
    return folder if os.path.basename(folder).startswith("autolora-probe-") else None


def probe(*paths):
    sys.dont_write_bytecode = True
    import autolora_trial

    autolora_trial.end_with_parent(probe_folder())
    found = versions()
    answer = {"versions": found, "unknown": [], "problems": []}
    for package, (major, tried) in PACKAGES.items():
        if found[package] is None:
            answer["problems"].append(
                f"{package} is not installed for {sys.executable}: install it there, or name another Python with trainer.python")
        elif found[package].split(".")[0] != str(major):
            answer["problems"].append(f"{package} {found[package]}: tested with {major}.x (up to {tried}); install one of those, or try this one")
    if None not in found.values():
        with contextlib.redirect_stdout(sys.stderr):
            for path in paths:
                unknown, problems = unknown_keys(read_yaml(path))
                answer["unknown"] += [one for one in unknown if one not in answer["unknown"]]
                answer["problems"] += [one for one in problems if one not in answer["problems"]]
    print(json.dumps(answer), flush=True)


def unknown_keys(settings):
    """The keys that mlx-lm would pass over in silence, and what else it would refuse only later."""
    import mlx.optimizers
    from mlx_lm.lora import CONFIG_DEFAULTS

    unknown, problems = [], []

    def check(given, known, before=""):
        unknown.extend({"key": before + key, "near": near(key, known)} for key in given if key not in known)

    check(settings, set(CONFIG_DEFAULTS) | FURTHER_KEYS)
    for name, known in NESTED_KEYS.items():
        check(settings.get(name) or {}, known, name + ".")
    for name, arguments in (settings.get("optimizer_config") or {}).items():
        kind = optimizer_class(name)
        if kind is None:
            problems.append(f"optimizer_config: mlx-lm has no optimizer {name}")
        else:
            check(arguments or {}, set(inspect.signature(kind.__init__).parameters) - {"self", "learning_rate"}, f"optimizer_config.{name}.")
    if optimizer_class(settings.get("optimizer", "adam")) is None:
        problems.append(f"mlx-lm has no optimizer {settings['optimizer']}")
    if settings.get("fine_tune_type", "lora") not in ("lora", "dora"):
        problems.append(f"fine_tune_type is {settings['fine_tune_type']}; lora and dora can be trained here")
    schedule = (settings.get("lr_schedule") or {}).get("name")
    if schedule and not hasattr(mlx.optimizers.schedulers, schedule):
        problems.append(f"mlx has no schedule {schedule}")
    return unknown, problems


def optimizer_class(name):
    import mlx.optimizers

    names = {"adam": "Adam", "adamw": "AdamW", "muon": "Muon", "sgd": "SGD", "adafactor": "Adafactor"}
    return getattr(mlx.optimizers, names.get(name.lower(), ""), None)


# What is built


def schedule(wanted, peak, steps, warmup_ratio):
    """The learning rate as a function of the number of updates before, as transformers' get_scheduler has it."""
    import mlx.core as mx

    warmup = 0 if wanted == "constant" else math.ceil(warmup_ratio * steps)

    def share(step):
        done = (step - warmup) / max(1, steps - warmup)
        if wanted == "linear":
            return mx.maximum(0.0, 1.0 - done)
        if wanted == "cosine":
            return mx.maximum(0.0, 0.5 * (1.0 + mx.cos(math.pi * done)))
        return mx.array(1.0)

    if wanted not in ("linear", "cosine", "constant", "constant_with_warmup"):
        sys.exit(f"autolora: lr_scheduler_type is {wanted}; with mlx-lm there are linear, cosine, constant and constant_with_warmup")

    def rate(step):
        step = step.astype(mx.float32)
        return peak * mx.where(step < warmup, step / max(1, warmup), share(step))

    return rate


def clipping(kind, limit):
    """The optimizer with the gradient's norm in its state, and the gradient clipped to `limit` where there is one."""
    import mlx.optimizers

    class Clipping(kind):
        def apply_gradients(self, gradients, parameters):
            clipped, norm = mlx.optimizers.clip_grad_norm(gradients, limit or 1.0)
            self.state["grad_norm"] = norm
            return super().apply_gradients(clipped if limit else gradients, parameters)

    return Clipping


def spelled(model):
    """What of config.json mlx-lm would not find. transformers 5 writes how positions turn under `rope_parameters`; of most models mlx-lm
    reads the older keys alone, and takes its own defaults without a word."""
    path = os.path.join(model, "config.json")
    if not os.path.isdir(model):
        from transformers.utils import cached_file

        path = cached_file(model, "config.json")
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    rope = config.get("rope_parameters") or {}
    full = rope.get("full_attention", rope)
    told = {
        "rope_theta": full.get("rope_theta"), "partial_rotary_factor": full.get("partial_rotary_factor"),
        "rope_local_base_freq": rope.get("sliding_attention", {}).get("rope_theta"),
    }
    if full.get("rope_type", "default") != "default":
        told["rope_scaling"] = {"type": full["rope_type"], **full}
    return {name: value for name, value in told.items() if value is not None and config.get(name) is None}


def build(args, trainer, steps):
    """The model with its adapters, and the optimizer."""
    import mlx.core as mx
    from mlx_lm.tuner.utils import build_schedule, linear_to_lora_layers
    from mlx_lm.utils import load

    model, _ = load(args.model, tokenizer_config={"trust_remote_code": args.trust_remote_code}, model_config=spelled(args.model))
    mx.random.seed(args.seed)
    model.freeze()
    linear_to_lora_layers(model, args.num_layers, args.lora_parameters, use_dora=args.fine_tune_type == "dora")
    if trainer.get("lr_scheduler_type"):
        rate = schedule(trainer["lr_scheduler_type"], args.learning_rate, steps, trainer.get("warmup_ratio") or 0.0)
    else:
        rate = build_schedule(args.lr_schedule) if args.lr_schedule else args.learning_rate
    kind = clipping(optimizer_class(args.optimizer), trainer.get("max_grad_norm"))
    optimizer = kind(learning_rate=rate, **(args.optimizer_config.get(args.optimizer.lower()) or {}))
    optimizer.state["grad_norm"] = mx.array(0.0)
    optimizer.init(model.trainable_parameters())
    return model, optimizer


class Rows:
    """The rows of a file as tokens, with a 1 for each token that has a loss. What mlx-lm takes for a row's offset is its number."""

    def __init__(self, encoded):
        self.tokens = [row["input_ids"] for row in encoded]
        self.masks = [[int(label != -100) for label in row["labels"]] for row in encoded]

    def __len__(self):
        return len(self.tokens)

    def __getitem__(self, index):
        return self.tokens[index], index

    def counted(self):
        return sum(sum(mask[1:]) for mask in self.masks)

    def some(self, indices):
        part = Rows([])
        part.tokens, part.masks = [self.tokens[i] for i in indices], [self.masks[i] for i in indices]
        return part

    def batches(self, dataset, batch_size, max_seq_length, loop=False, seed=None, comm_group=None):
        """mlx-lm's own batches, with the masks."""
        import mlx.core as mx
        import numpy as np
        from mlx_lm.tuner.trainer import iterate_batches

        for batch, numbers in iterate_batches(dataset, batch_size, max_seq_length, loop, seed, comm_group):
            mask = np.zeros(batch.shape, np.float32)
            for place, (row, length) in enumerate(numbers.tolist()):
                mask[place, :length] = dataset.masks[row][:length]
            yield batch, mx.array(mask)


def mean_loss(model, batch, mask):
    import mlx.core as mx
    import mlx.nn as nn

    logits = model(batch[:, :-1])
    mask = mask[:, 1:]
    count = mask.sum()
    losses = nn.losses.cross_entropy(logits, batch[:, 1:]) * mask
    return losses.astype(mx.float32).sum() / mx.maximum(count, 1.0), count


def evaluate(model, rows, batch_size, max_length):
    """The mean over all tokens with a loss, by mlx-lm's own function: rows that fill batches, then the rest."""
    import numpy as np
    from mlx_lm.tuner import trainer

    before = np.random.get_state()    # the order of the training data hangs on it
    order = sorted(range(len(rows)), key=lambda index: len(rows.tokens[index]))
    whole = len(rows) // batch_size * batch_size
    total, count = 0.0, 0
    for some in (order[:whole], order[whole:]):
        part = rows.some(some)
        if tokens := part.counted():
            np.random.seed(0)
            total += tokens * trainer.evaluate(
                model, part, min(batch_size, len(part)), -1, max_length, loss=mean_loss, iterate_batches=part.batches)
            count += tokens
    np.random.set_state(before)
    model.train()
    return total / count if count else math.nan


# Checkpoints and adapters


def save_checkpoint(folder, model, optimizer, state):
    import mlx.core as mx
    from mlx.utils import tree_flatten

    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    mx.save_safetensors(f"{folder}/adapters.safetensors", dict(tree_flatten(model.trainable_parameters())))
    mx.save_safetensors(f"{folder}/optimizer.safetensors", dict(tree_flatten(optimizer.state)))
    with open(f"{folder}/state.json", "w", encoding="utf-8") as file:
        json.dump(state | {"random": mx.random.state[0].tolist()}, file)


def load_checkpoint(folder, model, optimizer):
    import mlx.core as mx
    from mlx.utils import tree_unflatten

    model.load_weights(f"{folder}/adapters.safetensors", strict=False)
    optimizer.state = tree_unflatten(list(mx.load(f"{folder}/optimizer.safetensors").items()))
    optimizer.init(model.trainable_parameters())
    with open(f"{folder}/state.json", encoding="utf-8") as file:
        state = json.load(file)
    high, low = state["random"]
    mx.random.seed(high << 32 | low)
    mx.eval(model.parameters(), optimizer.state)
    return state


def save_adapter(folder, model, args, notes):
    """The adapter in PEFT's format: transposed, under PEFT's names, alpha = scale x r; `notes`: what it says of its texts."""
    import autolora_trial
    import mlx.core as mx
    from mlx.utils import tree_flatten

    names = {"lora_a": "lora_A.weight", "lora_b": "lora_B.weight", "m": "lora_magnitude_vector"}
    tensors, modules = {}, set()
    for name, value in tree_flatten(model.trainable_parameters()):
        module, kind = name.rsplit(".", 1)
        modules.add(module)
        tensors[f"base_model.model.{module}.{names[kind]}"] = mx.contiguous(value.T) if value.ndim == 2 else value
    rank = args.lora_parameters["rank"]
    layers = sorted({int(part) for module in modules for part in module.split(".") if part.isdigit()})
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": args.model, "r": rank,
        "lora_alpha": args.lora_parameters["scale"] * rank, "lora_dropout": args.lora_parameters["dropout"], "bias": "none",
        "use_dora": args.fine_tune_type == "dora", "target_modules": sorted({module.rsplit(".", 1)[1] for module in modules}),
        "layers_to_transform": None if len(layers) == len(model.layers) else layers, "inference_mode": True, "fan_in_fan_out": False,
    }
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    mx.save_safetensors(f"{folder}/adapter_model.safetensors", tensors, {"format": "pt"})
    with open(f"{folder}/adapter_config.json", "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)
    if notes:
        autolora_trial.write_atomically(f"{folder}/autolora.json", notes)


# A trial


class Run:
    """One launch: evaluates between two batches of mlx-lm's training, and stops where the trial is to."""

    def __init__(self, args, trainer, trial):
        import peft_train
        import transformers

        self.args, self.trial = args, trial
        self.notes = trial.training_notes({**trainer, "max_length": args.max_seq_length})
        self.accumulation = args.grad_accumulation_steps
        self.steps, self.every = args.iters // self.accumulation, max(1, args.steps_per_eval // self.accumulation)
        self.model, self.optimizer = build(args, trainer, self.steps)
        tokenizer = transformers.AutoTokenizer.from_pretrained(args.model, trust_remote_code=args.trust_remote_code)
        known = {name: value for name, value in trainer.items() if name in peft_train.SETTINGS}
        files = {"train": f"{args.data}/train.jsonl", "validation": f"{args.data}/valid.jsonl"} if "train" not in known else {}
        settings = peft_train.Settings({**known, "model": args.model, "task": "causal-lm", "max_length": args.max_seq_length, **files})
        if settings.chat_template:
            tokenizer.chat_template = peft_train.template(settings)
        parts = zip(peft_train.parts(settings), (settings.train, settings.validation))
        self.rows, self.validation = (Rows(peft_train.encode(rows, path, tokenizer, settings, None)) for rows, path in parts)
        self.step, self.latest = 0, {}
        if trial.resume_from:
            self.step = load_checkpoint(trial.resume_from, self.model, self.optimizer)["step"]
            trial.begin_at(self.step)
        self.begun_at = self.step

    def on_train_loss_report(self, info):
        self.latest = {"loss": info["train_loss"], "tokens_per_second": info["tokens_per_second"]}

    def on_val_loss_report(self, info):
        """mlx-lm's training is given no validation data: evaluations are made here."""

    def batches(self, **arguments):
        """mlx-lm's batches from where this launch begins; between two of them it is seen to what is due."""
        taken = self.begun_at * self.accumulation
        for number, batch in enumerate(self.rows.batches(seed=self.args.seed, **arguments), 1):
            if number <= taken:
                continue
            if number > taken + 1 and (number - 1) % self.accumulation == 0:
                self.after_step((number - 1) // self.accumulation)
            yield batch

    def after_step(self, step):
        self.step = step
        norm = self.optimizer.state["grad_norm"].item()
        if not math.isfinite(norm):
            self.diverge(f"the gradient norm at step {step} is {norm}", {"grad_norm": norm})
        if step % self.every == 0 or step == self.steps:
            self.evaluate(norm)

    def diverge(self, words, row):
        """One report of NaN, and the end."""
        self.trial.say(f"{words}: training has diverged" + (" and ends here" if self.trial.in_study else ""))
        if self.trial.in_study:
            self.trial.tell({"step": self.step, **row, self.trial.metric: math.nan})
            sys.exit(0)

    def evaluate(self, norm):
        import mlx.core as mx
        from mlx.utils import tree_flatten

        loss = evaluate(self.model, self.validation, self.args.batch_size, self.args.max_seq_length)
        row = {
            "step": self.step, "epoch": self.step * self.accumulation / max(1, len(self.rows) // self.args.batch_size),
            "eval_loss": loss, **self.latest, "learning_rate": self.optimizer.learning_rate.item(), "grad_norm": norm,
            "trainable_parameters": sum(value.size for _, value in tree_flatten(self.model.trainable_parameters())),
            "peak_memory_bytes": mx.get_peak_memory(),
        }
        if not math.isfinite(row.get(self.trial.metric, 0.0)):
            return self.diverge(f"{self.trial.metric} at step {self.step} is {row[self.trial.metric]}", row)
        row = self.trial.keep(row)
        if self.trial.in_study:
            if self.trial.is_best():
                save_adapter(self.trial.adapter_dir + ".new", self.model, self.args, self.notes)
                self.trial.put_in_place(self.trial.adapter_dir + ".new", self.trial.adapter_dir)
            made = os.path.join(self.trial.trial_dir, "output", "checkpoint")
            save_checkpoint(made, self.model, self.optimizer, {"step": self.step})
            self.trial.put_in_place(made, self.trial.checkpoint_dir)
        self.trial.tell(row)
        if self.trial.should_stop():
            sys.exit(0)

    def train(self):
        from mlx_lm.tuner.trainer import TrainingArgs, train

        left = (self.steps - self.step) * self.accumulation
        folder = os.path.join(self.trial.trial_dir, "output")
        os.makedirs(folder, exist_ok=True)
        if left > 0:
            train(
                self.model, self.optimizer, self.rows, None, args=TrainingArgs(
                    batch_size=self.args.batch_size, iters=left, steps_per_report=self.every * self.accumulation,
                    steps_per_save=left + 1, max_seq_length=self.args.max_seq_length, adapter_file=f"{folder}/adapters.safetensors",
                    grad_checkpoint=self.args.grad_checkpoint, grad_accumulation_steps=self.accumulation,
                    clear_cache_threshold=self.args.clear_cache_threshold),
                loss=mean_loss, iterate_batches=self.batches, training_callback=self)
            self.after_step(self.steps)
        if not self.trial.in_study:
            save_adapter(os.path.join(self.trial.trial_dir, "adapter"), self.model, self.args, self.notes)


def main(path):
    path = os.path.abspath(path)
    os.environ.setdefault("AUTOLORA_TRIAL_DIR", os.path.dirname(path))
    os.environ.setdefault("AUTOLORA_CONFIG", os.path.join(os.path.dirname(path), "config.json"))
    try:
        import numpy
        from mlx_lm.lora import CONFIG_DEFAULTS
        from mlx_lm.tuner import trainer, utils
        for function, names in {trainer.train: {"loss", "iterate_batches", "training_callback"}, trainer.evaluate: {"loss", "iterate_batches"},
                                utils.linear_to_lora_layers: {"num_layers", "config", "use_dora"}}.items():
            if missing := names - set(inspect.signature(function).parameters):
                raise ImportError(f"{function.__name__} does not take {', '.join(sorted(missing))}")
    except ImportError as error:
        listed = ", ".join(f"{package} {version}" for package, version in versions().items())
        print(f"autolora: what this program needs of mlx-lm is not there: {error} ({listed})", file=sys.stderr, flush=True)
        sys.exit(2)
    sys.dont_write_bytecode = True
    import autolora_trial as trial

    with open(os.environ["AUTOLORA_CONFIG"], encoding="utf-8") as file:
        settings = json.load(file).get("trainer", {})
    args = types.SimpleNamespace(**(CONFIG_DEFAULTS | {key: value for key, value in read_yaml(path).items() if value is not None}))
    trial.begin_output()
    numpy.random.seed(args.seed)
    with contextlib.redirect_stdout(sys.stderr):    # mlx-lm's tables; the reports go to standard output by themselves
        run = Run(args, settings, trial)
        if not trial.should_stop():
            run.train()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    is_probe = arguments[:1] == ["--probe"]
    arguments = arguments[1:] if is_probe else arguments
    if not arguments or (len(arguments) > 1 and not is_probe):
        sys.exit("usage: bridge_mlx.py [--probe] trainer.yaml")
    (probe if is_probe else main)(*arguments)
