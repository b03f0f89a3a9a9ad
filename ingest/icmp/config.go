package icmp

import (
	"errors"
	"fmt"
	"time"
)

// MaxPackets is the largest number of packets in a round.
const MaxPackets = 16

// Config says how devices are pinged.
type Config struct {
	Interval     time.Duration `yaml:"interval"`      // time between two rounds of a device, default 30s; slots are aligned to the Unix epoch
	Packets      int           `yaml:"packets"`       // echo requests in a round, 1 to 16, default 3
	Spacing      time.Duration `yaml:"spacing"`       // time between two packets of a round, default 50ms
	Timeout      time.Duration `yaml:"timeout"`       // a packet answered later is lost, default 1s
	Attempts     int           `yaml:"attempts"`      // how often a round is sent while every packet of it is lost, default 2: one repeat
	ResolveEvery time.Duration `yaml:"resolve_every"` // how often host names are looked up again, default 1h
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Interval:     30 * time.Second,
		Packets:      3,
		Spacing:      50 * time.Millisecond,
		Timeout:      time.Second,
		Attempts:     2,
		ResolveEvery: time.Hour,
	}
}

// Validate returns everything that is wrong, joined.
func (c Config) Validate() error {
	var problems []error
	report := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf("icmp: "+format, arguments...))
	}
	if c.Interval < 100*time.Millisecond || c.Interval > 24*time.Hour || c.Interval%time.Millisecond != 0 {
		report("interval is %s: set it between 100ms and 24h, in whole milliseconds", c.Interval)
	}
	if c.Packets < 1 || c.Packets > MaxPackets {
		report("packets is %d: set it between 1 and %d", c.Packets, MaxPackets)
	}
	if c.Spacing < 0 || c.Spacing > time.Minute {
		report("spacing is %s: set it between 0s and 1m", c.Spacing)
	}
	if c.Timeout < time.Millisecond || c.Timeout > time.Minute {
		report("timeout is %s: set it between 1ms and 1m", c.Timeout)
	}
	if c.Attempts < 1 || c.Attempts > 10 {
		report("attempts is %d: set it between 1 (no repeat) and 10", c.Attempts)
	}
	if c.ResolveEvery < time.Second {
		report("resolve_every is %s: set it to 1s or more", c.ResolveEvery)
	}
	if all := time.Duration(c.Attempts) * c.roundTime(); len(problems) == 0 && all >= c.Interval {
		report("%d attempts of %d packets, %s apart, with a timeout of %s take %s, the interval is %s: shorten timeout or spacing, or lengthen interval",
			c.Attempts, c.Packets, c.Spacing, c.Timeout, all, c.Interval)
	}
	return errors.Join(problems...)
}

// roundTime is how long a round takes at most, from its first packet until its last
// is given up.
func (c Config) roundTime() time.Duration {
	return time.Duration(c.Packets-1)*c.Spacing + c.Timeout
}
