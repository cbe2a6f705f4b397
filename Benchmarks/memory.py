#!/usr/bin/env python3
"""The memory that is planned for a trial beside the peak that it has (VmHWM of its process), for configurations of both models.

The plan has to be within 10 % of the peak, and never more than 3 % below it. Each trial makes a few steps and two evaluations, with nothing kept
from another trial: what the first evaluation leaves is there in the steps after it, and theirs in the second.

  memory.py --binary .build/release/autolora            (`make memory` makes the models and the data first)
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--binary", default=str(root / ".build/release/autolora"))
parser.add_argument("--steps", type=int, default=4)
parser.add_argument("--only", help="a regular expression that a configuration's name has to match")
parser.add_argument("--json", help="a file that gets all figures")
a = parser.parse_args()

environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTOLORA_")}
scratch = Path(tempfile.mkdtemp())
reviews, instructions = root / "data/movie-reviews", root / "data/review-instructions"
texts = scratch / "texts.jsonl"
texts.write_text("".join(json.dumps({"text": json.loads(line)["text"]}) + "\n" for line in open(reviews / "train.jsonl", encoding="utf-8")))
few = {}
for name, source, count in [("reviews", reviews, 128), ("instructions", instructions, 64)]:
    few[name] = scratch / f"{name}.jsonl"
    few[name].write_text("".join(open(source / "validation.jsonl", encoding="utf-8").readlines()[:count]))

bert = {"model": str(root / "models/all-MiniLM-L6-v2"), "train": str(reviews / "train.jsonl"), "validation": str(few["reviews"]),
        "batch_size": 32, "max_length": 64, "precision": "fp32", "threads": 1}
smol = {"model": str(root / "models/smollm2"), "task": "causal-lm", "train": str(instructions / "train.jsonl"),
        "validation": str(few["instructions"]), "batch_size": 8, "max_length": 128, "precision": "fp32", "threads": 1,
        "target_modules": ["q_proj", "v_proj"]}
other = {key: value for key, value in smol.items() if key != "target_modules"}
packed = {**smol, "train": str(texts), "validation": str(texts), "packing": True, "eval_batch_size": 64, "split": None}
whole = {"target_modules": "all-linear", "r": 32}
quantized = {"precision": "quantized"}
cases = {
    "BERT fp32, q and v, 32 x 64": bert,
    "BERT fp32, all-linear r 32, 32 x 64": {**bert, **whole},
    "BERT fp32, all-linear r 32, 128 x 128, 2 threads": {**bert, **whole, "batch_size": 128, "max_length": 128, "threads": 2},
    "BERT fp32, the same, checkpoints": {**bert, **whole, "batch_size": 128, "max_length": 128, "threads": 2,
                                         "gradient_checkpointing": True},
    "BERT bf16, last 2 layers, 4 x 64": {**bert, "precision": "bf16", "layers_to_transform": "last-2", "batch_size": 4},
    "SmolLM2 fp32, q and v, completions, 8 x 128": smol,
    "SmolLM2 fp32, all-linear r 32, completions, 8 x 128": {**smol, **whole},
    "SmolLM2 fp32, q and v, packed, 4 x 256": {**packed, "batch_size": 4, "max_length": 256},
    "SmolLM2 fp32, q and v, packed, 4 x 256, checkpoints": {**packed, "batch_size": 4, "max_length": 256,
                                                            "gradient_checkpointing": True},
    "SmolLM2 quantized, q and v, completions, 8 x 128": {**smol, **quantized},
    "SmolLM2 quantized, all-linear r 32, packed, 8 x 128, checkpoints": {**packed, **whole, **quantized,
                                                                         "gradient_checkpointing": True},
    "SmolLM2 quantized, classifier, 16 x 64, 2 threads": {
        **bert, "model": smol["model"], "target_modules": ["q_proj", "v_proj"], "batch_size": 16, "threads": 2, **quantized},
    "SmolLM2 quantized, answers written, 2 threads": {**smol, **quantized, "threads": 2, "eval_generation_rows": 32,
                                                      "max_new_tokens": 8},
    "BERT fp32, full, 32 x 64": {**bert, "finetuning_type": "full"},
    "BERT fp32, full, 8 x 64, 2 threads": {**bert, "finetuning_type": "full", "batch_size": 8, "threads": 2},
    "BERT bf16, PiSSA, all-linear r 32, 32 x 64": {**bert, **whole, "precision": "bf16", "init_lora_weights": "pissa"},
    "BERT fp32, DoRA with dropout, all-linear r 32": {**bert, **whole, "use_dora": True, "lora_dropout": 0.1},
    "BERT fp32, EVA, q and v": {**bert, "init_lora_weights": "eva"},
    "BERT fp32, ranks by the probe, all-linear": {**bert, "target_modules": "all-linear", "rank_allocation": "probe"},
    "BERT fp32, MiSS, all-linear r 32": {**bert, **whole, "finetuning_type": "miss"},
    "BERT fp32, LoRA-FA, all-linear r 32": {**bert, **whole, "use_lorafa": True},
    "BERT fp32, IA3": {**bert, "finetuning_type": "ia3"},
    "BERT fp32, bitfit": {**bert, "finetuning_type": "bitfit"},
    "BERT fp32, Houlsby's": {**bert, "finetuning_type": "bottleneck", "bottleneck_type": "houlsby"},
    "BERT fp32, prompt of 20": {**bert, "finetuning_type": "prompt_tuning"},
    "BERT fp32, P-tuning": {**bert, "finetuning_type": "p_tuning"},
    "SmolLM2 bf16, PiSSA, q and v, completions, 8 x 128": {**smol, "precision": "bf16", "init_lora_weights": "pissa"},
    "SmolLM2 fp32, PiSSA, all-linear r 32, completions, 8 x 128": {**smol, **whole, "init_lora_weights": "pissa"},
    "SmolLM2 bf16, OLoRA, q and v, completions, 8 x 128": {**smol, "precision": "bf16", "init_lora_weights": "olora"},
    "SmolLM2 bf16, ranks by the probe, q and v, completions, 8 x 128": {**smol, "precision": "bf16", "rank_allocation": "probe"},
    "SmolLM2 fp32, MiSS, completions, 8 x 128": {**smol, "finetuning_type": "miss"},
    "SmolLM2 quantized, DoRA, q and v, completions, 8 x 128": {**smol, **quantized, "use_dora": True},
    "SmolLM2 fp32, IA3, completions, 8 x 128": {**other, "finetuning_type": "ia3"},
    "SmolLM2 fp32, Pfeiffer's, completions, 8 x 128": {**other, "finetuning_type": "bottleneck"},
    "SmolLM2 fp32, prompt of 20, completions, 8 x 128": {**other, "finetuning_type": "prompt_tuning"},
    "SmolLM2 quantized, P-tuning, completions, 8 x 128": {**other, **quantized, "finetuning_type": "p_tuning"},
}


def trial(name, settings):
    """The bytes that were planned, the peak, and what the plan is made of."""
    folder = scratch / re.sub(r"\W+", "-", name)
    folder.mkdir()
    configuration = {**{k: v for k, v in settings.items() if v is not None}, "max_steps": a.steps, "eval_steps": max(1, a.steps // 2),
                     "seed": 1, "learning_rate": 1e-4}
    if settings["train"] == str(texts):
        few["texts"] = scratch / "few-texts.jsonl"
        few["texts"].write_text("".join(open(texts, encoding="utf-8").readlines()[:128]))
        configuration["validation"] = str(few["texts"])
    (folder / "config.json").write_text(json.dumps(configuration))
    run = subprocess.run([a.binary, "train", "config.json", "--output", "out"], cwd=folder, env=environment, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{name}: {run.stderr}")
    planned = re.search(r"planned memory: (.*)", run.stderr).group(1)
    # The sum of the parts: the peak before them is rounded to tenths of a GB.
    parts = re.findall(r" ([\d.]+) (KB|MB|GB)[,)]", planned)
    bytes_ = sum(float(amount) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit] for amount, unit in parts)
    return bytes_, json.loads(run.stdout.splitlines()[-1])["peak_memory_bytes"], planned


found, bad = [], 0
print(f"| configuration | planned | peak | planned / peak |\n|---|---|---|---|")
for name, settings in cases.items():
    if a.only and not re.search(a.only, name):
        continue
    planned, peak, parts = trial(name, settings)
    ratio = planned / peak
    isGood = 0.97 <= ratio <= 1.10
    bad += not isGood
    print(f"| {name} | {planned / 1e6:.0f} MB | {peak / 1e6:.0f} MB | {ratio:.3f}{'' if isGood else ' (beyond the bound)'} |", flush=True)
    found.append({"name": name, "planned": planned, "peak": peak, "parts": parts})
if a.json:
    Path(a.json).write_text(json.dumps(found, indent=1) + "\n")
sys.exit(1 if bad else 0)
