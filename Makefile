# Two commands work alone on a fresh machine: `make demo` and `make test`. Both set up `.venv` first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEVICE := .venv-device
MEDIAPIPE := .venv-mediapipe
TOOLCHAIN := .toolchain

.DEFAULT_GOAL := help

.PHONY: help
help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*##/	/' | expand -t 12

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "edgekit needs Python 3.11 or newer: make PYTHON=python3.11 ..."'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[all,dev]'
	@touch $@

.PHONY: setup
setup: $(READY)  ## make .venv with everything that development needs

$(DEVICE)/.ready: pyproject.toml constraints-device.txt
	$(PYTHON) -m venv $(DEVICE)
	$(DEVICE)/bin/pip install --quiet --disable-pip-version-check --constraint constraints-device.txt \
		--editable '.[tflite,onnx,audio,text,parity]'
	@touch $@

.PHONY: device
device: $(DEVICE)/.ready  ## make .venv-device, as a Raspberry Pi has it: tflite-runtime, no TensorFlow

$(MEDIAPIPE)/.ready: constraints-mediapipe.txt
	$(PYTHON) -m venv $(MEDIAPIPE)
	$(MEDIAPIPE)/bin/pip install --quiet --disable-pip-version-check --constraint constraints-mediapipe.txt \
		mediapipe pillow
	@touch $@

.PHONY: mediapipe
mediapipe: $(MEDIAPIPE)/.ready  ## make .venv-mediapipe, whose clients read what we write

# Compilers and libraries of other languages, for tests of the code that a bundle holds; no script of theirs runs.
$(TOOLCHAIN)/.ready: Makefile
	npm install --silent --no-save --ignore-scripts --no-audit --no-fund --prefix $(TOOLCHAIN) \
		node-tflite@0.0.2 kotlin-compiler@2.4.20
	@touch $@

.PHONY: toolchain
toolchain: $(TOOLCHAIN)/.ready  ## get TensorFlow Lite's C library and Kotlin's compiler, by npm

.PHONY: demo
demo: $(READY)  ## the whole job on handwritten digits, offline
	$(BIN)/edgekit demo --out build/demo

.PHONY: test
test: $(READY)  ## the tests, two at a time
	$(BIN)/python -m pytest -n 2 --dist loadgroup -q

.PHONY: lab
lab: $(READY)  ## devices that really run: a Pi under qemu, a phone, a GPU in software; needs root and Debian packages
	$(BIN)/python -m tests.lab

.PHONY: lint
lint: $(READY)  ## ruff, format and rules; layers: no import runs up, none is circular
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PYTHONPATH=. $(BIN)/lint-imports --no-cache

.PHONY: types
types: $(READY)  ## mypy, strict
	$(BIN)/mypy

.PHONY: style
style: $(READY)  ## the figures of the code's style, each with its limit
	$(BIN)/python -m tools.style

.PHONY: bench
bench: $(READY)  ## every figure of speed and memory, as ratios
	$(BIN)/python -m benchmarks

.PHONY: clean
clean:  ## remove what the targets made
	rm -rf $(VENV) $(DEVICE) $(MEDIAPIPE) $(TOOLCHAIN) build
