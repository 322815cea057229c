# make run: the page. make test: checks, then every test. make bench: figures against peers. make topic name=…: a new topic.
PYTHON := $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: run test check bench topic format

run: .venv/installed
	$(BIN)/python app.py

# Two processes of one thread each do more on two cores than one process of two threads.
test: check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadscope

check: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m docs.check

bench: .venv/installed-bench
	$(BIN)/python -m benchmarks --write

topic: .venv/installed
	$(BIN)/python -m playground.scaffold $(name)

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A stamp is newer than its requirements once they are installed: nothing is looked up again until they change.
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
