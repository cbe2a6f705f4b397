#!/usr/bin/env python3
"""Bottleneck adapters beside AdapterHub's: the losses of each step, and adapters that go both ways.

AdapterHub pins transformers 4.57, so it has an environment of its own: pip install -r Benchmarks/peers/adapterhub.txt
  compare_bottleneck.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews

Both of bottleneck_type, in all layers and in some, train a small random BERT, a small random Llama and the real BERT from one start in fp32 on the same
batches: each loss within 1e-3 of AdapterHub's, which loads what ours leaves, tensor for tensor, and gives the same logits within 1e-4 of the largest
(or of 1); ours does with what it leaves. Exits 1 where one of these does not hold.
"""
import argparse
import logging
import sys
import tempfile
from pathlib import Path

import adapters
import torch
from adapters import DoubleSeqBnConfig, SeqBnConfig
from safetensors.torch import load_file

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "peers")]
from methods.bench import Bench  # noqa: E402
from methods.loop import Peer, base_model, furthest  # noqa: E402
from methods.variants import KINDS  # noqa: E402

CONFIGS = {"houlsby": DoubleSeqBnConfig, "pfeiffer": SeqBnConfig}
FAILURES = []


def told(text, holds):
    print(("  ok      " if holds else "  DIFFERS ") + text, flush=True)
    if not holds:
        FAILURES.append(text)


def hub(bench):
    model = base_model(bench.folder, len(bench.labels))
    adapters.init(model)
    return Peer(bench.folder, bench.rows, bench.training, model)


def compare(bench, kind, left_out, place):
    def save(peer, folder, name="default"):
        peer.model.save_adapter(str(place / folder), name, with_head=True, use_safetensors=True)

    place.mkdir()
    title = f"{bench.kind.name}, {kind}" + (f", without layer {left_out[0]}" if left_out else "")
    peer = hub(bench)
    torch.manual_seed(7)
    peer.model.add_adapter("default", config=CONFIGS[kind](reduction_factor=16, leave_out=left_out))
    peer.model.train_adapter("default")
    save(peer, "start")
    theirs = peer.train(bench.a.steps)
    wanted = peer.logits(bench.tests)
    save(peer, "theirs")
    layers = [n for n in range(peer.model.config.num_hidden_layers) if n not in left_out]
    config = bench.config({"finetuning_type": "bottleneck", "bottleneck_type": kind, "reduction_factor": 16, "layers_to_transform": layers,
                           "init_adapter": str(place / "start")})
    ours = bench.trained(config, place / "ours")
    worst = max(abs(x - y) for x, y in zip(ours, theirs, strict=True))
    told(f"{title}: {len(ours)} losses from {theirs[0]:.4f} to {theirs[-1]:.4f}, at most {worst:.1e} apart", worst < 1e-3)
    limit = 1e-4 * max(1, max(abs(x) for row in wanted for x in row))
    apart = furthest(bench.logits(config, place / "theirs"), wanted)
    told(f"{title}: AdapterHub's adapter in ours, logits at most {apart:.1e} apart", apart < limit)
    again, adapter = hub(bench), place / "ours/adapter"
    name = again.model.load_adapter(str(adapter), use_safetensors=True, set_active=True)
    apart = furthest(bench.logits(config, adapter), again.logits(bench.tests))
    told(f"{title}: our adapter in AdapterHub, logits at most {apart:.1e} apart", apart < limit)
    save(again, "again", name)
    for file in ("adapter.safetensors", "model_head.safetensors"):
        mine, hubs = load_file(adapter / file), load_file(place / "again" / file)
        same = mine.keys() == hubs.keys() and all(torch.equal(mine[key], hubs[key]) for key in mine)
        told(f"{title}: the {len(mine)} tensors of {file} are those that AdapterHub saves again", same)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--model", required=True, help="a folder of a BERT")
    parser.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl: text and label")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--batch", type=int, default=4)
    a = parser.parse_args()
    a.binary = str(Path(a.binary).absolute())
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    print(f"AdapterHub's adapters {adapters.__version__}")
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("bert", "llama", "minilm"):
            bench = Bench(a, KINDS[name], Path(scratch))
            for kind in CONFIGS:
                for left_out in [[]] if bench.kind.isReal else [[], [1]]:
                    compare(bench, kind, left_out, Path(scratch) / f"{name}-{kind}-{len(left_out)}")
    print(f"{len(FAILURES)} differ" if FAILURES else "all hold")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
