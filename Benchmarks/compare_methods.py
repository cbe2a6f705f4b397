#!/usr/bin/env python3
"""LoRA's variants and other methods beside Hugging Face PEFT (whole models: transformers): the losses of each step, and adapters that go both ways.

Needs: pip install -r Benchmarks/peers/requirements.txt
  compare_methods.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews [--decoder models/smollm2/...gguf]

Each variant trains some steps from one start in fp32 on the same batches: each loss within 1e-3 of PEFT's. PEFT loads what ours leaves with no
tensor missing and none besides, and gives the same logits within 1e-4 of the largest (or of 1); ours does with what PEFT leaves. What PiSSA and OLoRA leave is for the
model as its files have it. What p-tuning starts from is in no file: of it adapters alone are compared. Exits 1 where one of these does not hold. --only names some of the variants.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from peft import IA3Config, LoraConfig, PeftModel, PromptEncoderConfig, PromptTuningConfig, TaskType, get_peft_model
from peft.utils import get_peft_model_state_dict
from safetensors import safe_open
from transformers import AutoModelForSequenceClassification, AutoTokenizer

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "peers")]
from compare_with_peft import OneByOne, Peer, base_model, furthest, peft_logits, read  # noqa: E402

VARIANTS = {
    "rslora": dict(use_rslora=True), "gaussian": dict(init_lora_weights="gaussian"),
    "orthogonal": dict(init_lora_weights="orthogonal"), "random": dict(init_lora_weights=False),
    "loraplus": dict(loraplus_lr_ratio=8.0), "pissa": dict(init_lora_weights="pissa"),
    "pissa-rslora": dict(init_lora_weights="pissa", use_rslora=True), "olora": dict(init_lora_weights="olora"),
    "dora": dict(use_dora=True), "dora-pissa": dict(use_dora=True, init_lora_weights="pissa"),
    "patterns": dict(patterns=True), "patterns-dora-rslora": dict(patterns=True, use_dora=True, use_rslora=True),
    "bias-all": dict(bias="all"), "bias-adapted": dict(bias="lora_only", use_dora=True), "saved": dict(saved=True),
    "head": dict(finetuning_type="head"), "bitfit": dict(finetuning_type="bitfit"), "full": dict(finetuning_type="full"),
    "ia3": dict(finetuning_type="ia3"),
    "prompt": dict(finetuning_type="prompt_tuning", num_virtual_tokens=8, prompt_tuning_init="SAMPLE_VOCAB"),
    "p-tuning": dict(finetuning_type="p_tuning", num_virtual_tokens=8, encoder_hidden_size=64),
}
# A Llama has no biases.
BERT_ALONE = ("bias-all", "bias-adapted", "bitfit")
SAVED = {"bert": ["pooler", "LayerNorm"], "llama": ["norm", "embed_tokens"]}
CONFIGS = {"ia3": IA3Config, "prompt_tuning": PromptTuningConfig, "p_tuning": PromptEncoderConfig}
PATTERNS = {
    "bert": dict(rank_pattern={"query": 4, r"layer\.1\..*dense": 12}, alpha_pattern={"value": 6.0}, exclude_modules=["pooler.dense"]),
    "llama": dict(rank_pattern={"q_proj": 4, r"layers\.1\.mlp\..*": 12}, alpha_pattern={"v_proj": 6.0}, exclude_modules=r".*layers\.0\..*")}
FAILURES = []


def told(text, holds):
    print(("  ok      " if holds else "  DIFFERS ") + text, flush=True)
    if not holds:
        FAILURES.append(text)


def changes(values):
    return str(values.get("init_lora_weights")).startswith(("pissa", "olora"))


class Bench:
    """One model with a head in its files, from which both sides start."""

    def __init__(self, a, kind, source, scratch):
        self.a, self.kind, self.scratch, self.folder = a, kind, scratch, scratch / f"{kind}-model"
        self.rows = read(Path(a.data) / "train.jsonl")[: a.steps * a.batch]
        self.tests = read(Path(a.data) / "validation.jsonl")[:48]
        self.labels = sorted({str(row["label"]) for row in self.rows})
        if kind == "llama":
            from smollm2 import make_folder
            make_folder(source, scratch / "plain")
            source = scratch / "plain"
        torch.manual_seed(5)
        model = base_model(source, len(self.labels))
        tokenizer = AutoTokenizer.from_pretrained(source)
        if model.config.pad_token_id is None:
            model.config.pad_token_id = tokenizer.pad_token_id
        model.save_pretrained(self.folder)
        tokenizer.save_pretrained(self.folder)
        for name in ("two", "tests", "train"):
            rows = {"two": self.tests[:2], "tests": self.tests, "train": self.rows}[name]
            (scratch / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def settings(self, name):
        values = dict(VARIANTS[name])
        if values.pop("patterns", False):
            values |= PATTERNS[self.kind]
        if values.pop("saved", False):
            values["modules_to_save"] = SAVED[self.kind]
        return values

    def run(self, name, targets):
        a, place = self.a, self.scratch / f"{self.kind}-{name}-{'-'.join(targets) if isinstance(targets, list) else targets}"
        values = self.settings(name)
        training = {"batch_size": a.batch, "max_length": 64, "learning_rate": 5e-4, "weight_decay": 0.01, "warmup_ratio": 0.0,
                    "lr_scheduler_type": "constant", "max_grad_norm": 1.0}
        ratio = {key: values.pop(key) for key in ("loraplus_lr_ratio",) if key in values}
        tuning, own = values.pop("finetuning_type", "lora"), dict(values)
        if tuning == "full":
            training["learning_rate"] = 5e-5
        torch.manual_seed(7)
        model = self.tuned(tuning, targets, values)
        first = {} if tuning == "full" else {n: w.clone() for n, w in get_peft_model_state_dict(model).items()}
        model.save_pretrained(place / "start")
        self.peer = OneByOne if self.kind == "llama" and "num_virtual_tokens" in values else Peer
        peer = self.peer(self.folder, None, self.rows, training | ratio)
        peer.model = model
        theirs = peer.train(a.steps)
        wanted = peer.logits(self.tests)
        self.save(model, first, values, place / "theirs")
        config = training | ratio | own | {
            "model": str(self.folder), "train": str(self.scratch / "train.jsonl"), "validation": str(self.scratch / "two.jsonl"),
            "test": str(self.scratch / "tests.jsonl"), "shuffle": False,
            "precision": "fp32", "max_steps": a.steps, "eval_steps": 1, "threads": 1, "metric_for_best_model": "eval_loss"}
        config |= {"r": 8, "lora_alpha": 16, "target_modules": targets} if tuning == "lora" else {"finetuning_type": tuning}
        if tuning in ("ia3", "prompt_tuning") or tuning == "lora" and not changes(values):
            # What is random is drawn by one of the two.
            config["init_adapter"] = str(place / "start")
            config.pop("init_lora_weights", None)
            config.pop("prompt_tuning_init", None)
        (place / "config.json").write_text(json.dumps(config))
        run = subprocess.run([a.binary, "train", place / "config.json", "--output", place / "ours"], capture_output=True, text=True)
        if run.returncode != 0:
            raise SystemExit(run.stderr)
        ours = [json.loads(line)["loss"] for line in run.stdout.splitlines()]
        worst = max(abs(x - y) for x, y in zip(ours, theirs, strict=True))
        title = f"{self.kind}, {name}, {targets}"
        # What p-tuning starts from is in no file.
        if tuning != "p_tuning":
            told(f"{title}: {len(ours)} losses from {theirs[0]:.4f} to {theirs[-1]:.4f}, at most {worst:.1e} apart", worst < 1e-3)
        self.exchange(title, place, training, wanted, tuning)

    def tuned(self, tuning, targets, values):
        """PEFT has no method that trains the head or biases alone: an adapter that changes nothing carries them."""
        model = base_model(self.folder, len(self.labels))
        if tuning == "full":
            return model
        if tuning in CONFIGS:
            return get_peft_model(model, CONFIGS[tuning](task_type=TaskType.SEQ_CLS, **values))
        carrier = {"bert": "bert.encoder.layer.0.attention.self.query", "llama": "model.layers.0.self_attn.q_proj"}[self.kind]
        asked = dict(r=8, lora_alpha=16, target_modules=targets, **values) if tuning == "lora" else dict(
            r=1, lora_alpha=1, target_modules=[carrier], bias="all" if tuning == "bitfit" else "none")
        model = get_peft_model(model, LoraConfig(task_type=TaskType.SEQ_CLS, **asked))
        for name, weight in model.named_parameters():
            if tuning != "lora" and ".lora_" in name:
                weight.requires_grad = False
                torch.nn.init.zeros_(weight)
        return model

    def save(self, model, first, values, folder):
        """For the model as its files have it: what PEFT's own conversion leaves, with the head and DoRA's lengths that it leaves out."""
        if not changes(values):
            return model.save_pretrained(folder)
        from safetensors.torch import save_file
        trained = get_peft_model_state_dict(model)
        config = model.peft_config["default"].to_dict()
        growth = 2 ** 0.5 if values.get("use_rslora") else 2
        config |= {"r": 2 * config["r"], "lora_alpha": growth * config["lora_alpha"], "init_lora_weights": True, "inference_mode": True}
        config = {key: sorted(value) if isinstance(value, set) else value for key, value in config.items() if key != "runtime_config"}
        tensors = {}
        for name, tensor in trained.items():
            grown = {"lora_A": lambda: torch.cat([tensor, first[name]], 0), "lora_B": lambda: torch.cat([tensor, -first[name]], 1)}
            kind = next((kind for kind in grown if kind in name), None)
            tensors[name] = (grown[kind]() if kind else tensor).detach().contiguous()
        folder.mkdir(parents=True)
        save_file(tensors, folder / "adapter_model.safetensors", {"format": "pt"})
        (folder / "adapter_config.json").write_text(json.dumps(config, default=str))

    def exchange(self, title, place, training, wanted, tuning):
        def ours(adapter, config=place / "config.json"):
            run = subprocess.run([self.a.binary, "evaluate", config, "--adapter", adapter, "--logits"], capture_output=True, text=True)
            if run.returncode != 0:
                raise SystemExit(run.stderr)
            return [json.loads(line) for line in run.stdout.splitlines()[:-1]]

        limit = 1e-4 * max(1, max(abs(x) for row in wanted for x in row))
        apart = furthest(ours(place / "theirs"), wanted)
        told(f"{title}: PEFT's adapter in ours, logits at most {apart:.1e} apart", apart < limit)
        adapter = place / "ours/adapter"
        if tuning == "full":
            return self.load_whole(title, adapter, training, ours(adapter), limit)
        apart = furthest(ours(adapter), peft_logits(self.folder, adapter, len(self.labels), training, self.tests, self.peer))
        told(f"{title}: our adapter in PEFT, logits at most {apart:.1e} apart", apart < limit)
        if tuning == "lora":
            self.cut(title, place, training, limit, ours)
        model = PeftModel.from_pretrained(base_model(self.folder, len(self.labels)), adapter)
        with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
            written = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}
        # With bias: all PEFT asks for the head's bias under two more names.
        asked = {key: tuple(w.shape) for key, w in get_peft_model_state_dict(model).items()
                 if ".original_module." not in key and ".modules_to_save." not in key}
        told(f"{title}: the tensors that PEFT wants ({len(asked)}), none missing and none besides", written == asked)

    def cut(self, title, place, training, limit, ours):
        """The adapter cut by `autolora ranks`: whole it gives what it gave, and at half its parameters what PEFT makes of the same files."""
        config = json.loads((place / "config.json").read_text())
        # The ranks are the adapter's to say.
        for key in ("init_adapter", "init_lora_weights", "rank_pattern", "alpha_pattern"):
            config.pop(key, None)
        (place / "cut.json").write_text(json.dumps(config | {"rank_allocation": "probe"}))
        whole = ours(place / "ours/adapter")
        with safe_open(place / "ours/adapter/adapter_model.safetensors", "pt") as file:
            count = sum(file.get_tensor(key).numel() for key in file.keys() if ".lora_" in key)
        for name, budget in (("whole", count), ("half", count // 2)):
            adapter = place / f"cut-{name}"
            run = subprocess.run([self.a.binary, "ranks", place / "ours/adapter", "--budget", str(budget), "--points", "0", "--output", adapter],
                                 capture_output=True, text=True)
            if run.returncode != 0:
                raise SystemExit(run.stderr)
            logits = peft_logits(self.folder, adapter, len(self.labels), training, self.tests)
            apart = furthest(ours(adapter, place / "cut.json"), logits)
            told(f"{title}: cut to {budget} parameters, in PEFT, logits at most {apart:.1e} apart", apart < limit)
            if name == "whole":
                apart = furthest(whole, logits)
                told(f"{title}: cut to all its ranks, as it was, logits at most {apart:.1e} apart", apart < limit)


    def load_whole(self, title, folder, training, ours, limit):
        peer = Peer(folder, None, self.rows, training)
        peer.model, told_of = AutoModelForSequenceClassification.from_pretrained(folder, output_loading_info=True)
        lacks = [told_of[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if told_of[key]]
        told(f"{title}: the tensors that transformers wants, none missing and none besides {lacks or ''}", not lacks)
        named = sorted(peer.model.config.id2label.values()) == self.labels
        apart = furthest(ours, peer.logits(self.tests))
        told(f"{title}: our model in transformers, with its labels, logits at most {apart:.1e} apart", named and apart < limit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--model", required=True, help="a folder of a BERT")
    parser.add_argument("--decoder", help="a .gguf file of a Llama; none: it is left out")
    parser.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl: text and label")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    a = parser.parse_args()
    torch.set_num_threads(1)
    models = [("bert", a.model, ["query", "value"])] + ([("llama", a.decoder, ["q_proj", "v_proj"])] if a.decoder else [])
    with tempfile.TemporaryDirectory() as scratch:
        for kind, source, usual in models:
            bench = Bench(a, kind, source, Path(scratch))
            for name in a.only:
                if kind == "llama" and name in BERT_ALONE:
                    continue
                if "finetuning_type" in VARIANTS[name]:
                    bench.run(name, usual)
                    continue
                for targets in ["all-linear"] if "patterns" in name else [usual, "all-linear"]:
                    bench.run(name, targets)
    print(f"{len(FAILURES)} differ" if FAILURES else "all hold")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
