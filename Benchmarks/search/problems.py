#!/usr/bin/env python3
"""Optuna on the problems of Problems.swift: problems.py tpe|random|gp SEEDS TRIALS [PROBLEM]. Needs: pip install optuna (5.0)."""
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


PROBLEMS = {"branin": (branin, 0.397887), "hartmann6": (hartmann6, -3.32237), "lora": (lora, 0), "conditional": (conditional, 0)}
SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
}


def summary(regrets):
    regrets = np.sort(regrets)
    quarter = len(regrets) // 4
    return f"{regrets[quarter:len(regrets) - quarter].mean():.4f} (mean {regrets.mean():.4f} +- {regrets.std(ddof=1) / len(regrets) ** 0.5:.4f})"


method, seeds, trials = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for name in sys.argv[4:] or PROBLEMS:
    objective, least = PROBLEMS[name]
    marks = [n for n in (25, 50, 100, 200) if n <= trials]
    regrets = {n: [] for n in marks}
    started = time.perf_counter()
    for seed in range(seeds):
        study = optuna.create_study(sampler=SAMPLERS[method](seed))
        study.optimize(objective, n_trials=trials)
        values = [t.value for t in study.trials]
        for n in marks:
            regrets[n].append(min(values[:n]) - least)
    each = (time.perf_counter() - started) / seeds / trials * 1e3
    print(f"optuna {method} {name}: " + ", ".join(f"{n}: {summary(np.array(regrets[n]))}" for n in marks) + f"; {each:.2f} ms a trial", flush=True)
