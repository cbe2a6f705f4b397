#!/usr/bin/env python3
"""EVA's directions beside Hugging Face PEFT's: where adapters with `init_lora_weights: eva` start, up to each direction's sign.

Needs: pip install -r Benchmarks/peers/requirements.txt
  compare_eva.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews [--decoder models/smollm2/...gguf]

Both look at the same rows. PEFT finds directions by an incremental PCA with a random low-rank SVD until they settle, ours by the whole
covariance: so they are told alike by the angle between them, direction by direction, where the variances beside it are not nearly equal.
Ranks are given out by the directions' share of the variance (`rank_allocation: eva`), up to RHO times the rank: of each module the directions that both
have are compared, and the ranks that differ are counted.
A classifier's last layer is left out: all but key and value there is computed for the pooled row alone here, whose directions these are then.
Exits 1 where the mean cosine of a module's first directions is below 0.99, or more than 2 % of the ranks are elsewhere.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from peft import EvaConfig, LoraConfig, TaskType, get_peft_model
from peft.tuners.lora.eva import get_eva_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

sys.path[:0] = [str(Path(__file__).parent / "peers")]

BATCHES, BATCH, RANK, RHO = 8, 32, 8, 8.0
# What reads one row of a text here: PEFT looks for a row of each token, and fails at the pooler.
POOLED = r".*(layer\.{last}\..*|pooler\.dense)"


def theirs(source, texts, length, decoder):
    kind = AutoModelForCausalLM if decoder else AutoModelForSequenceClassification
    model = kind.from_pretrained(source, dtype=torch.float32).eval()
    pooled = None if decoder else POOLED.replace("{last}", str(model.config.num_hidden_layers - 1))
    tokenizer = AutoTokenizer.from_pretrained(source)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    batch = dict(tokenizer(texts, padding=True, truncation=True, max_length=length, return_tensors="pt"))
    # More components than are asked for make the random SVD exact in the first of them.
    config = LoraConfig(
        r=RANK, target_modules="all-linear", exclude_modules=pooled, init_lora_weights="eva", eva_config=EvaConfig(rho=RHO, tau=0.999),
        task_type=TaskType.CAUSAL_LM if decoder else TaskType.SEQ_CLS)
    tuned = get_peft_model(model, config, low_cpu_mem_usage=True)
    found = get_eva_state_dict(tuned, [batch], show_progress_bar=False)
    return {name.removeprefix("base_model.model."): rows for name, rows in found.items()}, pooled


def ours(binary, source, data, length, decoder, pooled, folder):
    task = {"task": "causal-lm"} if decoder else {}
    config = task | {
        "model": str(Path(source).resolve()), "train": str(data), "validation": str(data), "shuffle": False, "batch_size": BATCH,
        "max_length": length, "max_steps": 1, "r": RANK, "target_modules": "all-linear", "init_lora_weights": "eva", "precision": "fp32",
        "rank_allocation": "eva", "eva_rho": RHO}
    config |= {"exclude_modules": pooled} if pooled else {}
    (folder / "config.json").write_text(json.dumps(config))
    subprocess.run([binary, "train", folder / "config.json", "--output", folder / "out"], check=True, capture_output=True)
    tensors = load_file(folder / "out/start/adapter_model.safetensors")
    ending = ".lora_A.weight"
    return {n.removeprefix("base_model.model.").removesuffix(ending): w for n, w in tensors.items() if n.endswith(ending)}


def compare(title, a, b):
    worst, moved = 1.0, []
    for name in sorted(set(a) & set(b)):
        count = min(len(a[name]), len(b[name]))
        if count == 0:
            continue
        # The subspaces: of directions with nearly equal variances any turn is as good.
        mine, peer = a[name].double(), torch.nn.functional.normalize(b[name].double(), dim=1)
        single = (mine[0] @ peer[0]).abs().item()
        inside = (mine @ peer[:count].T).norm(dim=0).mean().item()
        worst = min(worst, single, inside)
        moved.append((min(single, inside), name, count, len(b[name])))
    for value, name, count, rank in sorted(moved)[:4]:
        print(f"    {value:.5f}  {name} ({count} directions, PEFT's rank {rank})")
    ranks = [rank for *_, rank in moved]
    print(f"  {title}: {len(moved)} modules, the least cosine {worst:.5f}; PEFT's ranks {min(ranks)} to {max(ranks)} in place of {RANK}")
    elsewhere = sum(abs(len(a.get(name, [])) - len(b[name])) for name in b) / 2 / sum(map(len, b.values()))
    print(f"  {title}: {100 * elsewhere:.1f} % of the ranks are elsewhere")
    return worst >= 0.99 and len(moved) > 0 and elsewhere <= 0.02


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--decoder")
    parser.add_argument("--data", required=True)
    parser.add_argument("--length", type=int, default=64)
    a = parser.parse_args()
    lines = (Path(a.data) / "train.jsonl").read_text(encoding="utf-8").splitlines()[: BATCHES * BATCH]
    texts = [json.loads(line)["text"] for line in lines]
    holds = True
    for source, decoder in [(a.model, False)] + ([(a.decoder, True)] if a.decoder else []):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            if str(source).endswith(".gguf"):
                from smollm2 import make_folder
                make_folder(source, folder / "model")
                source = folder / "model"
            rows = lines if not decoder else [json.dumps({"text": text}) for text in texts]
            (folder / "rows.jsonl").write_text("\n".join(rows) + "\n")
            peers, pooled = theirs(source, texts, a.length, decoder)
            mine = ours(Path(a.binary).resolve(), source, folder / "rows.jsonl", a.length, decoder, pooled, folder)
            holds &= compare(Path(source).name, mine, peers)
    raise SystemExit(0 if holds else 1)


if __name__ == "__main__":
    main()
