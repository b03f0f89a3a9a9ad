package icmp

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// MaxPackets is the largest number of packets in a round.
const MaxPackets = 16

// MaxSize is the largest payload of a request, octets.
const MaxSize = 1400

// The rate where none is set.
const (
	minRate  = 1000 // packets a second that are never held up
	headroom = 3    // times what the rounds need
)

// Config says how devices are pinged.
type Config struct {
	Interval     time.Duration `yaml:"interval"`      // time between two rounds of a device, default 20s; slots are aligned to the Unix epoch
	Packets      int           `yaml:"packets"`       // echo requests in a round, 1 to 16, default 3
	Spacing      time.Duration `yaml:"spacing"`       // time between two packets of a round, default 50ms
	Timeout      time.Duration `yaml:"timeout"`       // a packet answered later is lost, default 1s
	Attempts     int           `yaml:"attempts"`      // how often a round is sent while every packet of it is lost, default 2: one repeat
	ResolveEvery time.Duration `yaml:"resolve_every"` // how often host names are looked up again, default 1h
	SourceIPv4   string        `yaml:"source_ipv4"`   // address of this machine that IPv4 pings come from; empty, the default, leaves it to the routes
	SourceIPv6   string        `yaml:"source_ipv6"`   // address of this machine that IPv6 pings come from; empty, the default, leaves it to the routes
	DSCP         DSCP          `yaml:"dscp"`          // DiffServ code point of the requests, 0 to 63 or a name such as EF, CS3 or AF41, default 0
	TTL          uint8         `yaml:"ttl"`           // time to live, or hop limit, of the requests; 0, the default, leaves it to the system
	Size         int           `yaml:"size"`          // payload of a request in octets, 16 to 1400, default 16; routers may not fragment it
	MaxRate      int           `yaml:"max_rate"`      // packets sent in a second at most; 0, the default: three times what the rounds need, and no less than 1000
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Interval:     20 * time.Second,
		Packets:      3,
		Spacing:      50 * time.Millisecond,
		Timeout:      time.Second,
		Attempts:     2,
		ResolveEvery: time.Hour,
		Size:         cookieSize,
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
	for _, source := range []struct {
		key, value string
		fits       func(netip.Addr) bool
	}{
		{"source_ipv4", c.SourceIPv4, netip.Addr.Is4},
		{"source_ipv6", c.SourceIPv6, netip.Addr.Is6},
	} {
		if address, err := netip.ParseAddr(source.value); source.value != "" && (err != nil || !source.fits(address)) {
			report("%s is %q: give an address of this machine of that version, or leave it empty", source.key, source.value)
		}
	}
	if c.DSCP > maxDSCP {
		report("dscp is %d: set it between 0 and %d, 46 is EF", c.DSCP, maxDSCP)
	}
	if c.Size < cookieSize || c.Size > MaxSize {
		report("size is %d: set it between %d and %d octets", c.Size, cookieSize, MaxSize)
	}
	if c.MaxRate < 0 {
		report("max_rate is %d: set it to 1 or more, or to 0", c.MaxRate)
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

// need is how many packets a second the rounds of the devices take, at worst: with
// each round lost and repeated.
func (c Config) need(devices int) float64 {
	return float64(devices) * float64(c.Packets) * float64(c.Attempts) / c.Interval.Seconds()
}

// rate is how many packets may be sent in a second. It is an error when that is less
// than the rounds of the devices need.
func (c Config) rate(devices int) (float64, error) {
	need := c.need(devices)
	if c.MaxRate == 0 {
		return max(minRate, headroom*need/float64(c.Attempts), need*(1+1/float64(c.Attempts))), nil
	}
	if float64(c.MaxRate) < need {
		return 0, fmt.Errorf("icmp: max_rate is %d packets a second, but %d devices with %d packets each %s, sent up to %d times, need %.0f: raise it, lengthen interval or lower packets",
			c.MaxRate, devices, c.Packets, c.Interval, c.Attempts, need)
	}
	return float64(c.MaxRate), nil
}
