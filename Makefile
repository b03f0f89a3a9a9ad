# mimamori: `make demo` shows it, `make test` proves it, `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export CGO_ENABLED := 0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)

ENGINE_LOCK := storage/embedded/library/package-lock.json
ENGINE      := .engine/installed
KAFKA_POM   := ingest/bus/apache/pom.xml
KAFKA       := .cache/kafka-$(shell sed -n '/kafka_2/,/version/s:.*<version>\(.*\)</version>.*:\1:p' $(KAFKA_POM))
LINT_VERSION := v2.15.0
LINT        := .cache/bin/golangci-lint-$(LINT_VERSION)
BENCHSTAT_VERSION := v0.0.0-20260908200009-22c9c6c9d4da
BENCHSTAT   := .cache/bin/benchstat-$(BENCHSTAT_VERSION)
VULNCHECK_VERSION := v1.8.0
VULNCHECK   := .cache/bin/govulncheck-$(VULNCHECK_VERSION)
TELEGRAF_VERSION := v1.37.0
VULNDB_SNAPSHOT := testdata/vulndb/vulndb.tar.gz
VULNDB      ?= file://$(CURDIR)/.cache/vulndb
FUZZTIME    ?= 60s
ARGS        ?=

PLUGIN_MODULES := grafana/node_modules/.installed
HOST_PAGE   := grafana/dist-host/index.html

.PHONY: help demo test packages program reading alarms build plugin test-plugin test-ui bench-ui engine kafka chaos bench bench-compare bench-go lint fuzz race clean debian-packages browser go-files vulncheck vulndb telegraf peers

help: ## list the targets
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{ printf "  make %-13s %s\n", $$1, $$2 }'

demo: build ## run a simulated fleet through the whole pipeline (ARGS='--devices 500 --for 150s --verify --json')
	@bin/mimamori demo $(ARGS)

# What takes longest begins first, so that the rest runs beside it.
LONGEST := ./storage/clickhouse ./ingest/bus/bustest ./processors ./processors/rollup

# The whole-binary tests come last and without the others: they hold this host's own
# counters against what was polled, and net-snmp takes loopback for a line of 10 Mb/s.
# They wait more than they work, so what reads the source alone runs in what they leave
# of the machine. One waits for the whole of the demo's script: make alarms is a command
# of its own.
test: engine debian-packages $(if $(shell command -v mvn),kafka) build ## every check: lint, known vulnerabilities, unit, conformance and whole-binary tests
	@$(MAKE) --no-print-directory packages
	@$(MAKE) --no-print-directory -j2 program reading

packages:
	MIMAMORI_ENGINE_LIBRARY= go test -p 3 -count=1 -timeout 20m $(LONGEST) $$(go list ./... | grep -vE '^mimamori($$|/($(subst $() ,|,$(LONGEST:./%=%)))$$)')

program:
	MIMAMORI_ENGINE_LIBRARY= go test -count=1 -timeout 20m -parallel 3 -skip TestAlarmsOfTheDemo .

reading:
	@nice -n 19 $(MAKE) --no-print-directory lint vulncheck

alarms: build ## play the demo's script to a receiver of webhooks: each incident told once, and once that it is over
	MIMAMORI_ENGINE_LIBRARY= go test -count=1 -timeout 10m -run TestAlarmsOfTheDemo .

# gosnmp_nodebug leaves out gosnmp's own debug lines: a seventh of a poll's CPU.
build: engine ## leave bin/mimamori, with the embedded engine beside it
	@mkdir -p bin
	@go build -trimpath -tags gosnmp_nodebug -ldflags '$(LDFLAGS)' -o bin/mimamori .

# The executable is named as Grafana looks for it; the preview shows the plugin without one.
plugin: $(PLUGIN_MODULES) $(HOST_PAGE) ## build the Grafana plugin into grafana/dist/, and bin/mimamori-preview, which shows it without a Grafana
	@cd grafana && npm run --silent build
	@go build -trimpath -ldflags '-s -w' -o grafana/dist/datasource/gpx_mimamori_$$(go env GOOS)_$$(go env GOARCH) ./grafana/pkg
	@mkdir -p bin
	@go build -trimpath -ldflags '-s -w' -o bin/mimamori-preview ./grafana/preview

