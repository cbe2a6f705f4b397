#!/usr/bin/env bash
# Runs the tests under the address and the thread sanitizer, each in a build of its own: scripts/sanitize.sh [address|thread] [TARGET]
set -euo pipefail
cd "$(dirname "$0")/.."

# Leaks are not looked for: what Swift's runtime and Foundation keep for as long as the process lives would be reported too.
export ASAN_OPTIONS=suppressions=$PWD/scripts/address-sanitizer.suppressions:detect_leaks=0:allocator_may_return_null=1
export TSAN_OPTIONS=exitcode=66:suppressions=$PWD/scripts/thread-sanitizer.suppressions
# The backtrace of a crash is the sanitizer's.
export SWIFT_BACKTRACE=enable=no
# Everything takes more time and memory; the fuzzers' limits grow with it.
export AUTOLORA_FUZZ_SLACK=20
# OpenBLAS is not instrumented; the program's own threads are what is tested.
export OPENBLAS_NUM_THREADS=1

for sanitizer in ${1:-address thread}; do
    build=.build-$sanitizer
    echo "== $sanitizer sanitizer: building in $build"
    swift build --build-tests --sanitize="$sanitizer" --scratch-path "$build"
    # Left out unless they are asked for: SearchBenchmarkTests and, under the thread sanitizer, StrategiesTests compute for minutes
    # on one thread; EndToEndTests, there, start the binary hundreds of times and wait for moments that come ten times as late.
    targets=$(cd Tests && ls -d *Tests | grep -vx SearchBenchmarkTests)
    if [ "$sanitizer" = thread ]; then targets=$(grep -vxE '(EndToEnd|Strategies)Tests' <<<"$targets"); fi
    # One target after the other: tests with a time limit would wait for all others.
    for target in ${2:-$targets}; do
        echo "== $sanitizer sanitizer: $target"
        # Each of these starts processes that take many times what they do otherwise: all at once they would pass their time limits.
        one_by_one=$([ "$target" != EndToEndTests ] || echo --no-parallel)
        swift test --skip-build --disable-xctest --sanitize="$sanitizer" --scratch-path "$build" --filter "^$target\." \
            $one_by_one --skip 'what goes on for ever' # By a second or two.
    done
done
