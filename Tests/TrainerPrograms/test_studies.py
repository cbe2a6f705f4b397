"""Studies with the real trainers through the release binary (AUTOLORA_BINARY): six trials, ASHA, two workers; and random kills.

AUTOLORA_KILLS says how many kills (default 12). What a promoted trial reported is compared with the same launch that never stopped.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import trials
from test_trainers import Fixtures, environment

BINARY = os.environ.get("AUTOLORA_BINARY", os.path.join(trials.ROOT, ".build/release/autolora"))

SPACE = """\
name: {name}
metric: {{name: {metric}}}
method: random
run_cap: {run_cap}
workers: 2
seed: 3
early_terminate: {{type: asha, eta: 3, min_iter: 1, max_iter: 3}}
trainer:
  type: {kind}
  python: {python}
  task: {task}
  model: {model}
  train: {train}
  validation: {validation}
  max_steps: 6
  eval_steps: 2
  batch_size: 4
  gradient_accumulation_steps: {accumulation}
  max_length: 64
  base_precision: fp32
  warmup_ratio: 0.25
  lora_dropout: 0.1
parameters:
  learning_rate: {{distribution: log_uniform_values, min: 0.0005, max: 0.02}}
  r: {{values: [2, 4, 8]}}
"""


def processes_of(folder):
    """The processes that have a folder in their command line, by id."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if any(folder.encode() in word for word in words):
                found[int(name)] = words
    return found


