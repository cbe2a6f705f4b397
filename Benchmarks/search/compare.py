#!/usr/bin/env python3
"""Our strategies and Optuna's samplers on the same problems: compare.py RESULTS.jsonl [--seeds N] [--gp-seeds N] [--table]

Plays what RESULTS does not hold yet (studies of 100 trials, one worker, one thread) and prints a Markdown table of the regret:
the interquartile mean over the seeds, in brackets its 95 % bootstrap interval. --table plays nothing.
Build first: swift build -c release --product search-benchmark; pip install optuna==5.0.0 scipy torch."""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PROBLEMS = ["branin", "hartmann6", "ackley4", "rosenbrock", "conditional", "lora"]
OURS = ["random", "sobol", "tpe", "gp"]
THEIRS = ["tpe", "gp"]
MARKS = ["25", "50", "100"]
TRIALS = "100"


def interquartile_mean(values):
    values = sorted(values)
    quarter = len(values) // 4
    middle = values[quarter : len(values) - quarter]
    return sum(middle) / len(middle)


def interval(values):
    generator = random.Random(0)
    means = sorted(interquartile_mean(generator.choices(values, k=len(values))) for _ in range(1000))
    return means[25], means[974]


def play(command, seeds, known, results):
    """Appends a line a study; the seeds that are there are not played again."""
    for seed in range(seeds):
        missing = [problem for problem in PROBLEMS if (problem, seed) not in known]
        if missing:
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            with open(results, "a") as file:
                subprocess.run([*command, str(seed), "1", TRIALS, *missing], stdout=file, env=environment, check=True)


def read(results):
    lines = [json.loads(line) for line in open(results)] if os.path.exists(results) else []
    return {(l["by"], l["method"], l["problem"], l["seed"]): l for l in lines}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--gp-seeds", type=int, default=50, help="of Optuna's GPSampler, which takes seconds a study")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    if not options.table:
        binary = HERE.parent.parent / ".build/release/search-benchmark"
        methods = [("autolora", method, [str(binary), "studies", method]) for method in OURS]
        methods += [("optuna", method, [sys.executable, str(HERE / "problems.py"), method]) for method in THEIRS]
        for by, method, command in methods:
            known = {key[2:] for key in read(options.results) if key[:2] == (by, method)}
            play(command, options.gp_seeds if (by, method) == ("optuna", "gp") else options.seeds, known, options.results)
    studies = read(options.results)
    print("| problem | | seeds | " + " | ".join(MARKS) + " | ms |\n|---|---|---|" + "---|" * (len(MARKS) + 1))
    for problem in PROBLEMS:
        for by, method in [("autolora", method) for method in OURS] + [("optuna", method) for method in THEIRS]:
            lines = [line for key, line in studies.items() if key[:3] == (by, method, problem)]
            if not lines:
                continue
            cells = []
            for mark in MARKS:
                values = [line["regret"][mark] for line in lines]
                low, high = interval(values)
                cells.append(f"{interquartile_mean(values):.2g} ({low:.2g} to {high:.2g})")
            milliseconds = sum(line["ms"] for line in lines) / len(lines)
            name = f"{'AutoLoRA' if by == 'autolora' else 'Optuna'} {method}"
            print(f"| {problem} | {name} | {len(lines)} | " + " | ".join(cells) + f" | {milliseconds:.2g} |")


main()
