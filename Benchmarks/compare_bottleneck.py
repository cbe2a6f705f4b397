#!/usr/bin/env python3
"""Bottleneck adapters beside AdapterHub's: the losses of each step, and adapters that go both ways.

AdapterHub pins transformers 4.57, so it has an environment of its own: pip install adapters==1.3.0 torch
  compare_bottleneck.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews

Both of bottleneck_type train some steps from one start in fp32 on the same batches: each loss within 1e-3 of AdapterHub's, which loads what
ours leaves, tensor for tensor, and gives the same logits within 1e-4 of the largest (or of 1); ours does with what it leaves. Exits 1 where one of
these does not hold.
"""
import argparse
import json
import logging
import subprocess
import sys
import tempfile
from pathlib import Path

import adapters
import torch
from adapters import DoubleSeqBnConfig, SeqBnConfig
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

CONFIGS = {"houlsby": DoubleSeqBnConfig, "pfeiffer": SeqBnConfig}
FAILURES = []


def told(text, holds):
    print(("  ok      " if holds else "  DIFFERS ") + text, flush=True)
    if not holds:
        FAILURES.append(text)


def read(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


class Hub:
    def __init__(self, a, labels):
        self.a, self.tokenizer = a, AutoTokenizer.from_pretrained(a.model)
        torch.manual_seed(5)
        # Attention's own dropout is no module.
        self.model = AutoModelForSequenceClassification.from_pretrained(
            a.model, num_labels=len(labels), torch_dtype=torch.float32, attention_probs_dropout_prob=0.0, hidden_dropout_prob=0.0)
        for module in self.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        adapters.init(self.model)

    def outputs(self, rows):
        inputs = self.tokenizer([row["text"] for row in rows], padding=True, truncation=True, max_length=64, return_tensors="pt")
        return self.model(**inputs).logits

    def logits(self, rows):
        self.model.eval()
        with torch.no_grad():
            return self.outputs(rows).tolist()

    def train(self, rows, labels, steps, rate):
        named = [(n, w) for n, w in self.model.named_parameters() if w.requires_grad]
        optimizer = torch.optim.AdamW([w for _, w in named], lr=rate, weight_decay=0.0)
        self.model.train()
        losses, batch = [], self.a.batch
        for step in range(steps):
            part = rows[step * batch:][:batch]
            loss = torch.nn.functional.cross_entropy(self.outputs(part), torch.tensor([labels.index(str(row["label"])) for row in part]))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([w for _, w in named], 1.0)
            optimizer.step()
            losses.append(loss.item())
        return losses


def furthest(a, b):
    return max(abs(x - y) for left, right in zip(a, b, strict=True) for x, y in zip(left, right, strict=True))


def compare(a, kind, scratch):
    rows, tests = read(Path(a.data) / "train.jsonl")[: a.steps * a.batch], read(Path(a.data) / "validation.jsonl")[:48]
    labels = sorted({str(row["label"]) for row in rows})
    for name, part in {"train": rows, "two": tests[:2], "tests": tests}.items():
        (scratch / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
    hub = Hub(a, labels)
    hub.model.add_adapter("default", config=CONFIGS[kind](reduction_factor=16))
    hub.model.train_adapter("default")
    hub.model.save_adapter(str(scratch / "start"), "default", with_head=True, use_safetensors=True)
    theirs = hub.train(rows, labels, a.steps, 1e-3)
    wanted = hub.logits(tests)
    hub.model.save_adapter(str(scratch / "theirs"), "default", with_head=True, use_safetensors=True)
    (scratch / "config.json").write_text(json.dumps({
        "model": str(Path(a.model).absolute()), "train": str(scratch / "train.jsonl"), "validation": str(scratch / "two.jsonl"),
        "test": str(scratch / "tests.jsonl"), "finetuning_type": "bottleneck", "bottleneck_type": kind, "reduction_factor": 16,
        "init_adapter": str(scratch / "start"), "batch_size": a.batch, "max_length": 64, "learning_rate": 1e-3, "shuffle": False,
        "lr_scheduler_type": "constant", "precision": "fp32", "max_steps": a.steps, "eval_steps": 1, "threads": 1,
        "metric_for_best_model": "eval_loss"}))

    def run(*arguments):
        done = subprocess.run([a.binary, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def logits(adapter):
        return run("evaluate", scratch / "config.json", "--adapter", adapter, "--logits")[:-1]

    ours = [report["loss"] for report in run("train", scratch / "config.json", "--output", scratch / "ours")]
    worst = max(abs(x - y) for x, y in zip(ours, theirs, strict=True))
    told(f"{kind}: {len(ours)} losses from {theirs[0]:.4f} to {theirs[-1]:.4f}, at most {worst:.1e} apart", worst < 1e-3)
    limit = 1e-4 * max(1, max(abs(x) for row in wanted for x in row))
    apart = furthest(logits(scratch / "theirs"), wanted)
    told(f"{kind}: AdapterHub's adapter in ours, logits at most {apart:.1e} apart", apart < limit)
    again, adapter = Hub(a, labels), scratch / "ours/adapter"
    name = again.model.load_adapter(str(adapter), use_safetensors=True, set_active=True)
    apart = furthest(logits(adapter), again.logits(tests))
    told(f"{kind}: our adapter in AdapterHub, logits at most {apart:.1e} apart", apart < limit)
    again.model.save_adapter(str(scratch / "again"), name, with_head=True, use_safetensors=True)
    for file in ("adapter.safetensors", "model_head.safetensors"):
        mine, hubs = load_file(adapter / file), load_file(scratch / "again" / file)
        same = mine.keys() == hubs.keys() and all(torch.equal(mine[key], hubs[key]) for key in mine)
        told(f"{kind}: the {len(mine)} tensors of {file} are those that AdapterHub saves again", same)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--model", required=True, help="a folder of a BERT")
    parser.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl: text and label")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--batch", type=int, default=8)
    a = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    for kind in CONFIGS:
        with tempfile.TemporaryDirectory() as scratch:
            compare(a, kind, Path(scratch))
    print(f"{len(FAILURES)} differ" if FAILURES else "all hold")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
