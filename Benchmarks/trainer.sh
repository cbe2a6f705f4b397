#!/usr/bin/env bash
# The trainer beside Hugging Face PEFT: the same numbers, and how fast.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(scripts/peers.sh)
binary=.build/release/autolora
model=models/all-MiniLM-L6-v2
data=data/movie-reviews
"$python" Benchmarks/compare_tokenizer.py live --binary "$binary" --model "$model" "$data"/*.jsonl
"$python" -W ignore Benchmarks/compare_with_peft.py live --binary "$binary" --model "$model" --data "$data"
"$python" Benchmarks/trainer_speed.py --binary "$binary" --python "$python" --models "$model" --data "$data"
