"""What is compared with: a model under PEFT (whole models: transformers), as a classifier or as a language model, trained in a plain loop."""
import json

import peft
import torch
from packaging.version import Version
from peft import IA3Config, LoraConfig, PeftModel, PromptEncoderConfig, PromptTuningConfig, TaskType, get_peft_model
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from methods.loop import FP32, OneByOne, Peer, base_model
from methods.masks import drop_as_ours
from methods.variants import OPTIMIZER, changes_base

CONFIGS = {"ia3": IA3Config, "miss": getattr(peft, "MissConfig", None), "prompt_tuning": PromptTuningConfig, "p_tuning": PromptEncoderConfig}
CARRIERS = {False: "bert.encoder.layer.0.attention.self.query", True: "model.layers.0.self_attn.q_proj"}
# The first PEFT with a setting, or with a value of one; before, all-linear took a classifier's head too, and left it out of the file.
SINCE = {"all-linear": "0.13", "olora": "0.12", "loraplus_lr_ratio": "0.13", "eva": "0.14", "exclude_modules": "0.14", "use_lorafa": "0.16",
         "orthogonal": "0.17", "miss": "0.17"}


def is_known(values):
    """Whether this PEFT can train it; it reads what ours leaves of it in any case."""
    names = list(values) + [value for value in values.values() if isinstance(value, str)]
    return all(Version(peft.__version__) >= Version(SINCE[name]) for name in names if name in SINCE)


IS_OLD = not is_known({"target_modules": "all-linear"})


class Writer(Peer):
    """A language model: each token but the first is learned, and an end behind the text. Padding is at the right."""

    def inputs(self, rows):
        length, end = self.settings["max_length"], self.tokenizer.eos_token_id
        texts = [(self.tokenizer(row["text"])["input_ids"] + [end])[:length] for row in rows]
        longest = max(map(len, texts))
        return {"input_ids": torch.tensor([text + [end] * (longest - len(text)) for text in texts]),
                "attention_mask": torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])}

    def losses(self, rows):
        """Of all tokens of all rows; rows before a text predict nothing."""
        inputs = self.inputs(rows)
        logits = self.model(**inputs).logits[:, -inputs["input_ids"].shape[1]:]
        there = inputs["attention_mask"][:, 1:].bool()
        return torch.nn.functional.cross_entropy(logits[:, :-1][there], inputs["input_ids"][:, 1:][there], reduction="none")

    def loss(self, rows):
        return self.losses(rows).mean()

    def logits(self, rows):
        """The loss of each token: a row of all logits would be long."""
        self.model.eval()
        with torch.no_grad():
            return [[loss] for row in rows for loss in self.losses([row]).tolist()]


def base_of(kind, folder, labels):
    return AutoModelForCausalLM.from_pretrained(folder, **FP32) if kind.writes else base_model(folder, labels)


def peer_of(kind, values):
    if kind.writes:
        return Writer
    return OneByOne if kind.isDecoder and "num_virtual_tokens" in values else Peer


def tuned(kind, folder, labels, values, batches):
    """PEFT's model. It has no method that trains the head or biases alone: an adapter that changes nothing carries them."""
    values, task = dict(values), TaskType.CAUSAL_LM if kind.writes else TaskType.SEQ_CLS
    tuning, model = values.pop("finetuning_type", "lora"), base_of(kind, folder, labels)
    values = {key: value for key, value in values.items() if key not in OPTIMIZER}
    if tuning == "full":
        return model
    if tuning in CONFIGS:
        return get_peft_model(model, CONFIGS[tuning](task_type=task, **values))
    if tuning != "lora":
        values = dict(r=1, lora_alpha=1, target_modules=[CARRIERS[kind.isDecoder]], bias="all" if tuning == "bitfit" else "none")
    if values.get("init_lora_weights") == "eva":
        return with_directions(model, LoraConfig(task_type=task, **values), batches)
    model = get_peft_model(model, LoraConfig(task_type=task, **values))
    for name, weight in model.named_parameters():
        if tuning != "lora" and ".lora_" in name:
            weight.requires_grad = False
            torch.nn.init.zeros_(weight)
    if values.get("lora_dropout"):
        drop_as_ours(model, kind, values["lora_dropout"], model.config.num_hidden_layers)
    return model


def with_directions(model, config, batches):
    from peft import EvaConfig, initialize_lora_eva_weights
    config.eva_config = EvaConfig(rho=1.0)
    model = get_peft_model(model, config)
    initialize_lora_eva_weights(model, batches, show_progress_bar=False)
    return model


def take_start(model, tensors, scale_of):
    """Starts PEFT's model where ours did, whose saved adapter has that start in its second half, and takes as much away from the base."""
    for name, module in model.named_modules():
        if "lora_A" not in dict(module.named_children()):
            continue
        a, b = module.lora_A["default"].weight.data, module.lora_B["default"].weight.data
        first, second = (tensors[f"{name}.lora_{part}.weight"] for part in "AB")
        base = module.get_base_layer().weight.data
        base += scale_of(module) * (b @ a + second[:, b.shape[1]:] @ first[a.shape[0]:])
        a.copy_(first[a.shape[0]:])
        b.copy_(-second[:, b.shape[1]:])


def tensors_of(model):
    return {name: weight.clone() for name, weight in get_peft_model_state_dict(model).items()}


def save(model, first, values, folder):
    """For the model as its files have it: what PEFT's own conversion leaves, with the head and DoRA's lengths that it leaves out."""
    if not changes_base(values):
        return model.save_pretrained(folder)
    config = model.peft_config["default"].to_dict()
    growth = 2 ** 0.5 if values.get("use_rslora") else 2
    config |= {"r": 2 * config["r"], "lora_alpha": growth * config["lora_alpha"], "init_lora_weights": True, "inference_mode": True,
               "rank_pattern": {key: 2 * rank for key, rank in config["rank_pattern"].items()},
               "alpha_pattern": {key: growth * alpha for key, alpha in config["alpha_pattern"].items()}}
    config = {key: sorted(value) if isinstance(value, set) else value for key, value in config.items() if key != "runtime_config"}
    tensors = {}
    for name, tensor in get_peft_model_state_dict(model).items():
        grown = {"lora_A": lambda: torch.cat([tensor, first[name]], 0), "lora_B": lambda: torch.cat([tensor, -first[name]], 1)}
        part = next((part for part in grown if part in name), None)
        tensors[name] = (grown[part]() if part else tensor).detach().contiguous()
    folder.mkdir(parents=True)
    save_file(tensors, folder / "adapter_model.safetensors", {"format": "pt"})
    (folder / "adapter_config.json").write_text(json.dumps(config, default=str))


def loaded(kind, folder, labels, adapter):
    """PEFT's model with an adapter, and the tensors that it looks for in the adapter's file."""
    model = PeftModel.from_pretrained(base_of(kind, folder, labels), adapter)
    # With bias: all PEFT asks for the head's bias under two more names.
    asked = {key: tuple(w.shape) for key, w in get_peft_model_state_dict(model).items()
             if ".original_module." not in key and ".modules_to_save." not in key}
    return model, asked


def logits_of(kind, values, folder, model, settings, rows):
    return peer_of(kind, values)(folder, rows, settings, model).logits(rows)


def whole(kind, folder):
    """A whole model that ours left, and what transformers misses in it."""
    auto = AutoModelForCausalLM if kind.writes else AutoModelForSequenceClassification
    model, told_of = auto.from_pretrained(folder, output_loading_info=True, **FP32)
    return model, [told_of[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if told_of[key]]
