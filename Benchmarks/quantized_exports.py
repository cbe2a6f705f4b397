#!/usr/bin/env python3
"""What rounding an exported model's weights costs: the perplexity on held-out texts of each type of GGUF file, beside F32's and F16's.

  quantized_exports.py --binary .build/release/autolora --model models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --data data/review-instructions

Tunes the model for some steps in a study, exports its best trial in every type, and measures each file with its
weights expanded to fp32: what differs is their rounding alone. Prints a table: size, perplexity, and the loss above F32's with the standard error of the difference over rows' groups.
"""
import argparse
import json
import subprocess
import tempfile
from math import exp
from pathlib import Path
from statistics import mean, stdev

TYPES = ["f32", "f16", "bf16", "q8_0", "base", "q4_k_m"]


def run(binary, root, *arguments):
    done = subprocess.run([binary, *map(str, arguments)], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"autolora {' '.join(map(str, arguments))}: {done.stderr[-800:]}")
    return done.stdout


def evaluated(binary, root, model, rows, train):
    """The loss of a token: an adapter that has hardly moved is no change."""
    config = root / "evaluate.json"
    config.write_text(json.dumps({
        "task": "causal-lm", "model": str(model), "train": str(train), "validation": str(rows), "max_steps": 1, "eval_steps": 1, "batch_size": 1,
        "max_length": 160, "learning_rate": 1e-12, "r": 1, "target_modules": ["q_proj"], "completion_only_loss": False, "base_precision": "fp32"}))
    line = run(binary, root, "train", config, "--output", root / "evaluated").splitlines()[-1]
    return json.loads(line)["eval_loss"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", required=True)
    p.add_argument("--model", required=True)
    p.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl of prompts and completions")
    p.add_argument("--steps", type=int, default=60)
    p.add_argument("--rows", type=int, default=400)
    a = p.parse_args()
    binary, model, data = (str(Path(x).resolve()) for x in (a.binary, a.model, a.data))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lines = (Path(data) / "validation.jsonl").read_text().splitlines()[: a.rows]
        parts = [root / f"part-{number}.jsonl" for number in range(8)]
        for number, part in enumerate(parts):
            part.write_text("\n".join(lines[number::8]) + "\n")
        few = root / "few.jsonl"
        few.write_text("\n".join(lines[:8]) + "\n")
        train = Path(data) / "train.jsonl"
        (root / "space.json").write_text(json.dumps({
            "name": "tuned", "metric": {"name": "eval_loss", "goal": "minimize"}, "method": "random", "run_cap": 1, "workers": 1,
            "trainer": {"type": "lora", "task": "causal-lm", "model": model, "train": str(train), "validation": str(few), "max_steps": a.steps,
                        "eval_steps": a.steps, "batch_size": 8, "max_length": 160, "r": 16, "lora_alpha": 32, "target_modules": "all-linear",
                        "completion_only_loss": False, "threads": 2},
            "parameters": {"learning_rate": {"values": [2e-4]}}}))
        run(binary, root, "run", root / "space.json", "--quiet")
        found = {"the base, untuned": (Path(model).stat().st_size, [evaluated(binary, root, Path(model), part, train) for part in parts])}
        for kind in TYPES:
            file = root / f"{kind}.gguf"
            run(binary, root, "export", "tuned", "--format", "gguf", "--type", kind, "--output", file)
            found[kind] = (file.stat().st_size, [evaluated(binary, root, file, part, train) for part in parts])
            file.unlink()
    print("| type | MiB | perplexity | loss above F32's |\n| --- | --- | --- | --- |")
    exact = found["f32"][1]
    for kind, (size, losses) in found.items():
        apart = [x - y for x, y in zip(losses, exact)]
        print(f"| {kind} | {size / 2**20:.0f} | {exp(mean(losses)):.3f} | {mean(apart):+.4f} ± {stdev(apart) / len(apart) ** 0.5:.4f} |")


main()
