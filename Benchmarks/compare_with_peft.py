#!/usr/bin/env python3
"""Trains beside Hugging Face PEFT from the same adapter on the same batches, and compares losses and logits.

Needs: pip install torch transformers peft safetensors
  compare_with_peft.py live --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews
      exit 1 when a loss of the first steps differs by more than 1e-3 or a logit by more than 1e-4.
  compare_with_peft.py fixture --model Tests/BackbonesTests/Fixtures/tiny-bert Tests/FinetuningTests/Fixtures/golden
      writes starting adapters, data and PEFT's losses for the tests.
"""
import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, TaskType, get_peft_model

sys.path.insert(0, str(Path(__file__).parent))
from methods.loop import Peer, base_model, furthest, read  # noqa: E402


def starting_adapter(model, labels, targets, rank, alpha, folder, seed=0):
    torch.manual_seed(seed)
    adapted = get_peft_model(base_model(model, labels), LoraConfig(
        task_type=TaskType.SEQ_CLS, r=rank, lora_alpha=alpha, target_modules=targets if targets == "all-linear" else targets.split(",")))
    adapted.save_pretrained(folder)
    (Path(folder) / "README.md").unlink(missing_ok=True)


def peer_of(model, adapter, rows, settings):
    """PEFT's model with an adapter."""
    peer = Peer(model, rows, settings)
    peer.model = PeftModel.from_pretrained(base_model(model, len(peer.labels)), adapter, is_trainable=True)
    return peer


def peft_logits(model, adapter, labels, settings, rows):
    return Peer(model, [], settings, PeftModel.from_pretrained(base_model(model, labels), adapter)).logits(rows)


def live(a):
    data, failed = Path(a.data), False
    rows = read(data / "train.jsonl")
    labels = sorted({str(row["label"]) for row in rows})
    reviews = read(data / "validation.jsonl")[:64]
    for targets in ["query,value", "all-linear"]:
        with tempfile.TemporaryDirectory() as scratch:
            scratch = Path(scratch)
            (scratch / "two.jsonl").write_text("".join(json.dumps(row) + "\n" for row in reviews[:2]))
            (scratch / "reviews.jsonl").write_text("".join(json.dumps(row) + "\n" for row in reviews))
            settings = {"batch_size": a.batch, "max_length": a.max_length, "learning_rate": a.learning_rate, "weight_decay": 0.0,
                        "warmup_ratio": 0.0, "lr_scheduler_type": "constant", "max_grad_norm": 1.0}
            starting_adapter(a.model, len(labels), targets, 8, 16, scratch / "start")
            peer = peer_of(a.model, scratch / "start", rows, settings)
            theirs = peer.train(a.steps)
            peer.model.save_pretrained(scratch / "trained")
            config = settings | {
                "model": str(Path(a.model).absolute()), "train": str((data / "train.jsonl").absolute()),
                "validation": str(scratch / "two.jsonl"), "test": str(scratch / "reviews.jsonl"), "r": 8, "lora_alpha": 16,
                "target_modules": targets if targets == "all-linear" else targets.split(","), "shuffle": False,
                "init_adapter": str(scratch / "start"), "precision": "fp32", "max_steps": a.steps, "eval_steps": 1, "threads": 1,
                "metric_for_best_model": "eval_loss"}
            (scratch / "config.json").write_text(json.dumps(config))
            run = subprocess.run([a.binary, "train", scratch / "config.json", "--output", scratch / "ours"],
                                 capture_output=True, text=True, check=True)
            ours = [json.loads(line)["loss"] for line in run.stdout.splitlines()]
            worst = max(abs(x - y) for x, y in zip(ours, theirs, strict=True))

            def our_logits(adapter):
                run = subprocess.run([a.binary, "evaluate", scratch / "config.json", "--adapter", adapter, "--logits"],
                                     capture_output=True, text=True, check=True)
                return [json.loads(line) for line in run.stdout.splitlines()[:-1]]

            theirs_here = furthest(our_logits(scratch / "trained"), peer.logits(reviews))
            ours_there = furthest(our_logits(scratch / "ours/adapter"), peft_logits(
                a.model, scratch / "ours/adapter", len(labels), settings, reviews))
            print(f"{targets}: {a.steps} losses differ by at most {worst:.2e} (from {theirs[0]:.4f} to {theirs[-1]:.4f}); "
                  f"logits of {len(reviews)} reviews by at most {theirs_here:.2e} with PEFT's adapter, {ours_there:.2e} with ours")
            failed = failed or worst > 1e-3 or theirs_here > 1e-4 or ours_there > 1e-4
    return 1 if failed else 0


GOLDEN = {
    "query-value": {"targets": "query,value", "learning_rate": 1e-2, "weight_decay": 0.0, "warmup_ratio": 0.0,
                    "lr_scheduler_type": "constant", "max_grad_norm": 1.0},
    "all-linear": {"targets": "all-linear", "learning_rate": 1e-2, "weight_decay": 0.1, "warmup_ratio": 0.25,
                   "lr_scheduler_type": "cosine", "max_grad_norm": 0.2},
}


def fixture(a):
    out, generator = Path(a.folder), random.Random(1)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    words = ["good", "bad", "odd", "film", "plot", "the", "a", "was", "is", "not", "very", "so", "and", "but", "it", "i", "we", "saw",
             "like", "hate", "##s", "##ing", "##ed", ",", ".", "!", "?", "one", "two", "three", "new", "old", "end", "star", "role"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    size = json.loads((Path(a.model) / "config.json").read_text())["vocab_size"]
    assert len(vocabulary) == size, (len(vocabulary), size)
    (out / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    plain = [word for word in words if not word.startswith("##")]
    rows = []
    for _ in range(30):
        label = generator.choice(["good", "bad", "odd"])
        text = [generator.choice(plain) for _ in range(generator.randrange(1, 16))] + [label] * generator.randrange(2)
        generator.shuffle(text)
        rows.append({"text": " ".join(text), "label": label})
    (out / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    golden = []
    with tempfile.TemporaryDirectory() as scratch:
        model = Path(scratch) / "model"
        shutil.copytree(a.model, model)
        shutil.copy(out / "vocab.txt", model)
        (model / "tokenizer_config.json").write_text('{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}')
        for name, case in GOLDEN.items():
            settings = {key: value for key, value in case.items() if key != "targets"} | {"batch_size": 8, "max_length": 12}
            starting_adapter(model, 3, case["targets"], 4, 8, out / name)
            configuration = json.loads((out / name / "adapter_config.json").read_text())
            (out / name / "adapter_config.json").write_text(json.dumps(configuration | {"base_model_name_or_path": "tiny-bert"}, indent=1) + "\n")
            losses = peer_of(model, out / name, rows, settings).train(12)
            golden.append({"name": name, "settings": settings | {
                "r": 4, "lora_alpha": 8, "max_steps": 12, "target_modules": case["targets"] if case["targets"] == "all-linear" else case["targets"].split(",")},
                "losses": losses})
    (out / "losses.json").write_text(json.dumps(golden, indent=1) + "\n")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("live")
    command.add_argument("--binary", required=True)
    command.add_argument("--model", required=True)
    command.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl")
    command.add_argument("--steps", type=int, default=50)
    command.add_argument("--batch", type=int, default=32)
    command.add_argument("--max-length", type=int, default=64)
    command.add_argument("--learning-rate", type=float, default=1e-3)
    command.set_defaults(run=live)
    command = commands.add_parser("fixture")
    command.add_argument("--model", required=True)
    command.add_argument("folder")
    command.set_defaults(run=fixture)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
