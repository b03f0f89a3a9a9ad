package spool

import (
	"errors"
	"fmt"
	"time"
)

// Config is the spool's part of the configuration.
type Config struct {
	// MaxBytes bounds the blocks kept, bytes of memory for each appliance. When it is
	// reached the oldest blocks are dropped. Default 67108864 (64 MiB).
	MaxBytes int `yaml:"max_bytes"`
	// BacklogAfter is how long a block waits before it is backlog, which fresh blocks
	// overtake. Default 30s.
	BacklogAfter time.Duration `yaml:"backlog_after"`
	// BacklogRate limits the backlog sent once the centre is back, blocks a second for
	// each appliance. Default 50.
	BacklogRate float64 `yaml:"backlog_rate"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{MaxBytes: 64 << 20, BacklogAfter: 30 * time.Second, BacklogRate: 50}
}

// Validate returns what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.MaxBytes < 1<<20 {
		problems = append(problems, fmt.Errorf("spool: max_bytes is %d: set at least 1048576 (1 MiB)", c.MaxBytes))
	}
	if c.BacklogAfter < time.Second {
		problems = append(problems, fmt.Errorf("spool: backlog_after is %s: set at least 1s", c.BacklogAfter))
	}
	if !(c.BacklogRate >= 1) {
		problems = append(problems, fmt.Errorf("spool: backlog_rate is %v: set at least 1 block a second", c.BacklogRate))
	}
	return errors.Join(problems...)
}
