"""Runs TRL, LLaMA-Factory or Axolotl as a trial of an AutoLoRA study: `bridge.py trl|llama-factory|axolotl trainer.yaml`.

The trainer's own module runs, on its own configuration, with one callback more (autolora_trial.py beside this file): each evaluation is
one report with a checkpoint, the trial stops at its rung, and goes on from there. No file of the trainer's is changed.

`bridge.py --probe KIND trainer.yaml...` trains nothing and prints a JSON object: the packages' versions, the keys of the files that this
version of the trainer does not know, and what else would stop a trial.

Metrics: `eval_loss` is the mean over all tokens of the validation data that have a loss, whatever the trainer and the size of its
batches; `trainer_eval_loss` is what the trainer's own files say. What remains between trainers is which tokens have a loss: each has its
own way with chat templates, end tokens and rows that are too long.
"""

import atexit
import contextlib
import csv
import difflib
import importlib.metadata
import io
import json
import os
import random
import runpy
import shutil
import sys
import tempfile
import time

KINDS = {
    "trl": ("trl.scripts.sft", ["trl", "transformers", "peft", "accelerate", "datasets", "torch"]),
    "llama-factory": ("llamafactory.launcher", ["llamafactory", "transformers", "peft", "trl", "accelerate", "datasets", "torch"]),
    "axolotl": ("axolotl.cli.train", ["axolotl", "transformers", "peft", "trl", "accelerate", "datasets", "torch"]),
}
# Major versions that were tried, and between which releases.
TESTED = {
    "trl": {"trl": (1, "1.16"), "transformers": (5, "5.24"), "peft": (0, "0.21"), "torch": (2, "2.13")},
    "llama-factory": {"llamafactory": (0, "0.9.5"), "transformers": (5, "5.6"), "peft": (0, "0.18"), "torch": (2, "2.13")},
    "axolotl": {"axolotl": (0, "0.19"), "transformers": (5, "5.16"), "peft": (0, "0.20"), "torch": (2, "2.13")},
}


def versions(kind):
    found = {}
    for package in KINDS[kind][1]:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def version_problems(kind, found):
    """Packages that are missing, or of a major version that was never tried."""
    problems = []
    for package, (major, tried) in TESTED[kind].items():
        version = found.get(package)
        if version is None:
            problems.append(f"{package} is not installed for {sys.executable}: install it there, or name another Python with trainer.python")
        elif version.split(".")[0] != str(major):
            problems.append(f"{package} {version}: tested with {major}.x (up to {tried}); install one of those, or try this one at your own risk")
    return problems


def refuse(words, found):
    """Exit code 2, with the versions: what this file relies on is not there."""
    listed = ", ".join(f"{package} {version}" for package, version in found.items())
    print(f"autolora: {words} ({listed})", file=sys.stderr, flush=True)
    sys.exit(2)


# Data


def rows(path, trainer):
    """The rows of the user's file as dictionaries, one after the other."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        if path.endswith((".csv", ".tsv")):
            separator = trainer.get("separator") or ("\t" if path.endswith(".tsv") else ",")
            quoting = csv.QUOTE_NONE if trainer.get("quoting") == "off" else csv.QUOTE_MINIMAL
            yield from csv.DictReader(file, delimiter="\t" if separator == "tab" else separator, quoting=quoting)
        else:
            yield from (json.loads(line) for line in file if line.strip())


def answers(row):
    """A row for each answer of a conversation: what comes before is the prompt, the answer alone has a loss."""
    messages = row["messages"]
    for index, message in enumerate(messages):
        if message["role"] == "assistant" and index:
            yield {"prompt": messages[:index], "completion": [message]}


def end_tokens(model):
    """LLaMA-Factory's template `empty` adds no tokens, where every other trainer ends a row, and begins it as the tokenizer does."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    begin = tokenizer.bos_token if tokenizer.bos_token and tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id else ""
    return lambda row: [{**row, "prompt": begin + row["prompt"], "completion": row["completion"] + tokenizer.eos_token}]


def conversion(kind, first, trainer, settings):
    """What has to be made of each row for this trainer; None: it takes the rows as they are."""
    column = trainer.get("text_column", "text")
    answers_only = trainer.get("assistant_only_loss", True) and not settings.get("assistant_only_loss")
    if kind == "trl" and "messages" in first and answers_only:
        return answers
    if kind == "llama-factory" and "prompt" in first and settings.get("template") == "empty":
        return end_tokens(settings["model_name_or_path"])
    if column != "text" and column in first:
        return lambda row: [{"text": row[column]}]
    return None


