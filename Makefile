# Everything a developer does here by hand. CI runs the same targets.
# ARGS passes arguments on, as in: make run ARGS=--help

.DEFAULT_GOAL := help
.PHONY: help setup run test lint fmt check-deploy deb bench bench-latency quality fit fuzz documents kafka kafka-stop monitoring

# With the tools of deploy/requirements.txt, which scripts/setup puts there.
PYTHON = $(abspath $(or $(CARGO_TARGET_DIR),target))/venv/bin/python -B

help: ## Explain every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install everything that the other targets need
	scripts/setup all

run: ## Build the daemon and show it at work on made-up parcels (ARGS: arguments of `demo`)
	scripts/setup build
	cargo run --locked --release -- demo $(ARGS)

# Without the settings that a trial has left in this terminal's environment.
test: ## Run all tests, those against a real Kafka included (ARGS: arguments of `cargo test`)
	scripts/setup test
	cd deploy/monitoring && $(PYTHON) -m unittest --quiet
	env $(foreach name,$(filter PARCELGATE__%,$(.VARIABLES)),-u $(name)) cargo test --locked $(ARGS)

# cargo-deny's fourth check, advisories, is left out: it needs a database from the network, and
# its answer changes from day to day with no change here.
lint: ## Check the format, and look for faults, unwanted dependencies and their licences
	scripts/setup lint
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo deny --locked check --hide-inclusion-graph bans licenses sources
	shellcheck scripts/* .ci/run deploy/check deploy/debian/check deploy/debian/lifecycle deploy/debian/postrm
	deploy/check

check-deploy: ## Check what is deployed: unit, image, containers, manifests, and the package on a real systemd
	scripts/setup test
	scripts/setup deploy
	deploy/check
	cargo test --locked --test integration -- deploy::

deb: ## Make the Debian package, in the folder debian of the target folder
	scripts/setup deb
	cargo deb --locked --strip

fmt: ## Format the code
	cargo fmt

bench: ## Measure how fast one parcel is screened, what metrics and a shadow policy cost, and how many parcels a second go through Kafka
	scripts/setup test
	cargo bench --locked --bench screening
	cargo bench --locked --bench matching
	cargo bench --locked --bench recording
	cargo bench --locked --bench shadow
	cargo bench --locked --bench throughput
	cargo bench --locked --bench throughput -- feeds

bench-latency: ## Measure how long a parcel takes from topic to topic
	scripts/setup test
	cargo bench --locked --bench throughput -- latency

# The labelled folder of the tests, unless another is named.
DATA ?= tests/fixtures/quality

quality: ## Measure how well marks are found on a labelled folder (DATA: the folder; ARGS: --misses, --ablate)
	scripts/setup build
	cargo run --locked --release --example quality -- $(DATA) $(ARGS)

fit: ## Fit the points of the policy on half of a labelled folder and print them (DATA: the folder)
	scripts/setup build
	cargo run --locked --release --example quality -- $(DATA) --fit

fuzz: ## Look for texts that break folding or finding, for longer than the tests do (SECONDS, 300 unless told)
	scripts/setup build
	PARCELGATE_FUZZ_SECONDS=$(or $(SECONDS),300) cargo test --locked --release fuzz

documents: ## Write anew what the program says of its settings: JSON schemas and their reference
	PARCELGATE_WRITE_DOCUMENTS=1 cargo test --locked --test integration -- published_documents

kafka: ## Start a Kafka node on this machine to try the daemon on
	scripts/setup kafka
	scripts/kafka start

kafka-stop: ## Stop that node
	scripts/kafka stop

monitoring: ## Make Prometheus rules and Grafana dashboards from deploy/monitoring/generate
	scripts/setup deploy
	cd deploy/monitoring && $(PYTHON) -m generate
