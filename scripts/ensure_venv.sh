#!/usr/bin/env bash
# Have .venv with the requirements of $1 (run, dev or bench) in it. Quick when nothing has changed:
# a stamp keeps the checksum of what was installed, and pip runs only when it differs.
set -euo pipefail
cd "$(dirname "$0")/.."

kind="${1:-run}"
venv="${VENV:-.venv}"
case "$kind" in
  run) files=(requirements.txt) ;;
  dev) files=(requirements.txt requirements-dev.txt) ;;
  bench) files=(requirements.txt requirements-bench.txt) ;;
  *) echo "usage: scripts/ensure_venv.sh run|dev|bench" >&2; exit 2 ;;
esac

supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.11 python3.12 python3.13; do
    if command -v "$name" >/dev/null 2>&1 && supported "$name"; then command -v "$name"; return; fi
  done
  {
    echo "Presente needs Python 3.11, 3.12 or 3.13, and none was found (python3 is $(python3 -V 2>/dev/null || echo missing))."
    echo "  Debian, Ubuntu:  sudo apt-get install python3.11 python3.11-venv   (or 3.12, 3.13: what your release has)"
    echo "  macOS:           brew install python@3.12"
    echo "or name one yourself: make run PYTHON=/path/to/python3.12"
  } >&2
  exit 1
}

checksum() { if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1; }

if ! supported "$venv/bin/python"; then
  python="$(find_python)"
  echo "Making $venv with $("$python" -V)"
  rm -rf "$venv"
  if ! output="$("$python" -m venv "$venv" 2>&1)"; then
    rm -rf "$venv"
    echo "$output" >&2
    echo "Could not make $venv. On Debian and Ubuntu the module lies in a package of its own:" >&2
    echo "  sudo apt-get install $("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2
    exit 1
  fi
fi

wanted="$(cat "${files[@]}" | checksum)"
stamp="$venv/.installed-$kind"
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0
# What the tests need contains what the program needs.
if [ "$kind" = run ] && [ -f "$venv/.installed-dev" ] \
   && [ "$(cat "$venv/.installed-dev")" = "$(cat requirements.txt requirements-dev.txt | checksum)" ]; then exit 0; fi

log="$venv/pip.log"
# The locks name every package with its hashes: nothing else is installed, wherever it comes from.
pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input install --require-hashes)
for file in "${files[@]}"; do pip+=(-r "$file"); done
# One line: rewritten in place on a terminal, printed once elsewhere.
label="Installing what $kind needs (minutes, the first time)"
if [ -t 1 ]; then
  status=0
  "${pip[@]}" 2>&1 | tee "$log" | awk -v label="$label" '
    /^Collecting / { n++; printf "\r\033[K%s: %d, %s", label, n, $2; fflush() }
    /^Installing collected/ { printf "\r\033[K%s: unpacking %d packages", label, n; fflush() }
    END { printf "\r\033[K" }' || status=$?
else
  echo "$label; log: $log"
  status=0
  "${pip[@]}" >"$log" 2>&1 || status=$?
fi
if [ "$status" -ne 0 ]; then
  tail -n 15 "$log" >&2
  echo "pip could not install ${files[*]}. Is this machine online, or is a mirror set (PIP_INDEX_URL)? Then run it again." >&2
  exit 1
fi
printf '%s' "$wanted" >"$stamp"
