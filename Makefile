# Two commands do everything a newcomer needs: `make demo` and `make test`.
# Each creates .venv from the hash-pinned lock if it is missing or the lock changed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SEED   ?= 1

# The tests and the tool must see only what the lock pins, wherever make is called from.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Bytecode is made of what is imported, once: pip would make it of a gigabyte of packages.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test quick check format docs bench fuzz lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.installed  ## run one night for the embedded demo company and print what it found
	@$(BIN)/tieout demo --seed $(SEED)

test: check  ## every check and every test CI runs
	$(BIN)/python -m pytest -n auto --dist worksteal --ignore tests/house

quick: $(VENV)/.installed  ## the tests without the slow ones
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not slow"

check: $(VENV)/.installed  ## formatting, lint, strict typing, and the tests of the house itself
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/house

format: $(VENV)/.installed  ## rewrite the code in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/.installed  ## write the pages that are generated from code
	$(BIN)/python -m tieout.docs

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Tieout needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing the pinned dependencies into $(VENV) (a minute the first time)"
	$(BIN)/python -m pip install --quiet --no-compile --no-deps --require-hashes --only-binary :all: --requirement requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-compile --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	@touch $@

bench: $(VENV)/.installed  ## measure: every benchmark beside a peer in the same run (slow, wants a quiet machine)
	@for benchmark in tests/bench/bench_*.py; do $(BIN)/python $$benchmark || exit 1; done

fuzz: $(VENV)/.installed  ## feed the SIE reader damaged files for SECONDS (default 600)
	$(BIN)/python tests/sie/fuzz_sie.py --seconds $(or $(SECONDS),600)

lock:  ## renew both locks from pyproject.toml (needs uv; writes no registry address)
	uv pip compile --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-annotate --no-header --constraint requirements.lock --group pyproject.toml:dev pyproject.toml --output-file requirements-dev.lock

clean:  ## remove run-time output and caches, keep the environment
	rm -rf data/var dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
