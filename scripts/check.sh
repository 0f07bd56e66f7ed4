#!/usr/bin/env bash
# Every check that needs no test run. All of them run, then the ones that failed are named.
set -uo pipefail
cd "$(dirname "$0")/.."
bin="${VENV:-.venv}/bin"
# The checks read the settings; what those make (keys, folders) goes to a folder that is thrown away.
PRESENTE_DATA="$(mktemp -d)"
export PRESENTE_DATA
trap 'rm -rf "$PRESENTE_DATA"' EXIT
failed=()

step() {
  local name="$1"; shift
  echo "== $name"
  "$@" || failed+=("$name")
}

step "ruff" "$bin/ruff" check --quiet .
step "format" "$bin/ruff" format --check --quiet .
step "mypy --strict" "$bin/mypy" --strict .
step "imports" "$bin/lint-imports"
step "structure" "$bin/python" scripts/structure.py
step "templates: layout" "$bin/djlint" --check --quiet templates
step "templates: lint" "$bin/djlint" --lint --quiet templates
step "scripts" scripts/node.sh run --silent check
step "migrations" "$bin/python" manage.py makemigrations --check --dry-run
step "django" "$bin/python" manage.py check --fail-level WARNING
step "API schema" "$bin/python" manage.py spectacular --validate --fail-on-warn --file /dev/null
step "compose file" "$bin/check-jsonschema" --builtin-schema vendor.compose-spec docker-compose.yml
step "containers" "$bin/python" scripts/containers.py
step "chart" "$bin/python" scripts/chart.py
step "licences" "$bin/python" -m scripts.licences
step "locks" scripts/lock.sh --check

if [ "${#failed[@]}" -gt 0 ]; then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
echo "all checks passed"
