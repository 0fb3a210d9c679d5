# make app: everything from nothing to the running app. make test: the same for the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: app class test lint clean

app: $(VENV)/.installed
	@$(BIN)/python serve.py --port $(PORT)

# For a class: on all addresses of this computer. Asks for the teacher's password unless $LATENT_TEACHER_PASSWORD has it.
class: $(VENV)/.installed
	@$(BIN)/python -m components.shared.people.classroom --port $(PORT) --no-access-log

# Node is not required: without it and Biome (`npm ci`), the JavaScript is not linted, and everything else runs.
lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@if command -v node >/dev/null && [ -x node_modules/.bin/biome ]; then \
		echo node_modules/.bin/biome lint --error-on-warnings; node_modules/.bin/biome lint --error-on-warnings; \
	else echo "JavaScript is not linted: that takes Node, and \`npm ci\` once."; fi

# Two at once, a file each, in order: the browser's first, which wait more than they compute (tests/browser/conftest.py).
test: lint
	$(BIN)/python -m tests.install_chromium
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# pip compiles on one core, and every package's own tests too: that takes longer than installing. What cannot be compiled
# (files for later Pythons) is left, as pip leaves it.
INSTALL = $(BIN)/python -m pip install --quiet --no-compile --requirement
COMPILE = $(BIN)/python -m compileall -qq -j 0 -x '/(tests|testing)/' $(VENV)/lib || true

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
