#!/usr/bin/env python3
"""The learning curves of recorded studies in one plain file: table.py TRIALS.json... > curves.jsonl

    autolora trials minilm-movie-reviews-seed-7 --json > seed-7.json
    autolora trials minilm-movie-reviews-seed-8 --json > seed-8.json
    python3 table.py seed-7.json seed-8.json > curves.jsonl

One line a complete trial, by seed and number; null where a figure is no number. `seconds` is the whole trial's wall time,
`train_seconds` what its training steps took up to the report."""
import json
import math
import sys

DIGITS = {"eval_accuracy": 6, "eval_loss": 5, "loss": 5, "train_seconds": 2}


def rounded(value, digits):
    return round(value, digits) if value is not None and math.isfinite(value) else None


def report(recorded):
    figures = {"eval_accuracy": recorded["value"], **recorded["metrics"]}
    return {"step": recorded["step"], **{name: rounded(figures.get(name), DIGITS[name]) for name in DIGITS}}


def line(trial):
    parameters = dict(trial["parameters"])
    # The training's seed: the study's own where it is no parameter.
    seed = parameters.pop("seed", 7)
    for name, value in parameters.items():
        if isinstance(value, float):
            parameters[name] = float(f"{value:.6g}")
    return {
        "seed": seed,
        "trial": trial["number"],
        "parameters": dict(sorted(parameters.items())),
        "seconds": rounded(trial["seconds"], 1),
        "reports": [report(recorded) for recorded in trial["reports"]],
    }


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    trials = [trial for path in sys.argv[1:] for trial in json.load(open(path))]
    lines = [line(trial) for trial in trials if trial["state"] == "complete"]
    for entry in sorted(lines, key=lambda entry: (entry["seed"], entry["trial"])):
        print(json.dumps(entry))


main()
