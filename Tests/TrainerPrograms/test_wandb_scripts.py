"""Ten scripts as W&B's sweeps run them: under the stand-in and under the real package they log the same figures.

    python3 -m unittest test_wandb_scripts                       the stand-in against the figures on record
    WANDB_PYTHON=VENV/bin/python python3 -m unittest ...         the real package too, in offline mode
    WANDB_PYTHON=... python3 test_wandb_scripts.py record        writes the figures on record again
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
SCRIPTS = HERE / "wandb_scripts"
RECORD = SCRIPTS / "expected.json"
PROGRAMS = HERE.parent.parent / "Sources" / "Trainers" / "Programs"

COMMON = {"lr": 0.037, "epochs": 3}
# By script: the metric, the parameters, whether the command passes them on as options too.
CASES = {
    "args_config.py": ("val_loss", dict(COMMON, dropout=0.2, optimizer="adam"), True),
    "sweep_agent.py": ("loss", dict(COMMON, dropout=0.3, optimizer="adam"), False),
    "step_metric.py": ("val/loss", dict(COMMON, dropout=0.25), False),
    "gathered.py": ("val_accuracy", COMMON, False),
    "nested.py": ("val.loss", {"optimizer": {"name": "adam", "lr": 0.003}, "epochs": 4}, False),
    "summary_only.py": ("best_accuracy", COMMON, True),
    "folds.py": ("val_score", COMMON, False),
    "with_run.py": ("eval.f1", COMMON, False),
    "update_args.py": ("eval/loss", COMMON, True),
    "media.py": ("val_loss", COMMON, False),
}

# The real package's sweeps and agents ask a server: what they would do here is call the function.
REAL = """
import runpy, sys, wandb
wandb.sweep = lambda *arguments, **named: "sweep"
wandb.agent = lambda sweep_id, function=None, **named: function()
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

# Prints the rows of the runs in a folder, and of each run's summary what no row has.
READ = """
import glob, json, os, struct, sys
from wandb.proto import wandb_internal_pb2 as protocol

def records(path):
    data = open(path, "rb").read()
    place, whole = 7, b""
    while place + 7 <= len(data):
        room = 32768 - place % 32768
        if room < 7:
            place += room
            continue
        _, length, kind = struct.unpack("<IHB", data[place : place + 7])
        whole += data[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):
            record = protocol.Record()
            record.ParseFromString(whole)
            yield record
            whole = b""

for path in sorted(glob.glob(sys.argv[1] + "/wandb/offline-run-*/*.wandb"), key=os.path.getmtime):
    for record in records(path):
        items = record.history.item if record.HasField("history") else record.summary.update if record.HasField("summary") else []
        row = {}
        for item in items:
            value = json.loads(item.value_json)
            name = ".".join(item.nested_key or [item.key])
            stack = [(name, value)]
            while stack:
                name, value = stack.pop()
                if isinstance(value, dict):
                    stack += [(name + "." + key, inner) for key, inner in value.items()]
                else:
                    row[name] = value
        print(json.dumps(["history" if record.HasField("history") else "summary", row]))
"""


def run(command, folder, **variables):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("WANDB", "AUTOLORA"))}
    environment.update(variables, PYTHONDONTWRITEBYTECODE="1")
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    if result.returncode:
        raise AssertionError("%s\n%s\n%s" % (command, result.stdout, result.stderr))
    return result.stdout


def options(parameters):
    return ["--%s=%s" % pair for pair in sorted(parameters.items())]


def stand_in(script):
    """The metric's values as they are printed, each evaluation once."""
    metric, parameters, passes = CASES[script]
    with tempfile.TemporaryDirectory() as folder:
        config = {"study": "s", "trial": 0, "seed": 0, "metric": {"name": metric, "goal": "minimize"}, "parameters": parameters}
        path = pathlib.Path(folder, "config.json")
        path.write_text(json.dumps(config))
        command = [sys.executable, str(SCRIPTS / script)] + (options(parameters) if passes else [])
        output = run(command, folder, AUTOLORA_CONFIG=str(path), AUTOLORA_TRIAL_DIR=folder, PYTHONPATH=str(PROGRAMS))
    values, steps = [], set()
    for line in output.splitlines():
        if not line.startswith("{\"autolora\""):
            continue
        row = json.loads(line)
        if metric in row and row.get("step") not in steps:
            values.append(row[metric])
            steps |= {row["step"]} if "step" in row else set()
    return values


def real(script, python):
    """The metric's values in the rows that the real package keeps, or its summary's where no row has it."""
    metric, parameters, passes = CASES[script]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "sweep.yaml")
        # JSON is YAML.
        path.write_text(json.dumps({key: {"value": value} for key, value in parameters.items()}))
        command = [python, "-c", REAL, str(SCRIPTS / script)] + (options(parameters) if passes else [])
        run(
            command, folder, WANDB_MODE="offline", WANDB_SWEEP_ID="sweep", WANDB_SWEEP_PARAM_PATH=str(path),
            WANDB_DIR=folder, WANDB_SILENT="true", WANDB_ERROR_REPORTING="false",
        )
        rows = [json.loads(line) for line in run([python, "-c", READ, folder], folder).splitlines()]
    values = [row[metric] for kind, row in rows if kind == "history" and metric in row]
    return values or [row[metric] for kind, row in rows if kind == "summary" and metric in row][-1:]


class SweepScripts(unittest.TestCase):
    def test_the_stand_in_reports_what_is_on_record(self):
        expected = json.loads(RECORD.read_text())
        self.assertEqual(sorted(expected), sorted(CASES))
        for script in CASES:
            with self.subTest(script):
                self.assertEqual(stand_in(script), expected[script]["values"])

    def test_the_real_package_logs_what_is_on_record(self):
        python = interpreter("wandb")
        if not python:
            self.skipTest("no interpreter with the real wandb (make test-trainers, or WANDB_PYTHON)")
        expected = json.loads(RECORD.read_text())
        for script in CASES:
            with self.subTest(script):
                self.assertEqual(real(script, python), expected[script]["values"])


def record():
    python = interpreter("wandb")
    cases = {}
    for script, (metric, parameters, passes) in CASES.items():
        cases[script] = {"metric": metric, "parameters": parameters, "options": passes, "values": real(script, python)}
    RECORD.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    record() if sys.argv[1:] == ["record"] else unittest.main()
