#!/usr/bin/env python3
"""The search that ours is measured against from end to end: Optuna's TPE and its best pruner around LoRA with PEFT on PyTorch.

  optuna_peft.py JOB.json          a JSON object of what Benchmarks/end_to_end.py says: space, trainer, trials, seed, workers, confirm

As an Optuna user would do it who cares for speed: the workers are processes that share a study (JournalStorage), each computes on one
thread, reads and tokenizes the data once and loads the model once; every trial starts from a copy of it. Trials are pruned in the process,
by SuccessiveHalvingPruner. Then the best trial's configuration is trained with further seeds. Each report is a JSON line:
{"seconds", "trial", "iter", "value", "parameters"}; {"searched": true} comes after all trials, and at the end {"confirmed": [...]}.
"""
import copy
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time

BEGAN = time.time()


def say(**line):
    print(json.dumps({"seconds": time.time() - BEGAN, **line}), flush=True)


class Trainer:
    """A model and its data, read once."""

    def __init__(self, settings):
        import torch
        import transformers

        transformers.logging.set_verbosity_error()
        torch.set_num_threads(1)
        self.settings = settings
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(settings["model"])
        rows = {part: [json.loads(line) for line in open(settings[part], encoding="utf-8")] for part in ("train", "validation")}
        self.labels = sorted({row["label"] for row in rows["train"]})
        self.base = transformers.AutoModelForSequenceClassification.from_pretrained(
            settings["model"], num_labels=len(self.labels), dtype=torch.float32)
        for module in self.base.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        self.parts = {part: self.encoded(rows[part]) for part in rows}

    def encoded(self, rows):
        tokens = self.tokenizer([row["text"] for row in rows], truncation=True, max_length=self.settings["max_length"])["input_ids"]
        return [(ids, self.labels.index(row["label"])) for ids, row in zip(tokens, rows)]

    def batch(self, rows):
        import torch

        longest = max(len(ids) for ids, _ in rows)
        tokens = torch.full((len(rows), longest), self.tokenizer.pad_token_id)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for place, (ids, _) in enumerate(rows):
            tokens[place, : len(ids)] = torch.tensor(ids)
            mask[place, : len(ids)] = 1
        return {"input_ids": tokens, "attention_mask": mask}, torch.tensor([label for _, label in rows])

    def adapted(self, parameters):
        import peft

        layers, targets = parameters["layers_to_transform"], parameters["target_modules"]
        depth = self.base.config.num_hidden_layers
        chosen = list(range(depth)) if layers == "all" else list(range(depth))[-int(layers.removeprefix("last-")):]
        names = [
            name for name, module in self.base.named_modules()
            if type(module).__name__ == "Linear" and ".layer." in name and int(name.split(".layer.")[1].split(".")[0]) in chosen
            and (targets == "all-linear" or any(name.endswith("." + target) for target in targets))
        ]
        if targets == "all-linear" and layers == "all":
            names = "all-linear"
        return peft.get_peft_model(copy.deepcopy(self.base), peft.LoraConfig(
            task_type=peft.TaskType.SEQ_CLS, r=parameters["r"], lora_alpha=parameters["lora_alpha"],
            lora_dropout=parameters["lora_dropout"], target_modules=names))

    def evaluate(self, model):
        """Rows by their length: no padding is computed."""
        import torch

        model.eval()
        right, rows = 0, sorted(self.parts["validation"], key=lambda row: len(row[0]))
        with torch.inference_mode():
            for start in range(0, len(rows), 64):
                inputs, labels = self.batch(rows[start : start + 64])
                right += int((model(**inputs).logits.argmax(-1) == labels).sum())
        model.train()
        return right / len(rows)

    def train(self, parameters, seed):
        """Yields the accuracy of each evaluation."""
        import torch
        import transformers

        settings = self.settings
        transformers.set_seed(seed)
        model = self.adapted(parameters)
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=parameters["learning_rate"], weight_decay=settings["weight_decay"])
        schedule = transformers.get_cosine_schedule_with_warmup(
            optimizer, round(settings["warmup_ratio"] * settings["max_steps"]), settings["max_steps"])
        rows, order, place = self.parts["train"], [], 0
        shuffle = random.Random(seed)
        model.train()
        for step in range(1, settings["max_steps"] + 1):
            if place + settings["batch_size"] > len(order):
                order, place = shuffle.sample(range(len(rows)), len(rows)), 0
            inputs, labels = self.batch([rows[index] for index in order[place : place + settings["batch_size"]]])
            place += settings["batch_size"]
            model(**inputs, labels=labels).loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, settings["max_grad_norm"])
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
            if step % settings["eval_steps"] == 0:
                yield self.evaluate(model)


def suggested(trial, space):
    """A value of every parameter of our space file's form."""
    chosen = {}
    for name, form in space.items():
        if "values" in form:
            texts = [value if isinstance(value, (int, float)) else json.dumps(value) for value in form["values"]]
            value = trial.suggest_categorical(name, texts)
            chosen[name] = json.loads(value) if isinstance(value, str) else value
        else:
            chosen[name] = trial.suggest_float(name, form["min"], form["max"], log="log" in form.get("distribution", ""))
    return chosen


def search(job, journal, worker):
    """One worker's part of the trials."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    trainer = Trainer(job["trainer"])
    study = optuna.create_study(
        study_name="peers", storage=optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(journal)),
        direction="maximize", load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=job["seed"] * 100 + worker, constant_liar=True),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=job["eta"]))

    def objective(trial):
        parameters, best = suggested(trial, job["space"]), 0.0
        for iter, value in enumerate(trainer.train(parameters, job["seed"]), 1):
            best = max(best, value)
            say(trial=trial.number, iter=iter, value=value, parameters=parameters)
            trial.report(value, iter)
            if trial.should_prune():
                raise optuna.TrialPruned()
        return best

    while len(study.get_trials(deepcopy=False)) < job["trials"]:
        study.optimize(objective, n_trials=1)


def confirm(job, parameters, seeds, results):
    trainer = Trainer(job["trainer"])
    for seed in seeds:
        results.append(max(trainer.train(parameters, seed)))


def together(processes):
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode:
            sys.exit(f"a worker ended with {process.exitcode}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        journal = os.path.join(folder, "study.log")
        together([multiprocessing.Process(target=search, args=(job, journal, worker)) for worker in range(job["workers"])])
        say(searched=True)
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.load_study(
            study_name="peers", storage=optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(journal)))
        best = {name: json.loads(value) if isinstance(value, str) else value for name, value in study.best_params.items()}
        count = len(study.trials)
    with multiprocessing.Manager() as manager:
        results = manager.list()
        shares = [job["confirm"][worker :: job["workers"]] for worker in range(job["workers"])]
        together([multiprocessing.Process(target=confirm, args=(job, best, share, results)) for share in shares if share])
        say(confirmed=list(results), parameters=best, trials=count)


if __name__ == "__main__":
    main()
