#!/usr/bin/env python3
"""Optuna's samplers and pruners on a simulated clock: optuna_clock.py FOLDER|nearest:FOLDER|mf-hartmann6 SAMPLER PRUNER WORKERS FIRST_SEED SEEDS

SAMPLER: tpe, random or gp; PRUNER: none, median, successive_halving-ETA or hyperband-ETA. Prints the lines that `search-benchmark
clock` prints. Workers ask, report and tell in one process, each report when its training is done; a trial is told its best report.
Needs: pip install optuna==5.0.0, for gp also scipy and torch."""
import json
import math
import sys

import optuna

import lookup

optuna.logging.set_verbosity(optuna.logging.ERROR)
SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
}


def pruner(text, length):
    name, _, factor = text.partition("-")
    if name == "successive_halving":
        return optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=int(factor))
    if name == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=length, reduction_factor=int(factor))
    return {"median": optuna.pruners.MedianPruner, "none": optuna.pruners.NopPruner}[name]()


def play(problem, sampler, pruning, workers, seed):
    better = (lambda a, b: a > b) if problem.goal == "maximize" else (lambda a, b: a < b)
    # Hyperband deals its brackets out by the study's name.
    study = optuna.create_study(
        study_name=f"{problem.name}-{seed}", direction=problem.goal, sampler=SAMPLERS[sampler](seed),
        pruner=pruner(pruning, problem.length))  # fmt: skip
    launches, improvements, steps, seconds, trials = [], [], 0, 0.0, 0
    while True:
        while len(launches) < workers:
            trial = study.ask()
            trials += 1
            curve = problem.curve(problem.suggest(trial))
            launches.append({"trial": trial, "curve": curve, "made": 0, "due": seconds + curve[0][1], "best": None})
        if steps >= problem.most_steps:
            return improvements, steps, seconds, trials
        # Of reports that come at the same time, the one that was launched first.
        launch = min(launches, key=lambda launch: launch["due"])
        trial, curve, made = launch["trial"], launch["curve"], launch["made"]
        steps += curve[made][0] - (curve[made - 1][0] if made else 0)
        seconds = launch["due"]
        value = curve[made][2]
        launch["made"] = made = made + 1
        if value is not None:
            if launch["best"] is None or better(value, launch["best"]):
                launch["best"] = value
            if not improvements or better(value, improvements[-1][2]):
                improvements.append((steps, seconds, value))
        trial.report(math.nan if value is None else value, made)
        if trial.should_prune():
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        elif made == len(curve):
            failed = optuna.trial.TrialState.FAIL if launch["best"] is None else None
            study.tell(trial, launch["best"], state=failed)
        else:
            launch["due"] = seconds + curve[made][1] - curve[made - 1][1]
            continue
        launches.remove(launch)


def main():
    if len(sys.argv) != 7:
        sys.exit(__doc__)
    problem, sampler, pruning = lookup.problem(sys.argv[1]), *sys.argv[2:4]
    workers, first, seeds = map(int, sys.argv[4:])
    for seed in range(first, first + seeds):
        improvements, steps, seconds, trials = play(problem, sampler, pruning, workers, seed)
        near = (i for i in improvements if problem.regret(i[2]) <= problem.tolerance)
        reached = next(near, (None, None, None))
        line = {"by": "optuna", "problem": problem.name, "method": sampler, "scheduler": pruning, "recipes": False}
        line |= {"workers": workers, "seed": seed, "steps": reached[0], "seconds": reached[1]}
        line |= {"cap": {"steps": steps, "seconds": seconds, "trials": trials}}
        print(json.dumps({**line, "regret": [[i[0], i[1], problem.regret(i[2])] for i in improvements]}), flush=True)


main()
