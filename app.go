package main

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"mimamori/ingest"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/inventory"
	"mimamori/processors"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
)

// application assembles the parts of a process from its configuration. Fields are
// set as the parts become ready.
type application struct {
	config   Config
	stations []inventory.Station     // whose appliances run here
	feed     func(*ingest.Appliance) // adds a source of rows of a test's; nil for none
	timeless bool                    // the processors send no ticks
	logger   *slog.Logger
	registry *prometheus.Registry
	health   health // what /ready says

	engine    *embedded.Engine // nil where the store is a server
	store     *clickhouse.Store
	client    *kafka.Client
	processor *processors.Processor
	address   string // of the HTTP server
	api       http.Handler
	asking    *asker                       // of the HTTP API
	alarms    atomic.Pointer[http.Handler] // the alarms and Alertmanager's API; nil where, or while, none are raised here
}

// leaving is what a part needs to end beside the time it is given to drain: at most the
// 2 s in which a consumer group is left, and a margin, so that the part's own deadline
// passes first and says what was not done.
const leaving = 3 * time.Second

func newApplication(config Config, logger *slog.Logger) *application {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a := &application{config: config, stations: config.Ingest.Inventory.Stations(), logger: logger, registry: registry}
	a.asking = &asker{who: "the HTTP API", application: a, remember: time.Second}
	return a
}

// assembly makes some of the parts of a role.
type assembly func(*application) ([]part, error)

// role is what a process is for: its parts, in the order in which they start. They
// stop in reverse.
type role []assembly

// The roles. Tables and topics are made by migrate, and by a centre that has all on one
// machine; every other role waits until they are there.
var (
	centreRole  = role{answering, embeddedStore, ownSchema, askingStore, embeddedBroker, ownTopics, processing}
	demoRole    = slices.Concat(centreRole, role{alerting, promising}) // the fleet is a process of its own
	allRole     = slices.Concat(demoRole, role{measuring})
	processRole = role{serving, givenSchema, givenTopics, processing, promising}
	pollRole    = role{serving, measuring}
	alertRole   = role{serving, alerting}
	apiRole     = role{answering, askingStore}
	migrateRole = role{ownSchema, ownTopics}
	storeRole   = role{embeddedStore, ownSchema} // for the time of a question
)

// assemble returns the parts of a role.
func (a *application) assemble(role role) ([]part, error) {
	var parts []part
	for _, assembly := range role {
		more, err := assembly(a)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

// play runs a role until the context ends; started is called once all parts are ready.
func (a *application) play(ctx context.Context, role role, started func(context.Context) error) error {
	parts, err := a.assemble(role)
	if err != nil {
		return err
	}
	return a.run(ctx, parts, started)
}

// run runs the parts until the context ends; started is called once all are ready.
func (a *application) run(ctx context.Context, parts []part, started func(context.Context) error) error {
	return supervision{
		logger: a.logger,
		parts:  parts,
		health: &a.health,
		started: func(ctx context.Context) error {
			a.logger.Info("ready", "http", a.address)
			if started != nil {
				return started(ctx)
			}
			<-ctx.Done()
			return nil
		},
	}.run(ctx)
}
