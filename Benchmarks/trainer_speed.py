#!/usr/bin/env python3
"""Our trainer's speed beside Hugging Face PEFT's on PyTorch, from one run in which all take turns; medians are compared.

Tokens are real ones (no padding) in training steps alone. Share of peak: the needed arithmetic a second over what one core can
do at most, measured in the same run by peak.c. Needed: no padding, no gradient that nobody reads, the last layer's [CLS] rows
alone (of a decoder those from which a token is predicted, and no logits of others); attention computed again in the backward pass
does not count. OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE, which can force slower kernels, are removed from the environment.

  trainer_speed.py --binary .build/release/autolora --python .venv-peers/bin/python \
      --models models/all-MiniLM-L6-v2 --data data/movie-reviews
  trainer_speed.py --binary .build/release/autolora --python .venv-peers/bin/python --models models/all-MiniLM-L6-v2 \
      --data data/movie-reviews --targets all-linear all-linear/rslora all-linear/loraplus all-linear/patterns all-linear/dora full \
      --precision fp32 --threads 1 --last 0
  trainer_speed.py --binary .build/release/autolora --python .venv-peers/bin/python --task causal-lm --models models/smollm2/NAME.gguf \
      --data TEXTS --targets q_proj,v_proj all-linear full --precision fp32 --batch 8 --max-length 128 --last 0 [--completion-only]
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--binary", required=True)
parser.add_argument("--python", default=".venv-peers/bin/python", help="one with torch, transformers and peft")
parser.add_argument("--peer", default=str(Path(__file__).with_name("peers") / "peft_train.py"),
                    help="a program with that one's options and output")
parser.add_argument("--task", choices=["classification", "causal-lm"], default="classification")
parser.add_argument("--completion-only", action="store_true", help="causal-lm on prompts with completions: the loss on the latter alone")
parser.add_argument("--models", nargs="+", required=True, help="folders with config.json and safetensors, or a GGUF file of a Llama")
parser.add_argument("--data", required=True, help="a folder with train.jsonl and validation.jsonl")
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--steps", type=int, default=40, help="ours")
parser.add_argument("--peer-steps", type=int, default=20)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--max-length", type=int, default=64)
parser.add_argument("--targets", nargs="+", default=["query,value", "all-linear"])
parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
parser.add_argument("--last", type=int, default=2, help="also adapt the last so many layers alone; 0: do not")
a = parser.parse_args()
# A method after the targets: what ours is told, and PEFT. The others of PEFT cost what its LoRA does.
METHODS = {"": ({}, []), "dora": ({"use_dora": True}, ["--dora"]), "rslora": ({"use_rslora": True}, None),
           "loraplus": ({"loraplus_lr_ratio": 16}, None), "patterns": ({"rank_pattern": {r"layers?\.1\..*": 4, r"layers?\.2\..*": 12}}, None)}
writes = a.task == "causal-lm"

environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "AUTOLORA_TRIAL_DIR")}
data = Path(a.data).absolute()
scratch = Path(tempfile.mkdtemp())
(scratch / "two.jsonl").write_text("".join(open(data / "validation.jsonl", encoding="utf-8").readlines()[:2]))


def as_folder(model):
    """PEFT reads folders alone."""
    if not model.endswith(".gguf"):
        return model
    folder = scratch / "model"
    make = "import sys, pathlib; from smollm2 import make_folder; make_folder(sys.argv[1], pathlib.Path(sys.argv[2]))"
    subprocess.run([a.python, "-c", make, str(Path(model).absolute()), str(folder)], check=True, cwd=Path(__file__).parent / "peers")
    return str(folder)


def peak():
    """GFLOP/s of one core, by precision; none without a C compiler."""
    program = scratch / "peak"
    if not program.exists():
        source = Path(__file__).with_name("peak.c")
        if subprocess.run(["clang", "-O2", str(source), "-o", str(program)], capture_output=True).returncode != 0:
            return {}
    words = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.split()
    return {name: float(rate) for name, rate in zip(words[::2], words[1::2])}


def start_ours(model, targets, layers, precision, threads, prefix_cache, name):
    config = {"model": str(Path(model).absolute()), "train": str(data / "train.jsonl"), "validation": str(scratch / "two.jsonl"),
              "learning_rate": 1e-3, "lr_scheduler_type": "constant", "max_steps": a.steps, "batch_size": a.batch,
              "max_length": a.max_length, "threads": threads, "precision": precision, "prefix_cache": prefix_cache}
    if targets == "full":
        config["finetuning_type"] = "full"
    else:
        names, _, method = targets.partition("/")
        config |= {"target_modules": names if names == "all-linear" else names.split(","), "layers_to_transform": layers,
                   "r": 8, "lora_alpha": 16} | METHODS[method][0]
    if writes:
        config |= {"task": a.task, "eval_generation_rows": 0}
        if "prompt" in json.loads(open(data / "train.jsonl", encoding="utf-8").readline()):
            config["completion_only_loss"] = a.completion_only
    path = scratch / f"{name}.json"
    path.write_text(json.dumps(config))
    return subprocess.Popen([a.binary, "train", str(path), "--output", str(scratch / name)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=environment | {"AUTOLORA_CACHE": str(scratch / "cache")})


def last_report(process):
    output, errors = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"{process.args} failed:\n{errors[-2000:]}")
    counts = re.search(r"(\d+) of (\d+) tokens to predict", errors)
    return json.loads(output.splitlines()[-1]) | {"labeled": int(counts[1]) / int(counts[2]) if counts else 0.0}


def ours(model, targets, layers="all", precision="fp32", threads=1, at_once=1, prefix_cache="off"):
    processes = [start_ours(model, targets, layers, precision, threads, prefix_cache, f"ours{number}") for number in range(at_once)]
    reports = [last_report(process) for process in processes]
    return {"rate": sum(r["tokens_per_second"] for r in reports), "memory": max(r["peak_memory_bytes"] for r in reports) / 2**20,
            "length": reports[0]["tokens_per_second"] / reports[0]["samples_per_second"], "labeled": reports[0]["labeled"]}


def theirs(model, targets, *options):
    names, _, method = targets.partition("/")
    how = ["--method", "full"] if targets == "full" else ["--targets", names, *METHODS[method][1]]
    command = [a.python, a.peer, "--model", model, "--train", str(data / "train.jsonl"), *how, "--steps",
               str(a.peer_steps), "--batch", str(a.batch), "--max-length", str(a.max_length), "--threads", "1", *options]
    command += (["--task", "causal_lm"] if writes else []) + (["--completion-only"] if a.completion_only else [])
    report = last_report(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment))
    return {"rate": report["tokens_per_second"], "memory": report["peak_rss_mib"]}


def needed(model, targets, lowest, length, rank=8):
    """Floating-point operations a token that training needs, adapters in layers from `lowest` on, `length` tokens a text."""
    c = json.loads((Path(model) / "config.json").read_text())
    count, hidden, inner = c["num_hidden_layers"], c["hidden_size"], c["intermediate_size"]
    shapes = {"query": (hidden, hidden), "key": (hidden, hidden), "value": (hidden, hidden), "attention.output.dense": (hidden, hidden),
              "intermediate.dense": (hidden, inner), "output.dense": (inner, hidden)}
    total = 0.0
    for layer in range(count):
        last, adapted = layer == count - 1, layer >= lowest
        for name, (inputs, outputs) in shapes.items():
            share = 1 / length if last and name not in ("key", "value") else 1
            if targets == "full":
                total += share * 2 * inputs * outputs * 3
                continue
            passes = layer > lowest or adapted and name not in ("query", "key", "value")
            total += share * 2 * inputs * outputs * (2 if passes else 1)
            if adapted and (targets == "all-linear" or name in targets.split(",")):
                total += share * 2 * rank * (3 * outputs + (3 if passes else 2) * inputs)
        rows = 1 if last else length
        total += rows / length * 4 * length * hidden * (3 if adapted else 1)
    return total


def needed_by_decoder(model, targets, lowest, length, labeled, rank=8):
    """The same of a decoder of Llama's kind, `labeled` of whose tokens are predicted: a share."""
    c = json.loads((Path(model) / "config.json").read_text())
    count, hidden, inner, heads = c["num_hidden_layers"], c["hidden_size"], c["intermediate_size"], c["num_attention_heads"]
    width = c.get("head_dim") or hidden // heads
    queries, keys = heads * width, (c.get("num_key_value_heads") or heads) * width
    shapes = {"q_proj": (hidden, queries), "k_proj": (hidden, keys), "v_proj": (hidden, keys), "o_proj": (queries, hidden),
              "gate_proj": (hidden, inner), "up_proj": (hidden, inner), "down_proj": (inner, hidden)}
    tuned = list(shapes) if targets == "all-linear" else targets.split(",")
    total = labeled * 2 * hidden * c["vocab_size"] * (3 if targets == "full" else 2)
    for layer in range(count):
        last, adapted = layer == count - 1, layer >= lowest
        # What lies above something that is tuned passes a gradient on; nobody reads that of what enters the lowest tuned layer.
        below = layer > lowest
        stages = [("q_proj", "k_proj", "v_proj"), ("o_proj",), ("gate_proj", "up_proj"), ("down_proj",)]
        for stage in stages:
            for name in stage:
                inputs, outputs = shapes[name]
                share = labeled if last and name not in ("k_proj", "v_proj") else 1
                if targets == "full":
                    total += share * 2 * inputs * outputs * 3
                    continue
                total += share * 2 * inputs * outputs * (2 if below else 1)
                if adapted and name in tuned:
                    total += share * 2 * rank * (3 * outputs + (3 if below else 2) * inputs)
            below = below or adapted and any(name in tuned for name in stage)
        # A query sees half of the keys: two products forward, then the gradients of the weights, the values, the queries and, where
        # somebody reads it, the keys.
        reads_keys = layer > lowest or "k_proj" in tuned
        products = 2 + (3 + (reads_keys or targets == "full") if adapted else 0)
        total += (labeled if last else 1) * products * 2 * queries * (length + 1) / 2
    return total


