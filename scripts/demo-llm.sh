#!/usr/bin/env bash
# Searches search-spaces/smollm2-quick.yaml and lets the best adapter answer. A study that exists already goes on, or is shown again.
set -euo pipefail
cd "$(dirname "$0")/.."
autolora=.build/release/autolora
study=smollm2-quick
adapter=adapters/$study

scripts/make-instructions.py
if [ ! -e "studies/$study/study.sqlite" ]; then
    "$autolora" run search-spaces/smollm2-quick.yaml --study "$study"
elif "$autolora" status "$study" --json | grep -Eq '"state" *: *"finished"'; then
    echo "The study '$study' is finished; to search afresh, remove studies/$study first."
else
    "$autolora" resume "$study"
fi
echo
"$autolora" best "$study"
echo
# The folder is the demo's own, from an earlier run of it.
"$autolora" export "$study" --format peft --output "$adapter" --force
prompt='Is this film review positive or negative?
Review: A dull, endless film that I will gladly forget.
Answer:'
printf '\n%s' "$prompt"
"$autolora" generate --model models/smollm2 --adapter "$adapter" --prompt "$prompt" --max-new-tokens 8
