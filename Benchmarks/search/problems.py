#!/usr/bin/env python3
"""Optuna on the problems of Problems.swift: problems.py tpe|random|gp FIRST_SEED SEEDS TRIALS [PROBLEM...]

One JSON line a study, as `search-benchmark studies` prints them. Needs: pip install optuna==5.0.0, for gp also scipy and torch."""
import json
import math
import sys
import time

import numpy as np
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def branin(t):
    x, y = t.suggest_float("x", -5, 10), t.suggest_float("y", 0, 15)
    bend = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return bend * bend + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
P = np.array(
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
)


def hartmann6(t):
    x = np.array([t.suggest_float(f"x{i}", 0, 1) for i in range(6)])
    return -float(np.array([1, 1.2, 3, 3.2]) @ np.exp(-(A * (x - P) ** 2).sum(1)))


def lora(t):
    rate = math.log10(t.suggest_float("learning_rate", 1e-5, 1e-2, log=True))
    rank = math.log2(t.suggest_categorical("r", [2, 4, 8, 16, 32, 64]))
    scale = math.log2(t.suggest_float("alpha_over_r", 0.25, 8, log=True))
    dropout = t.suggest_float("lora_dropout", 0, 0.2)
    targets = {"q,v": 0.2, "q,k,v": 0.15, "q,k,v,o": 0.1, "mlp": 0.05, "all": 0}
    target = targets[t.suggest_categorical("target_modules", list(targets))]
    layers = t.suggest_int("layers", 1, 6)
    best = -3.2 - 0.15 * (scale - 1)
    return (rate - best) ** 2 + 0.02 * (rank - 4) ** 2 + 0.05 * (scale - 1) ** 2 + dropout * 0.2 + target + 0.05 * (6 - layers)


def conditional(t):
    kind = t.suggest_categorical("kind", ["a", "b", "c"])
    if kind == "a":
        value = 0.3 + 0.1 * ((t.suggest_float("a1", -5, 5) - 1) ** 2 + (t.suggest_float("a2", -5, 5) + 2) ** 2)
    elif kind == "b":
        rate, count = math.log10(t.suggest_float("b1", 1e-4, 1, log=True)) + 2.5, t.suggest_int("b2", 1, 20) - 14
        value = 0.5 * rate * rate + 0.01 * count * count
    else:
        value = 1
    return value + 2 * (t.suggest_float("common", 0, 1) - 0.3) ** 2


PLACES = {"a": 6.0, "b": -4, "c": 0, "d": 9, "e": 3}


def ackley4(t):
    x = [t.suggest_float(f"x{i}", -5, 10) for i in range(3)] + [PLACES[t.suggest_categorical("place", list(PLACES))]]
    squares = sum(v * v for v in x) / 4
    waves = sum(math.cos(2 * math.pi * v) for v in x) / 4
    return -20 * math.exp(-0.2 * math.sqrt(squares)) - math.exp(waves) + 20 + math.e


def rosenbrock(t):
    x = [t.suggest_float(f"x{i}", -5, 10) for i in range(2)] + [t.suggest_int(f"x{i}", -5, 10) for i in range(2, 4)]
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


PROBLEMS = {
    "branin": (branin, 0.397887),
    "hartmann6": (hartmann6, -3.32237),
    "ackley4": (ackley4, 0),
    "rosenbrock": (rosenbrock, 0),
    "conditional": (conditional, 0),
    "lora": (lora, 0),
}
SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
}


def main():
    method, first, seeds, trials = sys.argv[1], *map(int, sys.argv[2:5])
    for seed in range(first, first + seeds):
        for name in sys.argv[5:] or PROBLEMS:
            objective, least = PROBLEMS[name]
            started = time.perf_counter()
            study = optuna.create_study(sampler=SAMPLERS[method](seed))
            study.optimize(objective, n_trials=trials)
            seconds = time.perf_counter() - started
            values = [t.value for t in study.trials]
            regret = {str(n): min(values[:n]) - least for n in (25, 50, 100, 200) if n <= trials}
            line = {"by": "optuna", "method": method, "problem": name, "seed": seed, "regret": regret, "ms": seconds / trials * 1e3}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