def needed_here(model, targets, lowest, figures):
    targets = targets.partition("/")[0]
    if writes:
        return needed_by_decoder(model, targets, lowest, figures["length"], figures["labeled"])
    return needed(model, targets, lowest, figures["length"])


def precisions(targets):
    """Weights that are trained are fp32."""
    return ["fp32"] if targets == "full" else a.precision


def cases(model):
    """What is measured, in turns: (targets, layers, label) and how."""
    for targets in a.targets:
        for precision in precisions(targets):
            for threads in a.threads:
                yield (targets, "all", f"{precision}, {threads} thread{'s' * (threads > 1)}"), lambda t=targets, p=precision, n=threads: ours(
                    model, t, precision=p, threads=n)
            if 2 in a.threads:
                yield (targets, "all", f"{precision}, two trials at once"), lambda t=targets, p=precision: ours(model, t, precision=p, at_once=2)
        if METHODS[targets.partition("/")[2]][1] is None:
            continue
        yield (targets, "all", "PEFT"), lambda t=targets: theirs(model, t)
        yield (targets, "all", "PEFT, grouped"), lambda t=targets: theirs(model, t, "--group-by-length")
        if "bf16" in a.precision:
            yield (targets, "all", "PEFT, bf16, grouped"), lambda t=targets: theirs(model, t, "--bf16", "--group-by-length")
        if not a.last or targets == "full":
            continue
        layers = f"last-{a.last}"
        for precision in a.precision:
            for label, size in (("no prefix cache", "off"), ("warm prefix cache", "2GiB")):
                yield (targets, layers, f"{precision}, {label}"), lambda t=targets, p=precision, s=size: ours(
                    model, t, layers, p, prefix_cache=s)
        count = json.loads((Path(model) / "config.json").read_text())["num_hidden_layers"]
        numbers = ",".join(str(n) for n in range(count - a.last, count))
        # PEFT takes no layers beside all-linear; these endings are the same modules.
        names = "query,key,value,dense" if targets == "all-linear" else targets
        yield (targets, layers, "PEFT"), lambda t=names, n=numbers: theirs(model, t, "--layers", n)


