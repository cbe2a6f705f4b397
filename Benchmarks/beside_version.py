#!/usr/bin/env python3
"""Holds two builds beside each other: do they compute the same, bit for bit, and are they as fast?

    Benchmarks/beside_version.py trainings --old OLD/autolora --new NEW/autolora    # losses, evaluations, adapters, checkpoints
    Benchmarks/beside_version.py studies --old OLD/autolora --new NEW/autolora      # every strategy under every scheduler
    Benchmarks/beside_version.py speed --old OLD/autolora --new NEW/autolora        # tokens a second, in turns

Trainings run with AUTOLORA_KERNELS=avx2 and one thread, so that the processor and the scheduler decide no bit. What a clock or the
memory says is left out of what is compared. Studies have one worker and a program as trainer. Exits with 1 where anything differs;
`speed` only prints. Build both with `swift build -c release --product autolora`.
"""

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

MEASURED = {"tokens_per_second", "samples_per_second", "train_seconds", "peak_memory_bytes", "kernels"}
TIMES = {"seconds", "duration", "started", "ended", "created", "started_at", "ended_at", "reported_at", "time", "at"}
PLACES = {"log"}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("what", choices=["trainings", "studies", "speed"])
parser.add_argument("--old", required=True, help="the binary of the version before")
parser.add_argument("--new", required=True)
parser.add_argument("--model", default="models/all-MiniLM-L6-v2")
parser.add_argument("--data", default="data/movie-reviews", help="a folder with train.jsonl and validation.jsonl")
parser.add_argument("--steps", type=int, default=12, help="of a training that is compared")
parser.add_argument("--speed-steps", type=int, default=40)
parser.add_argument("--rounds", type=int, default=7, help="of speed")
a = parser.parse_args()
scratch = Path(tempfile.mkdtemp(prefix="beside-"))
data = Path(a.data).absolute()
binaries = {"old": str(Path(a.old).absolute()), "new": str(Path(a.new).absolute())}


def lines(source, count):
    with open(data / source, encoding="utf-8") as file:
        return "".join(line for _, line in zip(range(count), file))


(scratch / "train.jsonl").write_text(lines("train.jsonl", 400))
(scratch / "validation.jsonl").write_text(lines("validation.jsonl", 60))
(scratch / "two.jsonl").write_text(lines("validation.jsonl", 2))

BASE = {"model": str(Path(a.model).absolute()), "train": str(scratch / "train.jsonl"), "validation": str(scratch / "validation.jsonl"),
        "max_steps": a.steps, "eval_steps": max(1, a.steps // 3), "batch_size": 16, "max_length": 64, "r": 8, "lora_alpha": 16,
        "learning_rate": 1e-3, "precision": "fp32", "prefix_cache": "off", "seed": 3}
TRAININGS = {
    "query and value": {"target_modules": ["query", "value"]},
    "all linear layers": {"target_modules": "all-linear", "r": 4, "lr_scheduler_type": "cosine", "warmup_ratio": 0.2},
    "the defaults": {},
    "a pattern of modules, the pooler too": {"target_modules": r".*(pooler|key|intermediate)\.?(dense)?"},
    "dropout": {"target_modules": "all-linear", "lora_dropout": 0.1},
    "dropout on query and value": {"target_modules": ["query", "value"], "lora_dropout": 0.05, "layers_to_transform": [1, 4]},
    "bf16 above a frozen prefix": {"precision": "bf16", "layers_to_transform": "last-2", "prefix_cache": "64MiB",
                                   "target_modules": "all-linear"},
    "fp32 above a frozen prefix": {"layers_to_transform": "last-3", "prefix_cache": "64MiB"},
    "weight decay, no clipping": {"weight_decay": 0.1, "max_grad_norm": 0, "target_modules": ["query", "key", "value"]},
    "unshuffled, short batch kept": {"shuffle": False, "drop_last": False, "batch_size": 48, "max_steps": 10},
    "split, epochs": {"validation": None, "split": {"validation": 0.2, "test": 0.1}, "max_steps": None, "num_train_epochs": 1,
                      "eval_steps": None},
}


def clean(value):
    """Without what a clock or the memory says, and where things lie."""
    if isinstance(value, dict):
        return {key: clean(inner) for key, inner in value.items() if key not in MEASURED | TIMES | PLACES}
    return [clean(inner) for inner in value] if isinstance(value, list) else value


def digest(path):
    """Of a file's bytes; of a checkpoint's, whose state and checksum hold seconds, its tensors' and the rest of what it says."""
    content = path.read_bytes()
    if path.parent.name != "checkpoint":
        return hashlib.sha256(content).hexdigest()[:16]
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + length])
    said = {key: value for key, value in header.pop("__metadata__").items() if key in ("settings", "data")}
    return hashlib.sha256(json.dumps([header, said], sort_keys=True).encode() + content[8 + length:]).hexdigest()[:16]