$(PLUGIN_MODULES): grafana/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js with npm, then run make again" >&2; exit 1; }
	@echo "fetching what the Grafana plugin is built with (750 MB on disk, once)" >&2
	@cd grafana && npm ci --ignore-scripts --loglevel=error >&2
	@touch $(PLUGIN_MODULES)

$(HOST_PAGE): $(PLUGIN_MODULES) $(shell find grafana/host -type f)
	@cd grafana && npm run --silent build:host
	@touch $(HOST_PAGE)

test-plugin: plugin ## the plugin's types and unit tests
	@cd grafana && npm run --silent typecheck && npm run --silent test

test-ui: test-plugin build browser ## the built plugin in Chromium, over the demo's fleet: figures, drill-downs, WCAG, keyboard, paper, pictures (ui.json)
	@cd grafana && node tests/ui/run.mjs $(ARGS)

bench-ui: plugin engine browser ## print how soon pages show their figures over thousands of devices (ARGS='devices=10000 times=20')
	@node grafana/tests/ui/bench.mjs $(ARGS)

engine: $(ENGINE) ## fetch the embedded ClickHouse engine into .engine/

# Standard output stays clean, so that `make demo ARGS=--json` can be piped.
$(ENGINE): $(ENGINE_LOCK)
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js with npm, then run make again" >&2; exit 1; }
	@echo "fetching the embedded ClickHouse engine (178 MB, once)" >&2
	@mkdir -p .engine
	@cp storage/embedded/library/package.json $(ENGINE_LOCK) .engine/
	@cd .engine && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
	@touch $(ENGINE)

kafka: $(KAFKA) ## fetch the Apache Kafka broker that tests run into .cache/

$(KAFKA): $(KAFKA_POM)
	@command -v mvn >/dev/null || { echo "mvn is missing: install Maven and a JDK, version 17 or later, then run make again" >&2; exit 1; }
	@echo "fetching $(notdir $(KAFKA)) (43 MB, once)" >&2
	@rm -rf $(KAFKA).part
	@mvn -q -B -f $(KAFKA_POM) dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(KAFKA).part >&2
	@go run ./ingest/bus/apache/prepare $(KAFKA).part || echo "brokers will start slower, and do all the same" >&2
	@rm -rf $(KAFKA) && mv $(KAFKA).part $(KAFKA) && touch $(KAFKA)

chaos: build $(if $(findstring kafka,$(ARGS)),kafka) ## torment the parts of a pipeline and count every row (ARGS='--for 60s --broker kafka --seed 7 --json')
	@bin/mimamori chaos $(ARGS)

# One after the other, for each is to have the machine to itself; all take half an hour. Where
# Apache Kafka is needed and cannot be fetched, the program says so before it begins, and so it
# does of each program that others are compared with and that cannot be had.
BESIDE := snmp ping syslog pipeline alarms

bench: build $(if $(or $(findstring kafka,$(ARGS)),$(if $(strip $(ARGS)),,all)),$(if $(shell command -v mvn),kafka)) $(if $(or $(strip $(foreach name,$(BESIDE),$(findstring $(name),$(ARGS)))),$(if $(strip $(ARGS)),,all)),peers) ## measure everything and keep the figures in bench/results/ (ARGS='uplink storage' to choose)
	@bin/mimamori bench record $(ARGS)

# What cannot be had is left out, with a word.
peers:
	@$(MAKE) --no-print-directory debian-packages || echo "some of Debian's packages cannot be had" >&2
	@command -v telegraf >/dev/null || [ -x .cache/bin/telegraf ] || $(MAKE) --no-print-directory telegraf || echo "Telegraf cannot be built" >&2

# What results are compared with.
BASE ?= HEAD

bench-compare: $(BENCHSTAT) ## what figures in bench/results/ have become since the last commit (BASE=v0.2.0 for another)
	@rm -rf .cache/bench && mkdir -p .cache/bench
	@git archive -o .cache/bench/base.tar "$(BASE)" bench/results && tar -xf .cache/bench/base.tar -C .cache/bench
	@go run ./bench/record/compare -benchstat $(BENCHSTAT) -base .cache/bench/bench/results -called "$(BASE) ($$(git log -1 --format='%h, %cs' "$(BASE)" --))"

