#!/usr/bin/env bash
# Have a Chromium for the browser tests, by the system's package manager where it may. Never fails:
# without one the browser tests say that they were skipped, and why.
set -uo pipefail

for name in "${PRESENTE_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
            "/Applications/Chromium.app/Contents/MacOS/Chromium" \
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
  if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

say() { echo "Chromium: $1"; }
if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" -eq 0 ]; then as_root=(); elif sudo -n true 2>/dev/null; then as_root=(sudo -n); else
    say "not installed, and apt-get needs root here; browser tests will be skipped (sudo apt-get install chromium)"
    exit 0
  fi
  say "installing it with apt-get"
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]+"${as_root[@]}"}" apt-get update -qq >/dev/null 2>&1
  # Ubuntu's package "chromium" is missing and its "chromium-browser" is a snap, which does not start in a container.
  "${as_root[@]+"${as_root[@]}"}" apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null 2>&1 \
    || "${as_root[@]+"${as_root[@]}"}" apt-get install -y -qq --no-install-recommends chromium-browser >/dev/null 2>&1 \
    || say "apt-get could not install it; browser tests will be skipped"
elif command -v brew >/dev/null 2>&1; then
  say "installing it with brew"
  brew install --quiet --cask chromium >/dev/null 2>&1 || say "brew could not install it; browser tests will be skipped"
else
  say "not installed, and neither apt-get nor brew is here; browser tests will be skipped"
fi
exit 0
