"""Programs get back what the macros of a command say: argparse, Hydra and transformers' HfArgumentParser read arguments.json's words.

The words are checked against the macros themselves by ArgumentWordsTests in Swift.
WANDB_PYTHON: an interpreter with hydra-core. TRL_PYTHON: one with transformers.
"""

import argparse
import ast
import json
import pathlib
import subprocess
import tempfile
import unittest

from interpreters import interpreter

CASES = json.loads((pathlib.Path(__file__).resolve().parent / "arguments.json").read_text(encoding="utf-8"))
TYPES = {"float": float, "int": int, "json": json.loads, "literal": ast.literal_eval}

HYDRA = """
import json, sys, hydra
from omegaconf import OmegaConf
@hydra.main(version_base=None, config_path=sys.argv.pop(1), config_name="config")
def main(config):
    print("GOT" + json.dumps(OmegaConf.to_container(config, resolve=True)))
main()
"""

HF = """
import dataclasses, json, sys
from typing import List, Optional
from transformers import HfArgumentParser
kinds = {"float": float, "bool": bool, "list": List[str], "optional": Optional[int], "str": str, "int": int}
for case in json.load(sys.stdin):
    fields = [(name, kinds[kind], dataclasses.field(default=default) if kind != "list" else dataclasses.field(default_factory=list))
              for name, (kind, default) in case["hf"].items()]
    Arguments = dataclasses.make_dataclass("Arguments", fields)
    (read,) = HfArgumentParser(Arguments).parse_args_into_dataclasses(args=case["words"])
    print("GOT" + json.dumps(dataclasses.asdict(read)))
"""


def nested(parameters):
    whole = {}
    for name, value in parameters.items():
        *outer, own = name.split(".")
        inner = whole
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[own] = value
    return whole


class Arguments(unittest.TestCase):
    def test_argparse_reads_what_the_parameters_are(self):
        cases = [case for case in CASES if "argparse" in case]
        self.assertGreater(len(cases), 8)
        for case in cases:
            with self.subTest(case["words"]):
                parser = argparse.ArgumentParser(allow_abbrev=False)
                for name, options in case["argparse"]:
                    if "type" in options:
                        options = dict(options, type=TYPES[options["type"]])
                    if options.get("action") == "BooleanOptionalAction":
                        options = dict(options, action=argparse.BooleanOptionalAction)
                    parser.add_argument(name, **options)
                self.assertEqual(vars(parser.parse_args(case["words"])), case["parameters"])

    def test_hydra_reads_what_the_parameters_are(self):
        python = interpreter("wandb")
        if not python:
            self.skipTest("no interpreter with hydra-core (make test-trainers, or WANDB_PYTHON)")
        cases = [case for case in CASES if "hydra" in case["macro"]]
        self.assertGreater(len(cases), 8)
        for case in cases:
            with self.subTest(case["words"]), tempfile.TemporaryDirectory() as folder:
                expected = nested(case["parameters"])
                # Only + takes what the configuration lacks; the others take what it has.
                empty = {name: {inner: None for inner in value} if "." in "".join(case["parameters"]) else None for name, value in expected.items()}
                known = {} if case["macro"] == "args_append_hydra" else empty
                pathlib.Path(folder, "config.yaml").write_text(json.dumps(known))
                done = subprocess.run(
                    [python, "-c", HYDRA, folder] + case["words"] + ["hydra.run.dir=" + folder + "/out"],
                    cwd=folder, capture_output=True, text=True, timeout=120,
                )
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(done.stdout.split("GOT", 1)[1]), expected)

    def test_hf_argument_parser_reads_what_the_parameters_are(self):
        python = interpreter("trl")
        if not python:
            self.skipTest("no interpreter with transformers (make test-trainers, or TRL_PYTHON)")
        cases = [case for case in CASES if "hf" in case]
        done = subprocess.run(
            [python, "-c", HF], input=json.dumps(cases), capture_output=True, text=True, timeout=300
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        read = [json.loads(line[3:]) for line in done.stdout.splitlines() if line.startswith("GOT")]
        self.assertEqual(read, [case["parameters"] for case in cases])


if __name__ == "__main__":
    unittest.main()
