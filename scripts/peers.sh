#!/usr/bin/env bash
# Puts the peers that the benchmarks run beside us into .venv-peers, unless they are there; prints the Python to run them with.
set -euo pipefail
cd "$(dirname "$0")/.."
wanted=Benchmarks/peers/requirements.txt
folder=.venv-peers
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
