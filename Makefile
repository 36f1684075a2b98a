# make demo            install into .venv, color a real film, print figures   FILM=path for a film of yours
# make test            install and run the tests                              PYTEST_ARGS="tests/unit/color -x"
# make bench           speed and memory of every stage on this machine        FILM=path, BENCH_ARGS=--json
# make soak            the long rounds of the tests: accidents, memory
# make screenshots     pictures of the studio for the documentation, from the demo film
# make lint            ruff and the contracts between the rooms
# make wheel           dist/*.whl
# make clean           remove what was built and installed here
#
# CUDA=1 with demo or bench installs torch's CUDA build; nothing else ever does.
# PYTHON=path chooses the Python (3.11 or 3.12). TORCH_INDEX=url is where CPU builds of torch are looked for where pip
# is not told of one.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

VENV ?= .venv
# The shell tries each by running it: a name on the path may be a launcher for a version that is not installed.
PYTHON ?= $(shell for name in python3.11 python3.12 python3 python; do \
	"$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1 \
	&& { echo "$$name"; break; }; done)
FILM ?=
CUDA ?=
DEMO_ARGS ?=
BENCH_ARGS ?=
PYTEST_ARGS ?=
export TORCH_INDEX

# A GPU build is asked for by CUDA=1, not by CUDA=0 or an empty CUDA.
CUDA_OPTION := $(if $(filter-out 0 no false off,$(CUDA)),--cuda)
RUN := $(VENV)/bin

.PHONY: demo test bench soak screenshots lint wheel clean python
.DEFAULT_GOAL := demo

demo: python
	@"$(PYTHON)" tools/install.py demo $(CUDA_OPTION) --venv "$(VENV)"
	@"$(RUN)/tcvc" demo $(if $(FILM),--film "$(FILM)") $(DEMO_ARGS)

test: python
	@"$(PYTHON)" tools/install.py test --venv "$(VENV)"
	@"$(RUN)/python" -m pytest $(PYTEST_ARGS)

bench: python
	@"$(PYTHON)" tools/install.py demo $(CUDA_OPTION) --venv "$(VENV)"
	@"$(RUN)/tcvc" bench $(if $(FILM),"$(FILM)") $(BENCH_ARGS)

soak: python
	@"$(PYTHON)" tools/install.py test --venv "$(VENV)"
	@"$(RUN)/python" -m pytest -m soak --timeout 7200 $(PYTEST_ARGS)

screenshots: python
	@"$(PYTHON)" tools/install.py demo test --venv "$(VENV)"
	@"$(RUN)/python" tools/screenshots.py

lint: python
	@"$(PYTHON)" tools/install.py dev test --venv "$(VENV)"
	@"$(RUN)/ruff" check .
	@"$(RUN)/lint-imports"

wheel: python
	@"$(PYTHON)" tools/install.py dev --venv "$(VENV)"
	@"$(RUN)/python" -m build --wheel --outdir dist .

clean:
	rm -rf "$(VENV)" dist build demo .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@if [ -z "$(PYTHON)" ]; then \
	echo "TCVC Studio needs Python 3.11 or 3.12: on Debian 12, sudo apt install python3 python3-venv" >&2; exit 1; fi
