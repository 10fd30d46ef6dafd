# What a contributor runs; CI runs the same. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

# CI must not resolve dependencies anew.
LOCKED := $(if $(CI),--locked)
TOOLS := target/tools
CARGO_DENY := 0.20.2
GENERATED := openapi docs/operations.md

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## Build and start the demo on this machine, with its own SQLite file
	cargo run $(LOCKED) -- demo

# Not nextest: it runs every test in a process of its own, and so would start a PostgreSQL for each.
.PHONY: test
test: ## Run all tests on SQLite and on PostgreSQL
	@scripts/postgres-binaries.sh >/dev/null
	cargo test $(LOCKED) --workspace

.PHONY: check
check: format-check ## Check format, lints and the code's documentation
	cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc $(LOCKED) --workspace --no-deps --document-private-items

.PHONY: format-check
format-check:
	cargo fmt --all --check

.PHONY: lint
lint: ## Run the public linters on the committed OpenAPI document
	contract/lint.sh openapi/openapi.json

.PHONY: gen
gen: ## Rewrite everything that is generated: OpenAPI documents, settings, diagrams, snapshots
	scripts/gen.sh
	scripts/postgres-binaries.sh >/dev/null
	UPDATE_DOCS=1 INSTA_UPDATE=always INSTA_FORCE_PASS=1 cargo test $(LOCKED) --workspace

# The snapshots are left out: `make test` fails when one of them is not what the code says.
.PHONY: verify-generated
verify-generated: ## Fail when the committed documents are not what the code generates
	scripts/gen.sh
	@git --no-pager diff --exit-code -- $(GENERATED) && \
	new=$$(git ls-files --others --exclude-standard -- $(GENERATED)) && test -z "$$new" || \
		{ echo "Not as committed: $${new:-see above}. Run 'make gen' and commit the result." >&2; exit 1; }

.PHONY: verify
verify: check test verify-generated lint ## Everything that CI checks

.PHONY: licences
licences: $(TOOLS)/cargo-deny-$(CARGO_DENY)/bin/cargo-deny ## Check licences, bans, sources and, where reachable, advisories
	$< check licenses bans sources
	@if $< fetch db; then $< check advisories; \
	else echo "ADVISORIES NOT CHECKED: their database cannot be reached from here." >&2; fi

$(TOOLS)/cargo-deny-$(CARGO_DENY)/bin/cargo-deny:
	cargo install cargo-deny --locked --version $(CARGO_DENY) --root $(TOOLS)/cargo-deny-$(CARGO_DENY)

.PHONY: contract
contract: ## Lint the document, build clients from it, and fuzz a server with it
	contract/all.sh

.PHONY: bench
bench: ## Measure speed: bare limits and the product, in one run
	cargo bench $(LOCKED)

.PHONY: image
image: ## Build the container image
	docker build -t caredesk .

CARGO_FUZZ := 0.13.2
FUZZ_SECONDS ?= 60
.PHONY: fuzz
fuzz: $(TOOLS)/cargo-fuzz-$(CARGO_FUZZ)/bin/cargo-fuzz ## Fuzz rule files, the detector of personal data and names, FUZZ_SECONDS each
	fuzz/seeds.sh fuzz/seeds
	for target in rule_file detector names; do \
		mkdir -p fuzz/corpus/$$target; \
		PATH="$(dir $(abspath $<)):$$PATH" RUSTC_BOOTSTRAP=1 cargo fuzz run $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
			-max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=60; \
	done

$(TOOLS)/cargo-fuzz-$(CARGO_FUZZ)/bin/cargo-fuzz:
	cargo install cargo-fuzz --version $(CARGO_FUZZ) --locked --root $(TOOLS)/cargo-fuzz-$(CARGO_FUZZ)
