"""autolora_trial.py, the script of docs/programs.md and what of peft_train.py needs no packages, with Python alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TRAINERS = os.path.join(os.path.dirname(os.path.dirname(HERE)), "search-spaces/trainers")
sys.path[:0] = [TRAINERS, os.path.join(os.path.dirname(os.path.dirname(HERE)), "Sources/Trainers/Programs")]
sys.dont_write_bytecode = True

import bridge
import bridge_mlx
import peft_train


class FolderTests(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="autolora-helper-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("config.json", {"parameters": {"learning_rate": 0.1}, "metric": {"name": "eval/loss", "goal": "minimize"}, "seed": 4})

    def write(self, name, value):
        with open(f"{self.folder}/{name}", "w", encoding="utf-8") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))

    def run_python(self, *arguments, study=True, **environment):
        """The reports that a program prints."""
        passed = {name: value for name, value in os.environ.items() if not name.startswith(("AUTOLORA", "PYTHON"))}
        passed |= {"PYTHONPATH": TRAINERS, "PYTHONDONTWRITEBYTECODE": "1"}
        if study:
            passed |= {"AUTOLORA_TRIAL_DIR": self.folder, "AUTOLORA_CONFIG": f"{self.folder}/config.json"}
        done = subprocess.run([sys.executable, *arguments], env=passed | environment, cwd=self.folder, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


class HelperTests(FolderTests):
    def script(self, text, **further):
        return self.run_python("-c", "import autolora_trial as trial\n" + text, **further)

    def test_a_trial_knows_what_it_was_told(self):
        told = self.script(
            "import json; print(json.dumps([trial.parameters, trial.seed, trial.metric, trial.resume_from, trial.checkpoint_dir]))")
        self.assertEqual(told, [[{"learning_rate": 0.1}, 4, "eval_loss", None, f"{self.folder}/checkpoint"]])

    def test_it_stops_after_the_report_that_it_was_launched_for(self):
        loop = "for step in range(1, 9):\n    trial.report(step=step, eval_loss=1 / step)\n    if trial.should_stop(): break"
        self.assertEqual([row["step"] for row in self.script(loop, AUTOLORA_STOP_AFTER="3")], [1, 2, 3])
        self.assertEqual(len(self.script(loop)), 8)

    def test_outside_of_a_study_it_prints_and_never_stops(self):
        loop = "for step in range(4):\n    trial.report(step=step, eval_loss=1.0)\n    if trial.should_stop(): break"
        self.assertEqual(len(self.script(loop, study=False, AUTOLORA_STOP_AFTER="1")), 4)
        self.assertEqual(os.listdir(self.folder), ["config.json"])

    def test_a_report_keeps_its_number_when_it_is_made_again(self):
        self.script("for step in (1, 2, 3): trial.report(step=step, eval_loss=1.0)")
        # Killed after its third report, with the checkpoint of the first: two are made again, and the fourth is the fourth.
        loop = "for step in (2, 3, 4, 5):\n    trial.report(step=step, eval_loss=1.0)\n    if trial.should_stop(): break"
        told = self.script(loop, AUTOLORA_RESUME_FROM="x", AUTOLORA_REPORTS="2", AUTOLORA_STOP_AFTER="4")
        self.assertEqual([row["step"] for row in told], [3, 4])

    def test_a_trial_that_starts_over_counts_from_one(self):
        self.script("for step in (1, 2, 3): trial.report(step=step, eval_loss=1.0)")
        told = self.script("for step in (10, 20, 30): trial.report(step=step, eval_loss=1.0)", AUTOLORA_REPORTS="1")
        self.assertEqual([row["step"] for row in told], [20, 30])

    def test_numbers_that_other_packages_wrap_are_numbers(self):
        told = self.script(
            "from decimal import Decimal\ntrial.report(step=1.0, eval_loss=Decimal('0.25'), name='x', flag=True, other=None, ends=float('inf'))")
        self.assertEqual(told, [{"step": 1, "eval_loss": 0.25, "ends": float("inf")}])

    def test_the_best_report_is_the_best_by_the_goal(self):
        told = self.script(
            "import json\n"
            "for step, loss in enumerate([3.0, 2.0, 2.0, float('nan'), 1.0]):\n"
            "    trial.keep({'step': step, 'eval_loss': loss}); print(json.dumps(trial.is_best()))")
        self.assertEqual(told, [True, True, False, False, True])

    def test_a_report_is_marked_where_the_trainer_is_ours(self):
        self.write("config.json", {"trainer": {"type": "trl"}})
        self.assertEqual(self.script("trial.report(step=1, eval_loss=2)"), [{"autolora": 1, "step": 1, "eval_loss": 2}])

    def test_a_folder_is_put_in_place_whole(self):
        for text in ("one", "two"):
            os.makedirs(f"{self.folder}/new")
            self.write("new/file", text)
            self.script(f"trial.put_in_place('{self.folder}/new', trial.checkpoint_dir)")
            with open(f"{self.folder}/checkpoint/file", encoding="utf-8") as file:
                self.assertEqual(file.read(), text)
        self.assertEqual(sorted(os.listdir(self.folder)), ["checkpoint", "config.json"])

    def test_without_an_exchange_the_old_folder_is_moved_aside(self):
        for text in ("one", "two"):
            os.makedirs(f"{self.folder}/new")
            self.write("new/file", text)
            self.script(f"trial._exchange = lambda a, b: False\ntrial.put_in_place('{self.folder}/new', trial.checkpoint_dir)")
        self.assertEqual(sorted(os.listdir(self.folder)), ["checkpoint", "config.json"])

    def test_a_probe_ends_with_whoever_asked_and_takes_its_folder_along(self):
        os.makedirs(f"{self.folder}/asked")
        child = f"import time, autolora_trial as trial; trial.end_with_parent('{self.folder}/asked'); open('begun', 'w').close(); time.sleep(60)"
        parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
        environment = os.environ | {"PYTHONPATH": TRAINERS, "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen([sys.executable, "-c", parent], cwd=self.folder, env=environment)
        self.addCleanup(process.wait)
        self.wait(lambda: os.path.exists(f"{self.folder}/begun"))
        self.assertTrue(os.path.exists(f"{self.folder}/asked"))
        process.kill()
        self.wait(lambda: not os.path.exists(f"{self.folder}/asked"))

    def wait(self, condition):
        end = time.monotonic() + 50
        while not condition():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)

    def test_a_kill_at_any_moment_leaves_a_whole_checkpoint(self):
        saver = (
            "import os, itertools, autolora_trial as trial\n"
            "for number in itertools.count():\n"
            "    os.makedirs('new', exist_ok=True)\n"
            "    for name in 'ab':\n"
            "        with open('new/' + name, 'w') as file: file.write(str(number))\n"
            "    trial.put_in_place('new', trial.checkpoint_dir)\n")
        environment = os.environ | {"PYTHONPATH": TRAINERS, "AUTOLORA_TRIAL_DIR": self.folder, "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("AUTOLORA_RESUME_FROM", None)
        for round in range(8):
            process = subprocess.Popen([sys.executable, "-c", saver], cwd=self.folder, env=environment)
            while not os.path.exists(f"{self.folder}/checkpoint/b"):
                self.assertIsNone(process.poll())
            for _ in range(2000 * round):    # somewhere else each time
                os.path.exists(self.folder)
            process.send_signal(signal.SIGKILL)
            process.wait()
            texts = set()
            for name in "ab":
                with open(f"{self.folder}/checkpoint/{name}", encoding="utf-8") as file:
                    texts.add(file.read())
            self.assertEqual(len(texts), 1, texts)


class OwnLoopTests(FolderTests):
    """The script that docs/programs.md shows."""

    def loop(self, **environment):
        rows = [{"text": f"{'good' if index % 2 else 'bad'} film number {index % 7}", "label": "positive" if index % 2 else "negative"}
                for index in range(40)]
        for name in ("train.jsonl", "validation.jsonl"):
            self.write(name, "".join(json.dumps(row) + "\n" for row in rows))
        return self.run_python(f"{TRAINERS}/own_loop.py", "train.jsonl", "validation.jsonl", **environment)

    def test_it_learns(self):
        reports = self.loop()
        self.assertEqual([row["step"] for row in reports], list(range(1, 10)))
        self.assertLess(reports[-1]["eval_loss"], reports[0]["eval_loss"])
        self.assertEqual(reports[-1]["eval_accuracy"], 1.0)

    def test_stopped_at_its_rung_it_goes_on_exactly(self):
        whole = self.loop()
        shutil.rmtree(f"{self.folder}/checkpoint")
        first = self.loop(AUTOLORA_STOP_AFTER="3")
        second = self.loop(AUTOLORA_RESUME_FROM=f"{self.folder}/checkpoint", AUTOLORA_REPORTS="3")
        self.assertEqual(first + second, whole)

    def test_the_page_shows_the_script_as_it_is(self):
        with open(os.path.join(os.path.dirname(os.path.dirname(TRAINERS)), "docs/programs.md"), encoding="utf-8") as file:
            page = file.read()
        with open(f"{TRAINERS}/own_loop.py", encoding="utf-8") as file:
            script = file.read()
        shown = page.split("```python\n")[1].split("```")[0]
        self.assertIn(shown, script)


class LabelTests(unittest.TestCase):
    """How labels become classes: docs/data.md."""

    def numbers(self, *labels):
        return peft_train.Labels([({"label": label}, 1) for label in labels], "x").names

    def test_whole_numbers_are_numbered_by_value(self):
        self.assertEqual(self.numbers("10", "2", "0", "-1"), ["-1", "0", "2", "10"])
        self.assertEqual(self.numbers(1, 1.0, "+1", "0"), ["0", "1"])

    def test_other_labels_are_numbered_in_the_order_of_their_names(self):
        self.assertEqual(self.numbers("b", "a", "B"), ["B", "a", "b"])
        self.assertEqual(self.numbers("10", "2", "07"), ["07", "10", "2"])
        self.assertEqual(self.numbers(True, False), ["false", "true"])

    def test_a_label_that_cannot_be_one_is_refused_with_its_line(self):
        for label in (None, "", [1], {}):
            with self.assertRaises(SystemExit) as refused:
                self.numbers("a", label)
            self.assertIn("x:1: no label", str(refused.exception))

    def test_a_text_has_the_place_that_the_built_in_trainer_gives_it(self):
        self.assertEqual(peft_train.place(" good film\n"), peft_train.place("good film"))
        places = [peft_train.place(f"text {index}") for index in range(2000)]
        self.assertTrue(0.07 < sum(place < 0.1 for place in places) / 2000 < 0.13)

    def test_rows_that_ask_the_same_are_of_one_part(self):
        split = {"validation": 0.3, "test": 0.2}
        asked = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]
        rows = [
            {"text": "Be brief.\nWhy?"}, {"prompt": " Be brief.\nWhy?\n", "completion": "So."},
            {"messages": asked + [{"role": "assistant", "content": "So."}]}, {"messages": asked + [{"role": "assistant", "content": "No."}]},
        ]
        self.assertEqual(len({peft_train.part(row, split) for row in rows}), 1)
        parts = [peft_train.part({"body": f"text {index}"}, split, "body") for index in range(2000)]
        for part, share in {"test": 0.2, "validation": 0.3, "train": 0.5}.items():
            self.assertAlmostEqual(parts.count(part) / 2000, share, delta=0.04)

    def test_mlx_lm_is_told_how_positions_turn(self):
        def told(**config):
            with tempfile.TemporaryDirectory() as folder:
                with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
                    json.dump(config, file)
                return bridge_mlx.spelled(folder)

        self.assertEqual(told(rope_theta=100.0), {})
        self.assertEqual(told(rope_parameters={"rope_theta": 5e5, "rope_type": "default"}), {"rope_theta": 5e5})
        self.assertEqual(told(rope_theta=1.0, rope_parameters={"rope_theta": 5e5}), {}, "what is said stays")
        scaled = told(rope_parameters={"rope_theta": 5e5, "rope_type": "linear", "factor": 2.0, "partial_rotary_factor": 0.5})
        self.assertEqual((scaled["rope_scaling"]["type"], scaled["rope_scaling"]["factor"], scaled["partial_rotary_factor"]), ("linear", 2.0, 0.5))
        both = told(rope_parameters={"full_attention": {"rope_theta": 1e6}, "sliding_attention": {"rope_theta": 1e4}})
        self.assertEqual(both, {"rope_theta": 1e6, "rope_local_base_freq": 1e4})

    def test_a_bridge_divides_one_file_as_the_script_does(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "rows.jsonl")
            with open(source, "w", encoding="utf-8") as file:
                file.writelines(json.dumps({"prompt": f"text {index}", "completion": " a"}) + "\n" for index in range(200))
            trainer = {"train": source, "split": {"validation": 0.25, "test": 0.1}}
            bridge.prepare("trl", folder, trainer, {})
            found = {}
            for part in ("train", "validation"):
                with open(os.path.join(folder, "data", part + ".jsonl"), encoding="utf-8") as file:
                    found[part] = [json.loads(line)["prompt"] for line in file]
            settings = peft_train.Settings({**trainer, "model": "m", "task": "causal-lm"})
            wanted = [[row["prompt"] for row, _ in rows] for rows in peft_train.parts(settings)]
            self.assertEqual([found["train"], found["validation"]], wanted)
            self.assertTrue(30 < len(found["validation"]) < 70 and not set(found["train"]) & set(found["validation"]))

    def test_an_unknown_setting_is_refused_with_the_nearest_name(self):
        self.assertEqual(peft_train.unknown_settings({"lora_alhpa": 1, "r": 2}), [{"key": "lora_alhpa", "near": "lora_alpha"}])


if __name__ == "__main__":
    unittest.main()
