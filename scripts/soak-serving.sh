#!/usr/bin/env bash
# Eight clients on four adapters of SmolLM2 for some minutes (Benchmarks/serve_soak.py): scripts/soak-serving.sh [MINUTES]
set -euo pipefail
cd "$(dirname "$0")/.."
python3 scripts/make-instructions.py
exec python3 Benchmarks/serve_soak.py --binary .build/release/autolora --model models/smollm2 --data data/review-instructions --minutes "${1:-10}"
