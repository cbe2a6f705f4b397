#!/usr/bin/env bash
# SmolLM2 beside Hugging Face's peft, trl and transformers (Benchmarks/compare_decoder.py), with their own environment.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(scripts/peers.sh)
"$python" -W ignore Benchmarks/compare_decoder.py --binary .build/release/autolora --model models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf \
    --data data/movie-reviews ${1:+--only "$@"}
