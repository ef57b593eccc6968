# make run: the whole portal on this machine. make test: every test. Both do all their set-up.
.POSIX:
.PHONY: run services setup setup-dev browser test check format nightly mutants bench requirements clean help

ARGS =
B =
PYTHON_IN_VENV = .venv/bin/python

run: setup ## the portal with everything it needs, until Ctrl-C (PORT=8000 PORTAL_DATA=.portal PORTAL_DEMO=1)
	@exec $(PYTHON_IN_VENV) -m embedded

services: setup ## PostgreSQL and Valkey alone, for development
	@exec $(PYTHON_IN_VENV) -m embedded services

setup:
	@bin/setup requirements.txt

setup-dev:
	@bin/setup requirements-dev.txt

browser: setup-dev
	@bin/browser

test: browser ## every test (ARGS='-k words' for some)
	@$(PYTHON_IN_VENV) -m pytest $(ARGS)

check: setup-dev ## style, types, layers, templates, migrations, deployment settings
	@bin/check

format: setup-dev ## put the code into the house's layout
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

nightly: browser ## the properties of the clocks with thousands of examples each
	@HYPOTHESIS_PROFILE=nightly $(PYTHON_IN_VENV) -m pytest tests/incidents -k "not browser" $(ARGS)

mutants: setup-dev ## changes the rules of the clocks in every way and counts which changes a test notices
	@bin/mutants

bench: browser ## every benchmark, or one (B=name)
	@$(PYTHON_IN_VENV) -m benchmarks $(B)

requirements: setup-dev ## resolve requirements*.in anew
	@bin/lock-requirements

clean: ## remove what set-up made (not the data)
	rm -rf .venv node_modules static/vendor staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile
