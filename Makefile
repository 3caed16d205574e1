# Needs Python 3.11 or newer, git and make; everything else goes into .tools, .venv and .holdfast.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/uv-$(UV_VERSION)
BIN := .venv/bin
READY := .venv/ready
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup demo test up down check fmt bench mutants

help: ## show the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## install what the other verbs need

demo: $(READY) ## see the hub stop a mistaken release, on a Kafka of its own
	@$(BIN)/holdfast demo $(ARGS)

test: $(READY) ## run every test, those on a real Kafka too
	@$(BIN)/pytest $(ARGS)

up: $(READY) ## run Kafka and every service until Ctrl-C
	@$(BIN)/holdfast up $(ARGS)

down: $(READY) ## stop what `make up` left running
	@$(BIN)/holdfast down $(ARGS)

check: $(READY) ## formatting, lint, types, layers and the quick tests
	@$(BIN)/ruff format --check && $(BIN)/ruff check
	@{ $(BIN)/lint-imports && $(BIN)/pyright -p pyproject.toml; } & types=$$!; $(BIN)/pytest -q -m "not broker and not slow" && wait $$types && $(BIN)/holdfast mutants --changed

fmt: $(READY) ## format, and mend what can be mended
	@$(BIN)/ruff check --fix; $(BIN)/ruff format

mutants: $(READY) ## change the core in every small way, and see a test fail for each
	@$(BIN)/holdfast mutants $(ARGS)

bench: $(READY) ## measure latency and restart
	@$(BIN)/holdfast bench $(ARGS)

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit("Holdfast needs Python 3.11 or newer; this is %d.%d. Try make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .tools && .tools/bin/pip install --quiet uv==$(UV_VERSION)
	@touch $@

$(READY): $(UV) uv.lock pyproject.toml sdk/pyproject.toml
	@.tools/bin/uv sync --locked --quiet --python $(PYTHON)
	@touch $@
