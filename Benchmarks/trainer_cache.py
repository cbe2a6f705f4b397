#!/usr/bin/env python3
"""What the trainer's caches are worth: the time until a trial has trained, and the speed where only upper layers are adapted.

Start-up: the wall time from the launch of `autolora train` to its first report, with one step of one text and two texts to
evaluate, so all of these and the writing of the adapter count too. The data file is whole. Warm: the tokens are in the cache.

Prefix: tokens/s of training steps and the reports' losses, with a warm prefix cache and with `prefix_cache: off`, in turns.

OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, which can force slower kernels, are removed from the environment.

  trainer_cache.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--binary", required=True)
parser.add_argument("--model", required=True)
parser.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl")
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--steps", type=int, default=60, help="of the prefix measurement")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--max-length", type=int, default=64)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--layers", nargs="+", default=["last-2"])
parser.add_argument("--targets", nargs="+", default=["query,value", "all-linear"])
parser.add_argument("--precision", nargs="+", default=["fp32"], help="fp32, bf16")
parser.add_argument("--only", choices=["start", "prefix"])
a = parser.parse_args()

unwanted = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "AUTOLORA_TRIAL_DIR")
environment = {k: v for k, v in os.environ.items() if k not in unwanted}
data = Path(a.data).absolute()
scratch = Path(tempfile.mkdtemp())
(scratch / "two.jsonl").write_text("".join(open(data / "validation.jsonl", encoding="utf-8").readlines()[:2]))


def train(cache, **settings):
    """The wall time to the first report, and all reports."""
    config = {"model": str(Path(a.model).absolute()), "train": str(data / "train.jsonl"), "validation": str(scratch / "two.jsonl"),
              "max_length": a.max_length, "threads": a.threads, "learning_rate": 1e-3, **settings}
    (scratch / "config.json").write_text(json.dumps(config))
    shutil.rmtree(scratch / "out", ignore_errors=True)
    start = time.perf_counter()
    command = [a.binary, "train", str(scratch / "config.json"), "--output", str(scratch / "out")]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env=environment | {"AUTOLORA_CACHE": str(scratch / cache)})
    first = run.stdout.readline()
    seconds = time.perf_counter() - start
    rest, errors = run.communicate()
    if run.returncode != 0:
        raise SystemExit(f"{command} failed:\n{errors[-2000:]}")
    return seconds, [json.loads(line) for line in (first + rest).splitlines()]


def spread(values, digits):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def start_up():
    for layers in ["all", *a.layers]:
        times = {"cold": [], "warm": []}
        settings = {"max_steps": 1, "batch_size": 1, "layers_to_transform": layers}
        for _ in range(a.runs):
            for kind in times:
                if kind == "cold":
                    shutil.rmtree(scratch / "start", ignore_errors=True)
                times[kind].append(train("start", **settings)[0])
        print(f"start-up, {layers} layers: " + ", ".join(f"{kind} {spread(times[kind], 3)} s" for kind in times), flush=True)


def prefix():
    for precision in a.precision:
        for targets in a.targets:
            for layers in a.layers:
                compare(precision, targets, layers)


def compare(precision, targets, layers):
    settings = {"precision": precision, "target_modules": targets if targets == "all-linear" else targets.split(","),
                "layers_to_transform": layers, "batch_size": a.batch, "max_steps": a.steps, "eval_steps": max(1, a.steps // 4)}
    _, reports = train("prefix", **settings)
    runs = {"2GiB": [], "off": []}
    losses = {"2GiB": [], "off": []}
    for _ in range(a.runs):
        for kind in runs:
            _, reports = train("prefix", prefix_cache=kind, **settings)
            runs[kind].append(reports[-1]["tokens_per_second"])
            losses[kind].append([r["loss"] for r in reports] + [r["eval_loss"] for r in reports])
    difference = max(abs(x - y) for x, y in zip(losses["2GiB"][0], losses["off"][0]))
    same = all(run == losses["off"][0] for kind in losses for run in losses[kind])
    print(f"{precision}, {targets}, {layers} layers, {a.threads} thread(s), batch {a.batch}, max length {a.max_length}, {a.runs} runs of "
          f"{a.steps} steps in turns\n  warm {spread(runs['2GiB'], 0)} tokens/s, off {spread(runs['off'], 0)}: "
          f"{statistics.median(runs['2GiB']) / statistics.median(runs['off']):.2f} times; largest difference of a loss "
          f"{difference:.1e}{', all runs equal' if same else ''}", flush=True)


try:
    if a.only != "prefix":
        start_up()
    if a.only != "start":
        prefix()
finally:
    shutil.rmtree(scratch, ignore_errors=True)
