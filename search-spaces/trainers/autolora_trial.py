"""What a training script says to AutoLoRA, and what AutoLoRA says to it. One file that needs nothing but Python 3.9.

In a loop of your own:

    import autolora_trial as trial

    model, start = build(**trial.parameters), 0
    if trial.resume_from: start = load(model, trial.resume_from)    # the checkpoint of an earlier launch of this trial
    for epoch in range(start + 1, 11):
        ...
        save(model, epoch, trial.checkpoint_dir)
        trial.report(step=epoch, eval_loss=loss)
        if trial.should_stop(): break                               # the trial may be promoted, and then goes on from here

With Hugging Face's Trainer one callback does all of it:

    trainer = Trainer(..., callbacks=[autolora_trial.TrainerCallback()])
    trainer.train(resume_from_checkpoint=autolora_trial.resume_from)

Outside of a study a report is printed and nothing ever stops, so the script can be run by hand as it is.

`eval_loss` of the callback is the mean over all labels of the validation data: over its tokens with a loss (language models), over its
rows (classification). Trainer's own is the mean over rows of each batch's mean, which changes with the size of a batch and with what
happens to be in one; it is reported besides, as `trainer_eval_loss`.
"""

import ctypes
import json
import math
import os
import re
import shutil
import sys
import threading
import time

in_study = "AUTOLORA_TRIAL_DIR" in os.environ
trial_dir = os.environ.get("AUTOLORA_TRIAL_DIR", os.getcwd())
checkpoint_dir = os.path.join(trial_dir, "checkpoint")
adapter_dir = os.path.join(trial_dir, "adapter")
resume_from = os.environ.get("AUTOLORA_RESUME_FROM") or None
stop_after = int(os.environ.get("AUTOLORA_STOP_AFTER") or 0) or None
reports_on_record = int(os.environ.get("AUTOLORA_REPORTS") or 0)
config = {}
if os.environ.get("AUTOLORA_CONFIG"):
    with open(os.environ["AUTOLORA_CONFIG"], encoding="utf-8") as _file:
        config = json.load(_file)
parameters = config.get("parameters", {})
seed = int(os.environ.get("AUTOLORA_SEED") or config.get("seed") or 0)
metric = (config.get("metric", {}).get("name") or "eval_loss").replace("/", "_")
maximize = config.get("metric", {}).get("goal", "minimize") == "maximize"

_first_rank = os.environ.get("RANK", "0") == "0"
# With `type: command` every line with the metric is a report, and every number in it a figure; elsewhere the mark tells ours from others.
_marked = config.get("trainer", {}).get("type", "command") != "command"


def say(words):
    """A line for the log: standard error is never read for reports."""
    print(f"autolora: {words}", file=sys.stderr, flush=True)


def write_atomically(path, text):
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".tmp", path)


