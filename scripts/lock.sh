#!/usr/bin/env bash
# Renew the locks: requirements*.txt with hashes from requirements*.in, package-lock.json from package.json.
#   scripts/lock.sh            keep every version that still fits
#   scripts/lock.sh --upgrade  take the newest that fit
#   scripts/lock.sh --check    offline: does each lock stem from its source as it is now?
# A Python lock's first line has the checksum of what it was made from. No lock names a package index.
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${VENV:-.venv}"
MARK="# Made by \`make lock\`; do not edit. From: "

checksum() { if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1; }

sources() { # what requirements$1.txt is made from
  cat "requirements$1.in"
  # The program's own lock bounds the others.
  [ -z "$1" ] || cat requirements.in
}

if [ "${1:-}" = --check ]; then
  status=0
  for kind in "" -dev -bench -npm; do
    if [ "$(head -n 1 "requirements$kind.txt")" != "$MARK$(sources "$kind" | checksum)" ]; then
      echo "requirements$kind.txt is not made from requirements$kind.in as it is now. Run: make lock" >&2
      status=1
    fi
  done
  if grep -nE '^(--|-i |-f )|https?://' requirements*.txt requirements*.in; then
    echo "A lock or its source names a package index or an address: the lines above." >&2
    status=1
  fi
  if grep -nE '"resolved":' package-lock.json; then
    echo "package-lock.json names the registry it came from. Run: make lock" >&2
    status=1
  fi
  exit "$status"
fi

for kind in "" -dev -bench -npm; do
  echo "requirements$kind.txt"
  # What this machine is set to (mirrors, folders of wheels) is used to look, and written nowhere.
  "$venv/bin/uv" pip compile "requirements$kind.in" --output-file "requirements$kind.txt" --quiet --no-header \
    --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links "$@"
  { echo "$MARK$(sources "$kind" | checksum)"; cat "requirements$kind.txt"; } >"requirements$kind.txt.new"
  mv "requirements$kind.txt.new" "requirements$kind.txt"
done

echo "package-lock.json"
if [ "${1:-}" = --upgrade ]; then
  scripts/node.sh update --package-lock-only --ignore-scripts
else
  scripts/node.sh install --package-lock-only --ignore-scripts
fi
