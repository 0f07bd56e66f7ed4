# The only commands a newcomer must know: make run, make test, make check, make bench.
PORT ?= 8000
DEMO ?= 1
VENV ?= .venv
# Half as many again as there are cores: tests of pages and processes wait more than they compute.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2 \| 1)
SECONDS ?= 1800
EXAMPLES ?= 500
PY := $(VENV)/bin/python
export VENV
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help run test check lock sbom fuzz mutation bench bench-liveness

help:
	@echo "make run [PORT=8000] [DEMO=1]   install, prepare and start Presente (DEMO=0: start empty); Ctrl-C stops it"
	@echo "make test [ARGS='-k kiosk']     install what the tests need and run them (JOBS=1: one after the other)"
	@echo "make check                      formatting, types, arrows between packages, templates, scripts, migrations, locks"
	@echo "make lock [ARGS=--upgrade]      renew the locks from requirements*.in and package.json"
	@echo "make sbom                       list what a release consists of (CycloneDX), in dist/"
	@echo "make fuzz [SECONDS=1800]        feed bytes to what reads pictures and kept punches, and any JSON to the API"
	@echo "make mutation [ARGS='--seed 2'] change the code in small places and count what the tests notice (an hour)"
	@echo "make bench                      measure recognition and the server on this machine"
	@echo "make bench-liveness             attack the liveness check (an hour; ARGS='--bursts 20 --films 0': 5 min)"

run:
	@scripts/ensure_venv.sh run
	@exec $(PY) manage.py serve --prepare --port $(PORT) --demo $(DEMO)

test:
	@scripts/ensure_venv.sh dev
	@scripts/ensure_chromium.sh
	@exec $(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

check:
	@scripts/ensure_venv.sh dev
	@scripts/ensure_node_modules.sh
	@scripts/check.sh

lock:
	@scripts/ensure_venv.sh dev
	@scripts/lock.sh $(ARGS)

sbom:
	@scripts/ensure_venv.sh dev
	@scripts/sbom.sh $(ARGS)

fuzz:
	@scripts/ensure_venv.sh dev
	@$(PY) -m scripts.fuzz image --seconds $(SECONDS)
	@$(PY) -m scripts.fuzz envelope --seconds $(SECONDS)
	@PRESENTE_FUZZ_EXAMPLES=$(EXAMPLES) $(PY) -m pytest tests/test_fuzz.py tests/test_fuzz_api.py -n $(JOBS)

mutation:
	@scripts/ensure_venv.sh dev
	@exec $(PY) -m scripts.mutation $(ARGS)

bench:
	@scripts/ensure_venv.sh bench
	@exec $(PY) -m bench $(ARGS)

bench-liveness:
	@scripts/ensure_venv.sh bench
	@exec $(PY) -m bench.liveness $(ARGS)
