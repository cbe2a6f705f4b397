"""One model in its files, from which both sides start, the rows that they see, and what ours makes of them."""
import json
import subprocess
from pathlib import Path

import torch
from transformers import (
    AutoTokenizer, BertConfig, BertForSequenceClassification, LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification,
    PreTrainedTokenizerFast)

from methods.loop import base_model, read

SMALL = dict(hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, max_position_embeddings=128,
             initializer_range=0.1)
UNDROPPED = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
TRAINING = {"max_length": 32, "weight_decay": 0.01, "warmup_ratio": 0.0, "lr_scheduler_type": "constant",
            "max_grad_norm": 1.0}


class Bench:
    def __init__(self, a, kind, scratch):
        self.a, self.kind, self.scratch, self.folder = a, kind, scratch, scratch / f"{kind.name}-model"
        # A random model has more to learn than a trained one; at a high rate small differences grow in many layers.
        self.training = TRAINING | {"batch_size": a.batch, "learning_rate": (1e-4 if kind.isDecoder else 5e-4) if kind.isReal else 1e-3}
        self.rows = read(Path(a.data) / "train.jsonl")[: a.steps * a.batch]
        self.tests = read(Path(a.data) / "validation.jsonl")[:24]
        self.labels = sorted({str(row["label"]) for row in self.rows})
        torch.manual_seed(5)
        model, tokenizer = self.real() if kind.isReal else self.small()
        model.save_pretrained(self.folder)
        tokenizer.save_pretrained(self.folder)
        for name, rows in {"two": self.tests[:2], "tests": self.tests, "train": self.rows}.items():
            rows = [{"text": row["text"]} for row in rows] if kind.writes else rows
            (scratch / f"{kind.name}-{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def real(self):
        source = self.a.model
        if self.kind.isDecoder:
            from smollm2 import make_folder
            source = self.scratch / "plain"
            make_folder(self.a.decoder, source)
        model, tokenizer = base_model(source, len(self.labels)), AutoTokenizer.from_pretrained(source)
        if model.config.pad_token_id is None:
            model.config.pad_token_id = tokenizer.pad_token_id
        if not self.kind.isDecoder:
            model.config.hidden_dropout_prob = model.config.attention_probs_dropout_prob = 0.0
        return model, tokenizer

    def small(self):
        """Random, with norms and biases that are not 1 and 0, so that every term shows."""
        if self.kind.isDecoder:
            file = Path(__file__).parents[2] / "Tests/FinetuningTests/Fixtures/causal-lm/tokenizer.json"
            tokenizer = PreTrainedTokenizerFast(
                tokenizer_file=str(file), model_input_names=["input_ids", "attention_mask"], unk_token="<|endoftext|>",
                pad_token="<|endoftext|>", bos_token="<|im_start|>", eos_token="<|im_end|>")
            config = LlamaConfig(
                vocab_size=len(tokenizer), num_key_value_heads=2, num_labels=len(self.labels), pad_token_id=tokenizer.pad_token_id,
                bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, **SMALL)
            model = (LlamaForCausalLM if self.kind.writes else LlamaForSequenceClassification)(config)
        else:
            tokenizer = AutoTokenizer.from_pretrained(self.a.model)
            model = BertForSequenceClassification(BertConfig(vocab_size=len(tokenizer), num_labels=len(self.labels), **UNDROPPED, **SMALL))
        with torch.no_grad():
            for weight in model.parameters():
                if weight.dim() == 1:
                    weight += 0.1 * torch.randn(weight.shape)
        return model, tokenizer

    def config(self, values):
        """Ours, of what PEFT is asked for."""
        def data(name):
            return str(self.scratch / f"{self.kind.name}-{name}.jsonl")

        task = {"task": "causal-lm"} if self.kind.writes else {}
        return self.training | task | values | {
            "model": str(self.folder), "train": data("train"), "validation": data("two"), "test": data("tests"), "shuffle": False,
            "precision": "fp32", "max_steps": self.a.steps, "eval_steps": 1, "threads": 1, "metric_for_best_model": "eval_loss"}

    def ours(self, *arguments):
        """The lines that ours prints."""
        run = subprocess.run([self.a.binary, *map(str, arguments)], capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(f"autolora {' '.join(map(str, arguments))}: {run.stderr}")
        return run.stdout.splitlines()

    def trained(self, config, place):
        """The losses of our steps. The adapter that is left is that of the best evaluation."""
        place.parent.mkdir(parents=True, exist_ok=True)
        file = place.parent / f"{place.name}.json"
        file.write_text(json.dumps(config))
        return [json.loads(line)["loss"] for line in self.ours("train", file, "--output", place)]

    def logits(self, config, adapter):
        """Of the tests; of a language model each token's loss."""
        file = self.scratch / "evaluated.json"
        file.write_text(json.dumps(config))
        rows = [json.loads(line) for line in self.ours("evaluate", file, "--adapter", adapter, "--logits")[:-1]]
        return [row[:1] for row in rows] if self.kind.writes else rows
