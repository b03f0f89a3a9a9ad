package syslog

import (
	"errors"
	"fmt"
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
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{MaxMessageBytes: 8192, ReceiveBufferBytes: 8 << 20}
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
	return errors.Join(problems...)
}
