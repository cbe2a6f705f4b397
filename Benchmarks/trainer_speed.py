#!/usr/bin/env python3
"""Our trainer's speed beside Hugging Face PEFT's on PyTorch: the two take turns, and medians are compared.

Tokens are real ones (no padding) in training steps alone. OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, which can force slower
kernels, are removed from the environment.

  trainer_speed.py --binary .build/release/autolora --python .venv-peers/bin/python --peer ../shared/peers/peft_train.py \
      --model models/all-MiniLM-L6-v2 --data data/movie-reviews
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--binary", required=True)
parser.add_argument("--python", default=".venv-peers/bin/python", help="one with torch, transformers and peft")
parser.add_argument("--peer", default="../shared/peers/peft_train.py", help="a program with that one's options and output")
parser.add_argument("--model", required=True)
parser.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl")
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--steps", type=int, default=40)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--max-length", type=int, default=64)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--targets", nargs="+", default=["query,value", "all-linear"])
parser.add_argument("--group-by-length", action="store_true", help="let the peer sort its batches by length")
a = parser.parse_args()

environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
data = Path(a.data).absolute()


def last_line(command):
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    if run.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.splitlines()[-1])


def ours(targets, scratch):
    (scratch / "two.jsonl").write_text("".join(open(data / "validation.jsonl", encoding="utf-8").readlines()[:2]))
    config = {"model": str(Path(a.model).absolute()), "train": str(data / "train.jsonl"), "validation": str(scratch / "two.jsonl"),
              "target_modules": targets if targets == "all-linear" else targets.split(","), "r": 8, "lora_alpha": 16,
              "learning_rate": 1e-3, "lr_scheduler_type": "constant", "max_steps": a.steps, "batch_size": a.batch,
              "max_length": a.max_length, "threads": a.threads}
    (scratch / "config.json").write_text(json.dumps(config))
    report = last_line([a.binary, "train", str(scratch / "config.json"), "--output", str(scratch / "out")])
    return report["tokens_per_second"], report["peak_memory_bytes"] / 2**20


def theirs(targets):
    command = [a.python, a.peer, "--model", a.model, "--train", str(data / "train.jsonl"), "--targets", targets, "--steps", str(a.steps),
               "--batch", str(a.batch), "--max-length", str(a.max_length), "--threads", str(a.threads)]
    report = last_line(command + (["--group-by-length"] if a.group_by_length else []))
    return report["tokens_per_second"], report["peak_rss_mib"]


for targets in a.targets:
    figures = {"ours": [], "PEFT": []}
    for run in range(a.runs):
        with tempfile.TemporaryDirectory() as scratch:
            figures["ours"].append(ours(targets, Path(scratch)))
        figures["PEFT"].append(theirs(targets))
    median = {who: [statistics.median(column) for column in zip(*rows)] for who, rows in figures.items()}
    spread = {who: (min(r[0] for r in rows), max(r[0] for r in rows)) for who, rows in figures.items()}
    print(f"{targets}, {a.threads} thread{'s' if a.threads > 1 else ''}, batch {a.batch}, max length {a.max_length}, "
          f"{a.runs} runs of {a.steps} steps in turns")
    for who in figures:
        print(f"  {who}: {median[who][0]:.0f} tokens/s ({spread[who][0]:.0f} to {spread[who][1]:.0f}), peak {median[who][1]:.0f} MiB")
    print(f"  ratio {median['ours'][0] / median['PEFT'][0]:.2f}, memory {median['ours'][1] / median['PEFT'][1]:.2f}", flush=True)
