#!/usr/bin/env python3
"""Every way of tuning beside Hugging Face PEFT (whole models: transformers): the losses of each step, and adapters that go both ways.

Needs: pip install -r Benchmarks/peers/requirements.txt, or peft-0.11.txt there for an old PEFT, whose files are compared as far as it knows a way
  compare_methods.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews [--decoder models/smollm2/...gguf]

A small random BERT and a small random Llama, as a classifier and as a language model, are tuned in every way: LoRA's on the usual modules and on all linear
ones, each with and without patterns. The two real models are in some. Each trains from one start in fp32 on the same batches, with the same
dropout: each loss within 1e-3 of PEFT's. PEFT loads what ours leaves with no tensor missing and none besides, and gives the same logits within 1e-4 of
the largest (or of 1; of a language model: the loss of each token); ours does with what PEFT leaves. What changes the base (PiSSA, OLoRA) leaves adapters for the model as its files
have it. What p-tuning starts from is in no file: of it adapters alone are compared. Exits 1 where one of these does not hold. --only names some of the ways.
"""
import argparse
import json
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import peft
import torch
from safetensors import safe_open
from safetensors.torch import load_file

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "peers")]
from methods import peers  # noqa: E402
from methods.bench import Bench  # noqa: E402
from methods.loop import furthest  # noqa: E402
from methods.variants import KINDS, LORA, OPTIMIZER, VARIANTS, changes_base  # noqa: E402

FAILURES, LARGEST = [], defaultdict(float)
# These start at random, or from what only one of the two has found: the other starts from its file.
DRAWN = ("lora", "ia3", "miss", "prompt_tuning")


def told(title, text, holds, what=None, apart=0.0):
    print(("  ok      " if holds else "  DIFFERS ") + f"{title}: {text}", flush=True)
    if what:
        LARGEST[what] = max(LARGEST[what], apart)
    if not holds:
        FAILURES.append(title)


