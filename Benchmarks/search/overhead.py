#!/usr/bin/env python3
"""What a trial costs besides its training, ours and Optuna's: overhead.py [--rounds N] [--trials N] [--method tpe|gp] [--folder DIR]

One suggestion with the six LoRA-like parameters and its storage in SQLite with one report, one worker, one thread. Ours and Optuna's
blocks take turns, and of each figure (a median over the trials since the mark before) the least and the middle round are shown:
whatever else the machine does only adds. Build first: swift build -c release --product search-benchmark; pip install optuna==5.0.0,
for gp also scipy and torch. --folder must lie on a disk."""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MARKS = [50, 100, 200, 500, 1000, 2000, 5000, 10000]
PARTS = ["suggestion", "launch", "report", "end", "together", "disk"]


def optuna_block(method, trials, folder, storage):
    """Prints a JSON line a mark, as `search-benchmark overhead` does."""
    import optuna

    from problems import lora

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers = {"tpe": optuna.samplers.TPESampler, "gp": optuna.samplers.GPSampler, "random": optuna.samplers.RandomSampler}
    path = f"sqlite:///{folder}/optuna.db" if storage == "sqlite" else None
    study = optuna.create_study(sampler=samplers[method](seed=1), storage=path)
    times = []
    for number in range(trials):
        start = time.perf_counter()
        trial = study.ask()
        value = lora(trial)
        if path:
            trial.report(value, 1)
        study.tell(trial, value)
        times.append((time.perf_counter() - start) * 1e3)
        if number + 1 in MARKS:
            print(json.dumps({"after": number + 1, "together": [statistics.median(times), statistics.mean(times)]}), flush=True)
            times = []


def lines(command, environment):
    output = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--most-of-optuna", type=int, default=1000, help="trials of Optuna's, which take long")
    parser.add_argument("--method", default="tpe")
    parser.add_argument("--folder", default=".")
    parser.add_argument("--optuna", nargs=4, metavar=("METHOD", "TRIALS", "FOLDER", "STORAGE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.optuna:
        method, trials, folder, storage = options.optuna
        return optuna_block(method, int(trials), folder, storage)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    binary = str(HERE.parent.parent / ".build/release/search-benchmark")
    found = {}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            blocks = {"AutoLoRA": [binary, "overhead", options.method, str(options.trials), folder]}
            theirs = [sys.executable, __file__, "--optuna", options.method, str(min(options.trials, options.most_of_optuna)), folder]
            if options.most_of_optuna:
                blocks["Optuna in memory"], blocks["Optuna, SQLite"] = theirs + ["memory"], theirs + ["sqlite"]
            for name, command in blocks.items():
                for line in lines(command, environment):
                    for part in PARTS:
                        if part in line:
                            found.setdefault((name, part), {}).setdefault(line["after"], []).append(line[part][0])
    marks = sorted({mark for rows in found.values() for mark in rows})
    print(f"{options.method}, {options.rounds} rounds: least (median), milliseconds\n")
    print("| after trials | " + " | ".join(map(str, marks)) + " |\n|---|" + "---|" * len(marks))
    for (name, part), rows in found.items():
        cells = [f"{min(rows[m]):.3f} ({statistics.median(rows[m]):.3f})" if m in rows else "" for m in marks]
        print(f"| {name}: {part} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