def end_with_parent(folder=None):
    """Ends this process, and removes its folder, once whoever started it is gone: nobody waits for its answer then."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def device_obstacle(error):
    """What a GPU says where it cannot be used just now (it is full, or another has it alone), which is nothing against a configuration;
    None for all other errors."""
    lines = str(error).splitlines()
    is_device = lines and re.match(
        r"(CUDA|HIP)( driver)? (error: )?.*(out of memory|busy or unavailable|exclusive|initialization error)", lines[0])
    return f"the GPU cannot be used just now, so that it was not asked ({lines[0]})" if is_device else None


def put_in_place(new, place):
    """Gives the folder `new` the name `place`. A kill at any moment leaves one whole folder there: where the system can, the two are
    exchanged in one step, else the old one is moved aside first."""
    aside = place + ".old"
    shutil.rmtree(aside, ignore_errors=True)
    if not os.path.exists(place):
        os.rename(new, place)
    elif _exchange(new, place):
        shutil.rmtree(new, ignore_errors=True)
    else:
        os.rename(place, aside)
        os.rename(new, place)
        shutil.rmtree(aside, ignore_errors=True)


def _exchange(a, b):
    try:
        library = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return library.renamex_np(os.fsencode(a), os.fsencode(b), 2) == 0
        return library.renameat2(-100, os.fsencode(a), -100, os.fsencode(b), 2) == 0
    except (OSError, AttributeError):
        return False


def training_notes(trainer, **known):
    """Of the trainer's settings those that decide how an adapter's texts are read: what its folder's autolora.json says, by which
    `autolora predict` and others go. An empty text where there are none."""
    names = ("max_length", "text_column", "label_column", "separator", "quoting", "completion_only_loss", "assistant_only_loss")
    notes = {**{name: trainer[name] for name in names if trainer.get(name) is not None}, **known}
    if trainer.get("chat_template") in ("chatml", "llama3", "gemma", "phi3"):    # of which `autolora serve` knows the names too
        notes["chat_template"] = trainer["chat_template"]
    return json.dumps(notes, indent=2) + "\n" if notes else ""


def begin_output():
    """The folder TRIAL/output for the trainer's own files: empty, unless the trial goes on from a checkpoint."""
    folder = os.path.join(trial_dir, "output")
    if _first_rank and resume_from is None:
        shutil.rmtree(folder, ignore_errors=True)
    elif _first_rank and os.path.isdir(folder):
        for name in os.listdir(folder):
            if name.startswith("checkpoint-"):    # what a kill left half written: the whole one is TRIAL/checkpoint
                shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    return folder


