# The commands of this project; `make help` lists them.
SWIFT ?= swift
# Also an import that no target declares is an error.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
# `make test TESTS=RouterTests` runs some of them.
TESTS ?=

.PHONY: help demo demo-stop test lint format build bench clean

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: system-packages python-packages ## Install everything, start MLflow, the churn model and the hub, show a prediction
	@echo "==> Building Palantir (minutes the first time)"
	$(SWIFT) build $(SWIFT_FLAGS) --product palantir
	@PALANTIR_BIN="$$($(SWIFT) build --show-bin-path)/palantir" scripts/demo

demo-stop: ## End what `make demo` left running
	@scripts/demo stop

test: test-packages python-packages ## Install everything, run all tests
	@echo "==> Building and testing (minutes the first time)"
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	$(SWIFT) test --skip-build $(if $(TESTS),--filter $(TESTS))

lint: ## Check format and house rules
	@scripts/lint

format: ## Format all Swift code
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

build: system-packages ## Build the release binary
	$(SWIFT) build $(SWIFT_FLAGS) -c release --product palantir

bench: bench-packages python-packages ## Measure beside the model itself and nginx; results in Benchmarks/results
	@echo "==> Building Palantir and the stub model for release (minutes the first time)"
	$(SWIFT) build $(SWIFT_FLAGS) -c release --product palantir
	$(SWIFT) build -c release --package-path Benchmarks
	.build-python/bin/python Benchmarks/bench.py

clean: demo-stop ## Remove everything that was built
	rm -rf .build .build-python .demo Benchmarks/.build

.PHONY: system-packages test-packages bench-packages python-packages
system-packages:
	@scripts/install-system-packages
bench-packages:
	@scripts/install-system-packages bench
test-packages:
	@scripts/install-system-packages test
python-packages:
	@scripts/install-python-packages
