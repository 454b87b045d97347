# make install   .venv with the locked dependencies, and the imgbot command
# make demo      a Slack workspace on this machine, with the bot in it (PORT=8765 DAEMON=simulated|auto|URL FOLDER=… to go on later)
# make test      every test, in JOBS=3 processes; what this machine lacks is skipped and said
# make check     format, lint, types, import contracts, dependencies
# make contract  random removals on four real daemons with a fresh seed, and a count (REMOVALS=500 SEED=… DAEMONS=…)
# make chaos     the bot is killed while Slack fails, and three accounts are compared (REQUESTS=500 KILLS=200 SEED=…)
# make benchmarks  how fast it is, against the docker command and docker-py in the same run (root, docker.io)
# make lock      the lock files anew, with uv
# make golden    the golden messages anew (tests/slack/golden), to be read in what git shows then
# make release   wheel, sdist and bill of materials (CycloneDX) in dist/
# make sbom      the bill of materials alone, on stdout
# make stack     the shipped image built, the compose file started, a removal through them (root, docker.io, debootstrap, haproxy)
# make pictures  the pictures in docs/, taken of the real page

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
JOBS ?= 3
PORT ?= 8765
DAEMON ?= simulated
DAEMONS ?= classic trixie/classic forky/classic forky/containerd
REMOVALS ?= 500
REQUESTS ?= 500
KILLS ?= 200
DATABASES ?= sqlite postgresql
SEED ?= $(shell date +%N)
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: install demo test check format contract chaos benchmarks lock golden release sbom stack pictures

install: $(STAMP)

$(STAMP): requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "imgbot needs Python 3.11 or newer; none was found." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

demo: install
	$(BIN)/imgbot demo --port $(PORT) --daemon $(DAEMON) $(if $(FOLDER),--folder $(FOLDER))

test: install
	$(BIN)/pytest -n $(JOBS)

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

contract: install
	IMGBOT_FORBID_SKIPS=1 IMGBOT_CONTRACT_DAEMONS="$(DAEMONS)" IMGBOT_CONTRACT_REMOVALS=$(REMOVALS) \
		IMGBOT_CONTRACT_SEED=$(SEED) $(BIN)/pytest tests/contract

chaos: install
	for database in $(DATABASES); do \
		$(BIN)/python -m tests.chaos --database $$database --requests $(REQUESTS) --kills $(KILLS) --seed $(SEED) || exit 1; \
	done

benchmarks: install
	$(BIN)/python -m benchmarks.prediction
	$(BIN)/python -m benchmarks.planning
	$(BIN)/python -m benchmarks.removal
	$(BIN)/python -m benchmarks.racing
	$(BIN)/python -m benchmarks.verifying
	$(BIN)/python -m benchmarks.asking --records 100000
	$(BIN)/python -m benchmarks.acknowledging
	$(BIN)/python -m benchmarks.lasting
	$(BIN)/python -m benchmarks.fleet
	$(BIN)/python -m benchmarks.starting
	$(BIN)/python -m benchmarks.installing

lock:
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) pyproject.toml --group dev --output-file requirements/dev.txt
	$(LOCK) --group build --output-file requirements/build.txt

golden: install
	$(BIN)/python -m tests.slack.catalogue

release: install
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/python requirements/sbom.py > dist/imgbot.cdx.json

sbom:
	@$(PYTHON) requirements/sbom.py

stack: install
	$(BIN)/python -m tests.stack

pictures: install
	$(BIN)/python docs/pictures/take.py
	$(BIN)/python -m docs.pictures.messages
	$(BIN)/python -m docs.pictures.layers
