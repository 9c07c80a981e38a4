# Amparo. `make` prints help.

SHELL   := /bin/bash
GO      ?= go
BIN     := bin/amparo
DATA    ?= amparo-data
LISTEN  ?= 127.0.0.1:8364
# One folder for the library of the ClickHouse engine, shared by all commands.
export AMPARO_ENGINE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/amparo/libchdb

.PHONY: help demo run build engine test tools test-alerts tools-pages test-pages bench lint study clean

help: ## This help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Everything in one process with synthetic national data; prints where
	$(BIN) run --demo --data $(DATA)-demo --listen $(LISTEN)

run: build ## Everything in one process
	$(BIN) run --data $(DATA) --listen $(LISTEN)

build: ## The binary, into bin/amparo
	$(GO) build -o $(BIN) ./services/amparo

engine: build ## Fetch the ClickHouse library once (about 180 MB)
	$(BIN) engine --fetch

# In these nothing runs beside anything else: the race detector has nothing to find, and takes ten times as long.
ALONE := ./schemas/law/... ./docs/...
# These take longest: they begin first, so that the others fill the processors beside them.
LONG  := ./services/amparo ./deploy

test: engine ## All tests, with the race detector where anything runs beside anything
	$(GO) test -race -shuffle=on -timeout 25m $(LONG) $$(comm -23 <($(GO) list ./... | sort) <($(GO) list $(ALONE) | sort))
	$(GO) test -shuffle=on $(ALONE)
	$(GO) test -run '^(TestAttacker|TestPlacesAndMonths)' ./services/aggregator

tools: ## Prometheus and Alertmanager, with their checkers, where they are missing
	deploy/tools/install.sh

test-alerts: tools engine ## Rules, routes and dashboards by the real tools; alerts end to end
	$(GO) test -tags alerts -timeout 15m ./deploy/...

tools-pages: ## Chromium, and what drives it, where they are missing
	deploy/tools/pages.sh

test-pages: tools-pages engine ## Every page in headless Chromium; screenshots in AMPARO_SCREENSHOTS
	$(GO) test -tags pages -timeout 20m -run TestPagesInABrowser ./services/dashboard

bench: build engine ## Measure the pipeline and its raw stages; JSON lines
	$(BIN) bench
	$(BIN) bench-notices

study: build engine ## Coverage of intervals and error rates of verdicts, over thousands of seeds; writes docs/study.md
	$(BIN) study

lint: ## gofmt, go vet, an untidy module, golangci-lint (with staticcheck)
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags alerts,pages ./...
	$(GO) tool -modfile=deploy/lint/go.mod golangci-lint run ./...

clean: ## Remove what was built, and the demo's data
	rm -rf bin $(DATA)-demo
