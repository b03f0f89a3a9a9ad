package main

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mimamori/grafana/provision"
	"mimamori/ingest/signature"
	"mimamori/storage/clickhouse"
	"mimamori/storage/report"
	"mimamori/storage/scope"
)

// grafanaCommand sets up Grafana's side.
type grafanaCommand struct {
	Key   grafanaKeyCommand   `cmd:"" help:"Make the partner's private key, which signs what each organisation of Grafana sees."`
	Token grafanaTokenCommand `cmd:"" help:"Print a scope token for the data source of one organisation."`
	Keys  grafanaKeysCommand  `cmd:"" help:"List the keys whose tokens count, or revoke one."`
	Sync  grafanaSyncCommand  `cmd:"" help:"Make Grafana what a plan says: organisations, data sources with their tokens, settings, dashboards, users."`
	Check grafanaCheckCommand `cmd:"" help:"Say what is wrong with a plan for sync. Grafana is not asked."`
}

// grafanaKeyCommand makes the key pair of scope tokens.
type grafanaKeyCommand struct {
	Out  string `help:"File to write the private key to, readable by its owner alone. It must not exist." required:"" type:"path" placeholder:"FILE"`
	JSON bool   `name:"json" help:"Print the key's id as JSON."`
}

// Run writes the private key and says what it is for.
func (c *grafanaKeyCommand) Run(output stdout) error {
	public, err := signature.NewFile(c.Out)
	if err != nil {
		return usageError{err}
	}
	id := scope.KeyID(public)
	if c.JSON {
		return json.NewEncoder(output).Encode(map[string]string{"key": id, "private_key_file": c.Out})
	}
	_, err = fmt.Fprintf(output, `The private key %s is in %s. Who has it can let anybody see every customer: keep it
where mimamori grafana token and mimamori grafana sync are run, and nowhere else.
`, id, c.Out)
	return err
}

// grafanaTokenCommand hands out one scope token.
type grafanaTokenCommand struct {
	Config   string        `help:"Configuration file of the installation: the key is made known to its store, and customers must be in it. Without it only the token is made." type:"existingfile" placeholder:"FILE"`
	Key      string        `help:"File of the private key." required:"" type:"path" placeholder:"FILE"`
	Org      int64         `help:"Id of the organisation in Grafana; the first one is 1." required:"" placeholder:"N"`
	Customer []string      `help:"Customer that it sees; may be given several times." placeholder:"NAME" sep:"none"`
	All      bool          `help:"It sees every customer: the partner's own organisation."`
	For      time.Duration `help:"How long the token counts." default:"8760h" placeholder:"DURATION"`
}

// Run makes the key known to the store where it is not, and prints the token alone, so
// that it can be put into a file or a variable.
func (c *grafanaTokenCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	private, err := scopeKey(c.Key)
	if err != nil {
		return usageError{err}
	}
	switch {
	case c.All && len(c.Customer) > 0:
		return usageError{errors.New("--all and --customer: a token is for every customer or for those named, use one")}
	case !c.All && len(c.Customer) == 0:
		return usageError{errors.New("say with --customer NAME whom the organisation sees, or --all")}
	}
	token, claims, err := provision.Token(private, provision.Grant{Org: c.Org, All: c.All, Customers: c.Customer, Life: c.For}, time.Now())
	if err != nil {
		return usageError{err}
	}
	if c.Config == "" {
		logger.Warn("without --config no store is told of the key: its tokens count only where it is known", "key", claims.Key)
	} else if err := c.enter(ctx, logger, signature.PublicOf(private)); err != nil {
		return err
	}
	logger.Info("made a scope token", "key", claims.Key, "org", claims.Org, "until", claims.ExpiresAt().UTC().Format(time.RFC3339))
	_, err = fmt.Fprintln(output, token)
	return err
}

// enter makes the key known to the store of the configuration.
func (c *grafanaTokenCommand) enter(ctx context.Context, logger *slog.Logger, public ed25519.PublicKey) error {
	flags := storeFlags{Config: c.Config}
	config, err := configFlag(flags).load()
	if err != nil {
		return err
	}
	for _, customer := range c.Customer {
		if err := known(config.Ingest.Inventory, customer, "", ""); err != nil {
			return usageError{err}
		}
	}
	return flags.changeStore(ctx, logger, func(store *clickhouse.Store) error {
		_, err := enterScopeKey(ctx, store, public, false)
		return err
	})
}

// enterScopeKey makes a key known to a store, and says whether it was not before. With
// try nothing is written.
func enterScopeKey(ctx context.Context, store *clickhouse.Store, public ed25519.PublicKey, try bool) (entered bool, err error) {
	keys, err := store.ScopeKeys(ctx)
	if err != nil {
		return false, fmt.Errorf("ask the store for the keys of scope tokens: %w", err)
	}
	there, err := provision.Known(keys, public)
	if err != nil || there || try {
		return !there && err == nil, err
	}
	if err := store.SaveScopeKey(ctx, public); err != nil {
		return false, fmt.Errorf("make the key %s known to the store: %w", scope.KeyID(public), err)
	}
	return true, nil
}

// scopeKey reads the private key of scope tokens.
func scopeKey(path string) (ed25519.PrivateKey, error) {
	return signature.ReadFile(path, "mimamori grafana key")
}

// grafanaKeysCommand lists the public keys that count.
type grafanaKeysCommand struct {
	storeFlags  `embed:""`
	outputFlags `embed:""`
	Revoke      string `help:"Take the key with this id back: every token that it signed stops counting within a minute, for good." placeholder:"ID"`
}

// Run lists the keys, or revokes one.
func (c *grafanaKeysCommand) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if err := c.checkOutput(output); err != nil {
		return err
	}
	if c.Revoke != "" {
		return c.changeStore(ctx, logger, func(store *clickhouse.Store) error {
			if err := store.RevokeScopeKey(ctx, c.Revoke, time.Now()); err != nil {
				return fmt.Errorf("%w: mimamori grafana keys lists them", err)
			}
			logger.Info("revoked: give organisations tokens of another key with mimamori grafana token or sync", "key", c.Revoke)
			return nil
		})
	}
	return c.withStore(ctx, logger, func(store *clickhouse.Store) error {
		keys, err := store.ScopeKeys(ctx)
		if err != nil {
			return err
		}
		return c.write(scopeKeySheet(keys), output)
	})
}

// scopeKeySheet lays keys out, times in UTC.
func scopeKeySheet(keys []scope.Key) report.Sheet {
	rows := make([][]any, len(keys))
	for i, key := range keys {
		var revoked any
		if !key.Revoked.IsZero() {
			revoked = key.Revoked
		}
		rows[i] = []any{key.ID, key.Added, revoked}
	}
	return report.Table([]string{"key", "added", "revoked"}, rows, time.UTC)
}
