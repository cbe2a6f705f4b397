#!/usr/bin/env python3
"""Our strategies with schedulers and Optuna's samplers with pruners on a simulated clock:

    clock.py RESULTS.jsonl [--seeds N] [--only WORDS] [--problems FOLDER|nearest:FOLDER|mf-hartmann6 ...] [--table] [--plot FILE.svg]

Plays what RESULTS does not hold yet and prints Markdown tables of the training steps and simulated seconds until a study first came near
enough to the best there is, or within twice that: the interquartile mean over the seeds, in brackets its 95 % bootstrap interval; a study that
never did counts as the steps it was given. --only plays and shows the combinations whose names contain one of some words, such as "tpe asha-3".
--table plays nothing. README.md here tells what the problems are.
Build first: swift build -c release --product search-benchmark; pip install optuna==5.0.0."""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys

import clock_plot
import lookup

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parent.parent / "studies/minilm-movie-reviews"
SCHEDULERS = ["none", "median", "successive_halving-3", "hyperband-3", "asha-2", "asha-3", "asha-3x2"]
PRUNERS = ["none", "median", "successive_halving-2", "successive_halving-3", "hyperband-2", "hyperband-3"]
WORKERS = [2, 8]


def combinations(problem):
    """By, method, scheduler, recipes."""
    ours = [(method, scheduler) for method in ["random", "gp"] for scheduler in ["none", "asha-2", "asha-3", "hyperband-3"]]
    ours += [("tpe", scheduler) for scheduler in SCHEDULERS]
    combinations = [("autolora", method, scheduler, False) for method, scheduler in ours]
    if problem != "mf-hartmann6":
        combinations += [
            ("autolora", method, scheduler, True) for method in ["tpe", "gp"] for scheduler in ["none", "asha-2", "asha-3"]
        ]
    return combinations + [("optuna", "random", "none", False)] + [("optuna", "tpe", pruner, False) for pruner in PRUNERS]


def name(by, method, scheduler, recipes):
    parts = ["AutoLoRA" if by == "autolora" else "Optuna", method, scheduler if scheduler != "none" else ""]
    return " ".join([part for part in parts if part] + ["recipes"] * recipes)


def interquartile_mean(values):
    values = sorted(values)
    quarter = len(values) // 4
    middle = values[quarter : len(values) - quarter]
    return sum(middle) / len(middle)


def interval(values, of=interquartile_mean):
    """`values` may be several lists, from each of which is drawn."""
    generator = random.Random(0)
    draws = ([generator.choices(each, k=len(each)) for each in values] for _ in range(1000))
    means = sorted(of(*drawn) for drawn in draws)
    return means[25], means[974]


def cell(values):
    low, high = interval([values])
    return f"{interquartile_mean(values):,.0f} ({low:,.0f} to {high:,.0f})"


def play(place, combination, workers, first, count, results):
    by, method, scheduler, recipes = combination
    command = [str(HERE.parent.parent / ".build/release/search-benchmark"), "clock", place, method, scheduler]
    command += ["recipes" if recipes else "bare"]
    if by == "optuna":
        command = [sys.executable, str(HERE / "optuna_clock.py"), place, method, scheduler]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with open(results, "a") as file:
        subprocess.run([*command, str(workers), str(first), str(count)], stdout=file, env=environment, check=True)


def read(results):
    """Studies by problem, workers, combination and seed."""
    studies = {}
    for line in map(json.loads, open(results) if os.path.exists(results) else []):
        combination = (line["by"], line["method"], line["scheduler"], line["recipes"])
        studies.setdefault((line["problem"], line["workers"], combination), {})[line["seed"]] = line
    return studies


def costs(lines, near, unit=0):
    """Training steps (or, as unit 1, simulated seconds) until the regret was at most `near`; all it was given where it never was."""
    reached = [next((mark[unit] for mark in line["regret"] if mark[2] <= near), None) for line in lines]
    return [line["cap"][["steps", "seconds"][unit]] if cost is None else cost for line, cost in zip(lines, reached)]


def table(problem, workers, entries):
    near = problem.tolerance
    print(f"\n| {problem.name}, {workers} workers | seeds | steps to {near:g} | seconds to {near:g} | never | steps to {2 * near:g} |")
    print("|---|---|---|---|---|---|")
    for combination, lines in entries.items():
        never = sum(line["regret"][-1][2] > near for line in lines)
        cells = [cell(costs(lines, near)), cell(costs(lines, near, unit=1)), str(never or ""), cell(costs(lines, 2 * near))]
        print(f"| {name(*combination)} | {len(lines)} | {' | '.join(cells)} |")


def ratio(a, b):
    return interquartile_mean(a) / interquartile_mean(b)


def bars(problem, entries):
    """Steps beside Optuna's best pruner's, and what recipes save."""
    for near in [problem.tolerance, 2 * problem.tolerance]:
        steps = {combination: costs(lines, near) for combination, lines in entries.items()}
        pruned = [c for c in steps if c[:2] == ("optuna", "tpe") and c[2] != "none"]
        pairs = []
        if pruned:
            best = min(pruned, key=lambda combination: interquartile_mean(steps[combination]))
            pairs += [(c, best) for c in steps if c[0] == "autolora" and c[2].startswith("asha") and c[1] != "random"]
        pairs += [(c, (*c[:3], False)) for c in steps if c[3] and (*c[:3], False) in steps]
        for a, b in pairs:
            low, high = interval([steps[a], steps[b]], of=ratio)
            ours, theirs = name(*a), name(*b)
            print(f"- To {near:g}: {ours} needs {ratio(steps[a], steps[b]):.2f} ({low:.2f} to {high:.2f}) of the steps of {theirs}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--problems", nargs="+", default=[str(TABLE), f"nearest:{TABLE}", "mf-hartmann6"])
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--plot")
    options = parser.parse_args()
    problems = {place: lookup.problem(place) for place in options.problems}
    wanted = {
        (place, workers, combination)
        for place in problems for workers in WORKERS for combination in combinations(place)
        if not options.only or any(word in name(*combination) for word in options.only)
    }  # fmt: skip
    if not options.table:
        for place in problems:
            lookup.check(place)
        for place, workers, combination in sorted(wanted):
            known = read(options.results).get((problems[place].name, workers, combination), {})
            missing = [seed for seed in range(options.seeds) if seed not in known]
            if missing:
                play(place, combination, workers, missing[0], missing[-1] + 1 - missing[0], options.results)
    studies = read(options.results)
    for place, problem in problems.items():
        for workers in WORKERS:
            keys = [(c, (problem.name, workers, c)) for c in combinations(place) if (place, workers, c) in wanted]
            entries = {c: list(studies[key].values()) for c, key in keys if key in studies}
            table(problem, workers, entries)
            print()
            bars(problem, entries)
    if options.plot:
        pathlib.Path(options.plot).write_text(clock_plot.draw(studies, list(problems.values()), WORKERS))


if __name__ == "__main__":
    main()
