# Two commands matter: `make run` starts a plant with the simulated line, `make test` proves that it works.
.DEFAULT_GOAL := help
PYTEST := .venv/bin/python -m pytest
peers := tests/peers/node_modules/.package-lock.json
inputs := pyproject.toml uv.lock scripts/setup frontend/package-lock.json \
          $(shell find frontend/src frontend/*.mjs src/dure -name '*.ts' -o -name '*.mjs' -o -name '*.css' -o -name '*.po' 2>/dev/null)

.PHONY: help setup run test lint conformance bench soak pictures reference
help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: .venv/ready  ## .venv, page scripts, catalogues
.venv/ready: $(inputs)
	@scripts/setup

run: setup  ## a plant with the simulated formation line, until Ctrl-C
	@.venv/bin/dure up --demo

test: setup $(peers)  ## every test, under twenty minutes on two cores
	@scripts/test-services
	@$(PYTEST) -n 3 --dist loadfile --no-loadscope-reorder

# Servers of other makers in Node.js; installed before the tests, since two of these at once would undo each other.
$(peers): tests/peers/package-lock.json
	@cd tests/peers && npm ci --silent --no-audit --no-fund && touch node_modules/.package-lock.json

lint: setup  ## style, types, the house's floors, the page scripts
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	cd frontend && npm run --silent typecheck
	.venv/bin/python scripts/reference.py --check
	.venv/bin/python scripts/translations.py --check

conformance: setup  ## outside judges of the dataspace: the Eclipse DSP TCK (Java 17 and Maven) against a node of ours
	@.venv/bin/python tests/conformance/dsp.py

bench: setup  ## figures beside their peers (scripts/peers makes these); results go to docs/benchmarks.md by hand
	@for script in benchmarks/*.py; do echo "== $$script"; .venv/bin/python "$$script"; done

soak: setup $(peers)  ## long kill, fuzz and load runs, hours; figures of the faults go to soak.jsonl
	@scripts/test-services
	FAULT_FIGURES=$(CURDIR)/soak.jsonl $(PYTEST) -m soak --timeout 3600

pictures: setup $(peers)  ## write docs/pictures anew, as the browser test sees the pages
	@scripts/test-services
	KEEP_PICTURES=1 $(PYTEST) tests/browser -q

reference: setup  ## write the reference pages that the code itself knows
	.venv/bin/python scripts/reference.py

# make new-connector NAME, make new-step TYPE/NAME, make new-model TASK/NAME
kinds := new-connector new-step new-model
.PHONY: $(kinds)
$(kinds): setup
	@.venv/bin/python scripts/new.py $(patsubst new-%,%,$@) $(filter-out $(kinds),$(MAKECMDGOALS))
ifneq (,$(filter $(kinds),$(firstword $(MAKECMDGOALS))))
$(wordlist 2,9,$(MAKECMDGOALS)):
	@:
endif