def sources(trainer):
    """The file that each part of the data is read from: with `split` both are of the one to train on."""
    split = trainer.get("split") or {}
    files = {"train": trainer.get("train"), "validation": trainer.get("validation") or (split.get("validation") and trainer.get("train"))}
    return {part: file for part, file in files.items() if file}


def rows_of(part, source, trainer):
    """The rows of one part; with `split` the same as in every other trainer."""
    if not trainer.get("split") or source != trainer["train"]:
        return rows(source, trainer)
    import peft_train

    column = trainer.get("text_column", "text")
    return (row for row in rows(source, trainer) if peft_train.part(row, trainer["split"], column) == part)


def prepare(kind, folder, trainer, settings):
    """Makes TRIAL/data/train.jsonl and validation.jsonl, which trainer.yaml names, from the user's files."""
    os.makedirs(os.path.join(folder, "data"), exist_ok=True)
    for part, source in sources(trainer).items():
        target = os.path.join(folder, "data", part + ".jsonl")
        if os.environ.get("AUTOLORA_RESUME_FROM") and os.path.exists(target):
            continue
        first = next(rows_of(part, source, trainer), None)
        if first is None:
            sys.exit(f"autolora: {source}: there is no row in it" + (f" that `split` makes one of {part}" if trainer.get("split") else ""))
        change = conversion(kind, first, trainer, settings)
        new = target + ".new"
        if os.path.lexists(new):
            os.remove(new)
        if change is None and not trainer.get("split") and not source.endswith((".csv", ".tsv")):
            os.symlink(os.path.abspath(source), new)
        else:
            with open(new, "w", encoding="utf-8") as file:
                for row in rows_of(part, source, trainer):
                    file.writelines(json.dumps(one, ensure_ascii=False) + "\n" for one in (change(row) if change else [row]))
        os.replace(new, target)


# Probe


def near(key, known):
    return (difflib.get_close_matches(key, list(known), 1, 0.5) or [None])[0]


def fields(*classes):
    import dataclasses

    return {field.name for one in classes for field in dataclasses.fields(one)}


def known_keys(kind):
    """The keys that the installed trainer's configuration has."""
    if kind == "trl":
        from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig

        return fields(ScriptArguments, SFTConfig, ModelConfig, DatasetMixtureConfig) | {"env"}
    if kind == "llama-factory":
        from llamafactory.hparams import parser

        return fields(*parser._TRAIN_ARGS)
    from axolotl.utils.schemas.config import AxolotlInputConfig

    names = set(AxolotlInputConfig.model_fields)
    return names | {field.alias for field in AxolotlInputConfig.model_fields.values() if field.alias}


def refusal(kind, settings):
    """What the trainer itself says against the values, read by its own parser (None: it takes them), and whether it is but the GPU that
    cannot be used just now."""
    said = io.StringIO()
    try:
        if kind == "trl":
            from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig, TrlParser

            parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig, DatasetMixtureConfig))
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                json.dump({key: value for key, value in settings.items() if key != "env"}, file)    # JSON is YAML
                file.flush()
                with contextlib.redirect_stderr(said):
                    parser.parse_args_and_config(["--config", file.name])
        elif kind == "llama-factory":
            from llamafactory.hparams import get_train_args

            get_train_args(dict(settings))
        else:
            from axolotl.utils.schemas.config import AxolotlInputConfig

            AxolotlInputConfig(**settings)
    except SystemExit as error:
        lines = said.getvalue().strip().splitlines()    # of an argument parser: its usage, then what is wrong
        return lines[-1] if lines else words_of(error), False
    except Exception as error:
        import autolora_trial

        obstacle = autolora_trial.device_obstacle(error)
        return obstacle or words_of(error), obstacle is not None
    return None, False


def words_of(error):
    return f"{type(error).__name__}: " + "; ".join(line.strip() for line in str(error).splitlines() if "further information" not in line)


def probe_folder():
    """The folder of this file, where it was made for the one question."""
    folder = os.path.dirname(os.path.abspath(__file__))
    return folder if os.path.basename(folder).startswith("autolora-probe-") else None


