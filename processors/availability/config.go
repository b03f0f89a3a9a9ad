package availability

import (
	"errors"
	"fmt"
	"time"
)

// Config says how patient the judgement is.
type Config struct {
	// Attempts is how often the pollers try a ping round that loses every packet, the
	// round itself included, 1 to 10: with the last attempt lost a device is down.
	// Default 2, as the pollers'.
	Attempts int `yaml:"attempts"`
	// HeartbeatInterval stands in for an appliance that has not said how often its
	// heartbeat comes. Default 10s.
	HeartbeatInterval time.Duration `yaml:"heartbeat_interval"`
	// MissedHeartbeats is how many heartbeats in a row may be missing of an appliance, of
	// which no row comes either, before the states of all its devices are unknown; and so
	// long, and at least two ping intervals, no row of a single device may come before
	// its state is. By the interval that the appliance announces, 1 to 100. Default 3.
	MissedHeartbeats int `yaml:"missed_heartbeats"`
	// Delivery is how long a row may be under way before a tick takes it for missing.
	// Default 2s.
	Delivery time.Duration `yaml:"delivery"`
	// AttemptTimeout is how long after the interval a lost round waits for its repeat.
	// Default 3s.
	AttemptTimeout time.Duration `yaml:"attempt_timeout"`
	// Unpinged is how long nothing may come of a device that is not pinged before its
	// state is unknown: longer than two SNMP intervals. Default 3m.
	Unpinged time.Duration `yaml:"unpinged"`
	// DegradedLossPct is the share of a round's packets, in percent, that two rounds in a
	// row must lose for a device that still answers to be degraded, 1 to 99. Default 50.
	DegradedLossPct int `yaml:"degraded_loss_pct"`
	// Checkpoint is how much of a device's time may pass between two checkpoints of
	// its state, 1m to 24h: what a processor that takes over reads again. Default 15m.
	Checkpoint time.Duration `yaml:"checkpoint"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Attempts:          2,
		HeartbeatInterval: 10 * time.Second,
		MissedHeartbeats:  3,
		Delivery:          2 * time.Second,
		AttemptTimeout:    3 * time.Second,
		Unpinged:          3 * time.Minute,
		DegradedLossPct:   50,
		Checkpoint:        15 * time.Minute,
	}
}

// Validate says everything that is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	if c.Attempts < 1 || c.Attempts > 10 {
		problems = append(problems, fmt.Errorf("availability: attempts is %d: use 1 to 10, as the pollers do", c.Attempts))
	}
	if c.MissedHeartbeats < 1 || c.MissedHeartbeats > 100 {
		problems = append(problems, fmt.Errorf("availability: missed_heartbeats is %d: use 1 to 100", c.MissedHeartbeats))
	}
	if c.DegradedLossPct < 1 || c.DegradedLossPct > 99 {
		problems = append(problems, fmt.Errorf("availability: degraded_loss_pct is %d: use 1 to 99", c.DegradedLossPct))
	}
	within := func(name string, value, low, high time.Duration) {
		if value < low || value > high {
			problems = append(problems, fmt.Errorf("availability: %s is %s: use %s to %s", name, value, low, high))
		}
	}
	within("heartbeat_interval", c.HeartbeatInterval, time.Second, time.Hour)
	within("delivery", c.Delivery, 0, 10*time.Minute)
	within("attempt_timeout", c.AttemptTimeout, 0, 10*time.Minute)
	within("unpinged", c.Unpinged, 10*time.Second, 24*time.Hour)
	within("checkpoint", c.Checkpoint, time.Minute, 24*time.Hour)
	return errors.Join(problems...)
}

// rules are the configuration as the machine uses it, in milliseconds.
type rules struct {
	attempts       uint8
	attemptTimeout int64
	delivery       int64
	unpinged       int64
	checkpoint     int64
	heartbeats     int64
	heartbeatMs    int64
	degradedLoss   int // percent
}

func (c Config) rules() rules {
	return rules{
		attempts:       uint8(c.Attempts),
		attemptTimeout: c.AttemptTimeout.Milliseconds(),
		delivery:       c.Delivery.Milliseconds(),
		unpinged:       c.Unpinged.Milliseconds(),
		checkpoint:     c.Checkpoint.Milliseconds(),
		heartbeats:     int64(c.MissedHeartbeats),
		heartbeatMs:    c.HeartbeatInterval.Milliseconds(),
		degradedLoss:   c.DegradedLossPct,
	}
}
