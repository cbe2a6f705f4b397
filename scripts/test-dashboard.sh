#!/usr/bin/env bash
# The dashboard in a real Chromium: every view at two widths, live, hostile studies, other origins. PICTURES=folder keeps what it saw.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/system-packages.sh --browser
swift build --product autolora
exec python3 Tests/Browser/test_dashboard.py --binary .build/debug/autolora ${PICTURES:+--pictures "$PICTURES"} "$@"
