#!/usr/bin/env python3
"""The learning curve of any configuration, by the same rules as RecordedTable.swift and MFHartmann.swift.

    lookup.py FOLDER --fit      chooses the weights of the dimensions by leave-one-out and writes FOLDER/lookup.json
    lookup.py FOLDER --check    compares with `search-benchmark lookup` on random configurations

A configuration has the mean of the curves of seed 7, each weighted by exp(-distance), or (nearest:FOLDER) the nearest one's; numbers
count by their place between the least and the greatest, names by being alike or not. Needs: pip install numpy."""
import itertools
import json
import math
import operator
import pathlib
import random
import statistics
import struct
import subprocess
import sys
import tempfile

import numpy

BINARY = pathlib.Path(__file__).resolve().parent.parent.parent / ".build/release/search-benchmark"
SEED = 7
DIMENSIONS = [
    # What a step changes in the merged weights grows about so: of the powers of r from 0.3 to 0.7 this one predicts best.
    {"parameters": ["learning_rate", "alpha_over_r", "r"], "powers": [1, 1, 0.5], "min": 3e-5, "max": 3e-2, "log": True},
    {"parameters": ["r"], "min": 2, "max": 32, "log": True},
    {"parameters": ["alpha_over_r"], "min": 0.5, "max": 4, "log": True},
    {"parameters": ["lora_dropout"], "min": 0.0, "max": 0.1, "log": False},
    {"parameters": ["target_modules"]},
    {"parameters": ["layers_to_transform"]},
]
# Of squared differences, which they sum to the distance.
WEIGHTS = [0, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000]


def read_rows(folder):
    lines = [json.loads(line) for line in open(f"{folder}/curves.jsonl")]
    return [line for line in lines if line["seed"] == SEED]


def place(dimension, parameters):
    """Where numbers lie, in ranges from the least to the greatest; a name stays what it is."""
    values = [parameters[name] for name in dimension["parameters"]]
    if "min" not in dimension:
        return values[0]
    low, high = dimension["min"], dimension["max"]
    if dimension["log"]:
        low, high, *values = map(math.log, (low, high, *values))
    return sum(power * value for power, value in zip(dimension.get("powers", [1]), values)) / (high - low)


def places(row, dimensions=DIMENSIONS):
    return [place(dimension, row["parameters"]) for dimension in dimensions]


def squared(dimension, x, y):
    """Of two places."""
    return (x - y) ** 2 if "min" in dimension else x != y


class Table:
    """What `search-benchmark clock FOLDER` plays, with `nearest` for nearest:FOLDER."""

    goal, tolerance, most_steps, length = "maximize", 0.005, 20_000, 8

    def __init__(self, folder, nearest=False):
        self.name, self.nearest = "reviews-nearest" if nearest else "reviews", nearest
        self.rows = read_rows(folder)
        lookup = json.load(open(f"{folder}/lookup.json"))
        self.dimensions, self.seconds = lookup["dimensions"], lookup["seconds"]
        if len(self.seconds) != len(self.rows):
            sys.exit(f"{folder}/lookup.json is not of this curves.jsonl; run lookup.py {folder} --fit")
        self.places = [places(row) for row in self.rows]
        self.values = [[report["eval_accuracy"] for report in row["reports"]] for row in self.rows]
        self.best = max(value for row in self.rows for _, _, value in self.curve(row["parameters"]))

    def regret(self, value):
        return max(self.best - value, 0)

    def curve(self, parameters):
        """Of each report: steps and seconds since the trial began, and the value (None: no number)."""
        own = places({"parameters": parameters})
        distances = [
            sum(d["weight"] * squared(d, x, y) for d, x, y in zip(self.dimensions, own, row)) for row in self.places
        ]
        least = min(distances)
        steps = [report["step"] for report in self.rows[0]["reports"]]
        if self.nearest:
            row = distances.index(least)
            return [(step, n * self.seconds[row], value) for n, (step, value) in enumerate(zip(steps, self.values[row]), 1)]
        weights = [math.exp(least - distance) for distance in distances]
        total = sum(weights)
        seconds = sum(map(operator.mul, weights, self.seconds)) / total
        means = [sum(map(operator.mul, weights, values)) / total for values in zip(*self.values)]
        return [(step, n * seconds, value) for n, (step, value) in enumerate(zip(steps, means), 1)]

    def suggest(self, trial):
        """A configuration from an Optuna trial, in the space file's order and with its distributions."""
        modules = [["query", "value"], ["query", "key", "value"], ["intermediate.dense", "output.dense"], "all-linear"]
        return {
            "learning_rate": trial.suggest_float("learning_rate", 3e-5, 3e-2, log=True),
            "r": trial.suggest_categorical("r", [2, 4, 8, 16, 32]),
            "alpha_over_r": trial.suggest_categorical("alpha_over_r", [0.5, 1, 2, 4]),
            "lora_dropout": trial.suggest_float("lora_dropout", 0.0, 0.1),
            "target_modules": modules[trial.suggest_categorical("target_modules", [0, 1, 2, 3])],
            "layers_to_transform": trial.suggest_categorical("layers_to_transform", ["all", "last-2", "last-4"]),
        }


