PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
LITELLM := build/litellm/.ready
SEEDS  ?= 5
TYPED  := safelight.specs safelight.mockserver safelight.conformance safelight.fixtures

.PHONY: demo test selftest lint format bench clean

demo: $(READY)  ## judge the reference client of all five providers, then one with bugs
	$(BIN)/safelight demo

test: $(READY) $(LITELLM)  ## every test, one of them with a gateway of somebody else's
	$(BIN)/python -m pytest -n auto --dist loadgroup

selftest: $(READY)  ## prove that the checks find what they are meant to find, and accuse nobody else
	$(BIN)/safelight selftest --seeds $(SEEDS)

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

# An environment of its own: what LiteLLM pins would clash with ours. Tests name the defects of this very version.
$(LITELLM): Makefile
	$(PYTHON) -m venv build/litellm
	build/litellm/bin/python -m pip install --quiet --disable-pip-version-check 'litellm[proxy]==1.106.2' \
		&& touch $@ || echo "LiteLLM could not be installed, so that its tests are skipped."

# mypy reads packages by their import path, which the folders alone do not show.
build/types/safelight:
	mkdir -p $@
	for folder in specs mockserver conformance fixtures; do ln -sfn ../../../$$folder $@/$$folder; done

clean:
	rm -rf $(VENV) build dist *.egg-info demo-output example-images
