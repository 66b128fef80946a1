# cleanset: every target is listed by `make`; PYTHON is the only thing that a machine must bring.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
IN ?= corpus/shards
OUT ?= demo/run
RUN ?= $(OUT)
POLICY ?= commercial
PRISM := .tools/prism
BEAM = $(shell sed -n 's/.*"apache-beam==\([0-9.]*\)".*/\1/p' pyproject.toml)

.DEFAULT_GOAL := help
.PHONY: help install install-dev corpus demo curate audit test check format schemas licenses golden bench bench-gpu bench-scale train prism wheel clean bench-copies

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

install: $(VENV)/.base  ## Install cleanset into .venv, with onnxruntime for its embedder; torch and img2dataset are extras
install-dev: $(VENV)/.dev  ## The same with everything that tests and checks need

$(VENV)/.venv:
	@command -v $(PYTHON) >/dev/null || { echo "cleanset needs Python 3.11 or later: set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "cleanset needs Python 3.11 or later, and $(PYTHON) is older: set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	@touch $@

$(VENV)/.base: $(VENV)/.venv pyproject.toml
	$(BIN)/pip install --quiet --editable '.[embed]'
	@touch $@

$(VENV)/.dev: $(VENV)/.base pyproject.toml
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

corpus: $(VENV)/.base  ## Fetch the real images (about 1 GB of packages) and pack them into shards
	$(BIN)/python tests/corpus/fetch.py --out corpus
	$(BIN)/python tests/corpus/pack.py corpus

demo: corpus  ## Curate and audit thousands of real images; a second run resumes
	$(BIN)/cleanset curate corpus/shards --out demo/run --policy $(POLICY)
	$(BIN)/cleanset audit demo/run
	$(BIN)/cleanset report demo/run
	@echo '"cleanset" is in $(BIN): ". $(BIN)/activate" puts it on the path'

curate: $(VENV)/.base  ## Curate IN=shards into OUT=run under POLICY=name
	$(BIN)/cleanset curate $(IN) --out $(OUT) --policy $(POLICY)

audit: $(VENV)/.base  ## Check RUN=run from its own evidence
	$(BIN)/cleanset audit $(RUN)

test: $(VENV)/.dev  ## Run the tests, a process for each core
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/.dev  ## Lint, types, import contracts, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m cleanset.rights.book.check

format: $(VENV)/.dev  ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: $(VENV)/.base  ## Publish the table contracts to schemas/
	$(BIN)/python -m cleanset.publish_schemas schemas

golden: $(VENV)/.dev  ## Write the golden files of tests/golden anew, to be reviewed as text
	CLEANSET_GOLDEN=1 $(BIN)/python -m pytest -q tests/golden

licenses: $(VENV)/.dev  ## Check the license book
	$(BIN)/python -m cleanset.rights.book.check

BENCHMARKS ?= floor peers joins embedded_metadata rights_cost scaling
bench: $(VENV)/.dev corpus  ## Measure speed and memory beside the peers (installs them into bench/; an hour or two)
	for name in $(BENCHMARKS); do $(BIN)/python tests/benchmarks/$$name.py || exit 1; done
	$(BIN)/python tests/benchmarks/report.py --write README.md

ROWS ?= 100000 1000000
bench-scale: $(VENV)/.dev  ## Measure match and decide on generated features of ROWS rows, and what follows for 5.85 billion
	$(BIN)/python tests/benchmarks/scale.py --rows $(ROWS)

prism: $(PRISM)  ## Build Beam's portable local runner, which a test runs on; needs Go
$(PRISM):
	@command -v go >/dev/null || { echo "prism is built by Go 1.26 or later: install it, or leave prism out" >&2; exit 1; }
	GOBIN=$(CURDIR)/$(dir $(PRISM)) go install github.com/apache/beam/sdks/v2/go/cmd/prism@v$(BEAM)

DEVICE ?= cuda
MANUALS := gimp-help-en gimp-help-de opencv-doc
bench-copies: $(VENV)/.dev corpus  ## Measure how many copies of other make are found, by detector and by family, and false pairs
	$(BIN)/python tests/benchmarks/copy_recall.py corpus/images --leave-out $(MANUALS)

bench-gpu: $(VENV)/.dev corpus  ## Measure what embedding costs beside the model itself on DEVICE=cuda or cpu
	$(BIN)/python tests/benchmarks/embedding.py --device $(DEVICE)

PICTURES ?= corpus/images
train: $(VENV)/.base  ## Train cleanset's own model anew on PICTURES=folder into OUT=folder (installs torch, 5.5 GB)
	$(BIN)/pip install --quiet --editable '.[train]'
	$(BIN)/python -m cleanset.embeddings.training $(PICTURES) --out $(OUT)

wheel: $(VENV)/.dev  ## Build the wheel into dist/ and try it in a fresh environment
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .
	$(PYTHON) -m venv build/wheel-venv
	build/wheel-venv/bin/pip install --quiet dist/*.whl
	build/wheel-venv/bin/cleanset license CC-BY-4.0

clean:  ## Remove what the targets made, but not the corpus
	rm -rf $(VENV) bench build demo dist .mypy_cache .pytest_cache .ruff_cache
