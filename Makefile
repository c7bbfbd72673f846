# The entry points of this repository. Needed: make, and Python 3.11 or newer with its venv module.
#   make demo                 the whole product on this machine (ARGS=--once ends after one reset,
#                             ARGS=--emulators uses Google's emulators)
#   make test                 every test that this machine can run (ARGS="-k name" for some)
#   make import-users FILE=users.csv   who holds which device, out of a CSV file (ARGS=--dry-run to see first)
#   make check                lint, formatting, types, layers; Terraform offline, checkov, our own checks of both
#   make bootstrap ENV=staging   first set-up of an environment in Google Cloud, safe to repeat (ARGS=--dry-run)
#   make bench                what must stay quick, as ratios (ARGS=starting for some, ARGS=--write keeps the figures)
#   make bundles              the zips of the functions, into build/bundles
#   make plan ENV=staging     builds them and saves a plan of what a deployment would change; changes nothing
#   make deploy ENV=staging   applies exactly that plan, after asking (ARGS=--yes does not ask)
#   PYTHON=/path/to/python3   chooses the interpreter

ARGS ?=
SEEDS ?= 1000

BIN := .venv/bin
LOCKED := requirements.txt requirements-local.txt
LOCKED_DEV := requirements-dev.txt
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes
# Extras stay in the pins: pip before 23.3 takes a[b] for unpinned where only a==1 stands.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# Looked for only when the environment has to be made; a name on the PATH may still be a stub that does not run.
FIND_PYTHON = for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then found="$$candidate"; break; fi; done

.PHONY: help bootstrap import-users demo test check format texts openapi e2e bench simulate lock clean bundles plan deploy
.DELETE_ON_ERROR:

help:
	@echo "make demo | test | check | format | texts | openapi | e2e | bench | simulate | lock | clean"
	@sed -n 's/^#   //p' Makefile

demo: .venv/run.stamp
	@$(BIN)/python -m local.demo $(ARGS)

# FILE=users.csv [ENTERPRISE=LC00demo] [ARGS=--dry-run]; STORE, GOOGLE_CLOUD_PROJECT and FIRESTORE_DATABASE choose the
# store (default: the demo's). The columns: shared/domain/user_table.py.
import-users: .venv/run.stamp
	@[ -n "$(FILE)" ] || { echo "Name the file: make import-users FILE=users.csv ARGS=--dry-run"; exit 2; }
	@$(BIN)/python -m local.import_users "$(FILE)" $(if $(ENTERPRISE),--enterprise "$(ENTERPRISE)") $(ARGS)

# ARGS="--project … --region … --admin …"; docs/operations.md tells the whole way, `ARGS=--help` every flag.
bootstrap: .venv/run.stamp
	@[ -n "$(ENV)" ] || { echo "Name the environment: make bootstrap ENV=staging"; exit 2; }
	@$(BIN)/python -m infra.bootstrap setup --env "$(ENV)" $(ARGS)

test: .venv/dev.stamp
	@$(BIN)/python -m coverage erase
	@if [ -n "$(ARGS)" ]; then $(BIN)/python -m pytest $(ARGS) && echo "Some tests only (ARGS): coverage is not judged."; \
	else $(BIN)/python -m pytest --cov --cov-report= -n 2 --dist loadfile --ignore=tests/e2e \
	&& $(BIN)/python -m pytest --cov --cov-append --cov-report= tests/e2e \
	&& $(BIN)/python tests/coverage_gates.py; fi

check: .venv/dev.stamp .venv-checkov/made.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted; run make format:"; $(BIN)/ruff format --check .; exit 1; }
	@$(BIN)/mypy shared local infra passcodectl functions/console/console_pages
	@$(BIN)/lint-imports
	@$(BIN)/python -m infra.check

format: .venv/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Collects the texts of console and mails into their catalogues; docs/translating.md tells the rest.
texts: .venv/run.stamp
	@$(BIN)/python -m local.texts

e2e: .venv/dev.stamp
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

bench: .venv/dev.stamp
	@PYTHONPATH=functions/console $(BIN)/python -m bench $(ARGS)

simulate: .venv/dev.stamp
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) $(ARGS)

openapi: .venv/dev.stamp
	@$(BIN)/python -m local.openapi docs/openapi.yaml

# ARGS=--upgrade moves every pin to the newest version; without it only what the .in files changed moves.
lock: .venv/dev.stamp
	@for name in requirements requirements-local requirements-dev requirements-checkov; do \
		echo "$$name.txt"; $(LOCK) $(ARGS) $$name.in -o $$name.txt || exit 1; done

# State, logs, keys and caches; the environment stays, for it is made from the lock files alone.
clean:
	rm -rf var build .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +

bundles: .venv/run.stamp
	@$(BIN)/python -m infra.bundles $(ARGS)

# ENV=staging takes infra/terraform/environments/staging.{tfvars,backend}. TF_VAR_sendgrid_api_key is needed where the
# plan makes a version of the key, and then at both: a plan keeps no secret.
plan deploy: .venv/run.stamp
	@[ -n "$(ENV)" ] || { echo "Name the environment: make $@ ENV=staging"; exit 2; }
	@$(BIN)/python -m infra.delivery $@ "$(ENV)" $(ARGS)

.venv/made.stamp:
	@$(FIND_PYTHON); \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or newer with its venv module was not found."; \
		echo "Install it (Debian: apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3"; \
		exit 1; fi; \
	echo "Making .venv with $$found ..."; "$$found" -m venv --clear .venv
	@touch $@

.venv/run.stamp: .venv/made.stamp $(LOCKED)
	@echo "Installing what the demo needs (about half a minute, once) ..."
	@$(PIP) $(addprefix -r ,$(LOCKED))
	@touch $@

.venv/dev.stamp: .venv/run.stamp $(LOCKED_DEV)
	@echo "Installing what tests and checks need (about a minute, once) ..."
	@$(PIP) $(addprefix -r ,$(LOCKED) $(LOCKED_DEV))
	@touch $@

# checkov holds other packages back by years, so it has an environment of its own.
.venv-checkov/made.stamp: .venv/dev.stamp requirements-checkov.txt
	@echo "Installing checkov (seconds, once) ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-checkov
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python .venv-checkov/bin/python \
		-r requirements-checkov.txt
	@touch $@
