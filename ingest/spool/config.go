package spool

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/sample"
)

// Config is the spool's part of the configuration.
type Config struct {
	// Directory has a folder for each appliance with what waits for the centre. Default:
	// the folder spool of the data directory.
	Directory string `yaml:"directory"`
	// MaxBytes bounds the blocks kept on disk for each appliance, bytes. When it is
	// reached the oldest are dropped. Default 268435456 (256 MiB), at least 1048576.
	MaxBytes int `yaml:"max_bytes"`
	// MemoryBytes bounds the blocks kept in memory for each appliance, bytes: fresh ones
	// on their way, and those that a broken or full disk does not take. Default 4194304
	// (4 MiB), at least 262144.
	MemoryBytes int `yaml:"memory_bytes"`
	// Fsync is when blocks are forced to the disk, so that a power cut does not take
	// them: always (each block at once), interval, or never (when the system sees fit).
	// The end of the process alone loses nothing. Default interval.
	Fsync string `yaml:"fsync"`
	// FsyncInterval is how often with fsync: interval. Default 1s, from 10ms to 1m.
	FsyncInterval time.Duration `yaml:"fsync_interval"`
	// BacklogAfter is how long a block waits before it is backlog, which fresh blocks
	// overtake. What an earlier process left is backlog. Default 30s.
	BacklogAfter time.Duration `yaml:"backlog_after"`
	// BacklogRate limits the backlog sent once the centre is back, blocks a second for
	// each appliance. Default 50.
	BacklogRate float64 `yaml:"backlog_rate"`
}

// The values of Config.Fsync.
const (
	FsyncAlways   = "always"
	FsyncInterval = "interval"
	FsyncNever    = "never"
)

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		MaxBytes: 256 << 20, MemoryBytes: 4 << 20, Fsync: FsyncInterval, FsyncInterval: time.Second,
		BacklogAfter: 30 * time.Second, BacklogRate: 50,
	}
}

// Folder is the folder of an appliance, which Open takes possession of; what else the
// appliance keeps may be beside the spool's files. It is empty without a directory.
func (c Config) Folder(appliance sample.ID) string {
	if c.Directory == "" {
		return ""
	}
	return filepath.Join(c.Directory, fmt.Sprintf("%016x", appliance))
}

// Validate returns what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.MaxBytes < 1<<20 {
		problems = append(problems, fmt.Errorf("spool: max_bytes is %d: set at least 1048576 (1 MiB)", c.MaxBytes))
	}
	if c.MemoryBytes < 256<<10 {
		problems = append(problems, fmt.Errorf("spool: memory_bytes is %d: set at least 262144 (256 KiB)", c.MemoryBytes))
	}
	if policies := []string{FsyncAlways, FsyncInterval, FsyncNever}; !slices.Contains(policies, c.Fsync) {
		problems = append(problems, fmt.Errorf("spool: fsync is %q: set one of %s", c.Fsync, strings.Join(policies, ", ")))
	}
	if c.FsyncInterval < 10*time.Millisecond || c.FsyncInterval > time.Minute {
		problems = append(problems, fmt.Errorf("spool: fsync_interval is %s: set 10ms to 1m", c.FsyncInterval))
	}
	if c.BacklogAfter < time.Second {
		problems = append(problems, fmt.Errorf("spool: backlog_after is %s: set at least 1s", c.BacklogAfter))
	}
	if !(c.BacklogRate >= 1) {
		problems = append(problems, fmt.Errorf("spool: backlog_rate is %v: set at least 1 block a second", c.BacklogRate))
	}
	return errors.Join(problems...)
}
