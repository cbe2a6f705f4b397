#!/usr/bin/env python3
"""Each way of tuning at the best setting found for it: quality over seeds, parameters, time and memory.

  methods_table.py RESULTS.jsonl --study methods [--studies DIR] [--binary B] [--seeds N] [--pace] [--table]

A way's setting is that of its best trial in a study of search-spaces/methods.yaml (`autolora run search-spaces/methods.yaml`), or a third or three times its learning
rate where that is better. The variants of LoRA
are plain LoRA's setting with one thing changed, at the best of the same three rates. Each is then trained with fresh seeds and measured once each on the
test split; differences to LoRA are those of the same seed. --pace, on a machine that is idle otherwise, trains each for some steps on one
thread, three times in turns, for the time of a step and the memory. RESULTS keeps each trial; --table runs nothing."""
import argparse
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


def way(parameters):
    kind = parameters["finetuning_type"]
    return {"lora": "LoRA", "bottleneck": f"bottleneck, {parameters.get('bottleneck_type')}"}.get(kind, kind)


def found(a):
    """The settings of each way's best trial, by the way's name."""
    def ask(*words):
        return subprocess.run([a.binary, *words, "--studies", a.studies], check=True, capture_output=True, text=True).stdout

    best = {}
    for trial in json.loads(ask("trials", a.study, "--json")):
        plain = all(trial["parameters"].get(name, value) == value for name, value in PLAIN.items())
        values = [report["value"] for report in trial["reports"]]
        if values and (plain or trial["parameters"]["finetuning_type"] != "lora"):
            best.setdefault(way(trial["parameters"]), []).append((max(values), trial["number"]))
    settings = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, trials in best.items():
            path = os.path.join(folder, f"{len(settings)}.json")
            ask("export", a.study, "--format", "json", "--trial", str(max(trials)[1]), "--output", path)
            with open(path, encoding="utf-8") as file:
                settings[name] = portable(json.load(file))
    return settings


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
    settings = found(a)
    settings |= {name: settings["LoRA"] | PLAIN | changed for name, changed in VARIANTS.items()}

    def measured(many):
        return None if a.table and any(key(one) not in trials.known for one in many) else trials.measure(many)

    rows = {}
    for name, start in settings.items():
        rates = [start["learning_rate"] * factor for factor in (1, 1 / 3, 3)]
        tried = measured([start | {"learning_rate": rate, "seed": 101} for rate in rates])
        if tried is None:
            continue
        best = start | {"learning_rate": max(zip(map(best_accuracy, tried), rates))[1]}
        lines = measured([best | {"seed": seed} for seed in range(a.seeds)])
        if lines:
            rows[name] = best, lines
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
