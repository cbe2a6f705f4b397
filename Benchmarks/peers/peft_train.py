#!/usr/bin/env python3
"""The trainer that ours is measured against: Hugging Face PEFT on PyTorch, LoRA on the CPU, on JSON-lines data.

Needs what requirements.txt names; scripts/peers.sh installs it into .venv-peers.
Prints JSON lines, one an evaluation, and a last one with the throughput (training steps alone, without tokenization).
"""
import argparse, json, random, resource, time

p = argparse.ArgumentParser()
p.add_argument("--model", required=True)
p.add_argument("--task", choices=["seq_cls", "causal_lm"], default="seq_cls")
p.add_argument("--train", required=True, help="JSON lines: {text, label}, {text}, or {prompt, completion} (causal_lm)")
p.add_argument("--validation")
p.add_argument("--completion-only", action="store_true", help="causal_lm: the loss on the completion (and the EOS after it) alone")
p.add_argument("--checkpointing", action="store_true", help="gradient checkpointing, a checkpoint a layer")
p.add_argument("--method", choices=["lora", "full"], default="lora")
p.add_argument("--r", type=int, default=8)
p.add_argument("--alpha", type=float, default=16)
p.add_argument("--dropout", type=float, default=0.0)
p.add_argument("--targets", default="query,value", help="comma list, or all-linear")
p.add_argument("--layers", default="", help="comma list of layer numbers; none: all")
p.add_argument("--rslora", action="store_true")
p.add_argument("--dora", action="store_true")
p.add_argument("--init", default="default", choices=["default", "pissa"])
p.add_argument("--lr", type=float, default=1e-3)
p.add_argument("--weight-decay", type=float, default=0.0)
p.add_argument("--steps", type=int, default=100)
p.add_argument("--eval-steps", type=int, default=0)
p.add_argument("--batch", type=int, default=32)
p.add_argument("--max-length", type=int, default=64)
p.add_argument("--base-dropout", action="store_true", help="keep the base model's own dropout (off otherwise)")
p.add_argument("--group-by-length", action="store_true")
p.add_argument("--no-shuffle", action="store_true", help="batches in file order: for comparing losses step by step")
p.add_argument("--bf16", action="store_true")
p.add_argument("--threads", type=int, default=1)
p.add_argument("--seed", type=int, default=0)
p.add_argument("--init-adapter", help="start from this saved adapter (for comparing losses step by step)")
p.add_argument("--save", help="write the adapter here at the end")
a = p.parse_args()

import torch
from peft import LoraConfig, PeftModel, TaskType, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer
import transformers
transformers.logging.set_verbosity_error()
torch.set_num_threads(a.threads)
random.seed(a.seed); torch.manual_seed(a.seed)

read = lambda path: [json.loads(line) for line in open(path, encoding="utf-8")]
train, validation = read(a.train), read(a.validation) if a.validation else []
tok = AutoTokenizer.from_pretrained(a.model)
tok.pad_token = tok.pad_token or tok.eos_token
if a.task == "seq_cls":
    labels = sorted({str(row["label"]) for row in train})
    model = AutoModelForSequenceClassification.from_pretrained(a.model, num_labels=len(labels), dtype=torch.float32)
else:
    model = AutoModelForCausalLM.from_pretrained(a.model, dtype=torch.float32)
if not a.base_dropout:
    for m in model.modules():
        if isinstance(m, torch.nn.Dropout): m.p = 0.0
if a.init_adapter:
    model = PeftModel.from_pretrained(model, a.init_adapter, is_trainable=True)
elif a.method == "lora":
    targets = a.targets if a.targets == "all-linear" else a.targets.split(",")
    model = get_peft_model(model, LoraConfig(
        task_type=TaskType.SEQ_CLS if a.task == "seq_cls" else TaskType.CAUSAL_LM, r=a.r, lora_alpha=a.alpha,
        lora_dropout=a.dropout, target_modules=targets, use_rslora=a.rslora, use_dora=a.dora,
        layers_to_transform=[int(x) for x in a.layers.split(",")] if a.layers else None,
        init_lora_weights=True if a.init == "default" else "pissa"))
