#!/usr/bin/env bash
# Builds everything with its tests and runs them; the last line is the test runner's own.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build --build-tests
exec swift test --skip-build --disable-xctest
