#!/usr/bin/env bash
# The trainer beside Hugging Face PEFT: the same numbers, and how fast. PEER names a program like peft_train.py.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv-peers/bin/python
peer=${PEER:-../shared/peers/peft_train.py}
binary=.build/release/autolora
model=models/all-MiniLM-L6-v2
data=data/movie-reviews
if [ ! -x "$python" ]; then
    echo "Needs a folder .venv-peers: python3 -m venv .venv-peers && .venv-peers/bin/pip install torch transformers peft safetensors" >&2
    exit 1
fi
"$python" Benchmarks/compare_tokenizer.py live --binary "$binary" --model "$model" "$data"/*.jsonl
"$python" -W ignore Benchmarks/compare_with_peft.py live --binary "$binary" --model "$model" --data "$data"
if [ -f "$peer" ]; then
    "$python" Benchmarks/trainer_speed.py --binary "$binary" --python "$python" --peer "$peer" --models "$model" --data "$data"
else
    echo "no $peer: PEER=<program> measures speed beside it" >&2
fi