def table(model, figures, peaks, known):
    length = known["length"]
    peak_of = {name: statistics.median(p[name] for p in peaks) for name in peaks[0]} if peaks[0] else {}
    median = {key: {what: statistics.median(run[what] for run in runs) for what in ("rate", "memory")} for key, runs in figures.items()}
    print(f"\n{Path(model).name}: batch {a.batch}, max length {a.max_length} ({length:.1f} tokens a text), r 8, medians of {a.runs} runs in "
          f"turns, {a.steps} steps of ours and {a.peer_steps} of PEFT's; one core's peak: "
          + ", ".join(f"{name} {rate:.0f} GFLOP/s" for name, rate in peak_of.items()))
    print("\n| adapted | what | tokens/s (least to most) | beside PEFT | grouped | bf16, grouped | share of peak | peak MiB | of PEFT's |")
    print("|---|---|---|---|---|---|---|---|---|")
    config = json.loads((Path(model) / "config.json").read_text())
    for (targets, layers, label), runs in figures.items():
        mine = median[targets, layers, label]
        peers = [median.get((targets, layers, name)) for name in ("PEFT", "PEFT, grouped", "PEFT, bf16, grouped")]
        ratios = [f"{mine['rate'] / peer['rate']:.2f}" if peer and not label.startswith("PEFT") else "" for peer in peers]
        share = ""
        precision = label.split(",")[0]
        if label.endswith("1 thread") and peak_of.get(precision):
            share = f"{mine['rate'] * needed_here(model, targets, 0, known) / peak_of[precision] / 1e9:.0%}"
        if label.endswith("no prefix cache") and peak_of.get(precision):
            lowest = config["num_hidden_layers"] - a.last
            share = f"{mine['rate'] * needed_here(model, targets, lowest, known) / peak_of[precision] / 1e9:.0%}"
        memory = f"{mine['memory'] / peers[0]['memory']:.2f}" if peers[0] and not label.startswith("PEFT") else ""
        rates = [run["rate"] for run in runs]
        print(f"| {targets}, {layers} | {label} | {mine['rate']:.0f} ({min(rates):.0f} to {max(rates):.0f}) | {' | '.join(ratios)} | {share} "
              f"| {mine['memory']:.0f} | {memory} |")
    print()
    for targets in a.targets:
        names, _, method = targets.partition("/")
        if method and (names, "all", f"{a.precision[0]}, 1 thread") in median:
            mine, plain = (median[t, "all", f"{a.precision[0]}, 1 thread"]["rate"] for t in (targets, names))
            print(f"- {targets}: {plain / mine:.2f} of plain LoRA's time")
        for precision in precisions(targets):
            one = median[targets, "all", f"{precision}, 1 thread"]["rate"] if 1 in a.threads else None
            for label, name in (("2 threads", f"{precision}, 2 threads"), ("two trials at once", f"{precision}, two trials at once")):
                if one and (targets, "all", name) in median:
                    print(f"- {targets}, {precision}: {label} / 1 thread = {median[targets, 'all', name]['rate'] / one:.2f}")
            if a.last and targets != "full":
                warm, off = (median[targets, f"last-{a.last}", f"{precision}, {label}"]["rate"] for label in
                             ("warm prefix cache", "no prefix cache"))
                print(f"- {targets}, {precision}, last {a.last} layers: warm prefix cache / none = {warm / off:.2f}")
    print(flush=True)


for model in map(as_folder, a.models):
    figures, peaks, known = {}, [], {"length": 0.0, "labeled": 0.0}
    for targets in a.targets:  # the caches are warm from here on
        for precision in precisions(targets):
            if a.last and targets != "full":
                ours(model, targets, f"last-{a.last}", precision, prefix_cache="2GiB")
    for run in range(a.runs):
        peaks.append(peak())
        for key, measure in cases(model):
            figures.setdefault(key, []).append(measure())
            known |= {name: figures[key][-1][name] for name in known if name in figures[key][-1]}
    table(model, figures, peaks, known)
