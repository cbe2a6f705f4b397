"""Runs the shipped training programs where neither PEFT nor torch is installed: stand_ins.py PROGRAMS FOLDER

First every name that a function of them looks up at the top level has to be there. Then peft_train.py trains in FOLDER with modules that
stand in for torch, transformers and peft: they take what the real ones take, and do nothing. What they were given is printed as JSON."""

import builtins
import dataclasses
import importlib.metadata
import json
import os
import symtable
import sys
import types


def unknown_names(path):
    """The names that are looked up at the top level of a program and are nowhere there."""
    with open(path, encoding="utf-8") as file:
        whole = symtable.symtable(file.read(), path, "exec")
    own = {symbol.get_name() for symbol in whole.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    known = own | set(dir(builtins)) | {"__file__", "__name__"}

    def look(table):
        for symbol in table.get_symbols():
            looked_up = symbol.is_global() or table.get_type() == "module"
            if symbol.is_referenced() and looked_up and symbol.get_name() not in known:
                yield f"{os.path.basename(path)}:{table.get_lineno()}: {table.get_name()} uses {symbol.get_name()}"
        for child in table.get_children():
            yield from look(child)

    return list(look(whole))


def module(name, **members):
    made = types.ModuleType(name)
    made.__dict__.update(members)
    sys.modules[name] = made
    return made


class Parameter:
    requires_grad = True

    @property
    def data(self):
        return self

    @data.setter
    def data(self, value):
        pass

    def float(self):
        return self

    def numel(self):
        return 6


class Linear:
    def __init__(self):
        self.p = 0.5


class Dropout(Linear):
    pass


class Model:
    """Two layers with a query and a value each, and a head."""

    def __init__(self, config):
        self.config = config
        names = [f"encoder.layer.{number}.{part}" for number in (0, 1) for part in ("query", "value")]
        self.layers = {**{name: Linear() for name in names}, "classifier": Linear(), "encoder.dropout": Dropout()}

    @classmethod
    def from_pretrained(cls, path, config, dtype):
        return cls(config)

    def modules(self):
        return list(self.layers.values())

    def named_modules(self):
        return list(self.layers.items())

    def parameters(self):
        return [Parameter()]

    def get_output_embeddings(self):
        return None

    def register_forward_hook(self, hook, with_kwargs):
        self.hook = hook

    def enable_input_require_grads(self):
        pass


class Config:
    num_hidden_layers, pad_token_id = 2, None

    def __init__(self, **given):
        self.given, self.hidden_dropout = given, 0.1

    @classmethod
    def from_pretrained(cls, path, **given):
        return cls(**given)


class Tensor(list):
    @property
    def shape(self):
        return (len(self), len(self[0]))


class Tokenizer:
    eos_token, pad_token, pad_token_id, padding_side, chat_template = "</s>", None, 0, "right", None

    @classmethod
    def from_pretrained(cls, path):
        return cls()

    def __call__(self, text, **further):
        return {"input_ids": [len(word) for word in text.replace("</s>", " </s>").split()][: further.get("max_length")]}

    def apply_chat_template(self, messages, tokenize, add_generation_prompt=False):
        text = " ".join(f"<{message['role']}> {message['content']} <end>" for message in messages)
        return text + (" <assistant>" if add_generation_prompt else "")

    def pad(self, rows, return_tensors):
        longest = max(len(row["input_ids"]) for row in rows)
        return {"input_ids": Tensor(row["input_ids"] + [0] * (longest - len(row["input_ids"])) for row in rows)}


class TrainerCallback:
    pass


class Trainer:
    given = None

    def __init__(self, **given):
        Trainer.given, self.args, self.model = given, given["args"], given["model"]

    def get_eval_dataloader(self, *arguments):
        return self.args.dataloader_drop_last

    def train(self, resume_from_checkpoint):
        batch = Trainer.given["data_collator"](Trainer.given["train_dataset"])
        assert len(batch["labels"]) == len(Trainer.given["train_dataset"]) and self.get_eval_dataloader() is False
        state = types.SimpleNamespace(global_step=0, epoch=1.0, is_world_process_zero=True)
        control = types.SimpleNamespace(should_training_stop=False, should_evaluate=True, should_save=False)
        for callback in Trainer.given["callbacks"]:
            callback.on_train_begin(self.args, state, control, model=self.model)
            state.global_step = 1
            callback.on_log(self.args, state, control, logs={"loss": 0.75, "learning_rate": 1e-4, "grad_norm": 1.0})
            callback.on_step_end(self.args, state, control)
            callback.on_evaluate(self.args, state, control, metrics={"eval_loss": 0.5})
            callback.on_save(self.args, state, control)
            callback.on_train_end(self.args, state, control)

    def save_model(self, output):
        os.makedirs(output, exist_ok=True)


ARGUMENTS = """output_dir max_steps num_train_epochs eval_strategy logging_strategy eval_steps logging_steps per_device_train_batch_size
    per_device_eval_batch_size gradient_accumulation_steps dataloader_drop_last train_sampling_strategy learning_rate lr_scheduler_type
    warmup_steps weight_decay adam_beta1 adam_beta2 adam_epsilon max_grad_norm optim seed save_strategy bf16 use_cpu
    gradient_checkpointing gradient_checkpointing_kwargs report_to label_names prediction_loss_only remove_unused_columns
    neftune_noise_alpha"""
LORA = """task_type r lora_alpha lora_dropout exclude_modules modules_to_save bias rank_pattern alpha_pattern use_rslora use_dora
    init_lora_weights target_modules layers_to_transform megatron_core"""


def fields(name, words, **further):
    made = dataclasses.make_dataclass(name, [(word, object, dataclasses.field(default=None)) for word in words.split()])
    for key, value in further.items():
        setattr(made, key, value)
    return made


def install():
    no = types.SimpleNamespace(is_available=lambda: False, is_bf16_supported=lambda: False)
    module(
        "torch", cuda=no, backends=types.SimpleNamespace(mps=no), distributed=no, float32="float32", bfloat16="bfloat16",
        nn=types.SimpleNamespace(Linear=Linear, Dropout=Dropout), optim=types.SimpleNamespace(AdamW="AdamW"), tensor=list,
        set_num_threads=lambda count: None)
    module(
        "transformers", TrainingArguments=fields("TrainingArguments", ARGUMENTS, device=None, fp16=False, load_best_model_at_end=False),
        AutoConfig=Config, AutoTokenizer=Tokenizer, AutoModelForSequenceClassification=Model, AutoModelForCausalLM=Model,
        Trainer=Trainer, TrainerCallback=TrainerCallback, set_seed=lambda seed: None)
    def adapted(model, config):
        model.adapter = config
        return model
    module(
        "peft", LoraConfig=fields("LoraConfig", LORA), get_peft_model=adapted,
        TaskType=types.SimpleNamespace(SEQ_CLS="SEQ_CLS", CAUSAL_LM="CAUSAL_LM"), PeftModel=None)
    module("peft.optimizers", create_loraplus_optimizer=lambda model, kind, **given: ("LoRA+", given["loraplus_lr_ratio"]))
    importlib.metadata.version = {"peft": "0.20.0", "transformers": "5.1.0", "torch": "2.9.0"}.__getitem__


def write(folder, name, rows):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def main(programs, folder):
    unknown = [words for name in sorted(os.listdir(programs)) if name.endswith(".py") for words in unknown_names(os.path.join(programs, name))]
    if unknown:
        sys.exit("\n".join(unknown))
    sys.path.insert(0, programs)
    install()
    import peft_train

    data = {
        "labels": [{"text": "a good one", "label": "yes"}, {"text": "bad", "label": "no"}], "text": [{"text": "one two three"}],
        "completions": [{"prompt": "2 + 2 =", "completion": " 4"}],
        "messages": [{"messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "good day"}]}],
    }
    told = {}
    for kind, rows in data.items():
        settings = {
            "type": "peft", "task": "sequence-classification" if kind == "labels" else "causal-lm", "model": "model",
            "train": write(folder, kind + ".jsonl", rows), "validation": write(folder, kind + "-validation.jsonl", rows),
            "target_modules": "all-linear", "layers_to_transform": "last-1", "loraplus_lr_ratio": 16 if kind == "text" else None,
            "chat_template": "chatml" if kind == "messages" else None, "max_steps": 4, "eval_steps": 2, "threads": 1,
            "options": {"neftune_noise_alpha": 5}, "output_dir": os.path.join(folder, kind),
        }
        path = write(folder, kind + ".json", [{"seed": 3, "trainer": settings}])
        peft_train.main([path])
        given = Trainer.given
        told[kind] = {
            "rows": given["train_dataset"], "seed": given["args"].seed, "noise": given["args"].neftune_noise_alpha,
            "targets": given["model"].adapter.target_modules, "optimizer": given["optimizers"][0],
            "files": {name: json.load(open(os.path.join(folder, kind, name), encoding="utf-8")) for name in os.listdir(settings["output_dir"])},
        }
    peft_train.__file__, beside = os.path.join(folder, "peft_train.py"), os.path.join(folder, "chat_template.jinja")
    given = peft_train.Settings({"model": "m", "train": "t", "chat_template": "llama3"})
    with open(beside, "w", encoding="utf-8") as file:
        file.write("{{ messages }}")
    print("template", peft_train.template(given))
    os.remove(beside)
    try:
        peft_train.template(given)
    except SystemExit as refusal:
        print(refusal)
    peft_train.main(["--probe", os.path.join(folder, "labels.json")])
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
