# make run: serve the page. make test: checks, then all tests. make bench: benchmarks against peers. make topic name=… number=…: a new topic.
PYTHON := $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test check bench topic format

run: .venv/installed
	$(BIN)/python app.py

# Each commit draws the half of the cases that is run; `make test EVERY=1` runs all.
# Two processes of one thread each do more on two cores than one process of two threads.
test:
	$(PYTHON) -m docs.needs
	$(MAKE) .venv/installed-dev
	$(MAKE) check
	OMP_NUM_THREADS=1 PLAYGROUND_EVERY_RUN=$(EVERY) $(BIN)/python -m pytest --numprocesses 2 --dist loadscope --durations=25

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m docs.check
	$(BIN)/python -m docs.shape
	$(BIN)/python -m docs.lengths
	$(BIN)/python -m docs.scripts
	$(BIN)/oxlint --deny-warnings components tests

bench: .venv/installed-bench
	$(BIN)/python -m benchmarks --write

topic: .venv/installed
	$(BIN)/python -m playground.scaffold "$(name)" $(if $(number),--number="$(number)")

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Stamp files: packages are installed again only if the requirements change.
.venv/installed: requirements.txt | $(BIN)/python
	$(PIP) install --requirement requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt requirements.txt | $(BIN)/python
	$(PIP) install --requirement requirements-dev.txt
	touch .venv/installed $@

.venv/installed-bench: requirements-bench.txt requirements.txt | $(BIN)/python
	$(PIP) install --requirement requirements-bench.txt
	touch .venv/installed $@

$(BIN)/python:
	$(PYTHON) -m venv .venv
