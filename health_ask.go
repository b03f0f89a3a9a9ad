package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// healthCommand asks a role how it is, for container engines and scripts.
type healthCommand struct {
	serveFlags `embed:""`
	Alive      bool `help:"Ask only whether it runs, not whether it is ready."`
}

// askTimeout bounds the question. /ready looks at each part for a while.
const askTimeout = 10 * time.Second

// Run asks and prints the answer.
func (c *healthCommand) Run(ctx context.Context, output stdout) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	if config.HTTP.Listen == "" {
		return usageError{errors.New("http.listen is empty, so the role cannot be asked: set it, or add --listen HOST:PORT")}
	}
	path := "/ready"
	if c.Alive {
		path = "/healthz"
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reached(config.HTTP.Listen)+path, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the role at %s: %w; start it, or add its --listen", config.HTTP.Listen, err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(output, answer.Body); err != nil {
		return fmt.Errorf("read what the role at %s says: %w", config.HTTP.Listen, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the role at %s is not ready", config.HTTP.Listen)
	}
	return nil
}

// reached is the address by which who listens everywhere is reached on this machine.
func reached(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return listen
}