$(BENCHSTAT):
	@mkdir -p .cache/bin
	@echo "building benchstat $(BENCHSTAT_VERSION), once" >&2
	@GOBIN=$(CURDIR)/.cache/bin go install golang.org/x/perf/cmd/benchstat@$(BENCHSTAT_VERSION)
	@mv .cache/bin/benchstat $(BENCHSTAT)

bench-go: engine ## print the figures of single functions' benchmarks, once each (BENCH='-bench Decode' to choose)
	go test -run '^$$' $(or $(BENCH),-bench .) -benchmem ./... | grep -E '^(Benchmark|pkg:|cpu:)'

race: engine ## the unit tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race -timeout 20m ./...

lint: $(LINT) ## gofmt, go vet and golangci-lint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run gofmt -w on these files" >&2; exit 1; }
	$(LINT) run --allow-parallel-runners ./...

$(LINT):
	@mkdir -p .cache/bin
	@echo "building golangci-lint $(LINT_VERSION), once" >&2
	@GOBIN=$(CURDIR)/.cache/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv .cache/bin/golangci-lint $(LINT)

# Of its many plugins those that are compared.
telegraf: ## build Telegraf into .cache/bin/, which bench snmp, ping, syslog and pipeline compare with
	@mkdir -p .cache/bin
	GOBIN=$(CURDIR)/.cache/bin go install -tags custom,inputs.snmp,inputs.ping,inputs.syslog,inputs.kafka_consumer,parsers.influx,serializers.influx,outputs.discard,outputs.file github.com/influxdata/telegraf/cmd/telegraf@$(TELEGRAF_VERSION)

# The snapshot makes the answer the same everywhere and lets it be had without a network.
vulncheck: $(VULNCHECK) .cache/vulndb/index/db.json ## known vulnerabilities in what is called (VULNDB=URL for a newer database than the snapshot)
	$(VULNCHECK) -db $(VULNDB) ./...

$(VULNCHECK):
	@mkdir -p .cache/bin
	@echo "building govulncheck $(VULNCHECK_VERSION), once" >&2
	@GOBIN=$(CURDIR)/.cache/bin go install golang.org/x/vuln/cmd/govulncheck@$(VULNCHECK_VERSION)
	@mv .cache/bin/govulncheck $(VULNCHECK)

.cache/vulndb/index/db.json: $(VULNDB_SNAPSHOT)
	@rm -rf .cache/vulndb && mkdir -p .cache/vulndb
	@tar -xzmf $(VULNDB_SNAPSHOT) -C .cache/vulndb

vulndb: ## make the snapshot of known vulnerabilities anew (CLONE=path of a clone of golang/vulndb)
	@go run .ci/vulndb.go "$(CLONE)" $(VULNDB_SNAPSHOT)

# At the end of its time go test now and then takes its own deadline for a failure; an
# input that fails is always written to a file, and is said.
fuzz: ## run every fuzz target for FUZZTIME (default 60s)
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package | tee "$$log" || \
	      { grep -q '^    context deadline exceeded$$' "$$log" && ! grep -q 'Failing input' "$$log"; }; \
	  done; done

# The peers that tests talk to. Elsewhere than as root on Debian the tests that
# need them skip and say so.
debian-packages:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  missing=""; for package in snmpd snmp snmptrapd smitools bsdutils iproute2 fping prometheus-snmp-exporter rsyslog prometheus-alertmanager python3-aiosmtpd; do \
	    dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	  if [ -n "$$missing" ]; then \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; fi; fi

# What shows pages to a test; elsewhere than as root on Debian CHROMIUM names one.
browser:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ -z "$${CHROMIUM:-}" ]; then \
	  missing=""; for package in chromium fonts-noto-cjk; do dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	  if [ -n "$$missing" ]; then \
	    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $$missing >/dev/null; fi; fi

clean: ## remove what was built and fetched
	rm -rf bin .engine .cache grafana/node_modules grafana/dist grafana/dist-host