class _Reports:
    """The reports of the trial's whole life, kept in its folder: which number a report has does not depend on the launch."""

    def __init__(self):
        self.path = os.path.join(trial_dir, "reports.jsonl") if in_study else None
        self.rows = []
        if not (self.path and resume_from):
            return
        try:
            with open(self.path, encoding="utf-8") as file:
                self.rows = [json.loads(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            # It went with a trial's folder that was cleaned: what is on record counts all the same.
            self.rows = [{} for _ in range(reports_on_record)]

    def last_step(self):
        return max((row.get("step", 0) for row in self.rows), default=0)

    def add(self, row):
        """A report's number, from 1 over the trial's whole life, is its place among the steps of those before it."""
        if "step" in row:
            self.rows = [old for old in self.rows if old.get("step", 0) < row["step"]]
        self.rows.append(row)
        if self.path and _first_rank:
            write_atomically(self.path, "".join(json.dumps(old) + "\n" for old in self.rows))


def _print(row):
    if _first_rank:
        sys.stdout.flush()
        line = json.dumps({"autolora": 1, **row} if _marked else row) + "\n"
        os.write(1, line.encode())


_reports = _Reports()


def number(value):
    """A number of Python's for numbers of NumPy's and torch's; None for all else."""
    if isinstance(value, bool):
        return None
    try:
        return value if isinstance(value, int) else float(value)
    except (TypeError, ValueError, RuntimeError):
        return None


def report(step=None, **metrics):
    """Tells AutoLoRA of one evaluation. `step` counts over the trial's whole life: give it, so that a report that is made again after a
    crash is not counted twice."""
    tell(keep({"step": step, **metrics}))


def keep(row):
    """The first half of a report: it counts from now on. Save the checkpoint then, and `tell` last."""
    row = {name: number(value) for name, value in row.items()}
    row = {name: value for name, value in row.items() if value is not None}
    _reports.add(row)
    return row


def tell(row):
    """The second half: the line that AutoLoRA reads. What it has on record is not said again."""
    if not _reports.rows or _reports.rows[-1] is not row:
        _reports.add(row)
    if not in_study or len(_reports.rows) > reports_on_record:
        _print(row)


def is_best():
    """Whether the latest report is the best so far by the study's goal. Of equal ones the first is."""
    values = [_value(row) for row in _reports.rows if math.isfinite(_value(row))]
    if not values or math.isnan(_value(_reports.rows[-1])):
        return not values
    best = max(values) if maximize else min(values)
    return _value(_reports.rows[-1]) == best and values.count(best) == 1


def _value(row):
    return next((value for name, value in row.items() if name.replace("/", "_") == metric), math.nan)


def begin_at(step):
    """Training goes on after this step: what was reported of later ones is made again, and what AutoLoRA has not on record is told again."""
    _reports.rows = [row for row in _reports.rows if row.get("step", 0) <= step]
    for row in _reports.rows[reports_on_record:]:
        _print(row)


def should_stop():
    """Whether the trial is to end now, with its checkpoint saved: it has made as many reports as it was launched for."""
    return in_study and stop_after is not None and len(_reports.rows) >= stop_after


def quiet_trainer():
    """Lets Hugging Face's Trainer write its dictionaries to standard error: on standard output they would be second reports."""
    import transformers.trainer as module

    class Log(module.PrinterCallback):
        def on_log(self, args, state, control, logs=None, **kwargs):
            if state.is_world_process_zero:
                print(logs, file=sys.stderr, flush=True)

    class Progress(module.DEFAULT_PROGRESS_CALLBACK):
        def on_log(self, args, state, control, logs=None, **kwargs):
            if state.is_world_process_zero:
                print(logs, file=sys.stderr, flush=True)

    if not hasattr(module.PrinterCallback, "autolora"):
        Log.autolora = Progress.autolora = True
        module.PrinterCallback, module.DEFAULT_PROGRESS_CALLBACK = Log, Progress


class EvaluationLoss:
    """The mean loss over all labels of an evaluation, gathered by a hook on the model's forward pass."""

    def __init__(self, model):
        self.model = model
        self.sum, self.count = 0.0, 0
        model.register_forward_hook(self._see, with_kwargs=True)

    def _see(self, module, inputs, named, outputs):
        if module.training:
            return
        get = outputs.get if hasattr(outputs, "get") else lambda name: None
        labels, loss = named.get("labels"), get("loss")
        if get("log_probs") is not None and get("label_mask") is not None:     # TRL's fused head
            self.sum -= float(outputs["log_probs"].double().sum())
            self.count += int(outputs["label_mask"].sum())
        elif labels is not None and loss is not None and loss.dim() == 0:
            language = labels.dim() == 2 and not labels.is_floating_point()
            count = int((labels[:, 1:] != -100).sum()) if language else len(labels)
            if count:
                self.sum += float(loss) * count
                self.count += count

    def reset(self):
        self.sum, self.count = 0.0, 0

    def take(self, device):
        """The mean since the last call, over all processes; None where the model's outputs did not tell it."""
        import torch

        totals = [self.sum, float(self.count)]
        self.reset()
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            exact = torch.float32 if device.type == "mps" else torch.float64
            gathered = torch.tensor(totals, dtype=exact, device=device)
            torch.distributed.all_reduce(gathered)
            totals = gathered.tolist()
        return totals[0] / totals[1] if totals[1] else None


def _barrier():
    import torch

    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()


def _make_callback():
    """The class `TrainerCallback`, made when it is first asked for: transformers is not needed otherwise."""
    import transformers

    class TrainerCallback(transformers.TrainerCallback):
        """Reports each evaluation, saves a checkpoint with it, stops at the trial's rung, and keeps the best adapter.

        - adapter_files: further files for the adapter's folder, name -> text.
        """

        def __init__(self, adapter_files=None):
            notes = training_notes(config.get("trainer", {}))
            self.adapter_files = {**({"autolora.json": notes} if notes else {}), **(adapter_files or {})}
            self.latest, self.losses, self.pending, self.evaluation = {}, [], None, None
            self.stopped = self.ended = False
            self.begun_at = 0
            if in_study:
                quiet_trainer()

        def on_train_begin(self, args, state, control, model=None, **kwargs):
            self.begun_at = self.logged = state.global_step
            if self.evaluation is None or self.evaluation.model is not model:
                self.evaluation = EvaluationLoss(model)
            self.sizes = sum(p.numel() for p in model.parameters() if p.requires_grad)
            if not in_study:
                return
            if args.load_best_model_at_end:
                raise ValueError("load_best_model_at_end needs old checkpoints, which AutoLoRA moves: leave it out, the best adapter is kept")
            begin_at(state.global_step)
            if should_stop():
                sys.exit(0)

        def on_log(self, args, state, control, logs=None, **kwargs):
            for name in ("loss", "learning_rate", "grad_norm"):
                if name in (logs or {}):
                    self.latest[name] = number(logs[name])
            if "loss" in (logs or {}):
                self.losses.append((self.latest["loss"], state.global_step - self.logged))
                self.logged = state.global_step
            norm = self.latest.get("grad_norm")
            if norm is None or math.isfinite(norm) or args.fp16 or self.stopped:    # fp16 passes over such steps by itself
                return
            self.diverged(state, control, f"the gradient norm at step {state.global_step} is {norm}")

        def diverged(self, state, control, words, row=None):
            """One report of NaN, and the end: the loss that Trainer prints leaves NaN out and looks perfect."""
            if state.is_world_process_zero:
                say(f"{words}: training has diverged" + (" and ends here" if in_study else ""))
            if not in_study:
                return
            self.stopped, self.pending = True, None
            control.should_training_stop, control.should_evaluate, control.should_save = True, False, False
            tell({"step": state.global_step, "epoch": state.epoch, **(row or self.latest), metric: math.nan})

        def on_step_end(self, args, state, control, **kwargs):
            self.evaluation.reset()

        def on_evaluate(self, args, state, control, metrics=None, **kwargs):
            step = state.global_step
            exact = self.evaluation.take(args.device) if self.evaluation else None
            # Step 0, the evaluation of a checkpoint's step after a resume, and a second one at the end are not reports of their own.
            if self.stopped or step <= max(_reports.last_step(), self.begun_at):
                return
            row = {name: number(value) for name, value in (metrics or {}).items()}
            row = {name.replace("/", "_"): value for name, value in row.items() if value is not None}
            if exact is not None and "eval_loss" in row:
                row = {**row, "eval_loss": exact, "trainer_eval_loss": row["eval_loss"]}
            steps = sum(count for _, count in self.losses)
            if steps:
                self.latest["loss"] = sum(loss * count for loss, count in self.losses) / steps
            self.losses = []
            row = {"step": step, **row, **self.latest, "epoch": state.epoch}
            row.update(trainable_parameters=self.sizes, peak_memory_bytes=_peak_memory())
            if not math.isfinite(row.get(metric, 0.0)):
                return self.diverged(state, control, f"{metric} at step {step} is {row[metric]}", row)
            self.pending = keep(row)
            if not in_study or self.ended:
                return self.say_pending()
            control.should_save = True
            if should_stop():
                self.stopped = control.should_training_stop = True

        def on_save(self, args, state, control, **kwargs):
            if not in_study:
                return
            _barrier()    # the others get here before the first has written its part
            if state.is_world_process_zero:
                made = os.path.join(args.output_dir, f"checkpoint-{state.global_step}")
                if self.pending and is_best():
                    self.keep_adapter(made)
                put_in_place(made, checkpoint_dir)
            self.say_pending()

        def keep_adapter(self, checkpoint):
            files = [name for name in os.listdir(checkpoint) if name.startswith("adapter_")]
            if not files:
                return
            new = adapter_dir + ".new"
            shutil.rmtree(new, ignore_errors=True)
            os.makedirs(new)
            for name in files:
                shutil.copy2(os.path.join(checkpoint, name), new)
            for name, text in self.adapter_files.items():
                write_atomically(os.path.join(new, name), text)
            put_in_place(new, adapter_dir)

        def say_pending(self):
            # The report comes last: whoever ends the trial because of it finds its checkpoint and its adapter.
            if self.pending:
                tell(self.pending)
            self.pending = None

        def on_train_end(self, args, state, control, **kwargs):
            self.ended = True
            self.say_pending()
            if self.stopped:
                _barrier()
                sys.stdout.flush()
                sys.exit(0)    # what comes after training (a last evaluation, a model card) is for a training that is over

    return TrainerCallback


def _peak_memory():
    import resource
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def __getattr__(name):
    if name == "TrainerCallback":
        globals()[name] = _make_callback()
        return globals()[name]
    raise AttributeError(f"autolora_trial has no {name}")
