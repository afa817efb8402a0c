# make demo: look at it; make test: all tests; make check: everything a change must pass; make bench: measurements.
# Every target makes the environment that it needs, and makes it anew when it is broken or its list has changed.

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python,\
	$(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)))
VENV := .venv
DEMO := .venv-demo
RUN := $(VENV)/bin/python -m
WORKERS ?= 2
CORE := diagram numpy
ALL := $(CORE) discopy hypothesis lark matplotlib mypy networkx pytest sympy torch xdist

export OMP_NUM_THREADS ?= 1

.DELETE_ON_ERROR:
.PHONY: help demo test check static format accept bench wheel system clean

help:
	@sed -n 1,2p Makefile; echo '# Also: make static, format, accept, wheel, system, clean.'

# $(call sound,FOLDER,MODULES): forget the stamp of an environment that cannot find these modules any more.
sound = $(shell $(1)/bin/python -c 'import sys; from importlib.util import find_spec; \
	sys.exit(not all(map(find_spec, "$(2)".split())))' >/dev/null 2>&1 || rm -f $(1)/.complete)

$(VENV)/.complete: pyproject.toml constraints.txt $(call sound,$(VENV),$(ALL))
	@.ci/environment '$(PYTHON)' $(VENV) '.[dev]' $(ALL)

$(DEMO)/.complete: pyproject.toml constraints.txt $(call sound,$(DEMO),$(CORE))
	@.ci/environment '$(PYTHON)' $(DEMO) . $(CORE)

demo: $(DEMO)/.complete
	@$(DEMO)/bin/python examples/demo.py out

test: $(VENV)/.complete
	@.ci/browser
	@$(RUN) pytest -q -n $(WORKERS) $(PYTEST)

static: $(VENV)/.complete
	@status=0; \
	$(RUN) ruff format --check --quiet . || status=1; \
	$(RUN) ruff check --quiet --output-format concise . || status=1; \
	$(RUN) mypy || status=1; \
	$(VENV)/bin/python $(VENV)/bin/lint-imports --no-cache || status=1; \
	exit $$status

check: static test

format: $(VENV)/.complete
	@$(RUN) ruff check --quiet --fix-only .
	@$(RUN) ruff format --quiet .

accept: $(VENV)/.complete
	@rm -rf build/accepted
	@ACCEPT=1 $(RUN) pytest -q tests $(PYTEST)
	@test ! -f build/accepted/index.html || echo 'old beside new: build/accepted/index.html'

bench: $(VENV)/.complete
	@$(RUN) benchmarks $(BENCH)

wheel: $(VENV)/.complete
	@$(RUN) pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

system:
	@.ci/system

clean:
	rm -rf build dist out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