class SeededGenerator:
    """SplitMix64, as in SearchSpaces."""

    MASK = 2**64 - 1

    def __init__(self, *numbers):
        self.state = 0x9E3779B97F4A7C15
        for number in numbers:
            self.state = (self.state ^ number) & self.MASK
            self.state = self.next()

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & self.MASK
        return z ^ (z >> 31)

    def unit(self):
        return (self.next() >> 11) * 2.0**-53

    def gaussian(self):
        radius = math.sqrt(-2 * math.log(1 - self.unit()))
        return radius * math.cos(2 * math.pi * self.unit())


class MFHartmann6:
    name, goal, tolerance, most_steps, length = "mf-hartmann6", "minimize", 0.5, 2000, 27
    best = -3.32237
    A = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    P = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]

    def regret(self, value):
        return max(value - self.best, 0)

    def curve(self, parameters):
        x = [parameters[f"x{i}"] for i in range(6)]
        terms = [math.exp(-sum(w * (v - p) ** 2 for w, v, p in zip(a, x, q))) for a, q in zip(self.A, self.P)]
        seed = 0
        for coordinate in x:
            seed = SeededGenerator(seed, struct.unpack("<Q", struct.pack("<d", coordinate))[0]).next()
        points = []
        for iteration in range(1, 28):
            lack = 1 - math.log(100 * iteration / 27) / math.log(100)
            value = -sum((alpha - 2.5 * lack) * term for alpha, term in zip([1, 1.2, 3, 3.2], terms))
            points.append((iteration, float(iteration), value + 2 * lack * abs(SeededGenerator(seed, iteration).gaussian())))
        return points

    def suggest(self, trial):
        return {f"x{i}": trial.suggest_float(f"x{i}", 0, 1) for i in range(6)}


def problem(name):
    if name == "mf-hartmann6":
        return MFHartmann6()
    return Table(name.removeprefix("nearest:"), nearest=name.startswith("nearest:"))


# Choosing the weights


def neighbors_error(distances, curves):
    """Of what a row's nearest neighbor says of it: the root mean square over all reports, in accuracy."""
    return float(numpy.sqrt(numpy.nanmean((curves - curves[distances.argmin(1)]) ** 2)))


def mean_error(distances, curves):
    """Likewise of the mean of all other rows, by Gaussian kernels of the distances."""
    kernels = numpy.exp(distances.min(1, keepdims=True) - distances)
    return float(numpy.sqrt(numpy.nanmean((curves - kernels @ numpy.nan_to_num(curves) / kernels.sum(1, keepdims=True)) ** 2)))


def weighted(squares, weights):
    """Distances by row and row; none is its own neighbor."""
    distances = numpy.tensordot(weights, squares, 1)
    numpy.fill_diagonal(distances, numpy.inf)
    return distances


