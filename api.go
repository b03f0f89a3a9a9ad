package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"mimamori/storage/api"
	"mimamori/storage/clickhouse"
)

// apiCommand is the HTTP API on its own.
type apiCommand struct {
	Serve apiServeCommand `cmd:"" default:"withargs" help:"Answer questions over HTTP, from the store of a running installation."`
	Token apiTokenCommand `cmd:"" help:"Make a token: prints it once, with the lines of the configuration that let it in."`
}

// apiServeCommand serves the HTTP API and nothing else.
type apiServeCommand struct {
	configFlag `embed:""`
	Listen     string `help:"Listen here rather than at http.listen, such as 127.0.0.1:9465." placeholder:"HOST:PORT"`
}

// Run answers until the context ends.
func (c *apiServeCommand) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	if c.Listen != "" {
		config.HTTP.Listen = c.Listen
	}
	switch {
	case len(config.API.Tokens) == 0:
		return usageError{errors.New("api.tokens is empty, so nobody may ask: mimamori api token makes one")}
	case config.HTTP.Listen == "":
		return usageError{errors.New("http.listen is empty: set it, or add --listen HOST:PORT")}
	}
	return newApplication(config, logger).play(ctx, apiRole, nil)
}

// apiTokenCommand makes a token.
type apiTokenCommand struct {
	Name string `arg:"" optional:"" help:"Who will hold it." default:"analyst"`
}

// Run prints a token. It is kept nowhere: only its hash goes into a configuration.
func (c *apiTokenCommand) Run(output stdout) error {
	token, hash := api.NewToken()
	_, err := fmt.Fprintf(output, `token: %s

api:
  tokens:
    - name: %q
      sha256: %s
      customers: ["*"]   # or the names of those it may see
      may: [read]        # read, write
`, token, c.Name, hash)
	return err
}

// enableAPI makes the HTTP API where the configuration lets anybody in.
func (a *application) enableAPI() error {
	if len(a.config.API.Tokens) == 0 {
		a.logger.Info("the HTTP API is off: api.tokens is empty")
		return nil
	}
	if a.config.HTTP.Listen == "" {
		a.logger.Warn("the HTTP API is off: http.listen is empty")
		return nil
	}
	handler, err := api.New(a.config.API, a.config.Service, a.asked, a.logger, a.registry)
	if err != nil {
		return err
	}
	if !loopback(a.config.HTTP.Listen) {
		a.logger.Warn("the HTTP API listens beyond this machine without TLS: put a proxy with TLS before it, tokens travel in the clear", "listen", a.config.HTTP.Listen)
	}
	a.api = handler
	return nil
}

func loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

// asked returns the store that the HTTP API asks, nil while there is none.
func (a *application) asked() api.Store {
	if store := a.asking.store.Load(); store != nil {
		return store
	}
	return nil
}

// askingStore connects the HTTP API, where it is enabled, to the store with connections
// of its own, so that questions never wait for inserts nor inserts for questions.
func askingStore(a *application) ([]part, error) {
	if a.api == nil {
		return nil, nil
	}
	a.asking.connections = a.config.API.Questions
	if a.config.API.Writes() {
		a.asking.as = func(writer clickhouse.Config) clickhouse.Config { return writer }
	}
	return []part{a.asking.part()}, nil
}
