# The commands of this project; `make help` lists them.
SWIFT ?= swift
# Also an import that no target declares is an error.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
# `make test TESTS=RouterTests` runs some of those in Swift, and none in Python.
TESTS ?=
# All tests at once on two cores are so slow that deadlines pass; Swift before 6.3 has no such flag.
WIDTH := --experimental-maximum-parallelization-width
TEST_FLAGS = $(if $(findstring $(WIDTH),$(shell $(SWIFT) test --help-hidden)),$(WIDTH) 6)
# For release the Swift runtime is linked in: it takes a sixth less processor time than as shared libraries, and the
# program runs where no Swift is installed.
RELEASE := -c release --static-swift-stdlib
# `make bench BENCH='--only closed --case Flask'` measures less.
BENCH ?=
# `make fuzz FUZZ_SECONDS=20 FUZZ='dsn tags'` is shorter and feeds only these.
FUZZ_SECONDS ?= 300
FUZZ ?=
# `make console CONSOLE='--minutes 1'` has less traffic in its charts.
CONSOLE ?=
# `make faults FAULTS='mysql* model-hangs'` does some; `make soak SOAK='--minutes 2'` is shorter.
FAULTS ?=
SOAK ?=

# `make test-clients CLIENTS='-k retries'` runs some.
CLIENTS ?=
# `make test-docs DOCS='--long -k ray'` runs that page's commands, also those that take minutes; all of them take hours.
DOCS ?=

.PHONY: help demo demo-stop test test-clients test-two-hubs test-packaging test-docs test-console console
.PHONY: test-swift test-scorer test-sbom test-ray ray lint docc format build sbom
.PHONY: dist try-dist try-containers
.PHONY: bench micro faults soak fuzz sanitize clean

help: ## This list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: system-packages python-packages ## Install everything, start MLflow, the churn model and the hub, show a prediction
	@echo "==> Building Palantir (minutes the first time)"
	$(SWIFT) build $(SWIFT_FLAGS) --product palantir
	@PALANTIR_BIN="$$($(SWIFT) build --show-bin-path)/palantir" scripts/demo

demo-stop: ## End what `make demo` left running
	@scripts/demo stop

test: test-packages python-packages sbom-packages console-packages openapi-packages client-packages ## Install everything, run all tests
	@echo "==> Building and testing (minutes the first time)"
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
ifeq ($(TESTS),)
# Both ask the package manager, which does nothing else while it tests.
	@$(MAKE) --no-print-directory SWIFT=$(SWIFT) test-sbom docc
	@make="$(MAKE) --no-print-directory SWIFT=$(SWIFT)" && \
	    program="PALANTIR_BIN=$$($(SWIFT) build --show-bin-path)/palantir" && \
	    scripts/side-by-side "$$make test-swift && $$program $$make test-clients test-console" \
	        "$$program $$make test-scorer test-packaging test-docs test-two-hubs"
else
	@$(MAKE) --no-print-directory SWIFT=$(SWIFT) test-swift
endif

# All take the debug build that is there; `make test` builds it first and runs two of them side by side, in two lanes that
# take about as long, since each waits for its servers most of the time.
test-swift:
	$(SWIFT) test --skip-build $(TEST_FLAGS) $(if $(TESTS),--filter $(TESTS))

console: test-packages python-packages console-packages ## Take the pictures of docs/console.md anew
	$(SWIFT) build $(SWIFT_FLAGS) --product palantir
	@PALANTIR_BIN="$$($(SWIFT) build --show-bin-path)/palantir" \
	    .build-console/bin/python -B Tests/Console/screenshots.py $(CONSOLE)

PYTEST = PALANTIR_BIN="$${PALANTIR_BIN:-$$($(SWIFT) build --show-bin-path)/palantir}" \
    .build-clients/bin/python -B -m pytest -q -rs -p no:cacheprovider

test-clients: test-packages python-packages client-packages ## Test the Python client on a real hub
	@echo "==> Testing the Python client on a real hub"
	@$(PYTEST) --rootdir clients/python --config-file clients/python/pyproject.toml clients/python/tests $(CLIENTS)

test-two-hubs: test-packages python-packages client-packages ## Kill one of two hubs behind nginx under load
	@echo "==> Testing two hubs behind nginx"
	@$(PYTEST) Tests/TwoHubs

test-docs: test-packages python-packages client-packages ## Run every command of the README and the docs
	@echo "==> Running the commands of the docs"
	@$(PYTEST) Tests/DocsTests $(DOCS)

test-scorer: python-packages
	@echo "==> Testing the Python that serves models"
	@.build-python/bin/python -B -m pytest -q -rs --disable-warnings -p no:cacheprovider Tests/ScorerTests

UNITTEST = PALANTIR_BIN="$${PALANTIR_BIN:-$$($(SWIFT) build --show-bin-path)/palantir}"

test-sbom: sbom-packages
	@echo "==> Testing what the program is made of"
	@$(UNITTEST) .build-sbom/bin/python -B -m unittest discover --start-directory Tests/SupplyChainTests

test-console: test-packages python-packages console-packages ## Test the console in Chromium
	@echo "==> Testing the console in Chromium"
	@$(UNITTEST) .build-console/bin/python -B -m unittest discover --start-directory Tests/Console

