#!/usr/bin/env python3
"""SmolLM2 beside Hugging Face's peft, trl and transformers, all in fp32 on the weights of one GGUF file.

Needs: pip install -r Benchmarks/peers/requirements.txt
  compare_decoder.py --binary .build/release/autolora --model models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf --data data/movie-reviews

q,v, all-linear          30 steps from one adapter beside peft's: each loss within 1e-3. Then each side reads what the other has trained:
                         the same tensors, and all tokens' losses within 1e-4 of the largest logit
completion-only, packed  the same beside trl's, for q_proj,v_proj and for all-linear
classes                  the same of a classifier with its head `score`, its logits in place of the losses
texts                    64 greedy tokens after 20 prompts, without an adapter and with the first two: the same
Exits 1 where one of these does not hold. --only names some of them.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import datasets
import torch
import transformers
from peft import LoraConfig, PeftModel, TaskType, get_peft_model, get_peft_model_state_dict
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, get_scheduler
from trl import SFTConfig, SFTTrainer

sys.path.insert(0, str(Path(__file__).parent / "peers"))
from smollm2 import make_folder  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--binary", required=True)
parser.add_argument("--model", required=True, help="a .gguf file of a Llama")
parser.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl: text and label")
parser.add_argument("--steps", type=int, default=30)
PARTS = ["q,v", "all-linear", "completion-only", "packed", "classes", "texts"]
parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
parser.add_argument("--keep", help="a folder for what is made; none: a temporary one")
a = parser.parse_args()

transformers.logging.set_verbosity_error()
datasets.disable_progress_bars()
torch.set_num_threads(1)
RATE, BATCH, FAILURES = 1e-3, 4, []
PROMPT = "Is this film review positive or negative?\nReview: {text}\nAnswer:"


def read(name):
    return [json.loads(line) for line in open(Path(a.data) / name, encoding="utf-8")]


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def told(text, holds):
    print(("  ok      " if holds else "  DIFFERS ") + text, flush=True)
    if not holds:
        FAILURES.append(text)


class Bench:
    """The files of one run, and both sides' models."""

    def __init__(self, scratch):
        self.scratch, self.folder = scratch, scratch / "model"
        self.tokenizer = make_folder(a.model, self.folder)
        self.reviews = read("train.jsonl")[: a.steps * BATCH * 2]
        self.others = read("validation.jsonl")[:24]
        ask = lambda row: {"prompt": PROMPT.format(text=row["text"]), "completion": " " + row["label"]}
        self.rows = {"text": [{"text": row["text"]} for row in self.reviews], "completion": [ask(row) for row in self.reviews],
                     "label": self.reviews}
        self.tests = {"text": [{"text": row["text"]} for row in self.others], "completion": [ask(row) for row in self.others],
                      "label": self.others}

    def base(self, kind="text"):
        if kind != "label":
            return AutoModelForCausalLM.from_pretrained(self.folder, dtype=torch.float32)
        return AutoModelForSequenceClassification.from_pretrained(self.folder, num_labels=2, dtype=torch.float32)

    def start(self, name, kind, targets):
        """An adapter that both sides start from."""
        torch.manual_seed(3)
        path = self.scratch / name / "start"
        get_peft_model(self.base(kind), LoraConfig(
            r=8, lora_alpha=16, target_modules=targets if targets == "all-linear" else targets.split(","),
            task_type=TaskType.SEQ_CLS if kind == "label" else TaskType.CAUSAL_LM)).save_pretrained(path)
        return path

    def settings(self, name, kind, targets, more):
        place = self.scratch / name
        return {"task": "sequence-classification" if kind == "label" else "causal-lm", "model": str(Path(a.model).absolute()),
                "train": write(place / "train.jsonl", self.rows[kind]), "validation": write(place / "two.jsonl", self.tests[kind][:2]),
                "test": write(place / "test.jsonl", self.tests[kind]), "shuffle": False, "precision": "fp32", "max_steps": a.steps,
                "eval_steps": 1, "batch_size": BATCH, "eval_batch_size": 8, "max_length": 128, "learning_rate": RATE, "threads": 1, "r": 8,
                "lora_alpha": 16, "target_modules": targets if targets == "all-linear" else targets.split(","),
                "metric_for_best_model": "eval_loss", "init_adapter": str(place / "start")} | more

    def ours(self, name, settings):
        """The loss of each of our steps; the adapter is that of the best evaluation."""
        place = self.scratch / name
        (place / "config.json").write_text(json.dumps(settings))
        run = subprocess.run([a.binary, "train", place / "config.json", "--output", place / "ours"], capture_output=True, text=True)
        if run.returncode != 0:
            raise SystemExit(run.stderr)
        return [json.loads(line)["loss"] for line in run.stdout.splitlines()]

    def our_rows(self, name, adapter):
        """What our head gives for each row of the test data: a token's loss and whether it is hit, or a text's logits."""
        run = subprocess.run([a.binary, "evaluate", self.scratch / name / "config.json", "--adapter", adapter, "--logits"],
                             capture_output=True, text=True)
        if run.returncode != 0:
            raise SystemExit(run.stderr)
        return torch.tensor([json.loads(line) for line in run.stdout.splitlines()[:-1]])

    def tokens(self, kind, row, length):
        """As trl makes them: the end token is added and learned, and a completion begins where the prompt's tokens end."""
        if kind == "label":
            return self.tokenizer(row["text"])["input_ids"][:length], 0
        prompt = self.tokenizer(row["prompt"])["input_ids"] if kind == "completion" else []
        ids = self.tokenizer(row["prompt"] + row["completion"] if prompt else row["text"])["input_ids"]
        first = next((i for i, (x, y) in enumerate(zip(prompt, ids)) if x != y), len(prompt))
        return (ids + [self.tokenizer.eos_token_id])[:length], first

    def padded(self, kind, rows, length):
        made = [self.tokens(kind, row, length) for row in rows]
        longest = max(len(ids) for ids, _ in made)
        fill = lambda ids, filler: ids + [filler] * (longest - len(ids))
        labels = [fill([-100] * first + ids[first:], -100) for ids, first in made]
        return {"input_ids": torch.tensor([fill(ids, self.tokenizer.pad_token_id) for ids, _ in made]),
                "attention_mask": torch.tensor([fill([1] * len(ids), 0) for ids, _ in made]),
                "labels": torch.tensor([["negative", "positive"].index(row["label"]) for row in rows]) if kind == "label" else
                torch.tensor(labels)}

    def peft(self, kind, model):
        """peft's losses in a plain loop."""
        trained = [w for w in model.parameters() if w.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.0)
        schedule, losses = get_scheduler("linear", optimizer, 0, a.steps), []
        for step in range(a.steps):
            loss = model.train()(**self.padded(kind, self.rows[kind][step * BATCH:][:BATCH], 128)).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
        return losses

    def trl(self, kind, model, packing, batch):
        """trl's losses, of the batches that trl makes."""
        trainer = Recording(
            model=model, train_dataset=datasets.Dataset.from_list(self.rows[kind]), processing_class=self.tokenizer, args=SFTConfig(
                output_dir=str(self.scratch / "trl"), max_steps=a.steps, per_device_train_batch_size=batch, learning_rate=RATE,
                lr_scheduler_type="linear", max_grad_norm=1.0, weight_decay=0.0, max_length=128, packing=packing,
                train_sampling_strategy="sequential", report_to=[], save_strategy="no", logging_strategy="no", use_cpu=True, bf16=False,
                gradient_checkpointing=False, dataloader_drop_last=True, disable_tqdm=True))
        trainer.train()
        return trainer.micro

    def their_rows(self, kind, model):
        """What peft gives for the same, and the largest logit."""
        found, largest = [], 0.0
        for row in self.tests[kind]:
            batch = self.padded(kind, [row], 128)
            labels = batch.pop("labels")[0]
            with torch.no_grad():
                logits = model.eval()(**batch).logits[0]
            largest = max(largest, logits.abs().max().item())
            if kind == "label":
                found.append(logits[None])
                continue
            here = labels[1:] != -100
            losses = torch.nn.functional.cross_entropy(logits[:-1][here], labels[1:][here], reduction="none")
            hits = logits[:-1][here].argmax(-1) == labels[1:][here]
            found.append(torch.stack([losses, hits.float()], 1))
        return torch.cat(found), largest


