"""Studies on a throw-away Slurm cluster of this machine. `make test-slurm` runs it.

    python3 Tests/Cluster/test_slurm.py --binary .build/debug/autolora [--short] [studies.Refusals soak.Soak ...]

FAULTS=n and SEED=n are for the soak.
"""

import argparse
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cluster import ClusterTest, World

parser = argparse.ArgumentParser()
parser.add_argument("--binary", required=True)
parser.add_argument("--short", action="store_true", help="one study that is killed and taken up")
options, names = parser.parse_known_args()
world = World(os.path.abspath(options.binary))
ClusterTest.world = world
try:
    whole = ["studies", "faults", "pilots", "steering", "soak"]
    tests = unittest.defaultTestLoader.loadTestsFromNames(names or (["studies.Short"] if options.short else whole))
    result = unittest.TextTestRunner(verbosity=2).run(tests)
finally:
    world.close()
sys.exit(not result.wasSuccessful())
