"""A peer's model trained in a plain loop, on the rows of a file in their order."""
import json
import math

import torch
import transformers
from packaging.version import Version
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_scheduler

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
FP32 = {"dtype" if Version(transformers.__version__) >= Version("4.56") else "torch_dtype": torch.float32}


def read(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def base_model(folder, labels):
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=labels, **FP32)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def is_plain(name):
    """What Hugging Face's Trainer does not decay: biases and norms."""
    return name.endswith("bias") or "norm" in name.lower()


def furthest(a, b):
    return max(abs(x - y) for left, right in zip(a, b, strict=True) for x, y in zip(left, right, strict=True))


class Peer:
    """A model, which whoever makes one gives it, and its data in the file's order."""

    def __init__(self, folder, rows, settings, model=None):
        self.rows, self.settings, self.model = rows, settings, model
        self.labels = sorted({str(row["label"]) for row in rows if "label" in row})
        self.tokenizer = AutoTokenizer.from_pretrained(folder)

    def inputs(self, rows):
        return self.tokenizer([row["text"] for row in rows], padding=True, truncation=True,
                              max_length=self.settings["max_length"], return_tensors="pt")

    def outputs(self, rows):
        return self.model(**self.inputs(rows)).logits

    def loss(self, rows):
        target = torch.tensor([self.labels.index(str(row["label"])) for row in rows])
        return torch.nn.functional.cross_entropy(self.outputs(rows), target)

    def optimizer(self, named):
        """Hugging Face Trainer's choice of what decays, LoRA+'s rates, or LoRA-FA's steps."""
        s = self.settings
        if s.get("use_lorafa"):
            from peft.optimizers import create_lorafa_optimizer, lorafa
            # It would round the gradients to bf16, on a CPU too.
            lorafa.is_bf16_available = lambda: False
            config = self.model.peft_config["default"]
            return create_lorafa_optimizer(self.model, config.r, config.lora_alpha, s["learning_rate"], s["weight_decay"], config.use_rslora)
        if "loraplus_lr_ratio" in s:
            from peft.optimizers import create_loraplus_optimizer
            return create_loraplus_optimizer(
                self.model, torch.optim.AdamW, lr=s["learning_rate"], loraplus_lr_ratio=s["loraplus_lr_ratio"],
                loraplus_weight_decay=s["weight_decay"])
        return torch.optim.AdamW([
            {"params": [p for name, p in named if not is_plain(name)], "weight_decay": s["weight_decay"]},
            {"params": [p for name, p in named if is_plain(name)], "weight_decay": 0.0}], lr=s["learning_rate"])

    def train(self, steps):
        """The loss of each step."""
        s = self.settings
        named = [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]
        optimizer = self.optimizer(named)
        scheduler = get_scheduler(s["lr_scheduler_type"], optimizer, math.ceil(s["warmup_ratio"] * steps), steps)
        batch, losses = s["batch_size"], []
        per_epoch = len(self.rows) // batch
        self.model.train()
        for step in range(steps):
            loss = self.loss(self.rows[step % per_epoch * batch:][:batch])
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in named], s["max_grad_norm"])
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
            losses.append(loss.item())
        return losses

    def logits(self, rows):
        self.model.eval()
        with torch.no_grad():
            return self.outputs(rows).tolist()


class OneByOne(Peer):
    """A decoder's classifier cannot see what is padding among embeddings, which prompt methods give it."""

    def outputs(self, rows):
        return torch.cat([super(OneByOne, self).outputs([row]) for row in rows])