class Recording(SFTTrainer):
    def training_step(self, *arguments, **keywords):
        loss = super().training_step(*arguments, **keywords)
        self.micro = getattr(self, "micro", []) + [float(loss)]
        return loss


CASES = [("q,v", "text", "q_proj,v_proj", False), ("all-linear", "text", "all-linear", False),
         ("completion-only", "completion", "q_proj,v_proj", False), ("packed", "completion", "all-linear", True), ("classes", "label", "q_proj,v_proj", False)]


def compare(bench, name, kind, targets, packing=False):
    start = bench.start(name, kind, targets)
    begun = time.time()
    more = {"packing": True, "batch_size": 2} if packing else {}
    ours = bench.ours(name, bench.settings(name, kind, targets, more))
    spent = time.time() - begun
    model = PeftModel.from_pretrained(bench.base(kind), start, is_trainable=True)
    theirs = bench.trl(kind, model, packing, 2 if packing else BATCH) if kind == "completion" else bench.peft(kind, model)
    model.save_pretrained(bench.scratch / name / "theirs")
    worst = max(abs(x - y) for x, y in zip(ours, theirs, strict=True))
    peer = "trl" if kind == "completion" else "peft"
    told(f"{name}: {len(ours)} losses from {theirs[0]:.4f} to {theirs[-1]:.4f}, at most {worst:.1e} from {peer}'s "
         f"({spent:.0f} s, {time.time() - begun - spent:.0f} s)", worst < 1e-3)
    exchange(bench, name, kind, model)


