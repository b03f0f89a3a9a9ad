package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
)

// backend is the data source's program, started and spoken to as Grafana does it, and
// started again when it has ended.
type backend struct {
	path   string
	logger *slog.Logger

	mutex   sync.Mutex
	client  *goplugin.Client
	clients clients
	stopped bool
}

// clients are the services that the program offers.
type clients struct {
	data        grpcplugin.DataClient
	resource    grpcplugin.ResourceClient
	diagnostics grpcplugin.DiagnosticsClient
}

func newBackend(path string, logger *slog.Logger) *backend {
	return &backend{path: path, logger: logger}
}

// start starts the program where it does not run.
func (b *backend) start(ctx context.Context) error {
	_, err := b.services(ctx)
	return err
}

// services returns the services of the running program.
func (b *backend) services(ctx context.Context) (clients, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch {
	case b.stopped:
		return clients{}, context.Canceled
	case b.client != nil && !b.client.Exited():
		return b.clients, nil
	case ctx.Err() != nil:
		return clients{}, ctx.Err()
	}
	if _, err := os.Stat(b.path); err != nil {
		return clients{}, fmt.Errorf("the backend of the data source is not built (%w): run make plugin", err)
	}
	client := goplugin.NewClient(&goplugin.ClientConfig{
		Cmd: exec.Command(b.path),
		// Grafana hands on none of its own environment either.
		SkipHostEnv: true,
		HandshakeConfig: goplugin.HandshakeConfig{
			ProtocolVersion: grpcplugin.ProtocolVersion, MagicCookieKey: grpcplugin.MagicCookieKey, MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{grpcplugin.ProtocolVersion: {
			"data": &grpcplugin.DataGRPCPlugin{}, "resource": &grpcplugin.ResourceGRPCPlugin{}, "diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
		}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Logger:           hclog.New(&hclog.LoggerOptions{Name: "gpx_mimamori", Level: hclog.Warn, Output: os.Stderr}),
	})
	offered, err := dispense(client)
	if err != nil {
		client.Kill()
		return clients{}, fmt.Errorf("start the backend of the data source, %s: %w", b.path, err)
	}
	if b.client != nil {
		b.logger.Warn("the backend of the data source had ended and runs again")
	}
	b.client, b.clients = client, offered
	return offered, nil
}

func dispense(client *goplugin.Client) (offered clients, err error) {
	protocol, err := client.Client()
	if err != nil {
		return offered, err
	}
	for name, take := range map[string]func(any) bool{
		"data":        func(got any) (ok bool) { offered.data, ok = got.(grpcplugin.DataClient); return ok },
		"resource":    func(got any) (ok bool) { offered.resource, ok = got.(grpcplugin.ResourceClient); return ok },
		"diagnostics": func(got any) (ok bool) { offered.diagnostics, ok = got.(grpcplugin.DiagnosticsClient); return ok },
	} {
		got, err := protocol.Dispense(name)
		if err != nil {
			return offered, err
		}
		if !take(got) {
			return offered, fmt.Errorf("what it offers as %s is %T", name, got)
		}
	}
	return offered, nil
}

// stop ends the program for good.
func (b *backend) stop() {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.stopped = true
	if b.client != nil {
		b.client.Kill()
	}
}
