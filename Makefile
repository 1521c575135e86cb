# Two commands: `make run` opens the studio, `make test` checks it. Both set up a fresh machine first.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
# Browsers and servers that tests start leave a core idle now and then: three at least, four at most.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 3); echo $$((n < 3 ? 3 : n > 4 ? 4 : n)))

.PHONY: run test setup lint bench clean

run: $(VENV)/.ready
	$(BIN)/python app.py

test: export NUMBA_CACHE_DIR ?= $(CURDIR)/.kernels
# Compiled once for all workers and servers, also where one's own shell forbids it.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.ready-test lint
	$(BIN)/python -m studio warm
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

setup: $(VENV)/.ready

lint: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready-test
	for b in tests/bench/bench_*.py; do $(BIN)/python -m "$$(echo "$${b%.py}" | tr / .)"; done

clean:
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.txt requirements-web.txt packages.txt | $(BIN)/python
	@./setup/apt.sh packages.txt
	./setup/pip.sh $(BIN)/python requirements-web.txt requirements.txt
	$(BIN)/python -m studio warm
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready tests/requirements.txt tests/packages.txt
	@./setup/apt.sh tests/packages.txt
	./setup/pip.sh $(BIN)/python tests/requirements.txt
	@touch $@
