#!/usr/bin/env bash
# Runs every benchmark script, with the processor's own BLAS kernels whatever the environment forces.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
benchmarks=(Benchmarks/*.sh)
[ ${#benchmarks[@]} -gt 0 ] || { echo "There is no script in Benchmarks/." >&2; exit 1; }
for benchmark in "${benchmarks[@]}"; do
    echo "== $benchmark"
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE "$benchmark"
done
