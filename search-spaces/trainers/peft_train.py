"""LoRA with PEFT and Hugging Face's Trainer, as a trial of an AutoLoRA study: `peft_train.py config.json`. A model to copy.

It reads every setting from the object `trainer` of config.json, in the names that the built-in trainer has, and trains

- a classifier of texts: rows with `text` and `label` (task: sequence-classification), or a language model (task: causal-lm)
- on whole texts: rows with `text`,
- on answers: rows with `prompt` and `completion`; the loss is on the completion alone (completion_only_loss: false: on both),
- on conversations: rows with `messages`; the loss is on the assistant's turns (assistant_only_loss: false: on all).

A text ends with the tokenizer's end token, and what is longer than max_length is cut at its end. Files are .jsonl, .csv or .tsv.
`options:` takes any further argument of TrainingArguments or LoraConfig. `peft_train.py --probe config.json` trains nothing and prints
what is wrong with a configuration. By hand, without a study, the adapter is in the folder `output_dir`, or beside the configuration.
"""

import contextlib
import csv
import dataclasses
import difflib
import importlib.metadata
import json
import math
import os
import re
import sys
import tempfile

import autolora_trial

# Name -> default. None: left to PEFT or to transformers.
SETTINGS = {
    "task": "sequence-classification", "model": None, "train": None, "validation": None, "split": None,
    "text_column": "text", "label_column": "label", "separator": None, "quoting": "auto",
    "max_steps": None, "num_train_epochs": 3.0, "eval_steps": None, "batch_size": 32, "eval_batch_size": None,
    "gradient_accumulation_steps": 1, "max_length": 128, "shuffle": True, "drop_last": True,
    "r": 8, "lora_alpha": None, "alpha_over_r": None, "lora_dropout": 0.0, "target_modules": None, "layers_to_transform": "all",
    "exclude_modules": None, "modules_to_save": None, "bias": "none", "rank_pattern": {}, "alpha_pattern": {}, "use_rslora": False,
    "use_dora": False, "init_lora_weights": True, "init_adapter": None, "loraplus_lr_ratio": None,
    "learning_rate": 2e-4, "lr_scheduler_type": "linear", "warmup_ratio": 0.0, "weight_decay": 0.0, "adam_beta1": 0.9,
    "adam_beta2": 0.999, "adam_epsilon": 1e-8, "max_grad_norm": 1.0,
    "base_precision": "auto", "precision": None, "gradient_checkpointing": "auto", "threads": None, "seed": 0,
    "completion_only_loss": True, "assistant_only_loss": True, "chat_template": None, "options": {},
    # What others read: the launcher, the study.
    "type": "peft", "python": None, "setup": None, "output_dir": None, "test": None, "finetuning_type": "lora",
    "metric_for_best_model": None, "greater_is_better": None, "prefix_cache": None,
}
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
PACKAGES = {"peft": (0, "0.21"), "transformers": (5, "5.24"), "torch": (2, "2.13")}


def near(name, known):
    found = difflib.get_close_matches(name, list(known), 1, 0.5)
    return found[0] if found else None


def unknown_settings(given):
    return [{"key": name, "near": near(name, SETTINGS)} for name in given if name not in SETTINGS]


def option_fields():
    """The further arguments that `options` may have, by who takes them."""
    from peft import LoraConfig
    from transformers import TrainingArguments

    return [{field.name for field in dataclasses.fields(one) if field.init} for one in (TrainingArguments, LoraConfig)]


def unknown_options(given):
    known = set().union(*option_fields())
    return [{"key": f"options.{name}", "near": near(name, known)} for name in given if name not in known]


