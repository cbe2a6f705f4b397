#!/usr/bin/env bash
# Kills controllers and trials, steers studies, fills disks, damages checkpoints, for as long as is wanted: scripts/soak.sh [KILLS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
export AUTOLORA_SOAK_KILLS=${1:-${KILLS:-200}} AUTOLORA_SOAK_SEED=${2:-${SEED:-1}}
swift build --build-tests
echo "== $AUTOLORA_SOAK_KILLS kills, seed $AUTOLORA_SOAK_SEED"
exec nice -n 10 swift test --skip-build --disable-xctest --no-parallel \
    --filter '^EndToEndTests\.(KilledControllerTests|KilledBuiltInTests|FullDiskTests|FaultyTrainerTests|WatchTests|SteeredStudyTests)'
