#!/usr/bin/env bash
# Feeds the program's readers with mutated inputs; what is found is kept in .build-fuzz/crashes, and ends this with 1.
#   scripts/fuzz.sh [--format F]... [--count N] [--seed S] [--crashes DIR]
#   scripts/fuzz.sh replay --format F FILE        reads one kept input again, for its backtrace
#   scripts/fuzz.sh libfuzzer F [SECONDS]         lets libFuzzer look for new ways through a format's reader, by coverage
set -euo pipefail
cd "$(dirname "$0")/.."
swift build -c release --product fuzz
fuzz=.build/release/fuzz
if [ "${1:-}" != libfuzzer ]; then exec "$fuzz" "$@"; fi

format=${2:?which format?}
swift build --product fuzz --scratch-path .build-fuzz -Xswiftc -sanitize=fuzzer -Xswiftc -DLIBFUZZER
"$fuzz" inputs --format "$format" --count 300 ".build-fuzz/corpus/$format"
mkdir -p .build-fuzz/crashes
AUTOLORA_FUZZ_FORMAT=$format exec .build-fuzz/debug/fuzz ".build-fuzz/corpus/$format" -max_total_time="${3:-60}" -timeout=1 \
    -max_len=8192 -rss_limit_mb=512 -artifact_prefix=".build-fuzz/crashes/$format-libfuzzer-"
