#!/usr/bin/env bash
# test-trainers.sh [TRAINER...]: installs the real trainers in .venv-trainers, one environment each, and tests the programs that run them.
# What is installed already is kept. What could not be installed is named, and its tests count as skipped; the last line has the counts.
set -uo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then trainers=("$@"); else trainers=(peft trl llama-factory mlx-lm axolotl wandb); fi
requirements=Tests/TrainerPrograms/requirements
for name in "${trainers[@]}"; do
    [ -e "$requirements/$name.txt" ] || { echo "there is no trainer $name; there are: peft trl llama-factory mlx-lm axolotl wandb" >&2; exit 2; }
done
export AUTOLORA_TRAINERS=${AUTOLORA_TRAINERS:-$PWD/.venv-trainers} OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE=1
AUTOLORA_TRAINER_TESTS=$(IFS=,; echo "${trainers[*]}")
export AUTOLORA_TRAINER_TESTS
missing=()

install() {
    local name=$1 folder=$AUTOLORA_TRAINERS/$1
    cmp -s "$requirements/$name.txt" "$folder/installed.txt" && return 0
    [ -e "$folder" ] && [ ! -e "$folder/pyvenv.cfg" ] && { echo "$folder is not an environment of ours: it is left alone" >&2; return 1; }
    # An environment that somebody made and named with AUTOLORA_TRAINERS is taken as it is.
    [ -e "$folder/pyvenv.cfg" ] && [ ! -e "$folder/begun.txt" ] && return 0
    echo "== installing $name"
    rm -rf "$folder"
    mkdir -p "$folder" && touch "$folder/begun.txt" && python3 -m venv "$folder" || return 1
    "$folder/bin/pip" install -q -r "$requirements/$name.txt" || return 1
    if [ "$name" = llama-factory ] && ! "$folder/bin/python" -c 'import torchvision, torchaudio' 2>/dev/null; then
        # It asks for both and needs neither for texts. Built for another torch they cannot be imported, and nor can transformers then.
        "$folder/bin/pip" uninstall -q -y torchvision torchaudio
        local packages
        packages=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
        mkdir -p "$packages/torchaudio" && touch "$packages/torchaudio/__init__.py"
    fi
    cp "$requirements/$name.txt" "$folder/installed.txt"
}

mkdir -p "$AUTOLORA_TRAINERS"
# peft's environment makes the model that all train, and measures everybody's adapters.
for name in peft "${trainers[@]}"; do
    install "$name" || missing+=("$name")
done
swift build -c release --product autolora || exit 1
export AUTOLORA_BINARY=$PWD/.build/release/autolora
status=0
python3 Tests/TrainerPrograms/run_all.py || status=1
for name in ${missing[@]+"${missing[@]}"}; do echo "NOT TESTED: $name could not be installed (see above)"; done
exit $status
