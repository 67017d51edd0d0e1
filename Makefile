# Each target is one thin line over one command. `make` alone lists them.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
SOURCES := manage.py sorahub generations reviews tests .ci

.DEFAULT_GOAL := help
.PHONY: help demo test test-long check setup clean judges bench-engine bench-ingest bench-frames bench-notes bench-terms bench-clearance bench-evidence bench-search matrix peers

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

demo: ## set up, start everything, walk one clip from prompt to cleared evidence, stay up (ONCE=1: exit after)
	@$(PYTHON) sorahub/bootstrap.py runtime
	@$(BIN)/python manage.py demo $(if $(ONCE),--once)

test: setup ## run the whole suite on a throwaway PostgreSQL, on SQLite and in Chromium (ARGS="-k word")
	@$(BIN)/python tests/run.py $(ARGS)

test-long: setup ## the proofs that take minutes: kill -9 at every moment, every fault at every step (ARGS="-k word")
	@$(BIN)/python tests/run.py --long $(ARGS)

check: setup ## lint, format, types, architecture, migrations, API document
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run --settings sorahub.settings.test
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null --settings sorahub.settings.test

judges: setup ## have Schemathesis judge the sandbox by the Videos API's own document (SPEC=/path/to/openapi.json)
	@$(BIN)/python -m tests.judges.run $(SPEC)

peers: setup ## run LiteLLM's proxy (742 MB, installed under var/peers) between our adapter and the sandbox
	@$(BIN)/python -m tests.peers.run

bench-engine: setup ## ten thousand generations in flight with one tracker (ARGS="--tasks 1000 --seconds 60")
	@$(BIN)/python tests/bench/engine.py $(ARGS)

bench-ingest: setup ## how soon a finished clip can be watched, and its ingest beside one hand-written pass
	@$(BIN)/python tests/bench/ingest.py

bench-frames: setup ## eight rates, five kinds of sources: is the frame on the screen the one asked for, and how soon (ARGS="--seeks 20 --rates 24,30000/1001")
	@$(BIN)/python tests/bench/frames.py $(ARGS)

bench-notes: setup ## fifty thousand notes: listing a clip's and posting one, beside the bare statement (ARGS="--notes 4000 --seconds 2")
	@$(BIN)/python tests/bench/notes.py $(ARGS)

bench-terms: setup ## an archive of 2,000 versions of terms imported: seconds, versions a second, memory (ARGS="--versions 500")
	@$(BIN)/python tests/bench/terms.py $(ARGS)

bench-clearance: setup ## a hundred thousand clips with three record versions each: one clip's clearance, the question over all, and whether both agree (ARGS="--clips 10000 --cases 5000")
	@$(BIN)/python tests/bench/clearance.py $(ARGS)

bench-evidence: setup ## a bundle of a thousand files and a gigabyte made, verified and tampered with; the ledger appended to and verified (ARGS="--clips 6 --bytes 6000000 --changes 50 --events 10000 --rounds 2")
	@$(BIN)/python tests/bench/evidence.py $(ARGS)

matrix: setup ## every fault at every step of every adapter, on a throwaway PostgreSQL; writes docs/reference/fault-matrix.md
	@$(BIN)/python -m tests.generations.pipeline.matrix.run

setup: ## make .venv with everything for development
	@$(PYTHON) sorahub/bootstrap.py dev

clean: ## remove the environment and caches (var/, with what the demo made, stays)
	rm -rf .venv .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

bench-search: setup ## 100,000 prompts and 1,000,000 notes, searched by two people (ARGS="--prompts 10000 --notes 100000 --rounds 6")
	@$(BIN)/python tests/bench/searching.py $(ARGS)