def probe(kind, *paths):
    import yaml

    sys.dont_write_bytecode = True
    import autolora_trial

    autolora_trial.end_with_parent(probe_folder())
    found = versions(kind)
    answer = {"versions": found, "unknown": [], "problems": version_problems(kind, found), "warnings": []}
    if all(found[package] for package in TESTED[kind]):
        with contextlib.redirect_stdout(sys.stderr):    # the packages' banners
            for path in paths:
                with open(path, encoding="utf-8") as file:
                    settings = yaml.safe_load(file)
                try:
                    known = known_keys(kind)
                    unknown = [{"key": key, "near": near(key, known)} for key in settings if key not in known]
                    words, is_device = refusal(kind, {key: value for key, value in settings.items() if key in known})
                except Exception as error:
                    unknown, words, is_device = [], words_of(error), False
                answer["unknown"] += [one for one in unknown if one not in answer["unknown"]]
                told = answer["warnings" if is_device else "problems"]
                told += [words] if words and words not in told else []
    print(json.dumps(answer), flush=True)


# A trial


def seed_everything(seed):
    """Before anything is built: some trainers make the adapter before they seed."""
    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def keep_caches_here(folder):
    """The tables that `datasets` makes of each trial's data go with the trial, not into the user's home for ever."""
    if "HF_DATASETS_CACHE" not in os.environ:
        os.environ["HF_DATASETS_CACHE"] = cache = os.path.join(folder, "output", "datasets")
        if os.environ.get("RANK", "0") == "0":
            atexit.register(shutil.rmtree, cache, True)


def install(found):
    """Adds the callback to those that every Trainer gets. Gives the list of those that were made."""
    import transformers.trainer as module

    for name in ("DEFAULT_CALLBACKS", "DEFAULT_PROGRESS_CALLBACK", "PrinterCallback"):
        if not hasattr(module, name):
            refuse(f"transformers.trainer has no {name}, which AutoLoRA's callback needs", found)
    import autolora_trial

    begun = []

    class Bridge(autolora_trial.TrainerCallback):
        def on_train_begin(self, *arguments, **named):
            begun.append(self)
            super().on_train_begin(*arguments, **named)

    module.DEFAULT_CALLBACKS.append(Bridge)
    autolora_trial.quiet_trainer()
    return begun


def main(kind, path):
    import yaml

    path = os.path.abspath(path)
    folder = os.environ.setdefault("AUTOLORA_TRIAL_DIR", os.path.dirname(path))
    os.environ.setdefault("AUTOLORA_CONFIG", os.path.join(folder, "config.json"))
    found = versions(kind)
    if missing := [package for package in TESTED[kind] if found[package] is None]:
        refuse(f"{' and '.join(missing)} is not installed for {sys.executable}", found)
    with open(os.environ["AUTOLORA_CONFIG"], encoding="utf-8") as file:
        config = json.load(file)
    with open(path, encoding="utf-8") as file:
        settings = yaml.safe_load(file)
    trainer = config.get("trainer", {})
    data = [os.path.join(folder, "data", part + ".jsonl") for part in sources(trainer)]
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    import autolora_trial

    sys.dont_write_bytecode = before
    autolora_trial.begin_output()
    if os.environ.get("RANK", "0") == "0":
        prepare(kind, folder, trainer, settings)
    keep_caches_here(folder)
    while not all(os.path.exists(one) for one in data):    # the other processes of this trial wait for the first
        time.sleep(0.2)
    if kind != "llama-factory":    # which refuses them itself
        known = known_keys(kind)
        for key in settings:
            if key not in known:
                refuse(f"{path}: {kind} knows no '{key}'" + (f"; did you mean '{near(key, known)}'?" if near(key, known) else ""), found)
    seed_everything(int(os.environ.get("AUTOLORA_SEED") or config.get("seed") or 0))
    begun = install(found)
    sys.argv = [KINDS[kind][0], "--config", path] if kind == "trl" else [KINDS[kind][0], path]
    runpy.run_module(KINDS[kind][0], run_name="__main__", alter_sys=True)
    if not begun:
        refuse(f"{kind} ended without Hugging Face's Trainer, so no report was made", found)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    is_probe = arguments[:1] == ["--probe"]
    arguments = arguments[1:] if is_probe else arguments
    if len(arguments) < 2 or (len(arguments) > 2 and not is_probe) or arguments[0] not in KINDS:
        sys.exit(f"usage: bridge.py [--probe] {'|'.join(KINDS)} trainer.yaml")
    (probe if is_probe else main)(*arguments)