def run(command, environment, **options):
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def train(which, settings, folder):
    """The reports as they were printed, and the bytes of what was written."""
    config = scratch / "config.json"
    config.write_text(json.dumps({key: value for key, value in (BASE | settings).items() if value is not None}))
    environment = {"AUTOLORA_KERNELS": "avx2", "AUTOLORA_THREADS": "1", "AUTOLORA_CACHE": str(folder / "cache")}
    printed = run([binaries[which], "train", str(config), "--output", str(folder)], environment)
    # The text of every number, so that no bit is lost in reading it.
    reports = [json.loads(line, parse_float=str) for line in printed.splitlines()]
    files = {str(path.relative_to(folder)): digest(path) for path in sorted(folder.rglob("*"))
             if path.is_file() and "cache" not in path.parts and path.suffix in (".safetensors", ".json")}
    return [(list(report), clean(report)) for report in reports], files


def difference(old, new, place=""):
    """The first place where two values part, in words."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        return next((found for key in old if (found := difference(old[key], new[key], f"{place}.{key}"))), None)
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)) and len(old) == len(new):
        return next((found for i, pair in enumerate(zip(old, new)) if (found := difference(*pair, f"{place}[{i}]"))), None)
    return None if old == new else f"{place}: {json.dumps(old)[:300]} is now {json.dumps(new)[:300]}"


def compare(title, old, new):
    found = difference(old, new)
    print(f"DIFFERENT  {title}\n  at {found}" if found else f"same       {title}", flush=True)
    return found is None


def trainings():
    same = True
    for number, (title, settings) in enumerate(TRAININGS.items()):
        found = {}
        for which in binaries:
            # The same folder's name for both: what is written may name it.
            folder = scratch / which / f"training{number}"
            folder.mkdir(parents=True)
            found[which] = train(which, settings, folder)
        reports = found["old"][0]
        same &= compare(f"{title}: {len(reports)} reports, last {reports[-1][1].get('loss')}, {len(found['old'][1])} files",
                        found["old"], found["new"])
        # A checkpoint of the version before is gone on with: half of the training, then the rest by either.
        rest = {}
        for which in binaries:
            folder = scratch / which / f"resumed{number}"
            folder.mkdir()
            config = scratch / "config.json"
            config.write_text(json.dumps({key: value for key, value in (BASE | settings).items() if value is not None}))
            environment = {"AUTOLORA_KERNELS": "avx2", "AUTOLORA_THREADS": "1", "AUTOLORA_CACHE": str(folder / "cache")}
            run([binaries["old"], "train", str(config), "--output", str(folder)], environment | {"AUTOLORA_STOP_AFTER": "1"})
            printed = run([binaries[which], "train", str(config), "--output", str(folder), "--resume", str(folder / "checkpoint")],
                          environment)
            reports = [clean(json.loads(line, parse_float=str)) for line in printed.splitlines()]
            rest[which] = (reports, digest(folder / "adapter" / "adapter_model.safetensors"))
        same &= compare(f"{title}: gone on with from the old version's checkpoint", rest["old"], rest["new"])
    return same


PROGRAM = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static double value(int count, char **words, const char *name) {
    size_t length = strlen(name);
    for (int i = 1; i < count; i++) if (strncmp(words[i] + 2, name, length) == 0 && words[i][2 + length] == '=') return atof(words[i] + 3 + length);
    return 0;
}
int main(int count, char **words) {
    double x = value(count, words, "x"), rate = log10(value(count, words, "learning_rate")), r = value(count, words, "r");
    double best = 0.9 - (x - 0.3) * (x - 0.3) - 0.05 * (rate + 3) * (rate + 3) + 0.01 * log2(r);
    const char *stop = getenv("AUTOLORA_STOP_AFTER");
    if (x > 0.93) return 1;
    for (int i = 1; i <= 9 && !(stop && *stop && i > atoi(stop)); i++) printf("{\\"step\\": %d, \\"score\\": %.9f, \\"size\\": %.3f}\\n", i, best * (1 - 1.0 / (i + 1)), r * (1 + x));
    return 0;
}
"""
METHODS = ["random", "grid", "sobol", "tpe", "gp", "auto"]
SCHEDULERS = {"none": "{type: none}", "median": "{type: median, min_iter: 1}",
              "successive_halving": "{type: successive_halving, eta: 3, min_iter: 1, max_iter: 9}",
              "hyperband": "{type: hyperband, eta: 3, min_iter: 1, max_iter: 9}", "asha": "{type: asha, eta: 3, min_iter: 1, max_iter: 9}"}


