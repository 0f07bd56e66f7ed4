#!/usr/bin/env bash
# Write what a release consists of: a CycloneDX list of the locked packages with their hashes.
#   scripts/sbom.sh [FILE]     dist/presente.cdx.json by default
set -euo pipefail
cd "$(dirname "$0")/.."
file="${1:-dist/presente.cdx.json}"
mkdir -p "$(dirname "$file")"
# The lock, and not what happens to be installed here; reproducible: the same lock gives the same file.
"${VENV:-.venv}/bin/cyclonedx-py" requirements requirements.txt --pyproject pyproject.toml --mc-type application \
  --output-reproducible --spec-version 1.6 --output-format JSON --output-file "$file"
echo "$file"
