# Two commands do all their own set-up on a machine with Python 3.11 or newer:
#   make demo    archives the embedded sample workspace and says where to look
#   make test    lint, types and every test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= demo-archive
# One more than two cores: a quarter of the tests' time is waiting for disks, kills and networks.
WORKERS ?= 3

.PHONY: demo test lint types imports pytest coverage torture fuzz golden sample words docs bench clean

demo: $(VENV)/.ready
	@$(BIN)/archiver demo $(DEMO)

# Types are checked beside the tests, which leave a seventh of two cores idle.
test: $(VENV)/.ready-dev lint imports
	@$(MAKE) --no-print-directory --jobs=2 types pytest

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.ready-dev
	$(BIN)/mypy

imports: $(VENV)/.ready-dev
	$(BIN)/lint-imports

pytest: $(VENV)/.ready-dev
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup $(PYTEST_ARGS)

# The same tests with branch coverage, which makes them a third slower.
coverage: $(VENV)/.ready-dev
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term:skip-covered --cov-fail-under=90 $(PYTEST_ARGS)

# The long form of the tests of faults, and what was counted. With TMPDIR in memory it takes half
# the time.
TORTURE := tests/faults tests/removal/test_erase_killed.py tests/test_anybag.py \
  tests/test_history_properties.py tests/hostile/test_size.py \
  tests/contract/test_network.py::test_a_body_of_60_mb_takes_no_more_than_600_mb
torture: $(VENV)/.ready-dev
	@rm -f .torture.jsonl
	@ARCHIVER_TORTURE=1 ARCHIVER_FIGURES=$(CURDIR)/.torture.jsonl \
	  ARCHIVER_HISTORIES=4000 $(BIN)/pytest -n $(WORKERS) --dist worksteal $(TORTURE) $(PYTEST_ARGS); \
	  status=$$?; $(BIN)/python -m tests.faults.figures .torture.jsonl; exit $$status

golden: $(VENV)/.ready-dev
	$(BIN)/pytest tests/test_site.py tests/test_site_job.py --update-golden

sample: $(VENV)/.ready-dev
	$(BIN)/python -m tests.make_sample sample_output

# The catalogues of words, after a message came, went or was changed (docs/translating.md).
words: $(VENV)/.ready-dev
	$(BIN)/python -m tests.make_words

docs: $(VENV)/.ready-dev
	$(BIN)/python -m tests.make_reference

# Everything that docs/performance.md tells, best on a machine that does nothing else.
bench: $(VENV)/.ready-dev
	$(BIN)/python bench/sync.py
	$(BIN)/python bench/build.py
	$(BIN)/python bench/page.py
	$(BIN)/python bench/index.py

fuzz: $(VENV)/.ready-dev
	$(BIN)/python -m tests.hostile.fuzz $(FUZZ_ARGS)

clean:
	rm -rf $(VENV) $(DEMO) dist build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.ready: pyproject.toml | $(VENV)/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/bin/python
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.ready