trainable = [q for q in model.parameters() if q.requires_grad]
opt = torch.optim.AdamW(trainable, lr=a.lr, weight_decay=a.weight_decay)

def text(row): return row["text"] if "text" in row else row["prompt"] + row["completion"]

def batch(rows):
    if a.task == "causal_lm" and "prompt" in rows[0]:      # EOS after the completion; the prompt's end is where the two tokenizations part (as TRL does)
        ids, starts = [], []
        for r in rows:
            head, full = tok(r["prompt"])["input_ids"], tok(text(r) + tok.eos_token)["input_ids"]
            ids.append(full[:a.max_length])
            starts.append(next((i for i, (u, v) in enumerate(zip(head, full)) if u != v), min(len(head), len(full))))
        longest = max(map(len, ids))
        x = {"input_ids": torch.tensor([i + [tok.pad_token_id] * (longest - len(i)) for i in ids]),
             "attention_mask": torch.tensor([[1] * len(i) + [0] * (longest - len(i)) for i in ids])}
        y = x["input_ids"].clone(); y[x["attention_mask"] == 0] = -100
        if a.completion_only:
            for i, s in enumerate(starts): y[i, :s] = -100
        return x, y
    x = tok([r["text"] for r in rows], padding=True, truncation=True, max_length=a.max_length, return_tensors="pt")
    if a.task == "seq_cls": return x, torch.tensor([labels.index(str(r["label"])) for r in rows])
    y = x["input_ids"].clone(); y[x["attention_mask"] == 0] = -100
    return x, y

def labeled(y): return len(y) if a.task == "seq_cls" else int((y[:, 1:] != -100).sum())

def evaluate():
    model.eval(); right = n = 0; loss = 0.0
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
        for i in range(0, len(validation), 64):
            x, y = batch(validation[i:i + 64]); out = model(**x, labels=y)
            loss += out.loss.item() * labeled(y); n += labeled(y)
            if a.task == "seq_cls": right += (out.logits.argmax(-1) == y).sum().item()
    model.train()
    return {"eval_loss": loss / n} | ({"eval_accuracy": right / n} if a.task == "seq_cls" else {})

order = list(range(len(train)))
def epochs():
    while True:
        if not a.no_shuffle: random.shuffle(order)
        if a.group_by_length: order.sort(key=lambda i: len(text(train[i])))
        starts = list(range(0, len(order) - a.batch + 1, a.batch))
        if a.group_by_length: random.shuffle(starts)
        for s in starts: yield [train[i] for i in order[s:s + a.batch]]

if a.checkpointing: model.gradient_checkpointing_enable(); model.enable_input_require_grads()
model.train(); spent = 0.0; tokens = padded = rows = counted = 0; batches = epochs()
for step in range(1, a.steps + 1):
    x, y = batch(next(batches)); t = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=a.bf16): loss = model(**x, labels=y).loss
    loss.backward(); torch.nn.utils.clip_grad_norm_(trainable, 1.0); opt.step(); opt.zero_grad()
    if step > 3:
        spent += time.perf_counter() - t
        tokens += int(x["attention_mask"].sum()); padded += x["attention_mask"].numel(); rows += len(y); counted += labeled(y)
    if a.no_shuffle: print(json.dumps({"step": step, "loss": loss.item()}), flush=True)
    if a.eval_steps and step % a.eval_steps == 0 and validation: print(json.dumps({"step": step, "loss": loss.item()} | evaluate()), flush=True)
if a.save: model.save_pretrained(a.save)
print(json.dumps({"done": True, "trainable": sum(q.numel() for q in trainable), "samples_per_second": rows / spent,
                  "tokens_per_second": tokens / spent, "padded_tokens_per_second": padded / spent, "labeled_per_second": counted / spent,
                  "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