def choose(squares, curves):
    """One weight after the other until none gets better. The nearest neighbor's own error jumps too much for that."""
    weights, least, improved = [100, *[3] * (len(squares) - 1)], numpy.inf, True
    while improved:
        improved = False
        for number, weight in itertools.product(range(len(squares)), WEIGHTS):
            tried = [*weights[:number], weight, *weights[number + 1 :]]
            now = mean_error(weighted(squares, tried), curves)
            if now < least - 1e-9:
                weights, least, improved = tried, now, True
    return weights


def fit(folder):
    rows = read_rows(folder)
    lines = [places(row) for row in rows]
    squares = numpy.array([[[squared(d, a[n], b[n]) for b in lines] for a in lines] for n, d in enumerate(DIMENSIONS)], float)
    curves = numpy.array([[report["eval_accuracy"] for report in row["reports"]] for row in rows], float)
    weights = choose(squares, curves)
    errors = {
        "nearest": neighbors_error(weighted(squares, weights), curves),
        "mean": mean_error(weighted(squares, weights), curves),
        "nearest_with_equal_weights": neighbors_error(weighted(squares, [1] * len(squares)), curves),
        "spread": float(numpy.sqrt(numpy.nanmean((curves - numpy.nanmean(curves, 0)) ** 2))),
    }
    # The machine did other things at times: a report's seconds are the lower quartile of those of its modules and layers.
    groups = [json.dumps([row["parameters"]["target_modules"], row["parameters"]["layers_to_transform"]]) for row in rows]
    each = {group: [] for group in groups}
    for group, row in zip(groups, rows):
        each[group].append(row["seconds"] / len(row["reports"]))
    typical = {group: statistics.quantiles(times + times[:1], n=4)[0] for group, times in each.items()}
    lookup = {
        "dimensions": [{**d, "weight": w} for d, w in zip(DIMENSIONS, weights)],
        "leave_one_out": {"rows": len(rows), **{name: round(error, 5) for name, error in errors.items()}},
        "seconds": [round(typical[group], 3) for group in groups],
    }
    with open(f"{folder}/lookup.json", "w") as file:
        print(json.dumps(lookup), file=file)
    print(json.dumps({**lookup["leave_one_out"], "weights": {d["parameters"][0]: w for d, w in zip(DIMENSIONS, weights)}}))
    for table in [Table(folder), Table(folder, nearest=True)]:
        draw = Draw()
        random_best = [max(value for _, _, value in table.curve(table.suggest(draw))) for _ in range(2000)]
        share = sum(value >= table.best - table.tolerance for value in random_best) / len(random_best)
        print(f"{table.name}: best {table.best:.4f}; near it {100 * share:.2f} % of random configurations")


class Draw:
    """Random configurations, in the place of an Optuna trial."""

    def __init__(self):
        self.generator = random.Random(5)

    def suggest_float(self, _, low, high, log=False):
        if log:
            return math.exp(self.generator.uniform(math.log(low), math.log(high)))
        return self.generator.uniform(low, high)

    def suggest_categorical(self, _, choices):
        return self.generator.choice(choices)


def check(folder, count=300):
    """Swift's curves and ours for the same random configurations."""
    played = problem(folder)
    draw = Draw()
    configurations = [played.suggest(draw) for _ in range(count)]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(configuration) + "\n" for configuration in configurations))
        file.flush()
        output = subprocess.run([BINARY, "lookup", folder, file.name], check=True, capture_output=True, text=True).stdout
    for configuration, line in zip(configurations, output.splitlines(), strict=True):
        for theirs, ours in zip(json.loads(line), played.curve(configuration), strict=True):
            same = all(a == b or a is not None and b is not None and abs(a - b) < 1e-9 for a, b in zip(theirs, ours))
            if not same:
                sys.exit(f"{configuration}: search-benchmark says {theirs}, lookup.py {ours}")
    print(f"{count} curves of {played.name} are the same in Swift and in Python")


if __name__ == "__main__":
    match sys.argv[1:]:
        case [folder, "--fit"]:
            fit(folder)
        case [folder, "--check"]:
            check(folder)
        case _:
            sys.exit(__doc__)
