#!/usr/bin/env python3
"""Does bf16 cost accuracy? Trains one configuration with several seeds in fp32 and in bf16 and compares what comes out.

Each seed is trained in both precisions on the same order of data; the adapter of the best evaluation is measured on the
validation and the test split. What is compared is each seed's difference; its standard error tells what it is worth.

  precision_quality.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews
"""
import argparse
import concurrent.futures
import json
import math
import os
import statistics
import subprocess
import tempfile

p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("--binary", required=True)
p.add_argument("--model", required=True)
p.add_argument("--data", required=True, help="a folder with train.jsonl, validation.jsonl and test.jsonl")
p.add_argument("--seeds", type=int, default=5)
p.add_argument("--first-seed", type=int, default=0)
p.add_argument("--epochs", type=float, default=3)
p.add_argument("--targets", nargs="+", default=["query,value", "all-linear"])
p.add_argument("--learning-rate", type=float, default=1e-3)
p.add_argument("--workers", type=int, default=os.cpu_count())
a = p.parse_args()
environment = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "AUTOLORA_"))}


def measure(job, folder):
    targets, seed, precision = job
    place = os.path.join(folder, f"{targets}-{seed}-{precision}".replace(",", "-"))
    os.makedirs(place)
    path = os.path.join(place, "config.json")
    data = os.path.abspath(a.data)
    with open(path, "w") as file:
        json.dump({"model": os.path.abspath(a.model), "target_modules": targets if targets == "all-linear" else targets.split(","),
                   "r": 8, "lora_alpha": 16, "learning_rate": a.learning_rate, "lr_scheduler_type": "cosine", "warmup_ratio": 0.1,
                   "num_train_epochs": a.epochs, "batch_size": 32, "max_length": 64, "threads": 1, "seed": seed, "precision": precision,
                   **{split: f"{data}/{split}.jsonl" for split in ("train", "validation", "test")}}, file)
    run = subprocess.run([a.binary, "train", path, "--output", place], env=environment, check=True, capture_output=True, text=True)
    last = json.loads(run.stdout.splitlines()[-1])
    accuracy = {"last validation": last["eval_accuracy"], "last validation loss": last["eval_loss"]}
    for split in ("validation", "test"):
        test = subprocess.run([a.binary, "evaluate", path, "--adapter", place + "/adapter", "--split", split], env=environment, check=True,
                              capture_output=True, text=True)
        result = json.loads(test.stdout.splitlines()[-1])
        accuracy[split] = next(v for k, v in result.items() if k.endswith("accuracy"))
    return accuracy


def main():
    with tempfile.TemporaryDirectory() as folder:
        for targets in a.targets:
            jobs = [(targets, seed, precision) for seed in range(a.first_seed, a.first_seed + a.seeds) for precision in ("fp32", "bf16")]
            with concurrent.futures.ThreadPoolExecutor(a.workers) as pool:
                results = dict(zip(jobs, pool.map(lambda job: measure(job, folder), jobs)))
            print(f"{targets}, {a.seeds} seeds, {a.epochs} epochs")
            for what in ("last validation", "last validation loss", "validation", "test"):
                unit = 1 if what.endswith("loss") else 100
                values = {precision: [unit * results[job][what] for job in jobs if job[2] == precision] for precision in ("fp32", "bf16")}
                difference = [b - f for f, b in zip(values["fp32"], values["bf16"])]
                error = statistics.stdev(difference) / math.sqrt(len(difference)) if len(difference) > 1 else math.nan
                print(f"  {what}: " + ", ".join(f"{k} {statistics.mean(v):.3f} ± {statistics.stdev(v):.3f}" for k, v in values.items())
                      + f"; bf16 - fp32 {statistics.mean(difference):+.3f} ± {error:.3f} (standard error); seed by seed "
                      + " ".join(f"{d:+.3f}" for d in difference), flush=True)


main()