def exchange(bench, name, kind, model):
    """peft's adapter in ours, and ours in peft."""
    for whose, adapter in (("peft's in ours", bench.scratch / name / "theirs"), ("ours in peft", bench.scratch / name / "ours/adapter")):
        if whose == "ours in peft":
            model = PeftModel.from_pretrained(bench.base(kind), adapter)
            with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
                written = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}
            wanted = {key: tuple(w.shape) for key, w in get_peft_model_state_dict(model).items()}
            told(f"{name}: the tensors that peft wants ({len(wanted)}), none missing and none besides", written == wanted)
        theirs, largest = bench.their_rows(kind, model)
        ours = bench.our_rows(name, adapter)
        compared = slice(None) if kind == "label" else 0
        worst = (ours[:, compared] - theirs[:, compared]).abs().max().item() if ours.shape == theirs.shape else float("inf")
        told(f"{name}: {whose}: {len(theirs)} {'texts' if kind == 'label' else 'tokens'}, at most {worst:.1e} apart with logits up to "
             f"{largest:.1f}", worst < 1e-4 * max(1, largest))


def texts(bench):
    prompts = [" ".join(row["text"].split()[: 2 + i % 9]) for i, row in enumerate(bench.others[:10])]
    prompts += [PROMPT.format(text=row["text"]) for row in bench.others[10:15]]
    prompts += ["The capital of France is", "def fibonacci(n):\n", "Once upon a time", "1, 2, 3, 4,", "To bake bread you need"]
    for name in [None, "q,v", "all-linear"]:
        adapter = bench.scratch / (name or "") / "ours/adapter"
        if name and not adapter.exists():
            continue
        model = bench.base().eval() if name is None else PeftModel.from_pretrained(bench.base(), adapter).eval()
        same, closest = 0, float("inf")
        for prompt in prompts:
            ids = bench.tokenizer(prompt, return_tensors="pt")["input_ids"]
            made = model.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=64, output_logits=True,
                return_dict_in_generate=True)
            tops = torch.stack([torch.topk(logits[0], 2).values for logits in made.logits])
            closest = min(closest, (tops[:, 0] - tops[:, 1]).min().item())
            wanted = bench.tokenizer.decode(made.sequences[0, ids.shape[1]:], skip_special_tokens=True, clean_up_tokenization_spaces=False)
            command = [a.binary, "generate", "--model", a.model, "--prompt", prompt, "--max-new-tokens", "64", "--precision", "fp32",
                       "--threads", "1", "--json"] + (["--adapter", str(adapter)] if name else [])
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode != 0:
                raise SystemExit(run.stderr)
            same += json.loads(run.stdout)["text"] == wanted
        told(f"texts {'with ' + name if name else 'without an adapter'}: {same} of {len(prompts)} the same; the nearest two logits "
             f"were {closest:.1e} apart", same == len(prompts))


def main(scratch):
    bench = Bench(scratch)
    for case in CASES:
        if case[0] in a.only:
            compare(bench, *case)
    if "texts" in a.only:
        texts(bench)
    print(f"{len(FAILURES)} differ" if FAILURES else "all hold")
    return 1 if FAILURES else 0


if a.keep:
    sys.exit(main(Path(a.keep)))
with tempfile.TemporaryDirectory() as folder:
    sys.exit(main(Path(folder)))
