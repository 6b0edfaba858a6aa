# make leaderboard [MANIFEST=path]   compare the models; synthetic cells unless a manifest is named
# make test | check | bench          the tests; style, types, layers and docstrings; the benchmarks
# make fuzz [N=10000] [SEED=0]       score mutated files: each must be a row

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
MANIFEST ?=
N ?= 10000
SEED ?= 0

.DEFAULT_GOAL := help
.PHONY: help install install-dev install-bench leaderboard test test-all fuzz check format bench docs clean

help:
	@sed -n 's/^# //p' Makefile

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: $(BIN)/python setup.cfg pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test,cnn,kaggle,skops]"
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test,cnn,kaggle,skops,dev]"
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test,cnn,kaggle,skops,bench]"
	@touch $@

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

install-bench: $(VENV)/.installed-bench

leaderboard: install
	$(BIN)/python pipelines/compare.py $(if $(MANIFEST),"$(MANIFEST)")

test: install
	$(BIN)/python -m pytest -n auto

test-all: install
	$(BIN)/python -m pytest -n auto --run-slow

fuzz: install
	$(BIN)/python tests/fuzz/run.py $(N) $(SEED)

check: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m numpydoc.hooks.validate_docstrings $$(git ls-files 'leukfeat/*.py')

format: install-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-bench
	$(BIN)/python benchmarks/features.py
	$(BIN)/python benchmarks/segmentation.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/leaks.py
	$(BIN)/python benchmarks/sweep.py
	$(BIN)/python benchmarks/embeddings.py
	$(BIN)/python benchmarks/scoring.py

docs: install
	$(BIN)/python docs/generate_features.py
	$(BIN)/python docs/generate_cells_picture.py

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
