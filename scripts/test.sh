#!/usr/bin/env bash
# Builds everything with its tests and runs them; the last line is the test runner's own.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "== the Python that trials run, without packages"
python3 Tests/TrainerPrograms/test_helper.py
swift build --build-tests
if command -v chromium >/dev/null; then
    echo "== the dashboard in chromium, the short version (make test-dashboard: the whole)"
    python3 Tests/Browser/test_dashboard.py --binary .build/debug/autolora --short
fi
if command -v slurmctld >/dev/null && [ "$(id -u)" -eq 0 ]; then
    echo "== a study on a throw-away Slurm cluster, the short version (make test-slurm: the whole)"
    python3 Tests/Cluster/test_slurm.py --binary .build/debug/autolora --short
fi
# Processors without AVX-512, or without AVX2: what trains, with their kernels.
for kernels in avx2 baseline; do
    echo "== kernels: $kernels"
    AUTOLORA_KERNELS=$kernels swift test --skip-build --disable-xctest --quiet \
        --filter '^(TensorsTests|LayersTests|BackbonesTests|MethodsTests|TasksTests|FinetuningTests)\.'
done
echo "== all tests, kernels: the processor's best"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Few at a time: the time limits are for a test, not for the wait for its turn.
swift test --skip-build --disable-xctest --experimental-maximum-parallelization-width 8 2>&1 | tee "$log" && exit
# Among thousands of lines nobody finds the few that tell what failed.
echo "== what failed"
awk '/^✘ .* recorded an issue / { on = 1; print; next } on && /^↳/ { print; next } { on = 0 }' "$log"
tail -n 1 "$log"
exit 1
