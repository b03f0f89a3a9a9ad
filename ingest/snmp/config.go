package snmp

import (
	"errors"
	"fmt"
	"time"
)

// Config is the SNMP poller's part of the configuration.
type Config struct {
	// Interval is how often a device is polled. Default 60s, at least 1s.
	Interval time.Duration `yaml:"interval"`
	// Timeout is how long one request waits for its answer. Default 2s. It is cut
	// where all attempts would not fit into the deadline.
	Timeout time.Duration `yaml:"timeout"`
	// Retries is how often a request without an answer is repeated. Default 1,
	// from 0 to 10. A device that kept silent is asked once until it answers.
	Retries int `yaml:"retries"`
	// Deadline is how long one poll of a device may take in all. Default 0: half
	// the interval, 10s at most.
	Deadline time.Duration `yaml:"deadline"`
	// Concurrency is how many devices are polled at once. Default 64, from 1 to
	// 4096. Devices that keep silent have a quarter as many workers of their own.
	Concurrency int `yaml:"concurrency"`
	// MaxRepetitions is how many rows of a table one request asks for at most.
	// Default 20, from 1 to 1000. Fewer are asked where rows are long, and after an
	// agent could not answer. Agents are known to misread numbers above 127: one that
	// is seen to is asked for no more than that.
	MaxRepetitions int `yaml:"max_repetitions"`
	// AnswerBytes is about how long an answer with rows of the interface tables may
	// get, octets. Default 5600, four Ethernet frames, from 484 to 65000: longer ones
	// make for fewer requests, but one lost fragment loses all of an answer.
	AnswerBytes int `yaml:"answer_bytes"`
	// InterfacesPerPoll is how many interfaces one poll of a device reads, about:
	// where there are more, or the deadline allows for fewer, the next poll goes on
	// behind them. Default 5000, from 100 to 65536, the most that are read of a device.
	InterfacesPerPoll int `yaml:"interfaces_per_poll"`
	// KeyframeInterval is how often absolute counters are sent and names, types and
	// descriptions are read again. Default 1h, at least the interval.
	KeyframeInterval time.Duration `yaml:"keyframe_interval"`
	// HealthInterval is how often a device is asked for its processors, memory,
	// temperatures, fans and power supplies, to the nearest round. Default 60s, or
	// the interval where that is longer; 0 asks for none of it.
	HealthInterval time.Duration `yaml:"health_interval"`
	// Profiles is a folder with device profiles of one's own, a YAML file each, beside
	// those that come with the program (docs/profiles.md). Relative paths count from
	// the configuration file. Default empty: none.
	Profiles string `yaml:"profiles"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Interval:          time.Minute,
		Timeout:           2 * time.Second,
		Retries:           1,
		Concurrency:       64,
		MaxRepetitions:    20,
		AnswerBytes:       5600,
		InterfacesPerPoll: 5000,
		KeyframeInterval:  time.Hour,
		HealthInterval:    time.Minute,
	}
}

// Validate returns every value out of range, joined, each with its remedy.
func (c Config) Validate() error {
	var problems []error
	report := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf("snmp: "+format, arguments...))
	}
	if c.Interval < time.Second {
		report("interval %s is too short: use 1s or more", c.Interval)
	}
	if c.Timeout < 10*time.Millisecond || c.Timeout > time.Minute {
		report("timeout %s is out of range: use 10ms to 1m", c.Timeout)
	}
	if c.Retries < 0 || c.Retries > 10 {
		report("retries %d is out of range: use 0 to 10", c.Retries)
	}
	if c.Deadline != 0 && (c.Deadline < 10*time.Millisecond || c.Deadline > c.Interval) {
		report("deadline %s is out of range: use 10ms up to the interval (%s), or leave it out", c.Deadline, c.Interval)
	}
	if c.Concurrency < 1 || c.Concurrency > 4096 {
		report("concurrency %d is out of range: use 1 to 4096", c.Concurrency)
	}
	if c.MaxRepetitions < 1 || c.MaxRepetitions > 1000 {
		report("max_repetitions %d is out of range: use 1 to 1000", c.MaxRepetitions)
	}
	if c.AnswerBytes < 484 || c.AnswerBytes > 65000 {
		report("answer_bytes %d is out of range: use 484 to 65000", c.AnswerBytes)
	}
	if c.InterfacesPerPoll < 100 || c.InterfacesPerPoll > maxInterfaces {
		report("interfaces_per_poll %d is out of range: use 100 to %d", c.InterfacesPerPoll, maxInterfaces)
	}
	if c.KeyframeInterval < c.Interval {
		report("keyframe_interval %s is shorter than the interval (%s): use that or more", c.KeyframeInterval, c.Interval)
	}
	if c.HealthInterval < 0 || c.HealthInterval > 24*time.Hour {
		report("health_interval %s is out of range: use up to 24h, or 0 for none", c.HealthInterval)
	}
	if c.Profiles != "" {
		for _, err := range profileProblems(c.Profiles) {
			report("profiles: %w", err)
		}
	}
	return errors.Join(problems...)
}

// deadline is the time one poll of a device may take.
func (c Config) deadline() time.Duration {
	if c.Deadline > 0 {
		return c.Deadline
	}
	return min(c.Interval/2, 10*time.Second)
}

// timeout is the time one attempt waits: the configured one, but never so long
// that a lost answer could not be asked for again before the deadline.
func (c Config) timeout() time.Duration {
	return min(c.Timeout, c.deadline()/time.Duration(c.Retries+1))
}
