"""The stand-in for wandb, call by call.

WANDB_PYTHON: an interpreter with the real package, whose answers are then compared with the stand-in's. TRL_PYTHON: one with
transformers, whose report_to wandb is tried then.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from interpreters import interpreter

HERE = pathlib.Path(__file__).resolve().parent
STATES = HERE / "wandb_scripts" / "states.py"
PROGRAMS = HERE.parent.parent / "Sources" / "Trainers" / "Programs"


class Result:
    def __init__(self, done):
        self.code, self.output, self.errors = done.returncode, done.stdout, done.stderr
        self.lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"autolora"')]


def run(script, metric="loss", parameters=None, metrics=None, config=True, python=sys.executable, **variables):
    """Runs a script's text as a trial."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("WANDB", "AUTOLORA"))}
        if config:
            content = {"study": "s", "trial": 3, "metric": {"name": metric, "goal": "minimize"}, "parameters": parameters or {}}
            if metrics:
                content["metrics"] = [{"name": name, "goal": "minimize"} for name in metrics]
            path = pathlib.Path(folder, "config.json")
            path.write_text(json.dumps(content))
            environment.update(AUTOLORA_CONFIG=str(path), AUTOLORA_TRIAL_DIR=folder)
        environment.update(variables, PYTHONPATH=str(PROGRAMS), PYTHONDONTWRITEBYTECODE="1")
        return Result(
            subprocess.run(
                [python, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
            )
        )


class Reports(unittest.TestCase):
    def rows(self, script, **options):
        result = run("import wandb\n" + script, **options)
        self.assertEqual(result.code, 0, result.errors)
        return [{key: value for key, value in row.items() if key != "autolora"} for row in result.lines]

    def test_a_row_has_all_digits_and_no_counter_as_its_step(self):
        rows = self.rows("wandb.init()\nwandb.log({'loss': 0.1 + 0.2, 'epoch': 1})\nwandb.log({'loss': 1e-300})")
        self.assertEqual(rows, [{"loss": 0.1 + 0.2, "epoch": 1}, {"loss": 1e-300}])

    def test_a_step_of_the_script_s_own_is_the_report_s(self):
        rows = self.rows("wandb.init()\nfor i in (5, 10):\n wandb.log({'loss': i}, step=i)")
        self.assertEqual(rows, [{"step": 5, "loss": 5}, {"step": 10, "loss": 10}])

    def test_a_row_with_a_step_is_printed_with_its_metric_and_once_more_when_it_has_grown(self):
        rows = self.rows(
            "wandb.init()\nwandb.log({'train': 1}, step=2)\nwandb.log({'loss': 3}, step=2)\nprint('between')\n"
            "wandb.log({'lr': 4}, step=2)\nwandb.log({'train': 1}, step=3)"
        )
        self.assertEqual(rows, [{"step": 2, "train": 1, "loss": 3}, {"step": 2, "train": 1, "loss": 3, "lr": 4}, {"step": 3, "train": 1}])

    def test_the_metric_logged_twice_at_a_step_is_one_report(self):
        result = run("import wandb\nwandb.init()\nwandb.log({'loss': 3}, step=2)\nwandb.log({'loss': 4}, step=2)\nwandb.finish()")
        self.assertEqual([row["loss"] for row in result.lines], [3])
        self.assertIn("twice at step 2", result.errors)
        same = self.rows("wandb.init()\nwandb.log({'loss': float('nan')}, step=2)\nwandb.log({'loss': float('nan')}, step=2)")
        self.assertEqual(len(same), 1)

    def test_a_step_metric_gives_the_step_as_long_as_it_grows(self):
        rows = self.rows(
            "wandb.init()\nwandb.define_metric('*', step_metric='train/global_step')\n"
            "for i in (4, 8, 8, 6.5):\n wandb.log({'eval/loss': i, 'train/global_step': i})",
            metric="eval_loss",
        )
        self.assertEqual([row.get("step") for row in rows], [4, 8, None, None])

    def test_the_step_metric_s_latest_value_counts_where_a_row_lacks_it(self):
        rows = self.rows(
            "run = wandb.init()\nrun.define_metric('val*', step_metric=run.define_metric('epoch'))\n"
            "for i in (1, 2):\n run.log({'epoch': i})\n run.log({'val': i})",
            metric="val",
        )
        self.assertEqual([row for row in rows if "val" in row], [{"step": 1, "val": 1}, {"step": 2, "val": 2}])

    def test_what_is_gathered_is_printed_at_the_end_and_after_an_error_too(self):
        script = "import wandb\nwandb.init()\nwandb.log({'loss': 1}, commit=False)\n"
        self.assertEqual(run(script).lines, [{"autolora": 1, "loss": 1}])
        failed = run(script + "raise ValueError('no')")
        self.assertEqual((failed.code, failed.lines), (1, [{"autolora": 1, "loss": 1}]))

    def test_rows_without_the_metric_are_printed_once_of_a_kind(self):
        rows = self.rows("wandb.init()\nfor i in range(50):\n wandb.log({'train': i})\nwandb.log({'other': 1, 'train': 2})")
        self.assertEqual(rows, [{"train": 0}, {"other": 1, "train": 2}])

    def test_without_a_study_or_a_named_metric_each_row_is_printed(self):
        script = "wandb.init(config={'a': 1})\nfor i in range(3):\n wandb.log({'train': i})"
        self.assertEqual(len(self.rows(script, config=False)), 3)
        self.assertEqual(len(self.rows(script, metric="first reported metric")), 3)

    def test_a_metric_in_the_summary_alone_is_reported_at_the_end_and_never_twice(self):
        rows = self.rows("run = wandb.init()\nrun.log({'a': 1})\nrun.summary['loss'] = 0.25")
        self.assertEqual(rows[1:], [{"a": 1, "loss": 0.25}])
        rows = self.rows("run = wandb.init()\nrun.log({'loss': 1})\nrun.summary['loss'] = 0.25")
        self.assertEqual(rows, [{"loss": 1}])

    def test_a_second_run_s_steps_are_counted_on(self):
        result = run(
            "import wandb\nfor fold in range(3):\n run = wandb.init(reinit=True)\n for i in range(2):\n"
            "  run.log({'loss': fold}, step=i)\n run.finish()\n print(run.id)"
        )
        self.assertEqual([row["step"] for row in result.lines], [0, 1, 2, 3, 4, 5])
        self.assertEqual(result.errors.count("more than one run"), 1)
        self.assertIn("s-3\n", result.output)
        self.assertIn("s-3-2\n", result.output)

    def test_numbers_of_other_libraries_count_and_all_else_is_left_out(self):
        rows = self.rows(
            "import decimal, fractions\n"
            "class Tensor:\n def __init__(self, *v): self.v = v\n def item(self):\n  (one,) = self.v\n  return one\n"
            "wandb.init()\nwandb.log({'loss': Tensor(0.5), 'many': Tensor(1, 2), 'd': decimal.Decimal('0.5'), 'f': fractions.Fraction(1, 4),"
            " 'flag': True, 'text': 'x', 'none': None, 'list': [1], 'model': object(), 'picture': wandb.Image('x.png')})"
        )
        self.assertEqual(rows, [{"loss": 0.5, "d": 0.5, "f": 0.25, "flag": 1, "text": "x"}])

    def test_nan_and_infinity_stand_bare(self):
        result = run("import wandb\nwandb.init()\nwandb.log({'loss': float('nan'), 'top': float('inf')})")
        self.assertIn('"loss": NaN, "top": Infinity', result.output)

    def test_other_ranks_and_disabled_runs_print_nothing(self):
        script = "wandb.init(**({'mode': 'disabled'} if %d else {}))\nwandb.log({'loss': 1})"
        self.assertEqual(self.rows(script % 0, RANK="1"), [])
        self.assertEqual(len(self.rows(script % 0, RANK="0")), 1)
        self.assertEqual(self.rows(script % 1), [])

    def test_a_forked_child_prints_nothing_of_its_parent_s(self):
        rows = self.rows(
            "import os, sys\nwandb.init()\nwandb.log({'loss': 1}, commit=False)\nif os.fork() == 0:\n sys.exit(0)\nos.wait()"
        )
        self.assertEqual(rows, [{"loss": 1}])

    def test_reports_come_through_where_a_script_takes_standard_output_for_itself(self):
        rows = self.rows("import io, sys\nsys.stdout = io.StringIO()\nwandb.init()\nwandb.log({'loss': 1})")
        self.assertEqual(rows, [{"loss": 1}])

    def test_several_metrics_the_first_is_the_study_s(self):
        rows = self.rows("wandb.init()\nfor i in range(2):\n wandb.log({'b': i})\n wandb.log({'a': i})", metrics=["a", "b"])
        self.assertEqual(rows, [{"b": 0}, {"a": 0}, {"a": 1}])


class Answers(unittest.TestCase):
    """states.py prints what wandb answers."""

    parameters = {"lr": 0.25, "opt": {"a": 5, "b": [1, 2]}}

    def stand_in(self):
        result = run(STATES.read_text(), parameters=self.parameters)
        self.assertEqual(result.code, 0, result.errors)
        return [line for line in result.output.splitlines() if not line.startswith('{"autolora"')]

    def test_they_are_those_on_record(self):
        self.assertEqual(self.stand_in(), STATES.with_suffix(".txt").read_text().splitlines())

    def test_the_real_package_gives_the_same(self):
        python = interpreter("wandb")
        if not python:
            self.skipTest("no interpreter with the real wandb (make test-trainers, or WANDB_PYTHON)")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "sweep.yaml")
            path.write_text(json.dumps({key: {"value": value} for key, value in self.parameters.items()}))
            environment = dict(
                os.environ, WANDB_MODE="offline", WANDB_SILENT="true", WANDB_SWEEP_ID="s", WANDB_SWEEP_PARAM_PATH=str(path)
            )
            done = subprocess.run(
                [python, str(STATES)], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.splitlines(), self.stand_in())