test-packaging: test-packages client-packages ## Check what is in deploy/, as far as it can be checked here
	@echo "==> Checking what is in deploy/"
	@$(PYTEST) Tests/PackagingTests

test-ray: test-packages python-packages ray-packages ## Install Ray too, run the tests on a real Ray head (minutes)
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	PALANTIR_TEST_RAY=1 $(SWIFT) test --skip-build --no-parallel --filter RayServe

ray: ray-packages ## Start a Ray head on loopback, in the foreground; see docs/ray.md
	@scripts/ray

docc: system-packages ## Build the documentation of the sources; a warning is an error
	@SWIFT=$(SWIFT) scripts/docc

lint: ## Check format and house rules
	@scripts/lint

format: ## Format all Swift code
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

build: system-packages ## Build the release binary
	$(SWIFT) build $(SWIFT_FLAGS) $(RELEASE) --product palantir

sbom: build sbom-packages ## Write what the release binary is made of, as CycloneDX, to .build/palantir.cdx.json
	.build-sbom/bin/python -B deploy/sbom/sbom.py --swift $(SWIFT) .build/release/palantir .build/palantir.cdx.json

dist: sbom ## Pack the release build as a tarball for Debian, in .build/dist
	@scripts/distribution .build/release/palantir .build/dist

try-dist: dist dist-packages ## Try the tarball on a bare Debian (root; downloads some 60 MB of packages)
	@scripts/try-distribution .build/dist/palantir-*.tar.gz

try-containers: container-packages ## Try the image and Compose on a Docker engine (root; half an hour)
	@scripts/try-containers

bench: bench-packages python-packages peer-packages ## Measure beside models, nginx and a FastAPI hub; see Benchmarks/README.md
	@echo "==> Building Palantir, the stub model and the load generator for release (minutes the first time)"
	$(SWIFT) build $(SWIFT_FLAGS) $(RELEASE) --product palantir
	$(SWIFT) build -c release --package-path Benchmarks
	.build-python/bin/python Benchmarks/bench.py $(BENCH)

micro: bench-packages ## Count the instructions of the hot path's pieces
	$(SWIFT) build $(SWIFT_FLAGS) $(RELEASE) --product MicroBenchmarks
	python3 Benchmarks/micro.py $(MICRO)

# Both with what is released: optimisation has had faults of its own.
faults: fault-packages python-packages build ## Befall a hub and all around it with faults under load; see docs/faults.md
	@PALANTIR_BIN="$${PALANTIR_BIN:-.build/release/palantir}" .build-faults/bin/python Tests/Faults/faults.py $(FAULTS)

soak: fault-packages python-packages build ## Ten minutes of mixed traffic with faults: nothing may grow, no answer may be wrong
	@PALANTIR_BIN="$${PALANTIR_BIN:-.build/release/palantir}" .build-faults/bin/python Tests/Faults/soak.py $(SOAK)

fuzz: system-packages ## Feed the parsers with hostile bytes, 5 minutes each; see Fuzzing/README.md
	@echo "==> Building the fuzzer (minutes the first time)"
	PALANTIR_FUZZER=1 $(SWIFT) build --sanitize fuzzer --scratch-path .build-fuzz --product Fuzzer
	@scripts/fuzz $(FUZZ_SECONDS) $(FUZZ)

sanitize: test-packages ## Run the unit tests under the thread sanitizer and the address sanitizer (half an hour)
	@scripts/sanitize thread
	@scripts/sanitize address

clean: demo-stop ## Remove everything that was built
	rm -rf .build .build-python .build-peers .build-ray .build-faults .build-sbom .build-console .build-openapi
	rm -rf .build-clients .build-fuzz .build-thread .build-address
	rm -rf .demo Benchmarks/.build

.PHONY: system-packages test-packages bench-packages fault-packages python-packages peer-packages ray-packages sbom-packages
.PHONY: console-packages openapi-packages client-packages dist-packages container-packages
system-packages:
	@scripts/install-system-packages
bench-packages:
	@scripts/install-system-packages bench
fault-packages:
	@scripts/install-system-packages faults
	@scripts/install-python-packages .build-faults Tests/Faults/requirements.txt
test-packages:
	@scripts/install-system-packages test
python-packages:
	@scripts/install-python-packages
peer-packages:
	@scripts/install-python-packages .build-peers Benchmarks/peers/requirements.txt
ray-packages:
	@scripts/install-python-packages .build-ray examples/ray/requirements.txt
console-packages:
	@scripts/install-python-packages .build-console Tests/Console/requirements.txt
sbom-packages:
	@scripts/install-python-packages .build-sbom deploy/sbom/requirements.txt
openapi-packages:
	@scripts/install-python-packages .build-openapi Tests/OpenAPITests/requirements.txt
client-packages:
	@scripts/install-python-packages .build-clients clients/python/tests/requirements.txt Tests/TwoHubs/requirements.txt \
	    Tests/PackagingTests/requirements.txt
container-packages:
	@scripts/install-system-packages containers
dist-packages:
	@scripts/install-system-packages dist
