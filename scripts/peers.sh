#!/usr/bin/env bash
# Puts peers that the benchmarks run beside us into an environment, unless they are there; prints the Python to run them with.
# peers.sh: those of Benchmarks/peers/requirements.txt, in .venv-peers. peers.sh peft-0.11: those of peft-0.11.txt, in .venv-peft-0.11.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=Benchmarks/peers/${1:-requirements}.txt
folder=.venv-${1:-peers}
if ! cmp -s "$wanted" "$folder/requirements.txt"; then
    echo "Installing the peers of $wanted into $folder; torch takes a while" >&2
    if ! python3 -m venv "$folder" >&2; then
        echo "python3 cannot make the folder $folder: on Debian or Ubuntu, apt-get install python3-venv" >&2
        exit 1
    fi
    "$folder/bin/pip" install --quiet --requirement "$wanted" >&2
    cp "$wanted" "$folder/requirements.txt"
fi
echo "$folder/bin/python"