TRANSFORMERS = """
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments
torch.manual_seed(0)
model = BertForSequenceClassification(
    BertConfig(vocab_size=64, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16))
rows = [{"input_ids": torch.tensor([i % 60 + 1, 2, 3]), "labels": torch.tensor(i % 2)} for i in range(32)]
arguments = TrainingArguments(output_dir="out", learning_rate=0.01, max_steps=6, eval_strategy="steps", eval_steps=2, logging_steps=1,
    save_strategy="steps", save_steps=6, report_to="wandb", use_cpu=True, disable_tqdm=True)
Trainer(model=model, args=arguments, train_dataset=rows, eval_dataset=rows[:8]).train()
import json
state = json.load(open("out/checkpoint-6/trainer_state.json"))["log_history"]
print("STATE" + json.dumps([[entry["step"], entry["eval_loss"]] for entry in state if "eval_loss" in entry]))
"""


class Libraries(unittest.TestCase):
    def test_transformers_reports_through_it_with_all_digits_and_its_own_steps(self):
        python = interpreter("trl")
        if not python:
            self.skipTest("no interpreter with transformers (make test-trainers, or TRL_PYTHON)")
        result = run(TRANSFORMERS, metric="eval_loss", parameters={"learning_rate": 0.01}, python=python)
        self.assertEqual(result.code, 0, result.errors)
        state = json.loads(result.output.split("STATE", 1)[1])
        self.assertEqual(len(state), 3)
        self.assertEqual([[row["step"], row["eval/loss"]] for row in result.lines if "eval/loss" in row], state)
        self.assertNotIn("stand-in", result.errors)


