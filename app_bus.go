package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"mimamori/ingest/bus"
	embeddedbus "mimamori/ingest/bus/embedded"
	"mimamori/ingest/bus/kafka"
)

// embeddedBroker runs the broker, where the configuration names none.
func embeddedBroker(a *application) ([]part, error) {
	if !a.config.embeddedBroker() {
		return nil, nil
	}
	config := embeddedbus.DefaultConfig()
	config.Socket = a.brokerSocket()
	a.config.Ingest.Bus.Brokers = []string{bus.SocketPrefix + config.Socket}
	return a.runBroker(config)
}

func (a *application) runBroker(config embeddedbus.Config) ([]part, error) {
	config.Directory = filepath.Join(a.config.Data, "broker")
	broker, err := embeddedbus.New(config, a.logger, a.registry)
	if err != nil {
		return nil, fmt.Errorf("set up the embedded broker: %w", err)
	}
	// Its log is closed within 3 s, or it says that it was not.
	return []part{{name: "embedded broker", run: broker.Run, drain: 5 * time.Second, ready: func(ctx context.Context) error {
		select {
		case <-broker.Ready():
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}}, nil
}

// brokerSocket is where the embedded broker listens. A socket's path may have 107
// bytes, so a long data directory moves it to the temporary directory.
func (a *application) brokerSocket() string {
	path := filepath.Join(a.config.Data, "broker.sock")
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	if len(path) < 100 {
		return path
	}
	hash := fnv.New64a() // so that a command can find the broker of a running process
	hash.Write([]byte(path))
	return filepath.Join(os.TempDir(), fmt.Sprintf("mimamori-%016x.sock", hash.Sum64()))
}

// ownTopics connects to the bus and makes the topics that do not exist.
func ownTopics(a *application) ([]part, error) {
	return []part{a.busPart(func(ctx context.Context, client *kafka.Client) error {
		if err := client.WaitReady(ctx); err != nil {
			return err
		}
		return client.EnsureTopics(ctx)
	})}, nil
}

// givenTopics connects to the bus and waits until its topics are there.
func givenTopics(a *application) ([]part, error) {
	return []part{a.busPart(func(ctx context.Context, client *kafka.Client) error {
		return client.WaitTopics(ctx)
	})}, nil
}

// busPart is the connection to the bus. It can be used once prepare has returned.
func (a *application) busPart(prepare func(ctx context.Context, client *kafka.Client) error) part {
	var opened atomic.Pointer[kafka.Client]
	connect := func(ctx context.Context) error {
		client, err := kafka.Open(a.config.Ingest.Bus, a.logger, a.registry)
		if err != nil {
			return err
		}
		a.client = client
		opened.Store(client)
		return prepare(ctx, client)
	}
	disconnect := func() error {
		if a.client == nil {
			return nil
		}
		return a.client.Close()
	}
	check := func(ctx context.Context) error {
		if client := opened.Load(); client != nil {
			return client.CheckTopics(ctx)
		}
		return nil
	}
	return part{name: "bus", ready: connect, stop: disconnect, check: check}
}
