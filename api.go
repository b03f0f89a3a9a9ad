package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"mimamori/storage/api"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded"
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
	if store := a.asking.Load(); store != nil {
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
	return []part{{name: "HTTP API", run: a.keepAsking, stop: func() error { return a.ask(nil) }, check: a.checkAsking}}, nil
}

// checkAsking says whether the HTTP API has a store that answers.
func (a *application) checkAsking(ctx context.Context) error {
	store := a.asking.Load()
	if store == nil {
		return errors.New("it has found no store to ask yet; its log says why")
	}
	return store.CheckSchema(ctx)
}

// lookAgain is how often the store is looked for: it may not be there yet, and an
// embedded one moves to another port each time the process that runs it starts.
const lookAgain = 5 * time.Second

func (a *application) keepAsking(ctx context.Context) error {
	known, complaint := clickhouse.Config{}, ""
	for {
		found, err := a.follow(ctx, known)
		if err != nil && err.Error() != complaint && ctx.Err() == nil {
			a.logger.Warn("the HTTP API has no store to ask and looks again", "every", lookAgain, "error", err)
		}
		known, complaint = found, ""
		if err != nil {
			complaint = err.Error()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookAgain):
		}
	}
}

// follow connects to the store where it is not the known one, and returns which is
// asked from now on. A store that does not answer just now stays the one.
func (a *application) follow(ctx context.Context, known clickhouse.Config) (clickhouse.Config, error) {
	settings := a.config.Storage.ClickHouse
	if !a.config.API.Writes() {
		settings = settings.ForReader()
	}
	if a.config.embeddedStore() {
		endpoint, err := embedded.ReadEndpoint(a.engineDirectory())
		if err != nil {
			return known, err
		}
		settings = clickhouseConfig(settings, endpoint)
	}
	settings.Connections = a.config.API.Questions
	if settings == known {
		return known, nil
	}
	store, err := clickhouse.Open(ctx, settings, a.logger, a.registry)
	if err != nil {
		return known, err
	}
	if err := store.CheckSchema(ctx); err != nil {
		return known, errors.Join(err, store.Close())
	}
	a.logger.Info("the HTTP API asks the store", "address", settings.Address)
	return settings, a.ask(store)
}

// ask makes a store the one that is asked and closes the one before it.
func (a *application) ask(store *clickhouse.Store) error {
	if before := a.asking.Swap(store); before != nil {
		return before.Close()
	}
	return nil
}