class Cell:
    """One way of tuning one model."""

    def __init__(self, bench, name, targets, patterned):
        self.bench, self.kind, self.values = bench, bench.kind, bench.kind.settings(name, targets, patterned)
        self.title = ", ".join([self.kind.name, name] + [str(targets)] * (targets is not None) + ["patterns"] * patterned)
        self.place = bench.scratch / f"{len(list(bench.scratch.iterdir()))}-{name}"
        self.tuning = self.values.get("finetuning_type", "lora")
        self.isOwn = str(self.values.get("init_lora_weights")).startswith("pissa_niter")
        self.training = bench.training | {key: v for key, v in self.values.items() if key in OPTIMIZER}
        if self.tuning == "full":
            self.training["learning_rate"] /= 10
        if "loraplus_lr_ratio" in self.values:
            self.training["learning_rate"] /= self.values["loraplus_lr_ratio"]
        # What an old PEFT says otherwise.
        if self.values.get("target_modules") == "all-linear" and peers.IS_OLD:
            self.values["target_modules"] = self.kind.linear
        if "rank_pattern" in self.values and peers.IS_OLD:
            self.values.pop("exclude_modules", None)

    def run(self):
        config = self.bench.config(self.values) | self.training
        if not peers.is_known(self.values):
            self.bench.trained(config | {"max_steps": 3}, self.place / "ours")
            return self.ours_there(config, None)
        losses = self.bench.trained(config, self.place / "ours") if self.isOwn else None
        theirs, limit = self.theirs()
        if self.tuning in DRAWN and not changes_base(self.values):
            first = self.bench.config(self.values) | self.training | {"init_adapter": str(self.place / "start")}
            for key in ("init_lora_weights", "prompt_tuning_init"):
                first.pop(key, None)
            if "init_lora_weights" in self.values:
                self.from_own_start(config, limit)
            config = first
        losses = losses or self.bench.trained(config, self.place / "ours")
        apart = max(abs(x - y) for x, y in zip(losses, theirs, strict=True))
        if self.tuning != "p_tuning":
            told(self.title, f"{len(losses)} losses from {theirs[0]:.4f} to {theirs[-1]:.4f}, at most {apart:.1e} apart", apart < 1e-3,
                 "losses", apart)
        apart = furthest(self.bench.logits(config, self.place / "theirs"), self.wanted)
        told(self.title, f"PEFT's adapter in ours, logits at most {apart:.1e} apart", apart < limit, "PEFT's in ours", apart / limit * 1e-4)
        self.ours_there(config, limit)

    def theirs(self):
        """PEFT's losses, and what logits may differ by; what it leaves is in `theirs`."""
        bench, values = self.bench, self.values
        torch.manual_seed(7)
        peer = peers.peer_of(self.kind, values)(bench.folder, bench.rows, self.training)
        batches = [dict(peer.inputs(bench.rows[i:i + 16])) for i in range(0, 64, 16)] if values.get("init_lora_weights") == "eva" else None
        peer.model = peers.tuned(self.kind, bench.folder, len(bench.labels), values, batches)
        if batches:
            # It moves ranks between modules that read one input, where patterns give these others: ours then trains with the same.
            found = peer.model.peft_config["default"]
            self.values |= {"rank_pattern": found.rank_pattern, "alpha_pattern": found.alpha_pattern}
        if self.isOwn:
            tensors = load_file(self.place / "ours/adapter/adapter_model.safetensors")
            peers.take_start(peer.model, tensors, lambda module: module.scaling["default"])
        first = {} if self.tuning == "full" else peers.tensors_of(peer.model)
        peer.model.save_pretrained(self.place / "start")
        losses = peer.train(bench.a.steps)
        self.wanted = peer.logits(bench.tests)
        peers.save(peer.model, first, values, self.place / "theirs")
        return losses, 1e-4 * max(1, max(abs(x) for row in self.wanted for x in row))

    def from_own_start(self, config, limit):
        """What ours draws itself: PEFT reads what is trained from there."""
        self.bench.trained(config | {"max_steps": 2}, self.place / "own")
        self.ours_there(config, limit, "own")

    def ours_there(self, config, limit, name="ours"):
        bench, adapter, start = self.bench, self.place / name / "adapter", " from our start" if name == "own" else ""
        ours = bench.logits(config, adapter)
        limit = limit or 1e-4 * max(1, max(abs(x) for row in ours for x in row))
        if self.tuning == "full":
            model, lacks = peers.whole(self.kind, adapter)
            told(self.title, f"the tensors that transformers wants, none missing and none besides {lacks or ''}", not lacks)
            named = self.kind.writes or sorted(model.config.id2label.values()) == bench.labels
            told(self.title, "our labels in transformers", named)
        else:
            model, asked = peers.loaded(self.kind, bench.folder, len(bench.labels), adapter)
            with safe_open(adapter / "adapter_model.safetensors", "pt") as file:
                written = {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}
            told(self.title, f"the tensors that PEFT wants ({len(asked)}){start}, none missing and none besides", written == asked)
        apart = furthest(ours, peers.logits_of(self.kind, self.values, bench.folder, model, self.training, bench.tests))
        told(self.title, f"our adapter in PEFT{start}, logits at most {apart:.1e} apart", apart < limit, "ours in PEFT", apart / limit * 1e-4)
        if self.tuning == "lora" and name == "ours":
            self.cut(config, limit, ours)

    def cut(self, config, limit, whole):
        """The adapter cut by `autolora ranks`: whole it gives what it gave, and at half its parameters what PEFT makes of the same files."""
        bench = self.bench
        # The ranks are the adapter's to say.
        config = {key: v for key, v in config.items() if key not in ("init_adapter", "init_lora_weights", "rank_pattern", "alpha_pattern")}
        with safe_open(self.place / "ours/adapter/adapter_model.safetensors", "pt") as file:
            count = sum(file.get_tensor(key).numel() for key in file.keys() if ".lora_" in key)
        for name, budget in (("whole", count), ("half", count // 2)):
            adapter = self.place / f"cut-{name}"
            bench.ours("ranks", self.place / "ours/adapter", "--budget", budget, "--points", 0, "--output", adapter)
            model, _ = peers.loaded(self.kind, bench.folder, len(bench.labels), adapter)
            logits = peers.logits_of(self.kind, self.values, bench.folder, model, self.training, bench.tests)
            apart = furthest(bench.logits(config | {"rank_allocation": "probe"}, adapter), logits)
            if name == "whole":
                apart = max(apart, furthest(whole, logits))
            told(self.title, f"cut to {name} of its parameters, in PEFT, logits at most {apart:.1e} apart", apart < limit, "cut, in PEFT",
                 apart / limit * 1e-4)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--model", required=True, help="a folder of a BERT")
    parser.add_argument("--decoder", help="a .gguf file of a Llama; none: the real one is left out")
    parser.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl: text and label")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--models", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--only", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    parser.add_argument("--json", help="a file that gets the largest differences")
    a = parser.parse_args()
    a.binary = str(Path(a.binary).absolute())
    torch.set_num_threads(1)
    print(f"PEFT {peft.__version__}")
    with tempfile.TemporaryDirectory() as scratch:
        for kind in (KINDS[name] for name in a.models):
            if kind.isReal and kind.isDecoder and not a.decoder:
                continue
            bench = Bench(a, kind, Path(scratch))
            for cell in kind.cells(a.only, peers.IS_OLD):
                cell = Cell(bench, *cell)
                try:
                    cell.run()
                except Exception as error:  # The others are compared all the same.
                    told(cell.title, f"{type(error).__name__}: {error}", False)
    for what, apart in LARGEST.items():
        print(f"{what}: at most {apart:.1e} apart")
    if a.json:
        Path(a.json).write_text(json.dumps({"peft": peft.__version__, "largest": LARGEST, "failures": FAILURES}, indent=1) + "\n")
    print(f"{len(FAILURES)} differ" if FAILURES else "all hold")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
