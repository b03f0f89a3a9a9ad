package clickhouse

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"time"
)

// The protocols a ClickHouse server is spoken to with.
const (
	ProtocolNative = "native"
	ProtocolHTTP   = "http"
)

// Config says where the store is and how patient to be with it.
type Config struct {
	// Address is the server's host:port. In a configuration file none means the
	// embedded engine.
	Address string `yaml:"address"`
	// Database holds the tables; migrating creates it. Default mimamori.
	Database string `yaml:"database"`
	// Username of who writes, and of everybody else who has no user of their own below.
	// Default: default.
	Username string `yaml:"username"`
	// Password of that user. Default empty.
	Password string `yaml:"password"`
	// Reader is who asks and writes nothing: reports, mimamori sql, and the HTTP API
	// where no token may write. Default: as username.
	Reader User `yaml:"reader"`
	// Alerter is who keeps alarms: what mimamori alert writes them with. It reads, and writes one table.
	// Default: as username.
	Alerter User `yaml:"alerter"`
	// Migrator is who makes and changes the tables: mimamori migrate. Default: as
	// username.
	Migrator User `yaml:"migrator"`
	// Protocol is native (usually port 9000) or http (usually 8123). Default native.
	Protocol string `yaml:"protocol"`
	// TLS has the connections encrypted and the server shown to be the right one, with
	// either protocol (usually port 9440 or 8443). Default none: in the clear.
	TLS *TLS `yaml:"tls"`
	// Compression of inserts and answers on the wire: none, lz4 or zstd. Default empty:
	// lz4 with native, none with http, which is spoken to an engine on this machine.
	Compression string `yaml:"compression"`
	// Connections is how many may be open at once for all but INSERTs, which have four of their own. Default 8.
	Connections int `yaml:"connections"`
	// DialTimeout bounds the making of a connection. Default 5s.
	DialTimeout time.Duration `yaml:"dial_timeout"`
	// InsertTimeout bounds one INSERT. Default 60s.
	InsertTimeout time.Duration `yaml:"insert_timeout"`
	// QueryTimeout bounds one query. Default 60s.
	QueryTimeout time.Duration `yaml:"query_timeout"`
	// MostRows is how many rows of one query are taken into memory, for whoever serves
	// many who do not know of each other; more are storage.ErrTooMuch. 0 for all.
	MostRows int `yaml:"-"`
	// Remember is for how long what many questions begin with is taken from the answer before: where roll-ups
	// hold, which revision days have, what devices and links are called, which customers, sites and appliances are
	// listed, when an appliance was last heard of, and what is in an inventory, which follows from the two before
	// and may be as old once more. With it, which of thousands of links are first is kept for up to some minutes,
	// but never their figures, and what whole days add up to for as long as they stay as they are. 0 asks each time.
	Remember time.Duration `yaml:"-"`
}

// User is somebody whom the server knows.
type User struct {
	// Username to log in with. Default empty: as whoever writes.
	Username string `yaml:"username"`
	// Password of that user. Default empty.
	Password string `yaml:"password"`
}

// ForReader returns the configuration of who asks and writes nothing.
func (c Config) ForReader() Config { return c.as(c.Reader) }

// ForAlerter returns the configuration of who keeps alarms.
func (c Config) ForAlerter() Config { return c.as(c.Alerter) }

// ForMigrator returns the configuration of who makes and changes the tables.
func (c Config) ForMigrator() Config { return c.as(c.Migrator) }

func (c Config) as(user User) Config {
	if user.Username != "" {
		c.Username, c.Password = user.Username, user.Password
	}
	return c
}

// DefaultConfig returns the configuration for a server on this machine.
func DefaultConfig() Config {
	return Config{
		Address: "127.0.0.1:9000", Database: "mimamori", Username: "default", Protocol: ProtocolNative,
		Connections: 8, DialTimeout: 5 * time.Second, InsertTimeout: time.Minute, QueryTimeout: time.Minute,
	}
}

// databaseName is what may stand in SQL without quotes.
var databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	if _, port, err := net.SplitHostPort(c.Address); err != nil || port == "" {
		return fmt.Errorf("address %q is not host:port; give it as 127.0.0.1:9000", c.Address)
	}
	if !databaseName.MatchString(c.Database) {
		return fmt.Errorf("database %q is not a name; use letters, digits and underscores", c.Database)
	}
	if c.Username == "" {
		return errors.New("username is empty; ClickHouse's own user is called default")
	}
	for key, user := range map[string]User{"reader": c.Reader, "alerter": c.Alerter, "migrator": c.Migrator} {
		if user.Username == "" && user.Password != "" {
			return fmt.Errorf("%s: password is given without a username: name the user, or leave both out", key)
		}
	}
	if c.TLS != nil {
		if _, err := c.TLS.client(c.Address); err != nil {
			return fmt.Errorf("tls: %w", err)
		}
	}
	if c.Protocol != ProtocolNative && c.Protocol != ProtocolHTTP {
		return fmt.Errorf("protocol %q is unknown; use native or http", c.Protocol)
	}
	switch c.Compression {
	case "", "none", "lz4", "zstd":
	default:
		return fmt.Errorf("compression %q is unknown; use none, lz4 or zstd", c.Compression)
	}
	if c.Connections < 1 {
		return fmt.Errorf("connections is %d; allow at least 1", c.Connections)
	}
	for _, timeout := range []struct {
		key   string
		value time.Duration
	}{{"dial_timeout", c.DialTimeout}, {"insert_timeout", c.InsertTimeout}, {"query_timeout", c.QueryTimeout}} {
		if timeout.value <= 0 {
			return fmt.Errorf("%s is %s; give a time above zero such as 30s", timeout.key, timeout.value)
		}
	}
	return nil
}
