#!/usr/bin/env bash
# Studies on a throw-away Slurm cluster of this machine: scripts/slurm-testbed.sh installs and starts it. FAULTS=n and SEED=n are for the soak.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --product autolora
exec python3 Tests/Cluster/test_slurm.py --binary .build/debug/autolora "$@"
