# make app: everything from nothing to the running app. make test: the same for the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
WORKERS ?= 3

# What is compiled is kept, whatever the environment says: the tests start some sixty processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: app class test lint style types clean

app: $(VENV)/.installed
	@$(BIN)/python serve.py --port $(PORT)

# For a class: on all addresses of this computer. Asks for the teacher's password unless $LATENT_TEACHER_PASSWORD has it.
class: $(VENV)/.installed
	@$(BIN)/python -m components.shared.people.classroom --port $(PORT) --no-access-log

lint: style types

# Node is not required: without it and Biome (`npm ci`), the JavaScript is not linted, and everything else runs.
style: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@if command -v node >/dev/null && [ -x node_modules/.bin/biome ]; then \
		echo node_modules/.bin/biome lint --error-on-warnings; node_modules/.bin/biome lint --error-on-warnings; \
	else echo "JavaScript is not linted: that takes Node, and \`npm ci\` once."; fi

types: $(VENV)/.installed-dev
	$(BIN)/mypy

# WORKERS at once, a file each, in order: the browser's first (tests/browser/conftest.py). They wait a third of their
# time, so there is one more of them than the two cores on which the time is measured. mypy, on one core for long, runs
# beside the tests, and what it says comes last.
TYPES := $(VENV)/types.txt
test: style
	@$(BIN)/mypy >$(TYPES) 2>&1 & types=$$!; \
	trap 'kill $$types 2>/dev/null' INT TERM; \
	$(BIN)/python -m tests.install_chromium \
	&& $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$types; types=$$?; \
	echo $(BIN)/mypy; cat $(TYPES); [ $$tests = 0 ] && [ $$types = 0 ]

# The pip that comes with Python may be years old, and take twice as long to read what there is.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip==26.3

# pip compiles on one core, and all of every package: that takes longer than installing. Left out is what is large and
# never or hardly imported; Python compiles that when it is. What cannot be compiled (files for later Pythons) is left,
# as pip leaves it.
UNUSED := tests|testing|pip|setuptools|mypy|mypyc|sympy|mpmath|networkx|altair|lexers|_inductor|_dynamo|onnx
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --requirement
COMPILE = $(BIN)/python -m compileall -qq -j 0 -x '/($(UNUSED))/' $(VENV)/lib || true

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(INSTALL) requirements.txt
	$(COMPILE)
	touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(INSTALL) requirements-dev.txt
	$(COMPILE)
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV)