class Study:
    """A study of one trainer, in a folder of its own."""

    def __init__(self, kind, folder, fixtures, run_cap=6, task="causal-lm", metric="eval_loss, goal: minimize"):
        self.folder, self.name, self.kind = folder, "study", kind
        self.path = os.environ["PATH"]
        os.makedirs(folder, exist_ok=True)
        self.python = os.path.abspath(environment(kind))
        classifies = task == "sequence-classification"
        data = "labels" if classifies else "pairs"
        with open(f"{folder}/space.yaml", "w", encoding="utf-8") as file:
            file.write(SPACE.format(
                name=self.name, kind=kind, python=self.python, run_cap=run_cap, task=task, metric=metric,
                model=f"{fixtures}/{'bert' if classifies else 'llama'}", train=f"{fixtures}/data/train.{data}.jsonl",
                validation=f"{fixtures}/data/validation.{data}.jsonl", accumulation=1 if classifies or kind == "lora" else 2))

    def add_devices(self, count):
        """Stand-in GPUs: they are leased to trials as real ones are, and nothing computes on them."""
        os.makedirs(f"{self.folder}/devices")
        rows = [f"{index}, GPU-{uuid.uuid4()}, Stand-In, 81920, 3, 0, Default, [N/A]" for index in range(count)]
        listing = "\n".join(rows)
        with open(f"{self.folder}/devices/nvidia-smi", "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\ncase \"$1\" in --query-gpu=*) cat <<END\n{listing}\nEND\n;; esac\n")
        os.chmod(file.name, 0o755)
        self.path = f"{self.folder}/devices:{self.path}"
        with open(f"{self.folder}/space.yaml", "a", encoding="utf-8") as file:
            file.write("runner: {type: local, gpus: auto, gpus_per_trial: 1}\n")

    def devices(self):
        """By trial, the GPUs that its processes were given."""
        found = {}
        for process in processes_of(self.folder):
            try:
                with open(f"/proc/{process}/environ", "rb") as file:
                    variables = dict(entry.partition(b"=")[::2] for entry in file.read().split(b"\0"))
            except OSError:
                continue    # it has ended
            if b"AUTOLORA_TRIAL" in variables and b"CUDA_VISIBLE_DEVICES" in variables:
                found[variables[b"AUTOLORA_TRIAL"]] = variables[b"CUDA_VISIBLE_DEVICES"]
        return found

    def start(self, *arguments):
        passed = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOLORA", "PYTHON"))}
        passed |= {"HF_HUB_OFFLINE": "1", "AUTOLORA_THREADS": "1", "PATH": self.path}
        return subprocess.Popen([BINARY, *arguments], cwd=self.folder, env=passed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def command(self, *arguments, limit=900):
        process = self.start(*arguments)
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    def trials(self):
        return json.loads(self.command("trials", self.name, "--json")[1])

    def trial_folder(self, number):
        return f"{self.folder}/studies/{self.name}/trials/{number}"

    def undisturbed(self, number, place):
        """The reports of the same configuration, launched once, and what the trainer's own file says then (None: it has none)."""
        old, new = self.trial_folder(number), place
        os.makedirs(new)
        for name in os.listdir(old):
            if name.endswith((".py", ".yaml", ".json")):
                with open(f"{old}/{name}", encoding="utf-8") as file:
                    text = file.read().replace(os.path.realpath(old), new).replace(old, new)
                with open(f"{new}/{name}", "w", encoding="utf-8") as file:
                    file.write(re.sub(r"(?m)^resume_from_checkpoint:.*\n", "", text))
        kind = self.kind
        script = {"peft": ["peft_train.py", "config.json"], "mlx-lm": ["bridge_mlx.py", "trainer.yaml"]}.get(kind, ["bridge.py", kind, "trainer.yaml"])
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOLORA", "PYTHON"))}
        variables |= {
            "AUTOLORA_TRIAL_DIR": new, "AUTOLORA_CONFIG": f"{new}/config.json", "AUTOLORA_SEED": "3", "OMP_NUM_THREADS": "1",
            "HF_HUB_OFFLINE": "1", "AXOLOTL_DO_NOT_TRACK": "1", "TOKENIZERS_PARALLELISM": "false"}
        done = subprocess.run([self.python, *script], env=variables, cwd=new, capture_output=True, text=True, timeout=900)
        if done.returncode:
            raise AssertionError(done.stderr[-3000:])
        own = None
        if os.path.exists(f"{new}/checkpoint/trainer_state.json"):
            with open(f"{new}/checkpoint/trainer_state.json", encoding="utf-8") as file:
                own = json.load(file)["log_history"]
        return trials.reports(done.stdout), own


def told(report, metric):
    """What a report's line said, from `trials --json`."""
    return report["metrics"] | {"step": report["step"], metric: report["value"]}


class StudyTests:
    kind = None
    task = "causal-lm"
    metric = "eval_loss, goal: minimize"

    @classmethod
    def setUpClass(cls):
        chosen = os.environ.get("AUTOLORA_TRAINER_TESTS")
        if chosen and cls.kind not in chosen.split(","):
            raise unittest.SkipTest("not asked for")
        if not os.path.exists(environment(cls.kind)):
            raise unittest.SkipTest(f"{cls.kind} is not installed: there is no {environment(cls.kind)}")
        if not os.path.exists(BINARY):
            raise unittest.SkipTest(f"there is no {BINARY}")
        cls.fixtures = Fixtures.get()
        cls.folder = tempfile.mkdtemp(prefix=f"autolora-study-{cls.kind}-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, True)

    def assert_as_undisturbed(self, study, trial):
        """A trial's reports are those of the same configuration launched once, and say what the trainer's own file says."""
        whole, own = study.undisturbed(trial["number"], f"{study.folder}-whole-{trial['number']}")
        names = ("step", "eval_loss", "loss", "learning_rate", "grad_norm", "trainer_eval_loss", "eval_accuracy")
        pick = lambda report: {name: report[name] for name in names if name in report}
        reports = [told(report, self.metric.split(",")[0]) for report in trial["reports"]]
        self.assertEqual([pick(report) for report in reports], [pick(report) for report in whole[: len(reports)]])
        if own is not None:
            figures = {entry["step"]: entry["eval_loss"] for entry in own if "eval_loss" in entry}
            rates = {entry["step"]: entry["learning_rate"] for entry in own if "learning_rate" in entry}
            for report in reports:
                self.assertEqual(report["trainer_eval_loss"], figures[report["step"]])
                self.assertEqual(report["learning_rate"], rates[report["step"]])

    def assert_adapter_loads(self, study):
        best = json.loads(study.command("best", study.name, "--json")[1])
        self.assertTrue(os.path.exists(f"{best['adapter']}/adapter_model.safetensors"), best)
        if self.task != "causal-lm" or not os.path.exists(environment("peft")):
            return
        script = os.path.join(trials.HERE, "evaluate_adapter.py")
        config = f"{study.trial_folder(best['trial'])}/config.json"
        done = subprocess.run([environment("peft"), script, config, best["adapter"]], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertAlmostEqual(json.loads(done.stdout)["loss"], best["value"], delta=1e-5)

    def test_a_study_with_promotions(self):
        study = Study(self.kind, f"{self.folder}/study", self.fixtures, task=self.task, metric=self.metric)
        code, output, errors = study.command("run", "space.yaml")
        self.assertEqual(code, 0, output + errors)
        found = study.trials()
        self.assertEqual(len(found), 6)
        self.assertTrue(all(trial["state"] in ("complete", "pruned") for trial in found), found)
        for trial in found:
            self.assertEqual([report["step"] for report in trial["reports"]], [2, 4, 6][: len(trial["reports"])])
        promoted = [trial for trial in found if trial["launches"] > 1]
        self.assertTrue(promoted)
        self.assertIn("complete", {trial["state"] for trial in promoted})
        longest = max(promoted, key=lambda trial: len(trial["reports"]))
        self.assertEqual(len(longest["reports"]), 3)
        self.assert_as_undisturbed(study, longest)
        self.assert_adapter_loads(study)
        self.assertEqual(study.command("verify", study.name)[0], 0)
        self.assertEqual(processes_of(study.folder), {})


class PEFTStudy(StudyTests, unittest.TestCase):
    kind = "peft"


class PEFTClassifierStudy(StudyTests, unittest.TestCase):
    kind = "peft"
    task = "sequence-classification"
    metric = "eval_accuracy, goal: maximize"


class LLaMAFactoryStudy(StudyTests, unittest.TestCase):
    kind = "llama-factory"


class AxolotlStudy(StudyTests, unittest.TestCase):
    kind = "axolotl"


class MLXStudy(StudyTests, unittest.TestCase):
    kind = "mlx-lm"


class TRLStudy(StudyTests, unittest.TestCase):
    kind = "trl"

    @staticmethod
    def trainers(study):
        return [one for one, words in processes_of(study.folder).items() if any(word.endswith(b"bridge.py") for word in words)]

    def test_random_kills_lose_and_double_nothing(self):
        kills = int(os.environ.get("AUTOLORA_KILLS", "12"))
        chance = random.Random(int(os.environ.get("AUTOLORA_KILL_SEED", "1")))
        study = Study(self.kind, f"{self.folder}/kills", self.fixtures, run_cap=4)
        study.add_devices(2)
        done, rounds, of_trainers = 0, 0, 0
        controller = study.start("run", "space.yaml")
        self.addCleanup(lambda: [os.kill(one, signal.SIGKILL) for one in processes_of(study.folder)])
        while done < kills:
            # The installed trainer is asked first, and loads its packages for that: then only is there something to lose.
            end = time.monotonic() + 240
            while controller.poll() is None and not self.trainers(study) and time.monotonic() < end:
                time.sleep(0.1)
            time.sleep(chance.uniform(0, 20))
            trainers = self.trainers(study)
            by_trial = study.devices()
            self.assertEqual(len(set(by_trial.values())), len(by_trial), f"two trials on one GPU: {by_trial}")
            self.assertTrue(all(one.startswith(b"GPU-") for one in by_trial.values()), by_trial)
            if controller.poll() is not None:
                # The study came to its end: one more trial to be killed in.
                rounds += 1
                output, errors = controller.communicate()
                self.assertIn(controller.returncode, (0, -signal.SIGKILL), output + errors)
                total = 4 + rounds
                controller = study.start("resume", study.name, "--trials", str(total))
                continue
            if trainers and chance.random() < 0.5:
                os.kill(chance.choice(trainers), signal.SIGKILL)
                of_trainers += 1
            else:
                controller.kill()
                controller.communicate()
                controller = study.start("resume", study.name)
            done += 1
            print(f"kill {done}: {len(trainers)} trainers ran", file=sys.stderr, flush=True)
        output, errors = controller.communicate(timeout=900)
        if controller.returncode:
            code, output, errors = study.command("resume", study.name)
            self.assertEqual(code, 0, output + errors)
        print(f"\n{done} kills, {of_trainers} of them of trainers, {len(study.trials())} trials", file=sys.stderr)
        self.assertEqual(study.command("verify", study.name)[0], 0)
        self.assertEqual(processes_of(study.folder), {})
        states = [gpu["state"] for gpu in json.loads(study.command("doctor", "--json")[1])["gpus"]]
        self.assertEqual(states, ["free", "free"])
        for trial in study.trials():
            if trial["state"] == "failed":
                continue
            steps = [report["step"] for report in trial["reports"]]
            self.assertEqual(steps, [2, 4, 6][: len(steps)], trial)
            self.assertEqual([report["iter"] for report in trial["reports"]], list(range(1, len(steps) + 1)))
        longest = max((trial for trial in study.trials() if trial["state"] != "failed"), key=lambda trial: (len(trial["reports"]), trial["launches"]))
        self.assert_as_undisturbed(study, longest)


class BuiltInAgreement(unittest.TestCase):
    """The same space file but for `type`: the built-in trainer and peft."""

    def test_peft_and_the_built_in_trainer_agree_within_a_seed(self):
        model = os.path.join(trials.ROOT, "models/all-MiniLM-L6-v2")
        data = os.path.join(trials.ROOT, "data/movie-reviews")
        if not os.path.exists(environment("peft")) or not os.path.exists(model) or not os.path.exists(BINARY):
            self.skipTest("needs peft, the model and the binary")
        chosen = os.environ.get("AUTOLORA_TRAINER_TESTS")
        if chosen and "peft" not in chosen.split(","):
            self.skipTest("not asked for")
        folder = tempfile.mkdtemp(prefix="autolora-agree-")
        self.addCleanup(shutil.rmtree, folder, True)
        for part, count in (("train", 1500), ("validation", 200)):
            with open(f"{data}/{part}.jsonl", encoding="utf-8") as source, open(f"{folder}/{part}.jsonl", "w", encoding="utf-8") as target:
                target.writelines(source.readlines()[:count])
        settings = {
            "task": "sequence-classification", "model": model, "train": f"{folder}/train.jsonl", "validation": f"{folder}/validation.jsonl",
            "max_steps": 40, "eval_steps": 20, "batch_size": 16, "max_length": 32, "warmup_ratio": 0.1, "lr_scheduler_type": "cosine",
            "weight_decay": 0.01, "target_modules": ["query", "value"], "learning_rate": 0.003, "r": 8}
        found = {}
        for kind in ("lora", "peft"):
            for seed in (1, 2, 3):
                place = f"{folder}/{kind}-{seed}"
                os.makedirs(place)
                with open(f"{place}/config.json", "w", encoding="utf-8") as file:
                    json.dump({"study": "x", "trial": 0, "seed": seed, "metric": {"name": "eval_loss", "goal": "minimize"}, "parameters": {},
                               "trainer": settings | {"type": kind, "seed": seed}}, file)
                variables = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOLORA", "PYTHON"))}
                variables |= {"AUTOLORA_TRIAL_DIR": place, "AUTOLORA_CONFIG": f"{place}/config.json", "OMP_NUM_THREADS": "1", "AUTOLORA_THREADS": "1"}
                script = os.path.join(trials.ROOT, "search-spaces/trainers/peft_train.py")
                command = [BINARY, "train"] if kind == "lora" else [environment("peft"), script]
                done = subprocess.run([*command, f"{place}/config.json"], env=variables, capture_output=True, text=True, timeout=600)
                self.assertEqual(done.returncode, 0, done.stderr[-2000:])
                lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
                found[kind, seed] = [(line["step"], line["eval_loss"], line["learning_rate"], line["trainable_parameters"]) for line in lines]
        print("\n", json.dumps({f"{kind} {seed}": value for (kind, seed), value in found.items()}), file=sys.stderr)
        for column in (0, 2, 3):    # the steps, the rates, the sizes: equal
            for rows in zip(*found.values()):
                for row in rows[1:]:
                    self.assertAlmostEqual(row[column], rows[0][column], delta=1e-9)
        ends = {kind: [found[kind, seed][-1][1] for seed in (1, 2, 3)] for kind in ("lora", "peft")}
        means = {kind: sum(values) / 3 for kind, values in ends.items()}
        spread = max(max(values) - min(values) for values in ends.values())
        self.assertLessEqual(abs(means["lora"] - means["peft"]), spread)


if __name__ == "__main__":
    unittest.main(verbosity=2)
