#!/usr/bin/env bash
# Searches search-spaces/quick.yaml, confirms the best of it, and exports the winner. A study that exists already goes on, or is exported again.
set -euo pipefail
cd "$(dirname "$0")/.."
autolora=.build/release/autolora
study=quick
adapter=adapters/$study

# `make demo` has built it; by itself the script does so too.
[ -x "$autolora" ] || make build

if [ ! -e "studies/$study/study.sqlite" ]; then
    "$autolora" run search-spaces/quick.yaml --study "$study"
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
echo "The best adapter, as PEFT's PeftModel.from_pretrained loads it, is in $adapter"
"$autolora" report "$study" --output "studies/$study.html" --force
echo "The whole study is in studies/$study.html. To open it: ${BROWSER:-xdg-open} studies/$study.html"
