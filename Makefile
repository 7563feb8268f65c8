# Every target makes its environment first: .venv, with the versions of constraints.txt.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOGETHER := --numprocesses=4 --dist=loadfile --no-loadscope-reorder --durations=25

.PHONY: docs install release demo test test-long test-gpu test-lowest lint bench reproduce-surrogate chaos load serve screenshot clean

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt hatch_build.py spaces/compiled/build.py $(wildcard spaces/compiled/*.[ch])
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"got Python {sys.version.split()[0]}; needed is 3.11 or later: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (a few minutes, once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt hatchling editables
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[server,dev,images]'
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps loguru neurobench snntorch spikingjelly
	@touch $@

demo: install  ## find the best neuron for each layer on real digits, and train the result
	@$(BIN)/python examples/demo.py

test: install  ## the whole test suite; says what it could not run here
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps triton || echo "no Triton for this machine"
	@$(BIN)/python -m pytest $(TOGETHER)

test-long: install  ## what takes too long for every change: storms, mutants, crashes at every commit, clusters
	@$(BIN)/python -m pytest -m long $(TOGETHER)

test-lowest:  ## the same with the lowest versions that pyproject.toml admits, in .venv-lowest
	@test -x .venv-lowest/bin/uv || { $(PYTHON) -m venv .venv-lowest && .venv-lowest/bin/pip install --quiet uv; }
	@.venv-lowest/bin/uv pip install --quiet --upgrade --resolution lowest-direct --python .venv-lowest/bin/python -e '.[server,dev]' hatchling editables
	@.venv-lowest/bin/uv pip install --quiet --no-deps --python .venv-lowest/bin/python loguru neurobench snntorch spikingjelly
	@.venv-lowest/bin/python -m pytest -W default $(TOGETHER)

test-gpu: install  ## what a GPU computes against the CPU, and how fast; some minutes, on a machine that has one
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps triton || echo "no Triton for this machine"
	@$(BIN)/python -m tests.gpu

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: install  ## the pages, into docs/_build; a warning is an error
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build

release: install  ## VERSION=0.2.0: version, changelog, frozen database, wheel and source distribution in dist/; commits nothing
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt twine
	@$(BIN)/python -m tests.release $(VERSION)

bench: install  ## benchmarks print their tables; nothing asserts on time
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt optuna
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps h5py nir nirtorch norse
	@for file in tests/bench/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

reproduce-surrogate: install  ## what Wasserstein distance is worth to a surrogate, into docs/reproduction/surrogate.md
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt optuna
	@OMP_NUM_THREADS=1 $(BIN)/python -m tests.reproduce.surrogate

chaos: install  ## kill everything for half an hour, and write docs/reliability.md
	@$(BIN)/python -m tests.faults.reliability --seed $(or $(SEED),0) --kills $(or $(KILLS),1)

load: install  ## 50 clients against the API for a minute on each database, into docs/performance.md
	@$(BIN)/python -m tests.bench.load --write docs/performance.md

serve: install  ## the service on http://127.0.0.1:8000/, until Ctrl-C
	@$(BIN)/searchsvc up

screenshot: install  ## the pictures of docs/, from a real run in a real browser
	@$(BIN)/python docs/screenshot.py

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