class Face(unittest.TestCase):
    def says(self, script, **options):
        result = run("import wandb\n" + script, **options)
        self.assertEqual(result.code, 0, result.errors)
        return result

    def test_what_needs_a_server_ends_the_program_with_one_line(self):
        for call, name in [
            ("wandb.Api()", "Api"), ("wandb.controller('x')", "controller"), ("wandb.agent('x')", "agent"),
            ("wandb.init().use_artifact('a:v0')", "use_artifact"), ("wandb.init(); wandb.use_model('a')", "use_model"),
            ("wandb.init(); wandb.restore('f')", "restore"), ("wandb.Artifact('a', 'model').download()", "Artifact.download"),
            ("wandb.init().log_artifact('a').get_path('p')", "Artifact.download"),
        ]:
            with self.subTest(call):
                result = run("import wandb\ntry:\n %s\nexcept Exception:\n pass\nprint('went on')" % call)
                self.assertEqual((result.code, result.output), (1, ""))
                last = result.errors.splitlines()[-1]
                self.assertTrue(last.startswith("wandb (AutoLoRA's stand-in): %s: " % name), result.errors)

    def test_media_artifacts_and_watch_are_taken_and_said_once(self):
        result = self.says(
            "run = wandb.init()\nwandb.watch(object(), log='all', log_freq=10); run.watch(object()); wandb.unwatch()\n"
            "for i in range(3):\n"
            " run.log({'loss': i, 'i': wandb.Image([[0]], caption='c'), 'h': wandb.Histogram([1, 2]), 'v': wandb.Video('v.mp4', fps=4),\n"
            "  'a': wandb.Audio([0.0], sample_rate=1), 'p': wandb.plot.line(None, 'x', 'y'), 'c': wandb.plot.confusion_matrix(y_true=[], preds=[]),\n"
            "  'o': wandb.Object3D([]), 'm': wandb.Molecule('m'), 'l': wandb.Plotly(None), 'pics': [wandb.Image('x')]})\n"
            "t = wandb.Table(columns=['a', 'b'], data=[[1, 2]]); t.add_data(3, 4); t.add_column('c', [5, 6])\n"
            "print(t.data, t.get_column('c'), t.columns)\n"
            "a = wandb.Artifact('n', type='dataset', metadata={'k': 1}); a.add_dir('.'); a.add(t, 't'); a.add_reference('s3://b')\n"
            "with a.new_file('x.txt') as file:\n file.write('x')\n"
            "print(run.log_artifact(a).wait() is a, run.link_artifact(a, 'target') is a, wandb.log_artifact('f.bin', name='f', type='m').name)\n"
            "wandb.save('*.pt'); run.log_code('.'); wandb.alert(title='t', text='x', level=wandb.AlertLevel.WARN); run.mark_preempting()"
        )
        self.assertIn("[[1, 2, 5], [3, 4, 6]] [5, 6] ['a', 'b', 'c']\nTrue True f\n", result.output)
        self.assertEqual([row["loss"] for row in result.lines], [0, 1, 2])
        self.assertEqual(set(result.lines[0]), {"autolora", "loss"})
        self.assertEqual(len(result.errors.splitlines()), 2, result.errors)

    def test_an_agent_runs_its_function_once_and_an_error_in_it_is_the_program_s(self):
        script = "def train(config=None):\n run = wandb.init(config=config)\n run.log({'loss': run.config.x})\n%s"
        calls = "wandb.agent(wandb.sweep({'method': 'random'}, project='p'), function=train, count=20)\nprint('end', wandb.run)"
        result = self.says(script % "" + calls, parameters={"x": 0.5})
        self.assertEqual([row["loss"] for row in result.lines], [0.5])
        self.assertIn("end None", result.output)
        failed = run("import wandb\n" + script % " raise ValueError('no')\n" + calls, parameters={"x": 0.5})
        self.assertEqual((failed.code, len(failed.lines)), (1, 1))

    def test_the_modules_that_other_libraries_import_are_there(self):
        self.says(
            "import importlib.metadata, importlib.util\n"
            "from wandb.sdk.lib.config_util import ConfigError\nfrom wandb.sdk.lib import RunDisabled\nfrom wandb.wandb_run import Run\n"
            "from wandb.sdk.wandb_run import Run as Other\nimport wandb.util, wandb.errors, wandb.plot, wandb.sdk.lib.config_util as c\n"
            "from wandb.errors import CommError, Error, UsageError\nfrom wandb.data_types import Table\n"
            "assert Run is Other and c.ConfigError is ConfigError and issubclass(ConfigError, wandb.Error)\n"
            "assert importlib.metadata.version('wandb') == wandb.__version__\n"
            "assert importlib.util.find_spec('wandb') and importlib.util.find_spec('wandb.sdk.lib') and hasattr(wandb, 'run')\n"
            "assert len(wandb.util.generate_id()) == 8 and wandb.run is None\n"
            "run = wandb.init(); run._label(code='x'); assert bool(run) and isinstance(run, Run) and run is wandb.run"
        )

    def test_what_the_stand_in_lacks_is_said_with_what_to_do(self):
        result = run("import wandb\nwandb.nonsense")
        self.assertIn("AutoLoRA's stand-in for wandb has no 'nonsense'; with the real package leave out `wandb: local`", result.errors)
        self.assertIn("No module named 'wandb.integration'", run("import wandb.integration.keras").errors)

    def test_the_same_random_numbers_come_with_it(self):
        script = "import random\nrandom.seed(1)\nrun = wandb.init()\nwandb.log({'loss': 1})\nprint(random.random())"
        self.assertIn("0.13436424411240122\n", self.says(script).output)

    def test_a_run_s_folder_is_the_trial_s_and_is_there(self):
        result = self.says("import os\nrun = wandb.init()\nopen(os.path.join(run.dir, 'f'), 'w').close()\nprint(os.path.relpath(run.dir))")
        self.assertIn("wandb/s-3/files\n", result.output)

    def test_values_of_the_search_reach_the_script_whatever_it_sets(self):
        result = self.says(
            "wandb.init(config={'lr': 1, 'x': {'y': 2}})\nwandb.config.update({'lr': 3}); wandb.config.lr = 4\n"
            "print(wandb.config.lr, wandb.config['x'], wandb.config.flag, wandb.config.none)",
            parameters={"lr": 1e-05, "x": {"y": [1, "a"]}, "flag": False, "none": None},
        )
        self.assertIn("1e-05 {'y': [1, 'a']} False None\n", result.output)
        self.assertEqual(result.errors.count("'lr' is what the search has chosen"), 1)

    def test_a_configuration_file_is_read_where_yaml_is_there(self):
        try:
            import yaml  # noqa: F401
        except ImportError:
            self.skipTest("this interpreter has no yaml")
        result = self.says(
            "open('config-defaults.yaml', 'w').write('epochs:\\n  desc: how long\\n  value: 7\\nlr:\\n  value: 1\\n')\n"
            "open('own.yaml', 'w').write('batch: {value: 4}\\n')\nwandb.init(config='own.yaml')\nprint(dict(wandb.config))",
            parameters={"lr": 0.5},
        )
        self.assertIn("{'epochs': 7, 'lr': 0.5, 'batch': 4}", result.output)


if __name__ == "__main__":
    unittest.main()
