#!/usr/bin/env bash
# Installs what the build and the downloads need from Debian's or Ubuntu's packages, when it is missing; with --browser Chromium too,
# which the dashboard's tests drive.
set -euo pipefail

command -v swift >/dev/null || { echo "Swift 6.3 is needed and is not installed: see swift.org/install" >&2; exit 1; }

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
pip_works() { python3 -m pip --version >/dev/null 2>&1 || pip3 --version >/dev/null 2>&1 || pip --version >/dev/null 2>&1; }

if ! command -v apt-get >/dev/null; then
    echo "No apt-get here: the development files of OpenBLAS and SQLite, and Python's pip, are taken to be installed." >&2
    exit 0
fi

missing=()
for package in libopenblas-dev libsqlite3-dev; do
    installed "$package" || missing+=("$package")
done
command -v python3 >/dev/null || missing+=(python3)
pip_works || missing+=(python3-pip)
if [ "${1:-}" = --browser ] && ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null; then missing+=(chromium); fi
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Please install as root: apt-get install ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
fi
echo "Installing with apt: ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
