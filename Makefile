# `make` prints what there is. docs/operations.md tells more.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo dev test test-all bench lint format lock clean port-is-free force

PORT ?= 8000
PY := .venv/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check --require-hashes
HERE := http://127.0.0.1:$(PORT)

# A candidate is run, not looked up: a shim can be on the PATH and still have no Python behind it. What is printed is
# the real interpreter, so that an activated .venv never rebuilds itself from itself.
USABLE := import sys, venv, ensurepip, sqlite3; sys.version_info >= (3, 12) or sys.exit(1); print(sys._base_executable)
CANDIDATES := python3 python3.13 python3.14 python3.12 "$$HOME"/.pyenv/versions/3.1[2-9]*/bin/python \
	/opt/homebrew/bin/python3 /usr/local/bin/python3
PYTHON ?= $(shell for p in $(CANDIDATES); do "$$p" -c '$(USABLE)' 2>/dev/null && break; done)

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r target what; do \
		printf '  make %-9s %s\n' "$$target" "$$what"; done

# The environment ------------------------------------------------------------------------------------------------------

# A .venv whose Python is gone (an upgrade, a moved checkout) is made again, too.
.venv/ready: requirements.txt $(if $(shell test -x $(PY) && $(PY) -c pass && echo ok),,force)
	@python='$(PYTHON)'; \
	test -n "$$python" || { echo "Editorial needs Python 3.12 or newer with venv: install one (on Debian: apt install python3 python3-venv; else python.org), or name it: make PYTHON=/path/to/python3.12"; exit 1; }; \
	echo "Making .venv with $$("$$python" --version) (under a minute) ..."; \
	"$$python" -m venv --clear .venv
	@$(PIP) -r requirements.txt
	@touch $@

.venv/dev-ready: .venv/ready requirements-dev.txt
	@echo "Adding the development tools to .venv ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

force:

# Running --------------------------------------------------------------------------------------------------------------

# The demo never touches a database, key or file that the environment or .env names.
DEMO_ENV := env -u DATABASE_URL -u CACHE_URL -u SECRET_KEY -u ALLOWED_HOSTS -u VAR_DIR -u DEBUG -u TESTING \
	ENV_FILE=/dev/null DEMO=1 SITE_URL=$(HERE)

demo: port-is-free .venv/ready ## a filled, running site on http://127.0.0.1:8000 (PORT= to change)
	@echo "Preparing the database ..."
	@$(DEMO_ENV) $(PY) manage.py migrate --verbosity 0
	@echo "Collecting the static files ..."
	@$(DEMO_ENV) $(PY) manage.py collectstatic --noinput --verbosity 0
	@$(DEMO_ENV) $(PY) manage.py demo
	@echo "Serving at $(HERE)/ (Ctrl-C stops it; what is in var/ stays) ..."
	@$(DEMO_ENV) $(PY) -m granian --interface wsgi --host 127.0.0.1 --port $(PORT) --workers 2 \
		--blocking-threads 4 --workers-kill-timeout 5s --log-level warning editorial.wsgi:application & server=$$!; \
	$(DEMO_ENV) $(PY) manage.py run_jobs --every 2 & jobs=$$!; \
	$(side_by_side)

# Wait for either of $server and $jobs to end, or for Ctrl-C, and end the other. (macOS has no `wait -n` yet.)
define side_by_side
trap 'while kill $$server $$jobs 2>/dev/null; do sleep 1; done' EXIT; trap 'exit 0' INT TERM HUP; \
while kill -0 $$server 2>/dev/null && kill -0 $$jobs 2>/dev/null; do sleep 1 & wait $$! || true; done; \
echo "The server or its jobs ended, so the other is ended, too."; exit 1
endef

dev: port-is-free .venv/dev-ready ## a server for working on the code: reloads, shows errors in full
	@DEBUG=1 DEMO=1 SITE_URL=$(HERE) $(PY) manage.py migrate --verbosity 0
	@exec env DEBUG=1 DEMO=1 SITE_URL=$(HERE) $(PY) manage.py runserver 127.0.0.1:$(PORT)

# Servers may share a port without a word, so it is tried here, before anything that takes time.
TRY_PORT := import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); \
	s.bind(("127.0.0.1", int(sys.argv[1])))
port-is-free:
	@python='$(PYTHON)'; test -z "$$python" || "$$python" -c '$(TRY_PORT)' '$(PORT)' 2>/dev/null || \
		{ echo "Port $(PORT) is taken or none: try another, as in  make $(firstword $(MAKECMDGOALS)) PORT=8010"; exit 1; }

# Testing --------------------------------------------------------------------------------------------------------------

export TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
POSTGRES_ANSWERS := import os, psycopg; psycopg.connect(os.environ["TEST_DATABASE_URL"], connect_timeout=3).close()
PYTEST := $(PY) -m pytest -q
# Run the suite with these arguments on both engines, or say why not.
on_both_engines = echo "Tests on SQLite$(2) ..."; TEST_ENGINE=sqlite $(PYTEST) $(1); \
	if $(PY) -c '$(POSTGRES_ANSWERS)' 2>/dev/null; then \
		echo "Tests on PostgreSQL$(2) ..."; TEST_ENGINE=postgres $(PYTEST) $(1); \
	elif [ "$${CI:-}" = true ]; then \
		echo "FAILED: no PostgreSQL answers at TEST_DATABASE_URL, and CI tests both engines."; exit 1; \
	else \
		echo "Skipped: the tests on PostgreSQL, since none answers at TEST_DATABASE_URL."; \
	fi

test: lint ## lint, types, migrations, the suite on SQLite and (where one answers) PostgreSQL
	@$(call on_both_engines,-n auto --dist worksteal -m "not browser and not long",)

test-all: test ## also the browser, the large plans, the long concurrency and fault runs
	@$(call on_both_engines,-n auto --dist worksteal -m "browser or long",$(comma) browser and long ones)
comma := ,

bench: .venv/dev-ready ## what can be measured, on SQLite and, where one answers, PostgreSQL
	@$(PY) -m benchmarks --engine sqlite
	@if $(PY) -c '$(POSTGRES_ANSWERS)' 2>/dev/null; then $(PY) -m benchmarks --engine postgres; \
	else echo "Skipped: PostgreSQL, since none answers at TEST_DATABASE_URL."; fi

lint: .venv/dev-ready ## style, templates, types, missing migrations
	@echo "Lint, templates, types, migrations ..."
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet || { echo "Not formatted: make format"; exit 1; }
	@find templates -name '*.html' -print0 | xargs -0r .venv/bin/djade --check --target-version 6.1
	@TESTING=1 $(PY) -m mypy --no-error-summary
	@TESTING=1 $(PY) manage.py makemigrations --check --dry-run --verbosity 1

format: .venv/dev-ready ## put code and templates into shape
	@$(PY) -m ruff check --fix --quiet
	@$(PY) -m ruff format --quiet
	@find templates -name '*.html' -print0 | xargs -0r .venv/bin/djade --target-version 6.1

LOCK := $(PY) -m uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-header
lock: .venv/dev-ready ## pin requirements.in and requirements-dev.in with hashes
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) requirements-dev.in -o requirements-dev.txt

clean: ## remove the environment and caches; var/ (the database) stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
