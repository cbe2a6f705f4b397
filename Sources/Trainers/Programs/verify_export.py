"""Runs an exported model in the program that it is for, and tells how far its answers are from the trial's.

usage: verify_export.py FORM EXPORT BASE REFERENCE.json

REFERENCE has "texts" (tokens) and "logits": of a classifier its logits to each text, of a language model those of the token behind it.
Prints one line of JSON: the program with its version and the differences; or what is missing; or why it cannot be run on these files.
"""
import json
import math
import os
import sys


def tell(**values):
    print("VERIFIED " + json.dumps(values), flush=True)
    os._exit(0)    # some programs wait for threads of theirs without end


def version(package):
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        tell(missing=package)


def transformers_logits(model, given):
    import torch

    with torch.no_grad():
        for text in given["texts"]:
            logits = model(input_ids=torch.tensor([text])).logits[0].float()
            yield (logits if given["classifies"] else logits[-1]).tolist()


def of_transformers(path, given):
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    kind = transformers.AutoModelForSequenceClassification if given["classifies"] else transformers.AutoModelForCausalLM
    if os.path.isdir(path):
        return kind.from_pretrained(path, dtype=torch.float32).eval()
    version("gguf")    # by which transformers reads such a file
    return kind.from_pretrained(os.path.dirname(path), gguf_file=os.path.basename(path), dtype=torch.float32).eval()


def merged(export, base, given):
    return f"transformers {version('transformers')}", transformers_logits(of_transformers(export, given), given)


def vllm(export, base, given):
    name = f"PEFT {version('peft')}"
    import peft

    return name, transformers_logits(peft.PeftModel.from_pretrained(of_transformers(base, given), export).eval(), given)


def mlx(export, base, given):
    if not os.path.isfile(os.path.join(base, "config.json")):
        tell(cannot="mlx-lm loads an adapter on a Hugging Face folder alone")
    name = f"mlx-lm {version('mlx-lm')}"
    import mlx.core as mx
    import numpy
    from pathlib import Path
    from mlx_lm.utils import load_adapters, load_model

    mx.set_default_device(mx.cpu)
    model, _ = load_model(Path(base))
    load_adapters(model, export)
    model.eval()
    return name, (numpy.array(model(mx.array([text]))[0, -1].astype(mx.float32)).tolist() for text in given["texts"])


def llama(model, adapter, given):
    name = f"llama.cpp (xllamacpp {version('xllamacpp')})"
    import urllib.request
    import xllamacpp as x

    params = x.CommonParams()
    params.model.path, params.n_ctx, params.n_parallel, params.n_gpu_layers = model, 512, 1, 0
    params.warmup, params.verbosity = False, 0
    params.cache_type_k = params.cache_type_v = x.ggml_type.GGML_TYPE_F32
    params.flash_attn_type = x.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    if adapter:
        params.lora_adapters = [x.CommonAdapterLoraInfo(adapter, 1.0)]
    server = x.Server(params)
    size = len(given["logits"][0])

    def rows():
        for text in given["texts"]:
            ask = {"prompt": text, "n_predict": 1, "temperature": 0, "cache_prompt": False, "n_probs": size, "ignore_eos": False}
            call = urllib.request.Request(
                server.listening_address + "/completion", json.dumps(ask).encode(), {"Content-Type": "application/json"})
            answer = json.load(urllib.request.urlopen(call))
            row = [None] * size
            for one in (answer.get("completion_probabilities") or [{"top_logprobs": []}])[0]["top_logprobs"]:
                row[one["id"]] = one["logprob"]
            yield row

    return name, rows()


def gguf(export, base, given):
    return llama(export, None, given)


def gguf_lora(export, base, given):
    if os.path.isdir(base):
        tell(cannot="llama.cpp takes an adapter beside a GGUF file of the base, and the trial's is a folder; export gguf and verify that")
    return llama(base, export, given)


def log_softmax(row):
    top = max(row)
    whole = top + math.log(sum(math.exp(value - top) for value in row))
    return [value - whole for value in row]


def main(form, export, base, reference):
    with open(reference, encoding="utf-8") as file:
        given = json.load(file)
    forms = {"merged": merged, "peft": vllm, "vllm": vllm, "mlx": mlx, "gguf": gguf, "gguf-lora": gguf_lora}
    name, rows = forms[form](export, base, given)
    off, largest, count, values = 0.0, 0.0, 0, []
    for found, wanted in zip(rows, given["logits"]):
        if form.startswith("gguf"):
            wanted = log_softmax(wanted)
        pairs = [(a, b) for a, b in zip(found, wanted) if a is not None]
        for a, b in pairs:
            off, largest, count = off + (a - b) ** 2, max(largest, abs(a - b)), count + 1
        values += [b for _, b in pairs]
    if not count:
        tell(cannot=f"{name} gave no logits")
    mean = sum(values) / count
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / count)
    tell(program=name, largest=largest, share=math.sqrt(off / count) / max(spread, 1e-300))


if __name__ == "__main__":
    main(*sys.argv[1:5])
