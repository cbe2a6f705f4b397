#!/usr/bin/env bash
# Builds everything with its tests and runs them; the last line is the test runner's own.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --build-tests
# Processors without AVX-512, or without AVX2: what trains, with their kernels.
for kernels in avx2 baseline; do
    echo "== kernels: $kernels"
    AUTOLORA_KERNELS=$kernels swift test --skip-build --disable-xctest --quiet \
        --filter '^(TensorsTests|ModelsTests|AdaptersTests|FinetuningTests)\.'
done
# The end-to-end tests by themselves and one by one: Foundation's Process crashes now and then where many start at once.
echo "== all other tests, kernels: the processor's best"
swift test --skip-build --disable-xctest --skip '^EndToEndTests\.'
echo "== end-to-end tests"
exec swift test --skip-build --disable-xctest --no-parallel --filter '^EndToEndTests\.'
