PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TYPED  := safelight.specs safelight.mockserver safelight.conformance safelight.fixtures

.PHONY: demo test selftest lint format bench clean

demo: $(READY)  ## judge the reference client of all five providers, then one with bugs
	$(BIN)/safelight demo

test: $(READY)  ## every test
	$(BIN)/python -m pytest -n auto

selftest: $(READY)  ## prove that the checks find what they are meant to find, and accuse nobody else
	$(BIN)/safelight selftest

lint: $(READY) build/types/safelight  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=build/types $(BIN)/mypy $(addprefix -p ,$(TYPED))

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## measure the performance claims of the README, as ratios within one run
	$(BIN)/python -m tests.bench

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@

# mypy reads packages by their import path, which the folders alone do not show.
build/types/safelight:
	mkdir -p $@
	for folder in specs mockserver conformance fixtures; do ln -sfn ../../../$$folder $@/$$folder; done

clean:
	rm -rf $(VENV) build dist *.egg-info demo-output example-images
