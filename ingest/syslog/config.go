package syslog

import (
	"errors"
	"fmt"
	"time"
)

// Config is the receiver's part of the configuration. Where it listens is said by
// the inventory: the appliance's syslog address.
type Config struct {
	// MaxMessageBytes is the longest message kept whole, bytes; the rest of a longer
	// one is cut off and the row says so. Default 8192.
	MaxMessageBytes int `yaml:"max_message_bytes"`
	// ReceiveBufferBytes is the kernel's buffer for messages that arrive faster than
	// they are read, bytes. Default 8388608 (8 MiB). Without CAP_NET_ADMIN the kernel
	// grants no more than net.core.rmem_max.
	ReceiveBufferBytes int `yaml:"receive_buffer_bytes"`
	// RateLimit bounds what one sender can send.
	RateLimit RateLimit `yaml:"rate_limit"`
	// ResolveEvery is how often the host names of devices are looked up again, to tell
	// whose the lines from an address are. Default 5m, at least 1s.
	ResolveEvery time.Duration `yaml:"resolve_every"`
	// MaxConnections is how many connections are open at a time, over TCP and TLS
	// together; a quarter of them may come from one address, and a quarter is kept for
	// addresses of the inventory. More are refused. Default 1024.
	MaxConnections int `yaml:"max_connections"`
	// IdleTimeout is how long nothing may come over a connection until it is closed. A
	// sender that is gone is found within two minutes without it. Default 24h.
	IdleTimeout time.Duration `yaml:"idle_timeout"`
}

// RateLimit bounds what one sender can send: a device, or an address that is none's.
// Messages of severity 0 to 2 are always taken.
type RateLimit struct {
	// MessagesPerSecond are taken of one sender in the long run. More are left out and
	// counted; a connection is read more slowly instead. Default 2000, 0 means no limit.
	MessagesPerSecond int `yaml:"messages_per_second"`
	// Burst is how many messages of one sender are taken at once. Default 20000.
	Burst int `yaml:"burst"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		MaxMessageBytes: 8192, ReceiveBufferBytes: 8 << 20,
		RateLimit: RateLimit{MessagesPerSecond: 2000, Burst: 20000}, ResolveEvery: 5 * time.Minute,
		MaxConnections: 1024, IdleTimeout: 24 * time.Hour,
	}
}

// Validate returns what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.MaxMessageBytes < 480 || c.MaxMessageBytes > 65535 {
		problems = append(problems, fmt.Errorf(
			"syslog: max_message_bytes is %d: set 480 (RFC 5424, section 6.1) to 65535 (a UDP datagram)", c.MaxMessageBytes))
	}
	if c.ReceiveBufferBytes < 64<<10 || c.ReceiveBufferBytes > 1<<30 {
		problems = append(problems, fmt.Errorf(
			"syslog: receive_buffer_bytes is %d: set 65536 to 1073741824", c.ReceiveBufferBytes))
	}
	if c.RateLimit.MessagesPerSecond < 0 || c.RateLimit.MessagesPerSecond > 1_000_000 {
		problems = append(problems, fmt.Errorf(
			"syslog: rate_limit: messages_per_second is %d: set 1 to 1000000, or 0 for no limit", c.RateLimit.MessagesPerSecond))
	}
	if c.RateLimit.MessagesPerSecond > 0 && (c.RateLimit.Burst < 1 || c.RateLimit.Burst > 10_000_000) {
		problems = append(problems, fmt.Errorf("syslog: rate_limit: burst is %d: set 1 to 10000000", c.RateLimit.Burst))
	}
	if c.ResolveEvery < time.Second {
		problems = append(problems, fmt.Errorf("syslog: resolve_every is %s: set it to 1s or more", c.ResolveEvery))
	}
	if c.MaxConnections < 1 || c.MaxConnections > 65536 {
		problems = append(problems, fmt.Errorf("syslog: max_connections is %d: set 1 to 65536", c.MaxConnections))
	}
	if c.IdleTimeout < time.Minute || c.IdleTimeout > 30*24*time.Hour {
		problems = append(problems, fmt.Errorf("syslog: idle_timeout is %s: set 1m to 720h", c.IdleTimeout))
	}
	return errors.Join(problems...)
}
