#!/usr/bin/env bash
# Start-up, and training where only upper layers are adapted, with the trainer's caches and without.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 Benchmarks/trainer_cache.py --binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews
