#!/usr/bin/env python3
"""Is the winner of a study better than the plain default, and by more than the noise of a seed?

Trains both with several seeds, two at a time on one thread each, keeps the adapter of the best evaluation as a study does,
and measures each once on the test split. The default: r 8, lora_alpha 16, query and value, learning rate 1e-4.

  winner_against_default.py --binary .build/release/autolora --study movie-reviews [--studies studies] [--seeds 5]
"""
import argparse
import concurrent.futures
import json
import math
import os
import statistics
import subprocess
import tempfile

DEFAULT = {"r": 8, "lora_alpha": 16, "lora_dropout": 0.0, "target_modules": ["query", "value"], "layers_to_transform": "all",
           "learning_rate": 1e-4}


def measure(binary, settings, folder):
    """Trains one configuration; its best validation accuracy and its accuracy on the test split."""
    os.makedirs(folder)
    path = os.path.join(folder, "config.json")
    with open(path, "w") as file:
        json.dump(settings, file)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")} | {"AUTOLORA_THREADS": "1"}
    run = subprocess.run([binary, "train", path, "--output", folder], env=environment, check=True, capture_output=True, text=True)
    validation = max(json.loads(line)["eval_accuracy"] for line in run.stdout.splitlines())
    test = subprocess.run([binary, "evaluate", path, "--adapter", os.path.join(folder, "adapter")], env=environment, check=True,
                          capture_output=True, text=True)
    return validation, json.loads(test.stdout)["test_accuracy"]


def summary(values):
    return f"{100 * statistics.mean(values):.2f} ± {100 * statistics.stdev(values):.2f} % (" + ", ".join(
        f"{100 * value:.2f}" for value in values) + ")"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", required=True)
    p.add_argument("--study", required=True)
    p.add_argument("--studies", default="studies")
    p.add_argument("--seeds", type=int, default=5)
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        export = os.path.join(folder, "winner.json")
        subprocess.run([a.binary, "export", a.study, "--studies", a.studies, "--format", "json", "--output", export], check=True)
        with open(export) as file:
            winner = json.load(file)
        configurations = {"winner": winner, "default": winner | DEFAULT}
        jobs = [(name, seed) for seed in range(a.seeds) for name in configurations]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(
                lambda job: measure(a.binary, configurations[job[0]] | {"seed": job[1]}, os.path.join(folder, f"{job[0]}-{job[1]}")),
                jobs))
    tests = {}
    for name in configurations:
        mine = [result for job, result in zip(jobs, results) if job[0] == name]
        tests[name] = [test for _, test in mine]
        print(f"{name:8} validation {summary([validation for validation, _ in mine])}")
        print(f"{name:8} test       {summary(tests[name])}")
    gains = [100 * (w - d) for w, d in zip(tests["winner"], tests["default"])]
    error = statistics.stdev(gains) / math.sqrt(len(gains))
    print(f"gain on the test split, seed by seed: {statistics.mean(gains):.2f} ± {error:.2f} points (standard error, {len(gains)} seeds)")


if __name__ == "__main__":
    main()
