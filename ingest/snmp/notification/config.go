package notification

import (
	"errors"
	"fmt"
)

// Config is the listener's part of the configuration. Where it listens, and from whom it
// takes notifications, is said by the inventory: the appliance's notifications.
type Config struct {
	// ReceiveBufferBytes is the kernel's buffer for notifications that arrive faster than
	// they are read, bytes. Default 4194304 (4 MiB). Without CAP_NET_ADMIN the kernel
	// grants no more than net.core.rmem_max.
	ReceiveBufferBytes int `yaml:"receive_buffer_bytes"`
	// SourceRate is how many notifications a second are taken of one source in the long
	// run; more are dropped and counted. Default 100.
	SourceRate int `yaml:"source_rate"`
	// SourceBurst is how many of one source are taken at once. Default 1000.
	SourceBurst int `yaml:"source_burst"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{ReceiveBufferBytes: 4 << 20, SourceRate: 100, SourceBurst: 1000}
}

// Validate returns what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	for _, setting := range []struct {
		key                string
		value, least, most int
	}{
		{"receive_buffer_bytes", c.ReceiveBufferBytes, 64 << 10, 1 << 30},
		{"source_rate", c.SourceRate, 1, 100_000},
		{"source_burst", c.SourceBurst, 1, 1_000_000},
	} {
		if setting.value < setting.least || setting.value > setting.most {
			problems = append(problems, fmt.Errorf("notification: %s is %d: set %d to %d", setting.key, setting.value, setting.least, setting.most))
		}
	}
	return errors.Join(problems...)
}
