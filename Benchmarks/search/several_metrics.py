#!/usr/bin/env python3
"""Our strategies and Optuna's samplers on problems of two metrics: several_metrics.py RESULTS.jsonl [--seeds N] [--table]

Plays what RESULTS does not hold yet (studies of 100 trials, one worker, one thread) and prints a Markdown table of the share of the true front's
hypervolume that is dominated: the mean over the seeds, in brackets its 95 % bootstrap interval. --table plays nothing.
Build first: swift build -c release --product search-benchmark; pip install optuna==5.0.0."""
import argparse
import json
import math
import os
import pathlib
import random
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
OURS, THEIRS, MARKS, TRIALS = ["random", "sobol", "tpe", "gp"], ["tpe", "nsga2"], [25, 50, 100], 100
WIDTHS = {"q,v": 2, "q,k,v": 3, "q,k,v,o": 4, "mlp": 5, "all": 9}
TARGETS = {"q,v": 0.2, "q,k,v": 0.15, "q,k,v,o": 0.1, "mlp": 0.05, "all": 0}


def zdt1(t):
    x = [t.suggest_float(f"x{i}", 0, 1) for i in range(6)]
    g = 1 + 9 * sum(x[1:]) / 5
    return x[0], g * (1 - math.sqrt(x[0] / g))


def lora_losses(rate, rank, scale, dropout, target, layers):
    best = -3.2 - 0.15 * (scale - 1)
    first = (rate - best) ** 2 + 0.02 * (math.log2(rank) - 4) ** 2 + 0.05 * (scale - 1) ** 2 + dropout * 0.2
    return first + TARGETS[target] + 0.05 * (6 - layers), math.log2(rank * layers * WIDTHS[target])


def lora(t):
    return lora_losses(
        math.log10(t.suggest_float("learning_rate", 1e-5, 1e-2, log=True)),
        t.suggest_categorical("r", [2, 4, 8, 16, 32, 64]),
        math.log2(t.suggest_float("alpha_over_r", 0.25, 8, log=True)),
        t.suggest_float("lora_dropout", 0, 0.2),
        t.suggest_categorical("target_modules", list(TARGETS)),
        t.suggest_int("layers", 1, 6),
    )


def volume(points, reference):
    total, height = 0.0, reference[1]
    for x, y in sorted(points):
        if x < reference[0] and y < height:
            total, height = total + (reference[0] - x) * (height - y), y
    return total


LORA_BEST = [lora_losses(-3.2, r, 1, 0, t, n) for r in (2, 4, 8, 16, 32, 64) for t in WIDTHS for n in range(1, 7)]
PROBLEMS = {"zdt1": (zdt1, (1.1, 10), 11 - 1 / 3), "lora": (lora, (1, 12), volume(LORA_BEST, (1, 12)))}


def play_optuna(method, name, seed):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers = {"tpe": optuna.samplers.TPESampler, "nsga2": optuna.samplers.NSGAIISampler}
    objective, reference, whole = PROBLEMS[name]
    study = optuna.create_study(directions=["minimize", "minimize"], sampler=samplers[method](seed=seed))
    start = time.perf_counter()
    study.optimize(objective, n_trials=TRIALS)
    seconds = time.perf_counter() - start
    values = [t.values for t in study.trials]
    share = {str(n): volume(values[:n], reference) / whole for n in MARKS}
    return {"by": "optuna", "method": method, "problem": name, "seed": seed, "share": share, "ms": seconds / TRIALS * 1e3}


def read(results):
    lines = [json.loads(line) for line in open(results)] if os.path.exists(results) else []
    return {(l["by"], l["method"], l["problem"], l["seed"]): l for l in lines}


def play(results, seeds):
    binary = HERE.parent.parent / ".build/release/search-benchmark"
    for method in OURS:
        for seed in range(seeds):
            if ("autolora", method, "lora", seed) not in read(results):
                with open(results, "a") as file:
                    subprocess.run([binary, "metrics", method, str(seed), "1", str(TRIALS)], stdout=file, check=True)
    for method in THEIRS:
        for name in PROBLEMS:
            for seed in range(seeds):
                if ("optuna", method, name, seed) not in read(results):
                    line = play_optuna(method, name, seed)
                    with open(results, "a") as file:
                        file.write(json.dumps(line) + "\n")


def interval(values):
    generator = random.Random(0)
    means = sorted(sum(generator.choices(values, k=len(values))) / len(values) for _ in range(1000))
    return means[25], means[974]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if not options.table:
        play(options.results, options.seeds)
    studies = read(options.results)
    print("| problem | | seeds | " + " | ".join(map(str, MARKS)) + " | ms |\n|---|---|---|" + "---|" * (len(MARKS) + 1))
    for name in PROBLEMS:
        for by, method in [("autolora", method) for method in OURS] + [("optuna", method) for method in THEIRS]:
            lines = [line for key, line in studies.items() if key[:3] == (by, method, name)]
            if not lines:
                continue
            cells = []
            for mark in MARKS:
                values = [line["share"][str(mark)] for line in lines]
                low, high = interval(values)
                cells.append(f"{sum(values) / len(values):.3f} ({low:.3f} to {high:.3f})")
            milliseconds = sum(line["ms"] for line in lines) / len(lines)
            label = f"{'AutoLoRA' if by == 'autolora' else 'Optuna'} {method}"
            print(f"| {name} | {label} | {len(lines)} | " + " | ".join(cells) + f" | {milliseconds:.2g} |")


main()