class Settings:
    """The settings as attributes, defaults filled in."""

    def __init__(self, given):
        if unknown := unknown_settings(given):
            one = unknown[0]
            sys.exit(f"peft_train.py: unknown setting {one['key']}" + (f"; did you mean {one['near']}?" if one["near"] else ""))
        for name, default in SETTINGS.items():
            value = given.get(name)
            setattr(self, name, default if value is None else value)
        for name in ("model", "train"):
            if getattr(self, name) is None:
                sys.exit(f"peft_train.py: the setting {name} is missing")
        if self.finetuning_type != "lora":
            sys.exit(f"peft_train.py: finetuning_type is {self.finetuning_type}; this program trains lora alone")
        if self.precision and self.base_precision == "auto":
            self.base_precision = self.precision

    @property
    def classifies(self):
        return self.task == "sequence-classification"

    @property
    def alpha(self):
        if self.alpha_over_r is not None:
            return self.alpha_over_r * self.r
        return self.lora_alpha if self.lora_alpha is not None else 2 * self.r


def template(settings):
    """The text of the template of conversations: of one that has a name it is in a file beside this program."""
    given = settings.chat_template
    if "{%" in given or "{{" in given:
        return given
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chat_template.jinja")
    if os.path.exists(beside):
        with open(beside, encoding="utf-8") as file:
            return file.read()
    if given == "chatml":
        return CHATML
    sys.exit(f"peft_train.py: chat_template is {given!r}: put the template's text in {beside}, or give that text")


# Data


def read(path, settings):
    """The rows of a file, each with its line."""
    if path.endswith((".csv", ".tsv")):
        separator = settings.separator or ("\t" if path.endswith(".tsv") else ",")
        quoting = csv.QUOTE_NONE if settings.quoting == "off" else csv.QUOTE_MINIMAL
        with open(path, encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, delimiter="\t" if separator == "tab" else separator, quoting=quoting)
            rows = [(row, table.line_num) for row in table]
    else:
        with open(path, encoding="utf-8-sig") as file:
            rows = [(json.loads(line), number) for number, line in enumerate(file, 1) if line.strip()]
    if not rows:
        sys.exit(f"peft_train.py: {path}: there is no row in it")
    columns = {settings.text_column: "text", settings.label_column: "label"}
    return [({columns.get(name, name): value for name, value in row.items()}, line) for row, line in rows]


def place(text):
    """A number from 0 to 1 that a text always has, as the built-in trainer's `split` has it: FNV-1a, mixed as in MurmurHash3."""
    word, value = 2**64 - 1, 0xCBF29CE484222325
    for byte in text.encode().strip(bytes(range(0x21))):
        value = (value ^ byte) * 0x100000001B3 & word
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> 33) * factor & word
    return ((value ^ value >> 33) >> 11) * 2.0**-53


def asked(messages):
    """All that stands before the last message; JSON's text where messages are more than texts."""
    plain = all(set(message) == {"role", "content"} and isinstance(message["content"], str) for message in messages)
    return "\n".join(message["content"] for message in messages[:-1]) if plain else json.dumps(messages)


def part(row, split, text="text"):
    """Which part of the data a row is of where one file is divided: rows that ask the same are of one part."""
    at = place(row.get(text) or row.get("prompt") or asked(row.get("messages") or []))
    test = split.get("test") or 0
    return "test" if at < test else "validation" if at < test + (split.get("validation") or 0) else "train"


def parts(settings):
    """The rows to train on and those to validate with."""
    rows = read(settings.train, settings)
    validation = read(settings.validation, settings) if settings.validation else None
    if settings.split:
        validation = validation or [one for one in rows if part(one[0], settings.split) == "validation"]
        rows = [one for one in rows if part(one[0], settings.split) == "train"]
    if not validation:
        sys.exit("peft_train.py: there is nothing to validate with: name a file with validation, or give split")
    return rows, validation


def whole_number(label):
    """'1' for '1', '+1' and '1.0'; None for what is no whole number, or is written with zeros before it (07)."""
    match = re.fullmatch(r"\s*([+-]?)(0|[1-9][0-9]*)(\.0*)?\s*", label)
    return match and ("-" if match[1] == "-" and match[2] != "0" else "") + match[2]


def label_text(label):
    if isinstance(label, bool):
        return "true" if label else "false"
    if label is None or isinstance(label, (list, dict)) or label == "":
        return None
    return str(int(label)) if isinstance(label, float) and label == int(label) else str(label)


