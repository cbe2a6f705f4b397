#!/usr/bin/env bash
# A study's exports in the programs that they are for (Benchmarks/compare_exports.py), in an environment of their own, .venv-exports.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.venv-exports
if ! cmp -s Benchmarks/peers/exports.txt "$folder/installed.txt"; then
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install -q -r Benchmarks/peers/exports.txt
    cp Benchmarks/peers/exports.txt "$folder/installed.txt"
fi
exec "$folder/bin/python" -W ignore Benchmarks/compare_exports.py --binary .build/release/autolora
