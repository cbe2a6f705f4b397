"""The dashboard in a real browser: every view, at two widths, live, steered, with what hostile studies hold. `make test-dashboard` runs it.

    python3 Tests/Browser/test_dashboard.py --binary .build/debug/autolora [--pictures FOLDER] [--short] [live.Steering ...]
"""

import argparse
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from base import DashboardTest, World
from chromium import binary

parser = argparse.ArgumentParser()
parser.add_argument("--binary", required=True)
parser.add_argument("--pictures")
parser.add_argument("--short", action="store_true", help="fewer trials and widths")
options, names = parser.parse_known_args()
if not binary():
    sys.exit("there is no chromium here: scripts/system-packages.sh --browser installs it")
DashboardTest.world = World(os.path.abspath(options.binary), options.pictures, options.short)
try:
    tests = unittest.defaultTestLoader.loadTestsFromNames(names or ["views", "live", "safety"])
    result = unittest.TextTestRunner(verbosity=2).run(tests)
finally:
    DashboardTest.world.close()
sys.exit(not result.wasSuccessful())
