#!/usr/bin/env bash
# Exported models in the programs that they are for (Benchmarks/test_exports.py), in an environment of their own, .venv-served.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.venv-served
if ! cmp -s Benchmarks/peers/served.txt "$folder/installed.txt"; then
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/pip" install -q -r Benchmarks/peers/served.txt
    cp Benchmarks/peers/served.txt "$folder/installed.txt"
fi
exec "$folder/bin/python" -W ignore Benchmarks/test_exports.py --binary .build/release/autolora --smollm2 models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf "$@"
