"""Makes the README's picture of the dashboard: docs/dashboard.png.

    python3 Tests/Browser/pictures.py --binary .build/release/autolora [--output docs/dashboard.png]
"""

import argparse
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chromium import Chromium
from studies import Dashboard, Studies


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=".build/release/autolora")
    parser.add_argument("--output", default="docs/dashboard.png")
    options = parser.parse_args()
    autolora = os.path.abspath(options.binary)
    with tempfile.TemporaryDirectory() as folder:
        studies = Studies(autolora, folder)
        studies.forty("movie-reviews")
        server, browser = Dashboard(autolora, folder), Chromium()
        try:
            page = browser.page(1280, 900)
            page.open(server.address + "/studies/movie-reviews")
            page.wait("document.querySelectorAll('.figure .main-svg').length >= 3")
            time.sleep(1)
            page.picture(options.output, whole=False)
        finally:
            browser.close()
            server.close()


main()
