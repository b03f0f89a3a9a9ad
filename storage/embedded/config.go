package embedded

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Config of the embedded engine.
type Config struct {
	// Directory holds the engine's data, its generated configuration and the file
	// that names its address. One running engine per directory. It is the caller's
	// to choose and no key of the configuration file. Default "data/engine".
	Directory string `yaml:"-"`
	// Listen is the host:port of this machine that it is reached at, the caller's to
	// choose as well. Default empty: a free port of 127.0.0.1.
	Listen string `yaml:"-"`
	// Token is the password that clients must give. Default empty: one is made up.
	Token string `yaml:"-"`
	// Library is the path of libchdb.so. Default empty: see FindLibrary.
	Library string `yaml:"library"`
	// Database is the one that is made at start and used by clients that name none.
	// Default "mimamori".
	Database string `yaml:"database"`
	// MemoryLimit is the most memory that the engine takes for queries, merges and
	// caches, in bytes. A query above it fails alone. Default 1 GiB, at least 256 MiB.
	MemoryLimit int64 `yaml:"memory_limit"`
	// Threads is the most threads that one query uses, and the number of merges that
	// run at a time. Default 2, 1 to 64.
	Threads int `yaml:"threads"`
	// MaxBody is the most bytes of one INSERT, before and after decompression.
	// Default 1 GiB, at least 1 MiB.
	MaxBody int64 `yaml:"max_body"`
	// StartTimeout is how long a start may take; loading many tables takes longer.
	// Default 60s.
	StartTimeout time.Duration `yaml:"start_timeout"`
	// Grants are what clients may do, each as it stands in a GRANT; none means all that
	// the engine offers. They are for tests of what a user of a server needs, and no key
	// of the configuration file.
	Grants []string `yaml:"-"`
}

// DefaultConfig returns the values for a machine with two cores and little memory.
func DefaultConfig() Config {
	return Config{
		Directory:    "data/engine",
		Database:     "mimamori",
		MemoryLimit:  1 << 30,
		Threads:      2,
		MaxBody:      1 << 30,
		StartTimeout: time.Minute,
	}
}

var databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// Validate reports every value that is out of range.
func (c Config) Validate() error {
	var problems []error
	if c.Directory == "" {
		problems = append(problems, errors.New("directory is empty: name a folder for the engine's data"))
	}
	if !databaseName.MatchString(c.Database) {
		problems = append(problems, fmt.Errorf("database %q is not a plain name: use letters, digits and _", c.Database))
	}
	if c.Database == "default" || c.Database == "system" {
		problems = append(problems, fmt.Errorf("database %q belongs to the engine: choose another name", c.Database))
	}
	if c.MemoryLimit < 256<<20 {
		problems = append(problems, fmt.Errorf("memory_limit %d is too small for the engine: give at least %d (256 MiB)", c.MemoryLimit, 256<<20))
	}
	if c.Threads < 1 || c.Threads > 64 {
		problems = append(problems, fmt.Errorf("threads %d is out of range: use 1 to 64", c.Threads))
	}
	if c.MaxBody < 1<<20 {
		problems = append(problems, fmt.Errorf("max_body %d is too small for a batch: give at least %d (1 MiB)", c.MaxBody, 1<<20))
	}
	if c.StartTimeout <= 0 {
		problems = append(problems, fmt.Errorf("start_timeout %s is not a time: use for instance 60s", c.StartTimeout))
	}
	return errors.Join(problems...)
}