class Labels:
    """Labels and the numbers of their classes: whole numbers by their value, others in the order of their names."""

    def __init__(self, rows, path):
        labels = {self.text(row, line, path) for row, line in rows}
        self.whole = all(whole_number(label) for label in labels)
        self.names = sorted({whole_number(label) for label in labels}, key=int) if self.whole else sorted(labels, key=str.encode)
        if len(self.names) < 2:
            sys.exit(f"peft_train.py: {path}: has the one label {self.names[0]!r}; at least two are needed")

    @staticmethod
    def text(row, line, path):
        text = label_text(row.get("label"))
        if text is None:
            sys.exit(f"peft_train.py: {path}:{line}: no label that can be used: {row.get('label')!r}")
        return text

    def number(self, row, line, path):
        text = self.text(row, line, path)
        name = whole_number(text) if self.whole else text
        if name not in self.names:
            sys.exit(f"peft_train.py: {path}:{line}: label {text!r} does not occur in the rows to train on")
        return self.names.index(name)

    @property
    def tables(self):
        numbered = dict(enumerate(self.names))
        return {"id2label": numbered, "label2id": {name: number for number, name in numbered.items()}}


def shared_start(a, b):
    return next((index for index, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def encode_conversation(messages, tokenizer, answers_only):
    """The tokens of a conversation, and the labels: the assistant's turns with their end marks, or all of it."""
    def tokens(some, **further):
        text = tokenizer.apply_chat_template(some, tokenize=False, **further)
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    whole = tokens(messages)
    if not answers_only:
        return whole, list(whole)
    labels = [-100] * len(whole)
    for index, message in enumerate(messages):
        if message["role"] == "assistant":
            start = shared_start(whole, tokens(messages[:index], add_generation_prompt=True)) if index else 0
            end = shared_start(whole, tokens(messages[: index + 1]))
            labels[start:end] = whole[start:end]
    return whole, labels


def encode_text(row, tokenizer, settings):
    """One row of a language model: its tokens and their labels, cut to max_length."""
    if "messages" in row:
        tokens, labels = encode_conversation(row["messages"], tokenizer, settings.assistant_only_loss)
    elif "prompt" in row:
        start = tokenizer(row["prompt"])["input_ids"]
        tokens = tokenizer(row["prompt"] + row["completion"] + tokenizer.eos_token)["input_ids"]
        known = shared_start(start, tokens) if settings.completion_only_loss else 0
        labels = [-100] * known + tokens[known:]
    else:
        text = row["text"]
        tokens = tokenizer(text if text.endswith(tokenizer.eos_token) else text + tokenizer.eos_token)["input_ids"]
        labels = list(tokens)
    return {"input_ids": tokens[: settings.max_length], "labels": labels[: settings.max_length]}


def encode(rows, path, tokenizer, settings, labels):
    if settings.classifies:
        return [
            dict(tokenizer(row["text"], truncation=True, max_length=settings.max_length), labels=labels.number(row, line, path))
            for row, line in rows
        ]
    return [encode_text(row, tokenizer, settings) for row, line in rows]


class Padding:
    """Puts rows of different lengths into one batch."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def __call__(self, rows):
        import torch

        labels = [row["labels"] for row in rows]
        batch = self.tokenizer.pad([{k: v for k, v in row.items() if k != "labels"} for row in rows], return_tensors="pt")
        if isinstance(labels[0], list):
            longest = batch["input_ids"].shape[1]
            right = self.tokenizer.padding_side == "right"
            labels = [one + [-100] * (longest - len(one)) if right else [-100] * (longest - len(one)) + one for one in labels]
        batch["labels"] = torch.tensor(labels)
        return batch


# Model


def load_model(settings, labels, tokenizer):
    """The frozen base, without dropout of its own: what is compared are adapters."""
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(settings.model, **(
        dict(num_labels=len(labels.names), **labels.tables) if settings.classifies else {}))
    for name, value in list(vars(config).items()):
        if ("dropout" in name or name.endswith("pdrop")) and isinstance(value, float):
            setattr(config, name, 0.0)
    if settings.classifies and config.pad_token_id is None:
        config.pad_token_id = tokenizer.pad_token_id
    kind = transformers.AutoModelForSequenceClassification if settings.classifies else transformers.AutoModelForCausalLM
    model = kind.from_pretrained(settings.model, config=config, dtype=torch.bfloat16 if in_bf16(settings) else torch.float32)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def in_bf16(settings):
    import torch

    if settings.base_precision == "auto":
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    if settings.base_precision not in ("fp32", "bf16"):
        sys.exit(f"peft_train.py: base_precision is {settings.base_precision}; this program takes fp32, bf16 or auto")
    return settings.base_precision == "bf16"


def checkpoints(settings):
    """Gradient checkpointing; auto: where a GPU's memory is the limit."""
    import torch

    return torch.cuda.is_available() if settings.gradient_checkpointing == "auto" else settings.gradient_checkpointing


def linear_layers(model, wanted):
    """The names of the linear layers but for the head: all of them, or those that a regular expression matches whole."""
    import torch

    heads = {"score", "classifier", "classification_head", "pre_classifier"}
    output = model.get_output_embeddings()
    return [
        name for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not output and name.split(".")[0] not in heads
        and (wanted == "all-linear" or re.fullmatch(wanted, name))
    ]


def layer_number(name):
    match = re.search(r"\.(\d+)\.", name)
    return int(match[1]) if match else None


def placement(settings, model):
    """PEFT's target_modules and layers_to_transform."""
    targets, layers = settings.target_modules, settings.layers_to_transform
    if layers == "all":
        return {"target_modules": targets}
    if isinstance(layers, str):
        depth = model.config.num_hidden_layers
        layers = list(range(depth))[-int(layers.removeprefix("last-")):]
    elif isinstance(layers, int):
        layers = [layers]
    if isinstance(targets, str):    # PEFT takes layers with a list of names alone
        return {"target_modules": [name for name in linear_layers(model, targets) if layer_number(name) in layers]}
    return {"target_modules": targets, "layers_to_transform": layers}


def adapt(model, settings, labels):
    """The model with its adapter."""
    import peft

    options = {name: value for name, value in settings.options.items() if name in option_fields()[1]}
    if settings.init_adapter:
        names = os.path.join(settings.init_adapter, "labels.json")
        if labels and os.path.exists(names):
            with open(names, encoding="utf-8") as file:
                own = json.load(file)["id2label"]
            if list(own.values()) != labels.names:
                sys.exit(f"peft_train.py: {names}: has other labels than the training data")
        return peft.PeftModel.from_pretrained(model, settings.init_adapter, is_trainable=True)
    config = peft.LoraConfig(**{
        "task_type": peft.TaskType.SEQ_CLS if settings.classifies else peft.TaskType.CAUSAL_LM, "r": settings.r,
        "lora_alpha": settings.alpha, "lora_dropout": settings.lora_dropout, "exclude_modules": settings.exclude_modules,
        "modules_to_save": settings.modules_to_save, "bias": settings.bias, "rank_pattern": settings.rank_pattern,
        "alpha_pattern": settings.alpha_pattern, "use_rslora": settings.use_rslora, "use_dora": settings.use_dora,
        "init_lora_weights": settings.init_lora_weights, **placement(settings, model), **options,
    })
    return peft.get_peft_model(model, config)


# Training


def classification_metrics(prediction):
    """Accuracy, and F1 averaged over the labels that are true or predicted somewhere; `_se`: the standard error that the number of rows
    makes, of F1 by the delta method, as the built-in trainer has it."""
    import numpy

    logits, truth = prediction.predictions.astype(numpy.float64), prediction.label_ids
    guesses, rows = logits.argmax(-1), len(truth)
    labels = sorted(set(truth) | set(guesses))
    scores, influences = [], numpy.zeros(rows)
    for label in labels:
        guessed, true = (guesses == label).astype(float), (truth == label).astype(float)
        mentions = guessed + true
        scores.append(float(2 * (guessed * true).sum() / mentions.sum()))
        influences += (2 * guessed * true - scores[-1] * mentions) * rows / mentions.sum() / len(labels)
    accuracy = float((guesses == truth).mean())
    highest = logits.max(-1, keepdims=True)
    losses = numpy.log(numpy.exp(logits - highest).sum(-1)) + highest[:, 0] - logits[numpy.arange(rows), truth]
    errors = {
        "loss_se": float(losses.std(ddof=1)) / math.sqrt(rows) if rows > 1 else math.nan,
        "accuracy_se": math.sqrt(accuracy * (1 - accuracy) / rows), "f1_se": math.sqrt(float((influences**2).sum())) / rows,
    }
    return {
        "accuracy": accuracy, "f1": sum(scores) / len(scores),
        **{name: value for name, value in errors.items() if math.isfinite(value)},
    }


def training_arguments(settings, output, count):
    """TrainingArguments of our settings. Everything is written out: defaults change between versions."""
    import torch
    from transformers import TrainingArguments

    drop_last = settings.drop_last and count >= settings.batch_size
    per_epoch = count // settings.batch_size if drop_last else math.ceil(count / settings.batch_size)
    updates = math.ceil(per_epoch / settings.gradient_accumulation_steps)
    steps = settings.max_steps or math.ceil(settings.num_train_epochs * updates)
    warmup = 0 if settings.lr_scheduler_type == "constant" else math.ceil(settings.warmup_ratio * steps)
    interval = {"eval_strategy": "epoch", "logging_strategy": "epoch"}
    if settings.eval_steps:
        interval = {
            "eval_strategy": "steps", "logging_strategy": "steps", "eval_steps": settings.eval_steps, "logging_steps": settings.eval_steps}
    options = {name: value for name, value in settings.options.items() if name in option_fields()[0]}
    return TrainingArguments(**{
        "output_dir": output, "max_steps": settings.max_steps or -1, "num_train_epochs": settings.num_train_epochs, **interval,
        "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": settings.eval_batch_size or settings.batch_size,
        "gradient_accumulation_steps": settings.gradient_accumulation_steps, "dataloader_drop_last": drop_last,
        "train_sampling_strategy": "random" if settings.shuffle else "sequential", "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.lr_scheduler_type, "warmup_steps": warmup, "weight_decay": settings.weight_decay,
        "adam_beta1": settings.adam_beta1, "adam_beta2": settings.adam_beta2, "adam_epsilon": settings.adam_epsilon,
        "max_grad_norm": settings.max_grad_norm, "optim": "adamw_torch", "seed": settings.seed, "save_strategy": "no",
        "bf16": in_bf16(settings), "use_cpu": not (torch.cuda.is_available() or torch.backends.mps.is_available()),
        "gradient_checkpointing": checkpoints(settings),
        "gradient_checkpointing_kwargs": {"use_reentrant": False}, "report_to": "none", "label_names": ["labels"],
        "prediction_loss_only": not settings.classifies, "remove_unused_columns": False, **options,
    })


def loraplus(model, settings):
    """LoRA+: the B matrices learn faster than the A matrices."""
    import torch
    from peft.optimizers import create_loraplus_optimizer

    return create_loraplus_optimizer(
        model, torch.optim.AdamW, lr=settings.learning_rate, loraplus_lr_ratio=settings.loraplus_lr_ratio,
        loraplus_weight_decay=settings.weight_decay, betas=(settings.adam_beta1, settings.adam_beta2), eps=settings.adam_epsilon)


def make_trainer(settings, output):
    import torch
    import transformers

    class Trainer(transformers.Trainer):
        def get_eval_dataloader(self, *arguments):
            # Trainer leaves out the last rows of the validation data as well, where it does so in training.
            before, self.args.dataloader_drop_last = self.args.dataloader_drop_last, False
            try:
                return super().get_eval_dataloader(*arguments)
            finally:
                self.args.dataloader_drop_last = before

    transformers.set_seed(settings.seed)    # before the adapter is made: its start is random
    tokenizer = transformers.AutoTokenizer.from_pretrained(settings.model)
    if settings.chat_template:
        tokenizer.chat_template = template(settings)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    rows, validation = parts(settings)
    labels = Labels(rows, settings.train) if settings.classifies else None
    model = adapt(load_model(settings, labels, tokenizer), settings, labels)
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()    # what is trained is never in bf16
    if checkpoints(settings):
        model.enable_input_require_grads()
    files = {"autolora.json": autolora_trial.training_notes(vars(settings), precision="bf16" if in_bf16(settings) else "fp32")}
    if labels:
        files["labels.json"] = json.dumps(labels.tables, indent=2)
    trainer = Trainer(
        model=model, args=training_arguments(settings, output, len(rows)), data_collator=Padding(tokenizer),
        train_dataset=encode(rows, settings.train, tokenizer, settings, labels),
        eval_dataset=encode(validation, settings.validation or settings.train, tokenizer, settings, labels),
        compute_metrics=classification_metrics if settings.classifies else None,
        callbacks=[autolora_trial.TrainerCallback(files)],
        optimizers=(loraplus(model, settings), None) if settings.loraplus_lr_ratio not in (None, 1) else (None, None))
    return trainer, files


def refusal(given):
    """What TrainingArguments says against the values (None: it takes them), and whether it is but the GPU that cannot be used just now."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            training_arguments(Settings({"seed": 0, **given}), os.path.join(tempfile.gettempdir(), "autolora-probe"), 1 << 20)
    except (Exception, SystemExit) as error:
        obstacle = autolora_trial.device_obstacle(error)
        return obstacle or f"{type(error).__name__}: {error}", obstacle is not None
    return None, False


def probe(configurations):
    """What is wrong with configurations, without training."""
    folder = os.path.dirname(os.path.abspath(__file__))
    autolora_trial.end_with_parent(folder if os.path.basename(folder).startswith("autolora-probe-") else None)
    versions = {}
    problems, warnings = [], []
    for package, (major, tried) in PACKAGES.items():
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
            problems.append(f"{package} is not installed for {sys.executable}: install it there, or name another Python with trainer.python")
            continue
        if versions[package].split(".")[0] != str(major):
            problems.append(f"{package} {versions[package]}: tested with {major}.x (up to {tried}); install one of those, or try this one")
    unknown = []
    for given in configurations:
        found = unknown_settings(given)
        if None not in versions.values():
            found += unknown_options(given.get("options") or {})
            words, is_device = (None, False) if found else refusal(given)
            told = warnings if is_device else problems
            told += [words] if words and words not in told else []
        unknown += [one for one in found if one not in unknown]
    print(json.dumps({"versions": versions, "unknown": unknown, "problems": problems, "warnings": warnings}), flush=True)


def configuration(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main(arguments):
    if arguments[0] == "--probe":
        return probe([config.get("trainer", config) for config in map(configuration, arguments[1:])])
    config = configuration(arguments[0])
    given = config.get("trainer", config)
    settings = Settings({"seed": config.get("seed"), **given})
    if unknown := unknown_options(settings.options):
        sys.exit(f"peft_train.py: unknown option {unknown[0]['key']}" + (f"; did you mean {unknown[0]['near']}?" if unknown[0]["near"] else ""))
    if settings.threads:
        import torch

        torch.set_num_threads(settings.threads)
    by_hand = settings.output_dir or os.path.splitext(arguments[0])[0] + "-trained"
    output = autolora_trial.begin_output() if autolora_trial.in_study else by_hand
    trainer, files = make_trainer(settings, output)
    trainer.train(resume_from_checkpoint=autolora_trial.resume_from)
    trainer.save_model(output)
    for name, text in files.items():
        autolora_trial.write_atomically(os.path.join(output, name), text)


if __name__ == "__main__":
    if len(sys.argv) < 2 or (len(sys.argv) > 2) != (sys.argv[1] == "--probe"):
        sys.exit("usage: peft_train.py [--probe] config.json")
    main(sys.argv[1:])
