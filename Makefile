# make check is what CI runs.

GOLANGCI_VERSION := v2.15.0
GOVULNCHECK_VERSION := v1.9.0
TOOLS := $(CURDIR)/bin
MODULES := . credit/otelcredit examples internal/bench internal/contract internal/journalsql internal/linear internal/mutants internal/release openapi

export GOFLAGS := -buildvcs=false

.PHONY: check format vet lint generated tidy test contract importer quickstart proof soak allocations mutants bench fuzz generate vulnerabilities release drift help

check: format vet lint generated tidy contract test allocations importer quickstart ## all that CI runs

format: ## gofmt
	test -z "$$(gofmt -l . | tee /dev/stderr)"

vet: ## go vet, in all modules
	go vet work

lint: $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION) ## golangci-lint, in all modules
	for module in $(MODULES); do (cd $$module && $< run ./...) || exit 1; done

generated: ## generated code is what the specs give
	go generate ./...
	cd internal/contract && go generate ./...
	cd internal/bench && go generate ./...
	test -z "$$(git status --porcelain -- '*.gen.go' '*.gen_test.go' '*.gen.json' | tee /dev/stderr)"

tidy: ## go.mod and go.sum are tidy; go run ./internal/release tidy -write makes them so
	go run ./internal/release tidy

test: ## the tests, with the race detector, in random order; CREDITKIT_POSTGRES=required wants PostgreSQL
	go test -race -shuffle=on $$(go list work | grep -v /internal/release)

allocations: ## no call allocates more than its limit in internal/bench/testdata
	go test ./internal/bench -run TestAllocations -v

contract: ## specs, clients and fakes agree, also in the eyes of Prism, which wants node
	cd internal/contract && npm ci --ignore-scripts --no-audit --no-fund && CREDITKIT_PRISM=required go test ./...

importer: ## the library alone, as an importer builds it
	GOWORK=off go build ./...
	GOWORK=off go test ./...

quickstart: ## the README's example program
	go run ./examples/quickstart

# Each command writes its tables and the date, the commit, the machine and itself between
# the marks of docs/proof.md.
PROOF := $(CURDIR)/docs/proof.md
proof: ## the tables and the plot of docs/proof.md but for those of soak and mutants; ten minutes on two cores
	go test ./internal/proof -v -run '^Test' -skip TestSoak -timeout 1h -args -jobs 10000 -faults 4 -clients 1000 \
		-quota-plot $(CURDIR)/docs/retry-quota.svg -write $(PROOF)
	go test ./internal/linear -v -timeout 30m -args -histories 1000 -write $(PROOF)
	go test ./credit/journal -v -run TestEveryInterleaving -timeout 30m -args -long -write $(PROOF)
	go test ./examples/bulk/internal/simulation -v -timeout 1h -args -seeds 10000 -crashes 2 -write $(PROOF)

soak: ## ten minutes with 64 updates in flight; its table in docs/proof.md and the plot docs/soak.svg
	go test ./internal/proof -v -run TestSoak -timeout 20m -args -soak 10m -soak-plot $(CURDIR)/docs/soak.svg -write $(PROOF)

mutants: ## break the rules that protect money, one by one; the table of docs/proof.md
	go run ./internal/mutants -write docs/proof.md

bench: ## docs/bench.md: what a call costs, against others; seven minutes
	cd internal/bench && GOWORK=$(CURDIR)/internal/bench/bench.work go run ./cmd/benchtables ../../docs/bench.md

# go's fuzzer can take the end of its own time for a failure ("context deadline
# exceeded"), without an input that failed: that one verdict is not counted.
FUZZTIME ?= 1m
fuzz: ## every fuzz target, each for FUZZTIME; a nightly job, because its inputs are random
	@set -e; out=$$(mktemp); trap 'rm -f $$out' EXIT; for package in $$(go list ./... ./examples/... ./internal/journalsql/...); do \
		for target in $$(go test -list '^Fuzz' $$package); do case $$target in Fuzz*) \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package >$$out 2>&1 || \
				{ ! grep -q 'Failing input\|panic:\|hung or terminated' $$out && grep -q '^    context deadline exceeded$$' $$out; } || \
				{ cat $$out; exit 1; }; \
			tail -n 3 $$out;; \
		esac; done; done

vulnerabilities: ## govulncheck, in all modules; skipped where its database cannot be reached
	@if ! curl -fsS -m 20 -o /dev/null https://vuln.go.dev/index/db.json; then \
		echo "::notice::govulncheck was skipped, because its database cannot be reached"; exit 0; fi; \
	for module in $(MODULES); do echo "$$module"; \
		(cd $$module && go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION) ./...) || exit 1; done

release: ## VERSION=v0.1.0: checks, prints the tags, and builds the archives in dist
	go run ./internal/release check -version "$(VERSION)"
	go run ./internal/release build -version "$(VERSION)" -out dist

drift: ## SPEC=path VENDOR=metronome: compares a vendor's own OpenAPI document with ours
	cd internal/contract && go run ./drift -vendor "$(VENDOR)" -spec "$(abspath $(SPEC))"

generate: ## write the generated code
	go generate ./...
	cd internal/contract && go generate ./...
	cd internal/bench && go generate ./...

# Built from its module, at the pinned version.
$(TOOLS)/golangci-lint-$(GOLANGCI_VERSION):
	GOBIN=$(TOOLS) GOWORK=off go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(TOOLS)/golangci-lint $@

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'
