#!/usr/bin/env bash
# Every way of tuning beside Hugging Face PEFT, the newest and an old one, and beside AdapterHub, each in an environment of its own.
# PEERS=peft|peft-0.11|adapterhub for one of them.
set -euo pipefail
cd "$(dirname "$0")/.."
common=(--binary .build/release/autolora --model models/all-MiniLM-L6-v2 --data data/movie-reviews)
decoder=models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
failed=0
# Thousands of small files are written and synced.
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || export TMPDIR=/dev/shm

compare() {
    echo "$1:"
    python=$(scripts/peers.sh ${2:+"$2"})
    "$python" -W ignore "Benchmarks/$1" "${common[@]}" "${@:3}" || failed=1
}

for peer in ${PEERS:-peft peft-0.11 adapterhub}; do
    case $peer in
    peft)
        compare compare_methods.py "" --decoder "$decoder" ${1:+--only "$@"}
        [ $# -gt 0 ] || compare compare_eva.py "" --decoder "$decoder"
        ;;
    peft-0.11) compare compare_methods.py peft-0.11 --models bert llama llama-causal minilm ${1:+--only "$@"} ;;
    adapterhub) [ $# -gt 0 ] || compare compare_bottleneck.py adapterhub ;;
    *)
        echo "PEERS=$peer: expected peft, peft-0.11 or adapterhub" >&2
        exit 2
        ;;
    esac
done
exit $failed
