package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"mimamori/ingest/bus"
	embeddedbus "mimamori/ingest/bus/embedded"
)

// brokerProcess is the embedded broker in a process of its own, for roles apart on one
// machine without Apache Kafka.
type brokerProcess struct {
	configFlag `embed:""`
	Listen     string `help:"Listen here rather than where ingest.bus.brokers says: 127.0.0.1:PORT or unix:/path/to/socket." placeholder:"ADDRESS"`
	Advertise  string `help:"What clients are told to connect to, where that is not where it listens." placeholder:"HOST:PORT"`
}

// Run serves until the context ends.
func (c *brokerProcess) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	application := newApplication(config, logger)
	broker := embeddedbus.DefaultConfig()
	broker.Advertise = c.Advertise
	listen := c.Listen
	switch brokers := config.Ingest.Bus.Brokers; {
	case listen != "":
	case len(brokers) == 0:
		listen = bus.SocketPrefix + application.brokerSocket()
	case len(brokers) == 1:
		listen = brokers[0]
	default:
		return usageError{errors.New("ingest.bus.brokers names several brokers, and this is one: name one, or add --listen")}
	}
	if broker.Socket, broker.Listen, err = splitListen(listen); err != nil {
		return err
	}
	parts, err := application.runBroker(broker)
	if err != nil {
		return err
	}
	return application.run(ctx, parts, nil)
}

// splitListen returns a socket's path, or host:port on loopback: neither has a password.
func splitListen(listen string) (socket, address string, err error) {
	if path, ok := strings.CutPrefix(listen, bus.SocketPrefix); ok {
		return path, "", nil
	}
	if !loopback(listen) {
		return "", "", usageError{fmt.Errorf("the embedded broker would listen on %s, and knows no password: give it 127.0.0.1:PORT or unix:/path/to/socket", listen)}
	}
	return "", listen, nil
}

// storeProcess is the embedded engine in a process of its own, for roles apart on one
// machine without a ClickHouse server.
type storeProcess struct {
	configFlag `embed:""`
	Listen     string `help:"Listen here rather than at storage.clickhouse.address." placeholder:"127.0.0.1:PORT"`
}

// Run serves until the context ends.
func (c *storeProcess) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	server := config.Storage.ClickHouse
	if c.Listen != "" {
		server.Address = c.Listen
	}
	host, _, _ := net.SplitHostPort(server.Address)
	switch {
	case server.Address == "":
		return usageError{errors.New("storage.clickhouse.address is empty: set it to 127.0.0.1:PORT and storage.clickhouse.protocol to http, or add --listen")}
	case !loopback(server.Address):
		return usageError{fmt.Errorf("the embedded store would listen on %s: it serves this machine alone, give it 127.0.0.1:PORT", host)}
	case server.Protocol != "http":
		return usageError{errors.New("storage.clickhouse.protocol must be http: the embedded store speaks no other")}
	case server.Password == "":
		return usageError{errors.New("storage.clickhouse.password is empty: give the embedded store one")}
	}
	engine := config.Storage.Embedded
	engine.Listen, engine.Token, engine.Database = server.Address, server.Password, server.Database
	application := newApplication(config, logger)
	parts, err := application.runEngine(engine)
	if err != nil {
		return err
	}
	parts[0].ready = func(ctx context.Context) error {
		_, err := application.engine.Endpoint(ctx)
		return err
	}
	return application.run(ctx, parts, nil)
}
