"""A trial's folder as `autolora run` makes it, launched by hand: config.json, the trainer's own file, the programs."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAMS = [
    os.path.join(ROOT, "search-spaces/trainers", name) for name in ("autolora_trial.py", "peft_train.py")
] + [os.path.join(ROOT, "Sources/Trainers/Programs", name) for name in ("bridge.py", "bridge_mlx.py")]
BRIDGED = ("trl", "llama-factory", "axolotl")


def defaults(fixtures, **changes):
    """The trainer's settings in AutoLoRA's names, as config.json has them: 8 steps, two reports."""
    return {
        "model": f"{fixtures}/llama", "train": f"{fixtures}/data/train.pairs.jsonl",
        "validation": f"{fixtures}/data/validation.pairs.jsonl", "task": "causal-lm", "max_steps": 8, "eval_steps": 4, "batch_size": 4,
        "eval_batch_size": 8, "gradient_accumulation_steps": 2, "max_length": 64, "r": 4, "lora_alpha": 8, "lora_dropout": 0.1,
        "target_modules": ["q_proj", "v_proj"], "learning_rate": 0.005, "lr_scheduler_type": "linear", "warmup_ratio": 0.25,
        "weight_decay": 0.01, "max_grad_norm": 1.0, "seed": 3, "completion_only_loss": True, "base_precision": "fp32",
    } | changes


def trl(folder, s, resume):
    return {
        "model_name_or_path": s["model"], "dataset_name": f"{folder}/data", "dataset_train_split": "train",
        "dataset_test_split": "validation", "output_dir": f"{folder}/output", "use_peft": True, "lora_r": s["r"],
        "lora_alpha": s["lora_alpha"], "lora_dropout": s["lora_dropout"], "lora_target_modules": s["target_modules"],
        "learning_rate": s["learning_rate"], "lr_scheduler_type": s["lr_scheduler_type"], "warmup_steps": s["warmup_ratio"],
        "weight_decay": s["weight_decay"], "max_grad_norm": s["max_grad_norm"], "per_device_train_batch_size": s["batch_size"],
        "per_device_eval_batch_size": s["eval_batch_size"], "gradient_accumulation_steps": s["gradient_accumulation_steps"],
        "max_steps": s["max_steps"], "max_length": s["max_length"], "eval_strategy": "steps", "eval_steps": s["eval_steps"],
        "save_strategy": "no", "logging_steps": 1, "seed": s["seed"], "dtype": "float32", "bf16": False, "use_cpu": True,
        "gradient_checkpointing": False, "packing": False, "report_to": "none", "optim": "adamw_torch", "dataloader_drop_last": False,
        "completion_only_loss": "text" not in s["train"], "assistant_only_loss": False,
    } | ({"resume_from_checkpoint": resume} if resume else {})


def llama_factory(folder, s, resume):
    info = {part: {"file_name": f"{folder}/data/{part}.jsonl", "columns": {"prompt": "prompt", "response": "completion"}}
            for part in ("train", "validation")}
    if "messages" in s["train"]:
        tags = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system"}
        for one in info.values():
            one.update(formatting="sharegpt", columns={"messages": "messages"}, tags=tags)
    os.makedirs(f"{folder}/data", exist_ok=True)
    with open(f"{folder}/data/dataset_info.json", "w", encoding="utf-8") as file:
        json.dump(info, file)
    return {
        "stage": "sft", "do_train": True, "finetuning_type": "lora", "model_name_or_path": s["model"], "dataset": "train",
        "eval_dataset": "validation", "dataset_dir": f"{folder}/data", "output_dir": f"{folder}/output", "lora_rank": s["r"],
        "lora_alpha": s["lora_alpha"], "lora_dropout": s["lora_dropout"], "lora_target": ",".join(s["target_modules"]),
        "learning_rate": s["learning_rate"], "lr_scheduler_type": s["lr_scheduler_type"], "warmup_steps": s["warmup_ratio"],
        "weight_decay": s["weight_decay"], "max_grad_norm": s["max_grad_norm"], "per_device_train_batch_size": s["batch_size"],
        "per_device_eval_batch_size": s["eval_batch_size"], "gradient_accumulation_steps": s["gradient_accumulation_steps"],
        "max_steps": s["max_steps"], "cutoff_len": s["max_length"], "eval_strategy": "steps", "eval_steps": s["eval_steps"],
        "save_strategy": "no", "logging_steps": 1, "seed": s["seed"], "bf16": False, "use_cpu": True,
        "disable_gradient_checkpointing": True, "packing": False, "report_to": "none", "optim": "adamw_torch",
        "preprocessing_num_workers": 1, "overwrite_cache": True,
    } | ({} if "messages" in s["train"] else {"template": "empty"}) | ({"resume_from_checkpoint": resume} if resume else {})


def axolotl(folder, s, resume):
    def data(part):
        kind = {"field_instruction": "prompt", "field_output": "completion", "format": "{instruction}", "no_input_format": "{instruction}"}
        one = {"path": f"{folder}/data/{part}.jsonl", "ds_type": "json", "split": "train", "type": kind}
        if "messages" in s["train"]:
            one.update(type="chat_template", field_messages="messages", message_property_mappings={"role": "role", "content": "content"})
        return [one]

    return {
        "base_model": s["model"], "datasets": data("train"), "test_datasets": data("validation"), "output_dir": f"{folder}/output",
        "dataset_prepared_path": f"{folder}/prepared", "adapter": "lora", "lora_r": s["r"], "lora_alpha": int(s["lora_alpha"]),
        "lora_dropout": s["lora_dropout"], "lora_target_modules": s["target_modules"], "learning_rate": s["learning_rate"],
        "lr_scheduler": s["lr_scheduler_type"], "warmup_ratio": s["warmup_ratio"], "weight_decay": s["weight_decay"],
        "max_grad_norm": s["max_grad_norm"], "micro_batch_size": s["batch_size"], "eval_batch_size": s["eval_batch_size"],
        "gradient_accumulation_steps": s["gradient_accumulation_steps"], "max_steps": s["max_steps"], "num_epochs": 1000,
        "sequence_len": s["max_length"], "excess_length_strategy": "truncate", "eval_steps": s["eval_steps"], "save_strategy": "no",
        "logging_steps": 1, "seed": s["seed"], "bf16": False, "tf32": False, "fp16": False, "gradient_checkpointing": False,
        "sample_packing": False, "eval_sample_packing": False, "optimizer": "adamw_torch", "chat_template": "tokenizer_default",
        "lora_mlp_kernel": False, "lora_qkv_kernel": False, "lora_o_kernel": False, "lora_embedding_kernel": False,
        "pad_to_sequence_len": False, "special_tokens": {"pad_token": "<|endoftext|>"},
    } | ({"resume_from_checkpoint": resume} if resume else {})


def mlx(folder, s, resume):
    return {
        "train": True, "model": s["model"], "data": f"{folder}/data", "adapter_path": f"{folder}/adapter", "fine_tune_type": "lora",
        "num_layers": -1, "batch_size": s["batch_size"], "iters": s["max_steps"] * s["gradient_accumulation_steps"],
        "grad_accumulation_steps": s["gradient_accumulation_steps"], "learning_rate": s["learning_rate"],
        "steps_per_eval": s["eval_steps"] * s["gradient_accumulation_steps"], "val_batches": -1, "max_seq_length": s["max_length"],
        "seed": s["seed"], "mask_prompt": True, "optimizer": "adamw",
        "optimizer_config": {"adamw": {"weight_decay": s["weight_decay"], "bias_correction": True}},
        "lora_parameters": {
            "rank": s["r"], "scale": s["lora_alpha"] / s["r"], "dropout": s["lora_dropout"],
            "keys": ["self_attn." + name for name in s["target_modules"]]},
    }


FILES = {"trl": trl, "llama-factory": llama_factory, "axolotl": axolotl, "mlx-lm": mlx}


class Trial:
    """One trial of one trainer. `launch` runs it as the controller would."""

    def __init__(self, kind, python, folder, settings, metric=("eval_loss", "minimize")):
        self.kind, self.python, self.folder, self.settings = kind, python, folder, settings
        os.makedirs(folder, exist_ok=True)
        for program in filter(os.path.exists, PROGRAMS):
            shutil.copy(program, folder)
        config = {
            "study": "test", "trial": 0, "seed": settings["seed"], "metric": {"name": metric[0], "goal": metric[1]}, "parameters": {},
            "trainer": settings | {"type": kind},
        }
        with open(f"{folder}/config.json", "w", encoding="utf-8") as file:
            json.dump(config, file)

    def compile(self, resume=None, **further):
        if self.kind == "peft":
            return
        with open(f"{self.folder}/trainer.yaml", "w", encoding="utf-8") as file:    # JSON is YAML
            json.dump(FILES[self.kind](self.folder, self.settings, resume) | further, file, indent=1)

    def command(self, *before):
        if self.kind == "peft":
            return [f"{self.folder}/peft_train.py", *before, f"{self.folder}/config.json"]
        if self.kind == "mlx-lm":
            return [f"{self.folder}/bridge_mlx.py", *before, f"{self.folder}/trainer.yaml"]
        return [f"{self.folder}/bridge.py", *before, self.kind, f"{self.folder}/trainer.yaml"]

    def environment(self, resume=False, stop_after=None, reports=0, **further):
        passed = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOLORA", "PYTHON"))}
        return passed | {
            "AUTOLORA_TRIAL_DIR": self.folder, "AUTOLORA_CONFIG": f"{self.folder}/config.json", "AUTOLORA_REPORTS": str(reports),
            "AUTOLORA_SEED": str(self.settings["seed"]), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false",
            "AXOLOTL_DO_NOT_TRACK": "1", "HF_HOME": f"{self.folder}/hf",
        } | ({"AUTOLORA_RESUME_FROM": f"{self.folder}/checkpoint"} if resume else {}) | (
            {"AUTOLORA_STOP_AFTER": str(stop_after)} if stop_after else {}) | further

    def start(self, resume=False, launcher=(), **environment):
        self.compile(f"{self.folder}/checkpoint" if resume else None)
        return subprocess.Popen(
            [self.python, *launcher, *self.command()], cwd=self.folder, env=self.environment(resume, **environment),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    @staticmethod
    def kill(process):
        """Ends a launch with all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()

    def launch(self, resume=False, launcher=(), **environment):
        """The exit code, the reports, standard error."""
        process = self.start(resume, launcher, **environment)
        try:
            output, errors = process.communicate(timeout=400)
        except subprocess.TimeoutExpired:
            output, errors = self.kill(process)
        with open(f"{self.folder}/log.txt", "a", encoding="utf-8") as file:
            file.write(output + errors)
        return process.returncode, reports(output), errors

    def probe(self, variables=None, **further):
        self.compile(**further)
        environment = self.environment(**variables or {})
        done = subprocess.run([self.python, *self.command("--probe")], env=environment, capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise AssertionError(done.stderr)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def read(self, name):
        with open(f"{self.folder}/{name}", "rb") as file:
            return file.read()

    def state(self, place="output"):
        """trainer_state.json's entries."""
        return json.loads(self.read(f"{place}/trainer_state.json"))["log_history"]


def reports(output):
    rows = [line for line in output.splitlines() if line.startswith('{"autolora": 1')]
    return [json.loads(line) for line in rows]
