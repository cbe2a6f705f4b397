"""The programs that run other trainers, with the real packages, on the CPU: a tiny Llama, 8 steps, two reports.

    python3 -m unittest Tests/TrainerPrograms/test_trainers.py      (scripts/test-trainers.sh makes what it needs)

AUTOLORA_TRAINERS names the folder with an environment for each trainer; AUTOLORA_TRAINER_TESTS the trainers, where not all are wanted.
"""

import atexit
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import trials
from trials import Trial

TIMES = re.compile("runtime|per_second|memory|preparation")


def environment(kind):
    return os.path.join(os.environ.get("AUTOLORA_TRAINERS", os.path.join(trials.ROOT, ".venv-trainers")), kind, "bin/python")


def figures(report):
    """A report without what depends on the clock."""
    return {name: value for name, value in report.items() if not TIMES.search(name) and name != "eval_num_tokens"}


class Fixtures:
    """The model and the data, made once, by the first environment that can."""

    folder = None

    @classmethod
    def get(cls):
        if cls.folder is None:
            cls.folder = tempfile.mkdtemp(prefix="autolora-trainers-")
            atexit.register(shutil.rmtree, cls.folder, True)    # not with the module: others use them too
            maker = next((environment(kind) for kind in ("peft", "trl", "llama-factory", "axolotl") if os.path.exists(environment(kind))), None)
            if maker is None:
                raise unittest.SkipTest("no environment has torch: nothing makes the model")
            done = subprocess.run([maker, os.path.join(trials.HERE, "fixtures.py"), cls.folder], capture_output=True, text=True)
            if done.returncode:
                raise AssertionError(done.stderr)
        return cls.folder


