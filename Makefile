# `make demo` and `make test` are all the set-up: every target makes .venv when it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
JOBS ?= auto

.PHONY: demo run test check fmt bench bench-real docs screenshots realcluster test-realcluster clean

demo: $(READY)
	@$(BIN)/storagetui demo

run: $(READY)
	@$(BIN)/storagetui

test: $(READY)
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

fmt: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)
	$(BIN)/python -m tests.bench --write docs/performance.md

bench-real: $(READY)
	$(BIN)/python -m tests.bench real --write docs/performance.md

docs: $(READY)
	$(BIN)/storagetui rules -o markdown > docs/rules.md

screenshots: $(READY)
	$(BIN)/python -m tests.screenshots screenshots

realcluster: $(READY)
	$(BIN)/python -m tests.realcluster.build

test-realcluster: $(READY)
	$(BIN)/python -m pytest -m realcluster --timeout 300 tests/realcluster

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "storagetui needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
