#!/usr/bin/env python3
"""Exported models in the programs that they are for: transformers with PEFT, llama.cpp (xllamacpp) and mlx-lm.

  test_exports.py --binary .build/release/autolora [--only llama,qwen3] [--kinds lora,dora]     (make test-exports sets up what it needs)

For each architecture a small random model, and SmolLM2 with --smollm2 FILE.gguf; for each kind of LoRA a trial of a few steps, and each form in its own
program:
- merged: transformers' logits, in fp32, against transformers + PEFT on the exported adapter: 1e-4 at most;
- gguf-lora and gguf (F16) in llama.cpp, mlx in mlx-lm: 32 greedy tokens of 20 prompts against transformers + PEFT.
A line a check; ends with 1 where one fails."""
import argparse, json, os, pathlib, random, shutil, subprocess, sys, tempfile, urllib.request

os.environ.setdefault("HF_HUB_OFFLINE", "1")
HERE = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(HERE / "Benchmarks/peers"))
FIXTURE = HERE / "Tests/FinetuningTests/Fixtures/causal-lm"
TOKENIZERS = HERE / "Tests/TokenizersTests/Fixtures/sentencepiece"
SMALL = dict(vocab_size=400, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=256, initializer_range=0.15, bos_token_id=1, eos_token_id=2, pad_token_id=0, head_dim=16)
DECODERS = {
    "llama": dict(rope_theta=10000.0), "llama-tied": dict(tie_word_embeddings=True),
    "llama3": dict(rope_scaling={"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                                 "original_max_position_embeddings": 64}),
    "mistral": dict(sliding_window=None), "qwen2": {}, "qwen3": {}, "smollm3": dict(no_rope_layer_interval=4),
    # Some windows are shorter than the texts; where llama.cpp has none they are as long as these.
    "mistral-window": dict(sliding_window=56),
    "gemma": {}, "gemma2": dict(sliding_window=64, query_pre_attn_scalar=16),
    "gemma2-window": dict(sliding_window=9, query_pre_attn_scalar=16, num_hidden_layers=3),
    "gemma3_text": dict(sliding_window=9, num_hidden_layers=6, query_pre_attn_scalar=16, rope_parameters={
        "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1000000.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}),
    "phi3": dict(pad_token_id=0, sliding_window=56, partial_rotary_factor=0.75),
    "phi3-longrope": dict(pad_token_id=0, original_max_position_embeddings=56, rope_scaling={
        "rope_type": "longrope", "short_factor": [1.0 + n / 20 for n in range(8)], "long_factor": [2.0 + n for n in range(8)]}),
}
# Those with a SentencePiece tokenizer; the others have a byte-level one.
PIECES = {"llama-tied": "llama", "mistral": "llama", "gemma": "gemma", "gemma2": "gemma", "gemma2-window": "gemma", "gemma3_text": "gemma", "phi3": "phi3"}
# What llama.cpp takes for the ends of texts by their names, which it is told not to write.
ENDS = {None: [0, 2], "llama": [2], "gemma": [1, 399], "phi3": [2, 396, 398]}
ENCODERS = ["bert", "roberta", "xlm-roberta", "distilbert", "electra"]
REAL = "smollm2"
KINDS = {
    "lora": {}, "rslora": {"use_rslora": True}, "dora": {"use_dora": True}, "all-linear": {"target_modules": "all-linear"},
    "patterns": {"target_modules": ["q_proj", "v_proj"], "rank_pattern": {"v_proj": 3}, "alpha_pattern": {"layers.1.self_attn.q_proj": 5},
                 "use_rslora": True},
}
failures, counted = [], [0]


def check(what, holds, detail=""):
    counted[0] += 1
    print(("ok   " if holds else "FAIL ") + what + (f": {detail}" if detail else ""), flush=True)
    if not holds:
        failures.append(what)


def base_model(name, folder, file):
    """A small random model, or SmolLM2 as its file has it."""
    import torch, transformers
    if name == REAL:
        from smollm2 import make_folder
        return make_folder(file, folder)
    torch.manual_seed(3)
    if name in ENCODERS:
        sizes = dict(SMALL, vocab_size=400, max_position_embeddings=140, type_vocab_size=2)
        for key in ("num_key_value_heads", "head_dim"):
            sizes.pop(key)
        if name == "electra":
            sizes["embedding_size"] = sizes["hidden_size"]
        if name == "distilbert":
            sizes = dict(vocab_size=400, dim=64, hidden_dim=96, n_layers=2, n_heads=4, max_position_embeddings=140, initializer_range=0.15,
                         pad_token_id=0)
        model = transformers.AutoModel.from_config(transformers.AutoConfig.for_model(name, **sizes))
    else:
        kind = "llama" if name == "llama3" else name.split("-")[0]
        model = transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.for_model(kind, **{**SMALL, **DECODERS[name]}))
    model.float().save_pretrained(folder)
    # mlx-lm reads the older keys alone.
    config = json.loads((folder / "config.json").read_text())
    if rope := config.get("rope_parameters"):
        full = rope.get("full_attention", rope)
        config["rope_theta"] = full["rope_theta"]
        if full.get("rope_type", "default") != "default":
            config["rope_scaling"] = {k: v for k, v in full.items() if k not in ("rope_theta", "partial_rotary_factor")}
        if "sliding_attention" in rope:
            config["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        if "partial_rotary_factor" in full:
            config["partial_rotary_factor"] = full["partial_rotary_factor"]
        (folder / "config.json").write_text(json.dumps(config))
    own = TOKENIZERS / PIECES[name] if name in PIECES else FIXTURE
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        if (own / file).exists():
            shutil.copy(own / file, folder)


def study(binary, root, name, model, kind, task):
    if task == "causal-lm":
        data = FIXTURE / "text.jsonl"
    else:
        data = root / "labels.jsonl"
        if not data.exists():
            rows = [json.loads(line)["text"] for line in open(FIXTURE / "text.jsonl")]
            data.write_text("".join(json.dumps({"text": text, "label": ["bad", "good", "none"][n % 3]}) + "\n" for n, text in enumerate(rows)))
    settings = dict(KINDS[kind])
    if task != "causal-lm" and "target_modules" in settings and settings["target_modules"] != "all-linear":
        settings = {"use_rslora": True}
    if "target_modules" not in settings and any(kind in name for kind in ("phi3", "smollm3", "distilbert")):
        settings["target_modules"] = "all-linear"
    if "phi3" in name and kind == "patterns":
        settings = {"target_modules": ["qkv_proj", "o_proj"], "rank_pattern": {"o_proj": 3}, "alpha_pattern": {"layers.1.self_attn.qkv_proj": 5}}
    space = {"name": name, "metric": {"name": "eval_loss", "goal": "minimize"}, "method": "random", "run_cap": 1, "workers": 1,
             "trainer": {"type": "lora", "task": task, "model": str(model), "train": str(data), "validation": str(data), "max_steps": 12,
                         "eval_steps": 12, "batch_size": 8, "max_length": 48, "r": 4, "lora_alpha": 8, "precision": "fp32", "threads": 1,
                         **settings},
             "parameters": {"learning_rate": {"values": [0.02]}}}
    path = root / f"{name}.json"
    path.write_text(json.dumps(space))
    run(binary, root, "run", str(path), "--quiet")


def run(binary, root, *arguments):
    done = subprocess.run([binary, *arguments], cwd=root, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(" ".join(arguments) + ": " + done.stderr.strip()[-600:])
    return done.stderr


def greedy(model, prompts, count, ends):
    """Each prompt's tokens, and by how much each one's logit is above the second best."""
    import torch
    found, gaps = [], []
    with torch.no_grad():
        for ids in prompts:
            ids, start = list(ids), len(ids)
            gaps.append([])
            for _ in range(count):
                logits = model(input_ids=torch.tensor([ids])).logits[0, -1].float()
                logits[ends] = -torch.inf
                best = logits.topk(2).values
                gaps[-1].append(float(best[0] - best[1]))
                ids.append(int(logits.argmax()))
            found.append(ids[start:])
    return found, gaps


LLAMA = r'''
import json, sys, urllib.request, xllamacpp as x
model, lora, prompts, count, texts = sys.argv[1], sys.argv[2], json.load(open(sys.argv[3])), int(sys.argv[4]), json.loads(sys.argv[5])
p = x.CommonParams()
p.model.path, p.n_ctx, p.n_parallel, p.n_gpu_layers, p.warmup, p.verbosity = model, int(sys.argv[6]), 1, 0, False, 0
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
p.cache_type_k = p.cache_type_v = x.ggml_type.GGML_TYPE_F32
p.flash_attn_type = x.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
if lora: p.lora_adapters = [x.CommonAdapterLoraInfo(lora, 1.0)]
server = x.Server(p); out = []
def call(path, ask):
    return json.load(urllib.request.urlopen(urllib.request.Request(
        server.listening_address + path, json.dumps(ask).encode(), {"Content-Type": "application/json"})))
if texts: out = [call("/tokenize", {"content": text, "add_special": True, "parse_special": True})["tokens"] for text in texts]
for ids in prompts if not texts else []:
    ask = {"prompt": ids, "n_predict": count, "temperature": 0, "cache_prompt": False, "return_tokens": True, "ignore_eos": True, "repeat_penalty": 1.0}
    out.append(call("/completion", ask)["tokens"])
print("TOKENS" + json.dumps(out), flush=True)
import os; os._exit(0)
'''
MLX = r'''
import json, sys, numpy, mlx.core as mx
from pathlib import Path
from mlx_lm.utils import load_adapters, load_model
mx.set_default_device(mx.cpu)
model, config = load_model(Path(sys.argv[1])); load_adapters(model, sys.argv[2]); model.eval()
out = []
for ids in json.load(open(sys.argv[3])):
    ids, start = list(ids), len(ids)
    for _ in range(int(sys.argv[4])):
        logits = numpy.array(model(mx.array([ids]))[0, -1].astype(mx.float32)); logits[json.loads(sys.argv[5])] = -numpy.inf
        ids.append(int(logits.argmax()))
    out.append(ids[start:])
print("TOKENS" + json.dumps(out))
'''


def other(program, *arguments):
    done = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("TOKENS")]
    if not lines:
        raise RuntimeError((done.stderr or done.stdout).strip()[-400:])
    return json.loads(lines[-1][6:])


def llama(model, adapter, root, texts=()):
    """With as much room as the file says that the model has."""
    import gguf
    fields = gguf.GGUFReader(model).fields
    context = next(int(field.parts[field.data[0]][0]) for name, field in fields.items() if name.endswith(".context_length"))
    return other(LLAMA, model, adapter, root / "prompts.json", 32, json.dumps(list(texts)), min(context, 256))


def cut_alike(what, base, get):
    """Whether llama.cpp turns texts into the ids that the model's tokenizer.json gives them.

    transformers' AutoTokenizer would put Qwen's own steps in place of the file's in a folder that is a Qwen's by its config.json."""
    import tokenizers
    tokenizer = tokenizers.Tokenizer.from_file(str(base / "tokenizer.json"))
    special = [token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special]
    texts = HARD + [f"a {token}b\n{token} c" for token in special]
    wanted = [tokenizer.encode(text).ids for text in texts]
    try:
        found = get(texts)
    except RuntimeError as error:
        return check(what, False, str(error))
    same = sum(a == b for a, b in zip(found, wanted))
    check(what, same == len(texts), f"{same} of {len(texts)} texts cut alike")


HARD = ["a", " a", "  a", "a ", "a  b   c", "\ta\t\tb", "a\nb\n\nc\r\n d\n\n\n", "Hello, world 1234567!", "na\u00efve e\u0301",
        "\u4e2d\u6587 \u65e5\u672c\u8a9e", "\U0001f600\u200d\U0001f680 \U0001f1e9\U0001f1ea", "x\u007fy\ufffdz", "aaaaaaa        a",
        "if (a >= b) {\n        return a[i]++;\n}", "the movie was great, and so was the film"]


def equal(what, get, reference, tie=1e-3):
    """Whether the texts are the same, but where two tokens are as good as one another: what comes behind such a place is another text."""
    wanted, gaps = reference
    try:
        found = get()
    except RuntimeError as error:
        return check(what, False, str(error))
    same = sum(a == b for a, b in zip(found, wanted))
    forks = [gap[next(i for i, (a, b) in enumerate(zip(x, y)) if a != b)] for x, y, gap in zip(found, wanted, gaps) if x != y]
    told = f", {len(forks)} fork where two logits are {max(forks):.2g} apart at most" if forks else ""
    check(what, len(found) == len(wanted) and all(gap <= tie for gap in forks), f"{same} of {len(wanted)} texts equal{told}")


def prompts_for(name, base):
    """Ids at random; of a real model the beginnings of texts."""
    import transformers
    random.seed(5)
    if name != REAL:
        return [[random.randrange(3, 400) for _ in range(random.randrange(4, 24))] for _ in range(20)]
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    texts = [json.loads(line)["text"] for line in open(FIXTURE / "text.jsonl")]
    return [tokenizer(text)["input_ids"][: random.randrange(4, 16)] for text in texts[:20]]


def decoder(binary, root, name, kind, given):
    import peft, torch, transformers
    base, study_name = root / f"model-{name}", f"{name}-{kind}"
    if not base.exists():
        base_model(name, base, given.smollm2)
    study(binary, root, study_name, base, kind, "causal-lm")
    out = root / f"out-{study_name}"

    def export(form, *more):
        try:
            return run(binary, root, "export", study_name, "--format", form, "--output", str(out / form), *more) or True
        except RuntimeError as error:
            return str(error)

    export("peft")
    tuned = peft.PeftModel.from_pretrained(transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), out / "peft").eval()
    tuned.config = tuned.base_model.model.config
    prompts = prompts_for(name, base)
    (root / "prompts.json").write_text(json.dumps(prompts))
    ends = ENDS[PIECES.get(name)]
    wanted = greedy(tuned, prompts, 32, ends)
    told = export("merged")
    if "logits" not in str(told):
        check(f"{study_name} merged", False, told)
    else:
        merged = transformers.AutoModelForCausalLM.from_pretrained(out / "merged", dtype=torch.float32).eval()
        with torch.no_grad():
            off = max(float((merged(input_ids=torch.tensor([p])).logits - tuned(input_ids=torch.tensor([p])).logits).abs().max()) for p in prompts)
        check(f"{study_name} merged in transformers", off < 1e-4, f"logits differ by {off:.2g} at most")
    for form, more in [("mlx", []), ("gguf", ["--type", "f16"]), ("gguf-lora", [])]:
        if form not in given.forms.split(","):
            continue
        told = export(form, *more)
        if "logits" not in str(told):
            refused = "take --format" in str(told)
            check(f"{study_name} {form} refused with a way out" if refused else f"{study_name} {form}", refused, str(told)[-220:])
            continue
        if form == "mlx" and name == "gemma2-window":
            print(f"---- {study_name} mlx: mlx-lm has no windows of a gemma2", flush=True)
        elif form == "mlx":
            equal(f"{study_name} mlx in mlx-lm", lambda: other(MLX, base, out / "mlx", root / "prompts.json", 32, ends), wanted)
        elif form == "gguf":
            # Rounded weights decide otherwise where two tokens are nearly as good.
            equal(f"{study_name} gguf (F16) in llama.cpp", lambda: llama(out / "gguf", "", root), wanted, tie=3e-2)
            cut_alike(f"{study_name} gguf's tokenizer in llama.cpp", base, lambda texts: llama(out / "gguf", "", root, texts))
        else:
            plain = root / f"base-{name}.gguf"
            if not plain.exists() and (out / "gguf").exists():
                make_base(binary, root, study_name, name, base, plain)
            if plain.exists():
                equal(f"{study_name} gguf-lora in llama.cpp", lambda: llama(plain, out / "gguf-lora", root), wanted)
            else:
                print(f"---- {study_name} gguf-lora: no base for llama.cpp here", flush=True)


def make_base(binary, root, study_name, name, base, plain):
    """The base alone as a GGUF file: the export of an adapter that changes nothing."""
    import safetensors.numpy
    folder = root / "studies" / study_name / "trials/0/adapter"
    kept = root / "kept-adapter"
    shutil.copytree(folder, kept)
    path = folder / "adapter_model.safetensors"
    tensors = safetensors.numpy.load_file(path)
    dora = any("magnitude" in n for n in tensors)
    if not dora:
        safetensors.numpy.save_file({n: t * (0 if "lora_B" in n else 1) for n, t in tensors.items()}, path, {"format": "pt"})
        run(binary, root, "export", study_name, "--format", "gguf", "--type", "f32", "--output", str(plain))
    shutil.rmtree(folder)
    shutil.move(kept, folder)


def encoder(binary, root, name, kind, _):
    import peft, torch, transformers
    base, study_name = root / f"model-{name}", f"{name}-{kind}"
    if not base.exists():
        base_model(name, base, None)
    study(binary, root, study_name, base, kind, "sequence-classification")
    out = root / f"out-{study_name}"
    for form in ("peft", "merged"):
        run(binary, root, "export", study_name, "--format", form, "--output", str(out / form))
    plain = transformers.AutoModelForSequenceClassification.from_pretrained(base, num_labels=3, dtype=torch.float32)
    tuned = peft.PeftModel.from_pretrained(plain, out / "peft").eval()
    merged = transformers.AutoModelForSequenceClassification.from_pretrained(out / "merged", dtype=torch.float32).eval()
    random.seed(5)
    with torch.no_grad():
        texts = [torch.tensor([[random.randrange(3, 400) for _ in range(12)]]) for _ in range(20)]
        off = max(float((merged(input_ids=t).logits - tuned(input_ids=t).logits).abs().max()) for t in texts)
    check(f"{study_name} merged in transformers", off < 1e-4, f"logits differ by {off:.2g} at most")
    check(f"{study_name} names its classes", [merged.config.id2label[n] for n in range(3)] == ["bad", "good", "none"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--only", help="some models, such as llama,smollm2")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--smollm2", help="its GGUF file")
    parser.add_argument("--forms", default="mlx,gguf,gguf-lora", help="of language models, beside merged")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else [*DECODERS, *ENCODERS] + [REAL] * (given.smollm2 is not None)
    import transformers
    transformers.logging.set_verbosity_error()
    binary = str(pathlib.Path(given.binary).resolve())
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in names:
            for kind in given.kinds.split(","):
                try:
                    (encoder if name in ENCODERS else decoder)(binary, root, name, kind, given)
                except RuntimeError as error:
                    check(f"{name}-{kind}", False, str(error))
    print(f"{counted[0] - len(failures)} of {counted[0]} checks hold")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
