# `make run` starts Formloom, `make test` proves it; both set up what they need in .venv first.

VENV   := .venv
PYTHON := $(VENV)/bin/python
INSTALL = rm -f $(FORMLOOM_FAILURE); $(PYTHON) -m pip --disable-pip-version-check install --quiet -c constraints.txt
# A server that compiles all its modules at each start takes twice as long to come up.
unexport PYTHONDONTWRITEBYTECODE
export FORMLOOM_FAILURE := $(CURDIR)/$(VENV)/why
BASE   ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
WEB    := $(shell find web_src -type f -not -path '*/node_modules/*' 2>/dev/null)

CLIENTS := tests/clients/node_modules/.installed

.PHONY: setup run test lint format bench reference pictures browser postgres clean

setup: $(VENV)/.installed

$(PYTHON):
	@test -n "$(BASE)" || { echo "Formloom needs Python 3.11 or newer, and no such python3 was found."; exit 1; }
	@$(BASE) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(BASE) cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt hatch_build.py engine/assets.py $(WEB) | $(PYTHON)
	@echo "Setting up in $(VENV) (a minute or two the first time) ..."
	@$(INSTALL) -e . || { cat $(FORMLOOM_FAILURE) 2>/dev/null; exit 1; }
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@echo "Setting up what the tests need ..."
	@$(INSTALL) -e '.[test]' || { cat $(FORMLOOM_FAILURE) 2>/dev/null; exit 1; }
	@touch $@

$(CLIENTS): tests/clients/package-lock.json | $(VENV)/.tested
	@echo "Setting up the programs that the tests hold against Formloom ..."
	@$(PYTHON) tests/clients/install.py && touch $@

run: setup
	@exec $(PYTHON) server.py

browser: $(VENV)/.tested
	@.ci/browser $(PYTHON)

postgres:
	@.ci/postgres

lint: $(VENV)/.tested
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

format: $(VENV)/.tested
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

test: lint browser postgres $(CLIENTS)
	$(PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: $(VENV)/.tested
	$(PYTHON) -m bench

reference: setup
	$(PYTHON) -m engine.reference docs/analysts

pictures: browser
	$(PYTHON) docs/pictures.py
	$(PYTHON) docs/pictures.py --all pictures

clean:
	rm -rf $(VENV) engine/web/static tests/clients/node_modules
