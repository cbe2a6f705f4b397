#!/usr/bin/env python3
"""Each way of tuning at the best setting found for it: quality over seeds, parameters, time and memory.

  methods_table.py RESULTS.jsonl --study methods [--studies DIR] [--binary B] [--seeds N] [--pace] [--table]

A way's setting is that of its best trial in a study of search-spaces/methods.yaml (`autolora run search-spaces/methods.yaml`). The variants of LoRA are plain
LoRA's setting with one thing changed. A study goes where it is promising: a way of which it has completed fewer than five trials is also tried at a third of its
learning rate and at three times it, and keeps the best by validation. Each is then trained with fresh seeds and measured once each on the test split; differences to LoRA are those of the same seed. --pace, on a machine that is idle otherwise, trains each for some steps on one
thread, three times in turns, for the time of a step and the memory. RESULTS keeps each trial; --table runs nothing."""
import argparse
import collections
import json
import os
import statistics
import subprocess
import tempfile

from rank_rule import interval
from trials import ROOT, Trials, key

VARIANTS = {
    "LoRA, rsLoRA": {"use_rslora": True}, "LoRA, DoRA": {"use_dora": True}, "LoRA+": {"loraplus_lr_ratio": 16},
    "LoRA, PiSSA": {"init_lora_weights": "pissa"}, "LoRA, OLoRA": {"init_lora_weights": "olora"},
    "LoRA, orthogonal": {"init_lora_weights": "orthogonal"}, "LoRA, EVA": {"init_lora_weights": "eva"},
}
PLAIN = {"use_rslora": False, "use_dora": False, "loraplus_lr_ratio": 1, "init_lora_weights": True}
PACE_STEPS = 30
TUNING_SEED = 101
ENOUGH = 5


def rates(start):
    return [start["learning_rate"] * factor for factor in (1, 1 / 3, 3)]


def way(parameters):
    kind = parameters["finetuning_type"]
    return {"lora": "LoRA", "bottleneck": f"bottleneck, {parameters.get('bottleneck_type')}"}.get(kind, kind)


def found(a):
    """The settings of each way's best trial, by the way's name, and the ways of which the study has seen enough."""
    def ask(*words):
        return subprocess.run([a.binary, *words, "--studies", a.studies], check=True, capture_output=True, text=True).stdout

    best, completed = {}, collections.Counter()
    for trial in json.loads(ask("trials", a.study, "--json")):
        plain = all(trial["parameters"].get(name, value) == value for name, value in PLAIN.items())
        values = [report["value"] for report in trial["reports"]]
        if values and (plain or trial["parameters"]["finetuning_type"] != "lora"):
            completed[way(trial["parameters"])] += trial["state"] == "complete"
            best.setdefault(way(trial["parameters"]), []).append((max(values), trial["number"]))
    settings = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, trials in best.items():
            path = os.path.join(folder, f"{len(settings)}.json")
            ask("export", a.study, "--format", "json", "--trial", str(max(trials)[1]), "--output", path)
            with open(path, encoding="utf-8") as file:
                settings[name] = portable(json.load(file))
    return settings, {name for name in settings if completed[name] >= ENOUGH}


def portable(settings):
    """Files of the repository by their names in it."""
    return {name: value.removeprefix(f"{ROOT}/") if isinstance(value, str) else value for name, value in settings.items() if name != "seed"}


def best_accuracy(line):
    return max(report["eval_accuracy"] for report in line["reports"])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("results")
    p.add_argument("--study", default="methods")
    p.add_argument("--studies", default="studies")
    p.add_argument("--binary", default=".build/release/autolora")
    p.add_argument("--seeds", type=int, default=5)
    p.add_argument("--pace", action="store_true")
    p.add_argument("--table", action="store_true")
    a = p.parse_args()
    trials = Trials(a.results, a.binary)
    starts, settled = found(a)
    starts |= {name: starts["LoRA"] | PLAIN | changed for name, changed in VARIANTS.items()}
    tries = {name: [start | {"learning_rate": rate, "seed": TUNING_SEED} for rate in rates(start)] for name, start in starts.items() if name not in settled}
    if not a.table:
        trials.measure([one for many in tries.values() for one in many])

    def tuned(name, start):
        tried = [trials.known.get(key(one)) for one in tries.get(name, [])]
        return None if None in tried else start | {"learning_rate": max(zip(map(best_accuracy, tried), rates(start)))[1]} if tried else start

    best = {name: one for name, one in ((name, tuned(name, start)) for name, start in starts.items()) if one}
    if not a.table:
        trials.measure([one | {"seed": seed} for one in best.values() for seed in range(a.seeds)])
    lines = {name: [trials.known.get(key(one | {"seed": seed})) for seed in range(a.seeds)] for name, one in best.items()}
    rows = {name: (best[name], its) for name, its in lines.items() if None not in its}
    pace = paces({name: best for name, (best, _) in rows.items()}, a) if a.pace else {}
    table(rows, pace)


def paces(settings, a):
    """Seconds a step and the peak of memory, medians of three turns."""
    turns = {name: [] for name in settings}
    for turn in range(3):
        for name, one in settings.items():
            alone = Trials(f"{a.results}.pace{turn}", a.binary, workers=1)
            line = alone.measure([one | {"max_steps": PACE_STEPS, "eval_steps": PACE_STEPS, "seed": turn}])[0]["reports"][-1]
            turns[name].append((32 / line["samples_per_second"], line["peak_memory_bytes"] / 2**20))
    return {name: [statistics.median(column) for column in zip(*runs)] for name, runs in turns.items()}


def table(rows, pace):
    print("| way | learning rate | trained parameters | test accuracy | against LoRA, points | s a step | peak MiB |\n|---|---|---|---|---|---|---|")
    plain = [line["test"]["test_accuracy"] for line in rows["LoRA"][1]]
    for name, (best, lines) in sorted(rows.items(), key=lambda row: -statistics.mean(line["test"]["test_accuracy"] for line in row[1][1])):
        accuracies = [line["test"]["test_accuracy"] for line in lines]
        mean, half = interval([100 * (mine - its) for mine, its in zip(accuracies, plain)])
        verdict = "" if name == "LoRA" else f"{mean:+.2f} ± {half:.2f}" + (", no difference" if abs(mean) <= half else "")
        step, memory = (f"{pace[name][0]:.3f}", f"{pace[name][1]:.0f}") if name in pace else ("", "")
        parameters = lines[0]["reports"][-1].get("trainable_parameters", "")
        print(f"| {name} | {best['learning_rate']:.2g} | {parameters} | " + "%.2f ± %.2f %%" % interval([100 * value for value in accuracies])
              + f" | {verdict} | {step} | {memory} |")


if __name__ == "__main__":
    main()