def space(method, scheduler, goals):
    metric = "metrics: [{name: score, goal: maximize}, {name: size, goal: minimize}]" if goals else "metric: {name: score, goal: maximize}"
    x = "{values: [0.1, 0.3, 0.5, 0.95]}" if method == "grid" else "{min: 0.0, max: 1.0}"
    rate = "{values: [0.0001, 0.001, 0.01]}" if method == "grid" else "{distribution: log_uniform_values, min: 1e-5, max: 1e-1}"
    early = "" if goals else f"early_terminate: {scheduler}\n"
    return (f"name: s\n{metric}\nmethod: {method}\nrun_cap: 30\nworkers: 1\nseed: 11\n{early}max_failures: 100\n"
            f"trainer: {{type: command, command: [{scratch}/program, \"${{args}}\"]}}\nparameters:\n  x: {x}\n  learning_rate: {rate}\n"
            f"  r: {{values: [2, 4, 8, 16]}}\n")


def study(which, title, text):
    root = scratch / which / "studies"
    file = scratch / "space.yaml"
    file.write_text(text)
    name = title.replace(" ", "-")
    run([binaries[which], "run", str(file), "--study", name, "--studies", str(root), "--quiet"], {})
    printed = run([binaries[which], "trials", name, "--studies", str(root), "--json"], {})
    return [clean(trial) for trial in json.loads(printed, parse_float=str)]


def studies():
    source = scratch / "program.c"
    source.write_text(PROGRAM)
    subprocess.run(["clang", "-O1", str(source), "-o", str(scratch / "program"), "-lm"], check=True)
    cases = {f"{method} under {name}": space(method, scheduler, False) for method in METHODS for name, scheduler in SCHEDULERS.items()}
    cases |= {f"{method} with two metrics": space(method, "", True) for method in METHODS}
    same = True
    for title, text in cases.items():
        old, new = (study(which, title, text) for which in binaries)
        same &= compare(f"{title}: {len(old)} trials", old, new)
    return same


def speed():
    cases = {}
    for targets in (["query", "value"], "all-linear"):
        for precision in ("fp32", "bf16"):
            name = targets if isinstance(targets, str) else ",".join(targets)
            cases[f"{name}, {precision}"] = {"target_modules": targets, "precision": precision}
            cases[f"{name}, {precision}, last 2 layers, warm prefix cache"] = {
                "target_modules": targets, "precision": precision, "layers_to_transform": "last-2", "prefix_cache": "2GiB"}
    common = {"train": str(data / "train.jsonl"), "validation": str(scratch / "two.jsonl"), "max_steps": a.speed_steps,
              "eval_steps": None, "batch_size": 32, "lr_scheduler_type": "constant"}
    rates = {(title, which): [] for title in cases for which in binaries}
    for turn in range(a.rounds + 1):
        for title, settings in cases.items():
            # The order turns too: what the machine does at times hits both.
            for which in list(binaries)[:: 1 if turn % 2 else -1]:
                config = scratch / "config.json"
                config.write_text(json.dumps({k: v for k, v in (BASE | common | settings).items() if v is not None}))
                printed = run([binaries[which], "train", str(config), "--output", str(scratch / which / f"speed{turn}-{len(rates)}"),
                               ], {"AUTOLORA_THREADS": "1", "AUTOLORA_CACHE": str(scratch / which / "cache")})
                subprocess.run(["rm", "-rf", str(scratch / which / f"speed{turn}-{len(rates)}")], check=True)
                if turn > 0:  # the first turn fills the caches
                    rates[title, which].append(json.loads(printed.splitlines()[-1])["tokens_per_second"])
    print("| case | old, tokens/s | new | new / old, median of pairs (least to most) | best of each |\n|---|---|---|---|---|")
    for title in cases:
        old, new = rates[title, "old"], rates[title, "new"]
        ratios = [y / x for x, y in zip(old, new)]
        print(f"| {title} | {statistics.median(old):.0f} | {statistics.median(new):.0f} | {statistics.median(ratios):.3f} "
              f"({min(ratios):.3f} to {max(ratios):.3f}) | {max(new) / max(old):.3f} |")
    return True


sys.exit(0 if {"trainings": trainings, "studies": studies, "speed": speed}[a.what]() else 1)
