# Everything is installed into .venv/ of this checkout, from locked packages with checked hashes; nothing else is touched.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

# Pip's own notices say nothing about this project.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint bench clean schemas lock

demo: .venv/run
	$(BIN)/crossfade demo $(ARGS)

test: .venv/dev
	$(BIN)/pytest $(ARGS)

lint: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/run
	$(BIN)/crossfade bench snapshot --json

clean:
	rm -rf .venv .crossfade .hypothesis .mypy_cache .pytest_cache .ruff_cache

# The published JSON Schemas of the documents, from the code.
schemas: .venv/dev
	$(BIN)/python -m deploy.schemas

# The locks, from requirements/*.in; needs uv.
lock:
	cd requirements && for set in run dev; do \
		uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
			--only-binary :all: $$set.in --output-file $$set.txt || exit 1; \
	done

.venv/run: requirements/run.txt pyproject.toml
	@sh deploy/install.sh $(PYTHON) run
	@touch $@

.venv/dev: requirements/dev.txt pyproject.toml
	@sh deploy/install.sh $(PYTHON) dev
	@touch $@
