"""Makes the README's pictures of the dashboard, light and dark: docs/dashboard.png and docs/dashboard-dark.png.

    python3 Tests/Browser/pictures.py --binary .build/release/autolora [--folder docs] [--width 1280]
"""

import argparse
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chromium import Chromium
from studies import SPACE, TRAINER, Dashboard, Studies

METRIC = "metric: {name: eval_accuracy, goal: maximize}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=".build/release/autolora")
    parser.add_argument("--folder", default="docs")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1390)
    options = parser.parse_args()
    autolora = os.path.abspath(options.binary)
    with tempfile.TemporaryDirectory() as folder:
        studies = Studies(autolora, folder)
        space = SPACE.format(name="movie-reviews", metric=METRIC, cap=60, more="")
        space = space.replace("min_iter: 1,", "min_iter: 3,").replace("method: random", "method: tpe")
        studies.run("run", studies.space("movie-reviews", TRAINER, space), "--quiet", fails=True)
        server, browser = Dashboard(autolora, folder), Chromium()
        try:
            for name, is_dark in [("dashboard", False), ("dashboard-dark", True)]:
                page = browser.page(options.width, options.height)
                page.dark(is_dark)
                page.open(server.address + "/studies/movie-reviews")
                page.wait("document.querySelectorAll('.figure .main-svg').length >= 3")
                time.sleep(1)
                page.picture(f"{options.folder}/{name}.png", whole=False)
        finally:
            browser.close()
            server.close()


main()
