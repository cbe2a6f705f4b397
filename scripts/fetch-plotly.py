#!/usr/bin/env python3
"""Fetches plotly.js into share/autolora/, unless it is there: pages with plots have it in them, or are served it. It comes out of PyPI's
package plotly, its version and SHA-256 pinned."""

import hashlib
import os
import zipfile
from pathlib import Path

from pip_archive import archive

TARGET = Path(__file__).resolve().parent.parent / "share" / "autolora" / "plotly.min.js"
VERSION = "6.3.1"
# Of the wheel, and of the script in it.
WHEEL = "8b4420d1dcf2b040f5983eed433f95732ed24930e496d36eb70d211923532e64"
SCRIPT = "1d4105c9f8939d92710b1babf7d1636ca613bca4b3c03683dffc794ea1e916ee"


def main():
    if TARGET.is_file() and hashlib.sha256(TARGET.read_bytes()).hexdigest() == SCRIPT:
        return
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with archive("plotly", VERSION, WHEEL) as wheel, zipfile.ZipFile(wheel) as files:
        script = files.read("plotly/package_data/plotly.min.js")
    draft = TARGET.with_suffix(".unfinished")
    draft.write_bytes(script)
    os.replace(draft, TARGET)
    print("plotly.js is in share/autolora")


if __name__ == "__main__":
    main()