class TrainerTests:
    """What holds for every trainer."""

    kind = None
    wrong_key = {"lora_rnak": 4}
    near_key = "lora_r"
    has_trainer_state = True

    @classmethod
    def setUpClass(cls):
        chosen = os.environ.get("AUTOLORA_TRAINER_TESTS")
        if chosen and cls.kind not in chosen.split(","):
            raise unittest.SkipTest("not asked for")
        cls.python = environment(cls.kind)
        if not os.path.exists(cls.python):
            raise unittest.SkipTest(f"{cls.kind} is not installed: there is no {cls.python}")
        cls.fixtures = Fixtures.get()
        cls.whole = cls.trial("whole")
        cls.code, cls.reports, cls.errors = cls.whole.launch()
        cls.stopped = cls.trial("stopped")
        cls.stop_code, cls.first, cls.stop_errors = cls.stopped.launch(stop_after=1)

    @classmethod
    def trial(cls, name, metric=("eval_loss", "minimize"), **changes):
        if cls.kind == "peft":
            changes = {"options": {"logging_steps": 1}} | changes
        return Trial(cls.kind, cls.python, f"{cls.fixtures}/{cls.kind}/{name}", trials.defaults(cls.fixtures, **changes), metric)

    def copy(self, name):
        """A trial that has stopped after its first report."""
        copy = self.trial(name)
        shutil.copytree(f"{self.stopped.folder}/checkpoint", f"{copy.folder}/checkpoint")
        shutil.copytree(f"{self.stopped.folder}/adapter", f"{copy.folder}/adapter")
        shutil.copy(f"{self.stopped.folder}/reports.jsonl", copy.folder)
        return copy

    def assert_same_end(self, trial, second):
        self.assertEqual([figures(report) for report in self.first + second], [figures(report) for report in self.reports])
        for name in ("adapter/adapter_model.safetensors",):
            self.assertEqual(trial.read(name), self.whole.read(name), f"{name} differs from that of the trial that never stopped")

    def test_eight_steps_make_two_reports_a_checkpoint_and_an_adapter(self):
        self.assertEqual(self.code, 0, self.errors[-3000:])
        self.assertEqual([report["step"] for report in self.reports], [4, 8])
        for name in ("eval_loss", "loss", "learning_rate", "grad_norm", "epoch", "trainable_parameters"):
            self.assertTrue(all(name in report for report in self.reports), name)
        for report, rate in zip(self.reports, (0.005 * 5 / 6, 0.005 / 6)):
            self.assertAlmostEqual(report["learning_rate"], rate, delta=1e-8)
        self.assertEqual(sorted(name for name in os.listdir(self.whole.folder) if name.startswith(("checkpoint", "adapter"))),
                         ["adapter", "checkpoint"])
        config = json.loads(self.whole.read("adapter/adapter_config.json"))
        self.assertEqual((config["r"], config["lora_alpha"]), (4, 8))

    def test_the_adapter_in_peft_has_the_loss_that_was_reported(self):
        python = environment("peft")
        if not os.path.exists(python):
            self.skipTest("peft is not installed")
        script = os.path.join(trials.HERE, "evaluate_adapter.py")
        done = subprocess.run([python, script, f"{self.whole.folder}/config.json", f"{self.whole.folder}/adapter"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        best = min(report["eval_loss"] for report in self.reports)
        self.assertAlmostEqual(json.loads(done.stdout)["loss"], best, delta=5e-6)

    def test_a_trial_that_stops_and_goes_on_is_the_one_that_never_stopped(self):
        self.assertEqual(self.stop_code, 0, self.stop_errors[-3000:])
        self.assertEqual([figures(report) for report in self.first], [figures(self.reports[0])])
        trial = self.copy("resumed")
        code, second, errors = trial.launch(resume=True, reports=1)
        self.assertEqual(code, 0, errors[-3000:])
        self.assert_same_end(trial, second)
        if self.has_trainer_state:
            rates = [[(entry["step"], entry["learning_rate"]) for entry in one.state("checkpoint") if "learning_rate" in entry]
                     for one in (trial, self.whole)]
            self.assertEqual(rates[0], rates[1])
            self.assertEqual([step for step, _ in rates[0]], list(range(1, 9)))

    def test_the_trainers_own_file_has_the_figure_besides(self):
        if not self.has_trainer_state:
            self.skipTest("it has no such file")
        own = {entry["step"]: entry["eval_loss"] for entry in self.whole.state("checkpoint") if "eval_loss" in entry}
        self.assertEqual([report["trainer_eval_loss"] for report in self.reports], [own[4], own[8]])

    def test_a_report_that_is_not_on_record_is_told_again_and_no_more(self):
        trial = self.copy("again")
        code, told, errors = trial.launch(resume=True, reports=0, stop_after=1)
        self.assertEqual(code, 0, errors[-3000:])
        self.assertEqual([figures(report) for report in told], [figures(report) for report in self.first])

    def test_a_kill_in_the_middle_of_a_save_loses_nothing(self):
        trial = self.copy("killed")
        mark = f"{trial.folder}/mark"
        process = trial.start(resume=True, reports=0, PYTHONPATH=os.path.join(trials.HERE, "shim"), AUTOLORA_TEST_SAVE="hang",
                              AUTOLORA_TEST_MARK=mark, AUTOLORA_TEST_FIRST=f"{trial.folder}/checkpoint")
        self.addCleanup(trial.kill, process)
        end = time.monotonic() + 300
        while not os.path.exists(mark) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        self.assertTrue(os.path.exists(mark), "the second checkpoint was never begun")
        # Nothing was kept back in a buffer: the first report is there while the process hangs.
        os.set_blocking(process.stdout.fileno(), False)
        told = trials.reports(os.read(process.stdout.fileno(), 1 << 20).decode())
        self.assertEqual([figures(report) for report in told], [figures(report) for report in self.first])
        os.set_blocking(process.stdout.fileno(), True)
        trial.kill(process)
        self.assertEqual(process.returncode, -signal.SIGKILL)
        code, second, errors = trial.launch(resume=True, reports=1)
        self.assertEqual(code, 0, errors[-3000:])
        self.assert_same_end(trial, second)

    def test_a_key_that_the_trainer_does_not_know_is_found_before_a_launch(self):
        trial = self.trial("probe")
        answer = trial.probe(**self.wrong_key)
        self.assertEqual(answer["unknown"], [{"key": next(iter(self.wrong_key)), "near": self.near_key}])
        self.assertEqual(answer["problems"], [])
        self.assertTrue(all(answer["versions"].values()), answer["versions"])
        self.assertEqual(trial.probe()["unknown"], [])

    def test_a_gpu_that_is_full_when_asked_is_a_warning_and_no_problem(self):
        if self.kind not in ("peft", "trl"):
            self.skipTest("its parser begins no GPU")
        trial = self.trial("full", base_precision="auto")
        changes = {} if self.kind == "peft" else {"bf16": True, "use_cpu": False}
        answer = trial.probe({"PYTHONPATH": os.path.join(trials.HERE, "shim"), "AUTOLORA_TEST_GPU": "full"}, **changes)
        self.assertEqual(answer["problems"], [])
        self.assertEqual(answer["warnings"], ["the GPU cannot be used just now, so that it was not asked (CUDA error: out of memory)"])

    def test_a_training_that_diverges_ends_with_nan(self):
        trial = self.trial("diverges", learning_rate=1e30, warmup_ratio=0.0)
        code, reports, errors = trial.launch()
        self.assertEqual(code, 0, errors[-3000:])
        self.assertTrue(math.isnan(reports[-1]["eval_loss"]), reports)
        self.assertEqual(len(reports), 1)
        self.assertIn("training has diverged", errors)

    def test_a_lack_of_memory_passes_through(self):
        if self.kind == "mlx-lm":
            self.skipTest("there is no torch")
        trial = self.copy("memory")
        code, _, errors = trial.launch(resume=True, reports=1, PYTHONPATH=os.path.join(trials.HERE, "shim"), AUTOLORA_TEST_SAVE="memory",
                                       AUTOLORA_TEST_FIRST=f"{trial.folder}/checkpoint")
        self.assertEqual(code, 1)
        self.assertIn("CUDA out of memory. Tried to allocate 2.00 GiB", errors)


class PEFT(TrainerTests, unittest.TestCase):
    kind = "peft"

    def trial_of_labels(self, name, **changes):
        return self.trial(
            name, ("eval_accuracy", "maximize"), task="sequence-classification", model=f"{self.fixtures}/bert",
            train=f"{self.fixtures}/data/train.labels.csv", validation=f"{self.fixtures}/data/validation.labels.csv",
            gradient_accumulation_steps=1, **changes)

    def test_a_key_that_the_trainer_does_not_know_is_found_before_a_launch(self):
        trial = self.trial("probe", lora_alhpa=3, options={"optimm": "x", "group_by": 1})
        answer = trial.probe()
        self.assertEqual(answer["unknown"][0], {"key": "lora_alhpa", "near": "lora_alpha"})
        self.assertEqual(answer["unknown"][1], {"key": "options.optimm", "near": "optim"})
        code, _, errors = trial.launch()
        self.assertNotEqual(code, 0)
        self.assertIn("unknown setting lora_alhpa; did you mean lora_alpha?", errors)

    def test_labels_are_numbered_by_value_and_lie_beside_the_adapter(self):
        trial = self.trial_of_labels("labels", target_modules="all-linear", layers_to_transform="last-1")
        code, reports, errors = trial.launch()
        self.assertEqual(code, 0, errors[-3000:])
        self.assertEqual(json.loads(trial.read("adapter/labels.json"))["id2label"], {"0": "5", "1": "10", "2": "15"})
        self.assertTrue(all(0 <= report[name] <= 1 for report in reports for name in ("eval_accuracy", "eval_f1")))
        for report in reports:
            rows, accuracy = 24, report["eval_accuracy"]
            self.assertAlmostEqual(report["eval_accuracy_se"], math.sqrt(accuracy * (1 - accuracy) / rows))
            self.assertTrue(0 < report["eval_loss_se"] < report["eval_loss"] and 0 <= report["eval_f1_se"] < 1, report)
        self.assertEqual(len(reports), 2)

    def test_every_setting_of_the_table_trains(self):
        trial = self.trial(
            "settings", target_modules=["q_proj", "down_proj"], layers_to_transform=[1], rank_pattern={"down_proj": 2},
            alpha_pattern={"down_proj": 6}, use_rslora=True, use_dora=True, init_lora_weights="gaussian", loraplus_lr_ratio=4,
            modules_to_save=["norm"], gradient_checkpointing=True, lr_scheduler_type="cosine", shuffle=False, threads=1,
            train=f"{self.fixtures}/data/train.messages.jsonl", validation=f"{self.fixtures}/data/validation.messages.jsonl",
            base_precision="bf16", options={"adam_beta2": 0.99, "lora_bias": False})
        code, reports, errors = trial.launch()
        self.assertEqual(code, 0, errors[-3000:])
        config = json.loads(trial.read("adapter/adapter_config.json"))
        self.assertEqual((config["use_dora"], config["rank_pattern"], config["layers_to_transform"]), (True, {"down_proj": 2}, [1]))
        self.assertEqual(len(reports), 2)


class TRL(TrainerTests, unittest.TestCase):
    kind = "trl"

    def test_two_processes_stop_and_go_on_exactly(self):
        launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
        whole, stopped = self.trial("two-whole"), self.trial("two-stopped")
        code, reports, errors = whole.launch(launcher=launcher)
        self.assertEqual(code, 0, errors[-3000:])
        self.assertEqual([report["step"] for report in reports], [4, 8])
        code, first, errors = stopped.launch(launcher=launcher, stop_after=1)
        self.assertEqual(code, 0, errors[-3000:])
        code, second, errors = stopped.launch(launcher=launcher, resume=True, reports=1)
        self.assertEqual(code, 0, errors[-3000:])
        self.assertEqual([figures(report) for report in first + second], [figures(report) for report in reports])
        name = "adapter/adapter_model.safetensors"
        self.assertEqual(stopped.read(name), whole.read(name))

    def test_conversations_become_a_prompt_and_an_answer(self):
        data = {"train": f"{self.fixtures}/data/train.messages.jsonl", "validation": f"{self.fixtures}/data/validation.messages.jsonl"}
        trial = self.trial("messages", max_steps=1, eval_steps=1, **data)
        code, reports, errors = trial.launch()
        self.assertEqual(code, 0, errors[-3000:])
        row = json.loads(trial.read("data/train.jsonl").splitlines()[0])
        self.assertEqual([message["role"] for message in row["prompt"] + row["completion"]], ["user", "assistant"])
        self.assertEqual(len(reports), 1)


class LLaMAFactory(TrainerTests, unittest.TestCase):
    kind = "llama-factory"
    near_key = "lora_rank"


class Axolotl(TrainerTests, unittest.TestCase):
    kind = "axolotl"


class MLX(TrainerTests, unittest.TestCase):
    kind = "mlx-lm"
    wrong_key = {"num_layer": 2}
    near_key = "num_layers"
    has_trainer_state = False


if __name__ == "__main__":
    unittest.main(verbosity=2)
