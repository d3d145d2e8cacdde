# Two environments: .venv checks (no TensorFlow), .venv-full also records and tests.
PYTHON ?= python3
CHECK := .venv
FULL := .venv-full
SAMPLE := --cases "lstm/*" --cases "basic-lstm/*" --cases "gru/*" --cases "stacked/*"
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help verify test lint fixtures fixtures-check bench docs generated compatibility adequacy sample-report clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

verify: $(CHECK)/.ready ## check numpy_impl against the fixtures (no TensorFlow)
	@$(CHECK)/bin/rnn-parity check

test: $(FULL)/.ready ## run every test, TensorFlow's included
	$(FULL)/bin/python -m pytest -n auto

lint: $(FULL)/.ready ## ruff and mypy
	$(FULL)/bin/ruff check
	$(FULL)/bin/ruff format --check
	$(FULL)/bin/mypy

fixtures: $(FULL)/.ready ## show what recording would change; WRITE=1 writes
	$(FULL)/bin/python -m tf_reference export $(if $(filter-out 0,$(WRITE)),--write)

fixtures-check: $(FULL)/.ready ## record again into a temporary folder and compare; fails on drift
	$(FULL)/bin/python -m tf_reference check

bench: $(FULL)/.ready ## measure speed, side by side; WRITE=1 writes docs/speed.md
	$(FULL)/bin/python -m benchmarks
	$(FULL)/bin/python -m benchmarks.speed $(if $(filter-out 0,$(WRITE)),--write)

docs: $(FULL)/.ready-docs ## build the documentation into docs/_build/html
	$(FULL)/bin/python -m sphinx -W -q -b html docs docs/_build/html

generated: $(FULL)/.ready ## write what README and docs show of the code: tables, cell pages, output
	$(FULL)/bin/python docs/generate.py

compatibility: $(FULL)/.ready ## run every built-in candidate over the catalogue, and write the page of what can be moved where
	$(FULL)/bin/python docs/compatibility.py

sample-report: $(FULL)/.ready ## write the report of a broken candidate, and the README's picture of it
	$(FULL)/bin/rnn-parity check --candidate docs/examples/no_forget_bias.py:run $(SAMPLE) --report sample-report -q || test $$? -eq 1
	$(FULL)/bin/python docs/screenshot.py sample-report docs/sample-report.png

adequacy: $(FULL)/.ready ## count the mistakes that our cases and published tests catch, into docs/adequacy.md
	$(FULL)/bin/python -m benchmarks.adequacy --write

clean: ## remove environments and what was built
	rm -rf $(CHECK) $(FULL) sample-report docs/_build dist build .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CHECK)/.ready: pyproject.toml constraints.txt
	@echo "setting up $(CHECK) (once)" >&2
	@$(PYTHON) -m venv --clear $(CHECK)
	@$(CHECK)/bin/python $(PIP_INSTALL) --editable .
	@touch $@

$(FULL)/.ready: pyproject.toml constraints.txt
	@echo "setting up $(FULL) with TensorFlow, PyTorch, JAX and ONNX Runtime (once, minutes)" >&2
	@$(PYTHON) -m venv --clear $(FULL)
	@$(FULL)/bin/python $(PIP_INSTALL) --editable '.[reference,torch,keras,onnx,jax,dev]'
	@touch $@

$(FULL)/.ready-docs: $(FULL)/.ready
	@$(FULL)/bin/python $(PIP_INSTALL) --editable '.[docs]'
	@touch $@
