#!/usr/bin/env python3
"""Texts a second of `autolora predict` and of transformers with PEFT on the same processor, in turns, and whether they say the same.

Needs: pip install torch transformers peft
  predict_speed.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --adapter studies/reviews/trials/3/adapter --data data/movie-reviews/test.jsonl
      exit 1 where it is less than three times as fast, or a label differs that the peer's probabilities do not hold for a tie.
Both are timed from the texts to the labels, with the program's start and the model's loading told apart: what `predict` takes for one text is
taken away from what it takes for all.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import torch
import transformers
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer

transformers.logging.set_verbosity_error()


def own(a, file):
    start = time.perf_counter()
    run = subprocess.run([a.binary, "predict", "--adapter", a.adapter, "--model", a.model, "--precision", a.precision, "--max-length", str(a.max_length),
                          "--threads", str(a.threads), file, "--json"], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, [json.loads(line) for line in run.stdout.splitlines()]


def peer(a, texts):
    torch.set_num_threads(a.threads)
    names = json.load(open(os.path.join(a.adapter, "labels.json")))["id2label"]
    model = AutoModelForSequenceClassification.from_pretrained(a.model, num_labels=len(names), dtype=torch.float32)
    model = PeftModel.from_pretrained(model, a.adapter).eval()
    tokenizer = AutoTokenizer.from_pretrained(a.model)

    def run(sorts):
        start = time.perf_counter()
        order = sorted(range(len(texts)), key=lambda i: len(texts[i])) if sorts else range(len(texts))
        order, found = list(order), [None] * len(texts)
        with torch.inference_mode():
            for first in range(0, len(texts), a.batch):
                part = order[first : first + a.batch]
                batch = tokenizer([texts[i] for i in part], padding=True, truncation=True, max_length=a.max_length, return_tensors="pt")
                for i, row in zip(part, model(**batch).logits.softmax(-1).tolist()):
                    found[i] = row
        return time.perf_counter() - start, [(names[str(max(range(len(row)), key=row.__getitem__))], sorted(row)) for row in found]

    return run


def main():
    p = argparse.ArgumentParser()
    for name in ["--binary", "--model", "--adapter", "--data"]:
        p.add_argument(name, required=True)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--max-length", type=int, default=128)
    p.add_argument("--precision", default="auto")
    a = p.parse_args()
    texts = [json.loads(line)["text"] for line in open(a.data, encoding="utf-8")]
    run = peer(a, texts)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as single:
        single.write(json.dumps({"text": texts[0]}) + "\n")
        single.flush()
        seconds = {"own": [], "peer": [], "sorted": []}
        for _ in range(a.rounds):
            all_texts, answers = own(a, a.data)
            seconds["own"].append(all_texts - own(a, single.name)[0])
            took, labels = run(False)
            seconds["peer"].append(took)
            seconds["sorted"].append(run(True)[0])
    rates = {name: len(texts) / min(times) for name, times in seconds.items()}
    print(f"{len(texts)} texts, {a.threads} threads, {a.precision}: autolora {rates['own']:.0f} texts a second, transformers and PEFT {rates['peer']:.0f}, "
          f"with texts sorted by length {rates['sorted']:.0f}: {rates['own'] / rates['peer']:.2f} and {rates['own'] / rates['sorted']:.2f} times")
    differ = [(mine["label"], label, row) for mine, (label, row) in zip(answers, labels) if mine["label"] != label]
    clear = [entry for entry in differ if entry[2][-1] - entry[2][-2] > 0.02]
    print(f"{len(differ)} labels differ, {len(clear)} of them where the peer's two best are further apart than 0.02")
    sys.exit(1 if clear or rates["own"] < 3 * rates["peer"] else 0)


main()
