# Everything here is also a plain command; `make help` lists the targets.
# Needs GNU make and Python 3.11 or newer; PYTHON=… names one that is not found by itself.

CANDIDATES := python3.13 python3.12 python3.11 python3
PYTHON ?= $(shell for name in $(CANDIDATES); do "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

BIN := .venv/bin
READY := .venv/.ready
# What builds the project is pinned with everything else: what pyproject.toml asks for, and what that asks for in turn when
# it installs a working copy.
BUILD_REQUIRES = $(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], "editables", sep="\n")'
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"

# Compiled modules are kept: the tests start hundreds of processes, and each would compile the whole service again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run check test bench soak sabotage schema docs lock sbom graphiql clean

help: ## Say what can be made.
	@awk 'BEGIN { FS = ":.*## " } /^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(READY) ## Start the service with a database of its own and demo data, and print where it is. ARGS="--port 4200".
	@$(BIN)/inventory-graph dev $(ARGS)

check: $(READY) ## Format, lint, types and a quarter of the quick tests, the next quarter each time it passes; two minutes.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.shards --fast

test: $(READY) ## All tests, in named parts, two at a time; ONLY="stock house" for some of them.
	@$(BIN)/python -m tests.shards $(ONLY)

bench: $(READY) ## Measure, as ratios in one run; NAME=… for one measurement.
	@$(BIN)/python -m tests.bench $(NAME)

soak: $(READY) ## Let the stock book, the reservations and the database disagree, if they can, and fire at the endpoint; COUNT=1000000 of each, ONLY=fuzz for one of them.
	@$(BIN)/python -m tests.properties $(COUNT) $(if $(ONLY),--only $(ONLY))

sabotage: $(READY) ## Make one line wrong at a time, in a copy, and say which test notices; NAME=… for one word of their names.
	@$(BIN)/python -m tests.sabotage $(NAME)

schema: $(READY) ## Print the schema to schema.graphql.
	@$(BIN)/inventory-graph schema > schema.graphql.new && mv schema.graphql.new schema.graphql

docs: $(READY) ## Write the generated pages of docs/.
	@$(BIN)/python -m tests.reference

lock: $(READY) ## Write the lock files anew from pyproject.toml; UPGRADE=1 takes the newest versions.
	@$(BUILD_REQUIRES) | $(LOCK) - --extra test --extra dev --extra otel --extra kafka $(if $(UPGRADE),--upgrade) --output-file requirements-test.txt
	@$(LOCK) --constraint requirements-test.txt --output-file requirements.txt

sbom: $(READY) ## Write what the service is made of to sbom.json (CycloneDX), from the lock; OUTPUT=… for another file.
	@$(BIN)/python -W ignore -m cyclonedx_py requirements requirements.txt --pyproject pyproject.toml --output-reproducible --output-file $(or $(OUTPUT),sbom.json)

graphiql: ## Build the GraphiQL page from its source; needs Node.js 20 or newer.
	@cd inventory_graph/graphiql/source && npm ci && npm run build

clean: ## Remove what was made here, but not the data of `make run`.
	rm -rf .venv .artifacts sbom.json .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Made again when the lock or the project's description changes; otherwise make has nothing to do.
$(READY): requirements-test.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found: install it, or say make PYTHON=/path/to/python." >&2; exit 1; }
	@echo "Installing into .venv with $$($(PYTHON) --version) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
