package voice

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/inventory"
)

// Config says how voice paths are probed and whether the appliance reflects the
// probes of others.
type Config struct {
	Slot           time.Duration      `yaml:"slot"`            // length of the interval a row speaks of, default 60s; slots are aligned to the Unix epoch
	PacketInterval time.Duration      `yaml:"packet_interval"` // time between two packets of a path, default 20ms, as the codecs of telephony have it
	Timeout        time.Duration      `yaml:"timeout"`         // a packet answered later is lost, default 1s
	DSCP           uint8              `yaml:"dscp"`            // DiffServ code point of the packets, 0 to 63, default 46 (EF)
	ResolveEvery   time.Duration      `yaml:"resolve_every"`   // how often host names of targets are looked up again, default 1h
	CodecBitRates  map[string]float64 `yaml:"codec_bit_rates"` // kbit/s of codecs that are not built in, by name, default none
	Reflector      ReflectorConfig    `yaml:"reflector"`       // answers probes of other appliances
}

// ReflectorConfig says how a reflector answers.
type ReflectorConfig struct {
	Listen      string        `yaml:"listen"`       // address and UDP port, as in 0.0.0.0:862; default empty: no reflector
	MaxSessions int           `yaml:"max_sessions"` // senders remembered at a time, default 4096; to more than these it answers without a sequence of its own
	SessionIdle time.Duration `yaml:"session_idle"` // a sender silent for so long is forgotten, default 15m (REFWAIT, RFC 8762)
	// AuthenticationKeys are the keys of STAMP's authenticated mode, at most 8, each 16
	// to 64 octets as hexadecimal digits, or "base64:" and base64. With one, only
	// packets made with one of them are answered. Default none.
	AuthenticationKeys []string `yaml:"authentication_keys"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Slot:           time.Minute,
		PacketInterval: 20 * time.Millisecond,
		Timeout:        time.Second,
		DSCP:           46,
		ResolveEvery:   time.Hour,
		Reflector:      DefaultReflectorConfig(),
	}
}

// DefaultReflectorConfig returns the defaults of a reflector: it is off.
func DefaultReflectorConfig() ReflectorConfig {
	return ReflectorConfig{MaxSessions: 4096, SessionIdle: 15 * time.Minute}
}

// Validate returns everything that is wrong, joined.
func (c Config) Validate() error {
	var problems []error
	report := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf("voice: "+format, arguments...))
	}
	if c.Slot < time.Second || c.Slot > time.Hour || c.Slot%time.Millisecond != 0 {
		report("slot is %s: set it between 1s and 1h, in whole milliseconds", c.Slot)
	}
	if c.PacketInterval < time.Millisecond || c.PacketInterval > time.Second {
		report("packet_interval is %s: set it between 1ms and 1s, 20ms is what telephones use", c.PacketInterval)
	}
	if c.Timeout < 10*time.Millisecond || c.Timeout > 10*time.Second {
		report("timeout is %s: set it between 10ms and 10s, no later than a listener would wait", c.Timeout)
	}
	if c.Timeout > c.Slot {
		report("timeout is %s, longer than a slot of %s: shorten it or lengthen slot", c.Timeout, c.Slot)
	}
	if c.DSCP > 63 {
		report("dscp is %d: set it between 0 and 63, 46 is EF", c.DSCP)
	}
	if c.ResolveEvery < time.Second {
		report("resolve_every is %s: set it to 1s or more", c.ResolveEvery)
	}
	for codec, rate := range c.CodecBitRates {
		if !(rate > 0 && rate <= 512) {
			report("codec_bit_rates: %s has %g: set it above 0 and up to 512 kbit/s", codec, rate)
		}
	}
	return errors.Join(append(problems, c.Reflector.Validate())...)
}

// maxReflectorKeys bounds what a forged packet costs.
const maxReflectorKeys = 8

// Validate returns everything that is wrong, joined.
func (c ReflectorConfig) Validate() error {
	var problems []error
	if c.Listen != "" {
		if _, port, err := net.SplitHostPort(c.Listen); err != nil {
			problems = append(problems, fmt.Errorf("voice: reflector: listen is %q: write it as 0.0.0.0:862", c.Listen))
		} else if _, err := net.LookupPort("udp", port); err != nil {
			problems = append(problems, fmt.Errorf("voice: reflector: listen is %q: %q is not a UDP port, STAMP's is 862", c.Listen, port))
		}
	}
	if c.MaxSessions < 1 || c.MaxSessions > 1<<20 {
		problems = append(problems, fmt.Errorf("voice: reflector: max_sessions is %d: set it between 1 and %d", c.MaxSessions, 1<<20))
	}
	if len(c.AuthenticationKeys) > maxReflectorKeys {
		problems = append(problems, fmt.Errorf("voice: reflector: authentication_keys are %d: use at most %d, every packet is tried with each", len(c.AuthenticationKeys), maxReflectorKeys))
	}
	for i, key := range c.AuthenticationKeys {
		if _, err := ParseKey(key); err != nil {
			problems = append(problems, fmt.Errorf("voice: reflector: authentication_keys: number %d %w", i+1, err))
		}
	}
	if c.SessionIdle < time.Second {
		problems = append(problems, fmt.Errorf("voice: reflector: session_idle is %s: set it to 1s or more, 15m is usual", c.SessionIdle))
	}
	return errors.Join(problems...)
}

// codecBitRates are kbit/s of the codecs, without headers. Annexes (G.729A, VAD, packet
// loss concealment) do not change the rate, so a name that begins like one here is
// taken for it.
var codecBitRates = []struct {
	name string
	rate float64
}{
	{"G.711", 64},
	{"G.722.1", 32},
	{"G.722", 64},
	{"G.723.1-5.3", 5.3},
	{"G.723.1", 6.3},
	{"G.726-16", 16},
	{"G.726-24", 24},
	{"G.726-40", 40},
	{"G.726", 32},
	{"G.728-12.8", 12.8},
	{"G.728", 16},
	{"G.729", 8},
	{"GSM-EFR", 12.2},
	{"GSM-HR", 5.6},
	{"AMR-WB 6.6", 6.6},
	{"AMR-WB 8.85", 8.85},
	{"AMR-WB 12.65", 12.65},
	{"AMR-WB 14.25", 14.25},
	{"AMR-WB 15.85", 15.85},
	{"AMR-WB 18.25", 18.25},
	{"AMR-WB 19.85", 19.85},
	{"AMR-WB 23.05", 23.05},
	{"AMR-WB 23.85", 23.85},
	{"EVS-SWB 9.6", 9.6},
	{"EVS-SWB 13.2", 13.2},
	{"EVS-SWB 16.4", 16.4},
	{"EVS-SWB 24.4", 24.4},
	{"EVS-SWB 32", 32},
	{"EVS-SWB 48", 48},
}

// rtpHeaderSize is what precedes a codec's payload in a voice packet, octets.
const rtpHeaderSize = 12

// Sends says whether the packets of a codec can be imitated: it is built in, or
// codec_bit_rates has it.
func (c Config) Sends(codec string) bool {
	_, err := c.packetSize(codec)
	return err == nil
}

// packetSize returns the UDP payload of a codec's voice packet, octets, but at least
// what a STAMP packet needs.
func (c Config) packetSize(codec string) (int, error) {
	rate, known := c.CodecBitRates[codec]
	for _, builtIn := range codecBitRates {
		if !known && strings.HasPrefix(codec, builtIn.name) {
			rate, known = builtIn.rate, true
		}
	}
	if !known {
		return 0, fmt.Errorf("the codec %q is not known: use one of %s, or give its kbit/s in codec_bit_rates", codec, codecNames())
	}
	bits := rate * float64(c.PacketInterval) / float64(time.Millisecond)
	return max(PacketSize, rtpHeaderSize+int(bits/8+0.5)), nil
}

func codecNames() string {
	names := []string{inventory.DefaultCodec}
	for _, codec := range codecBitRates {
		if !slices.Contains(names, codec.name) {
			names = append(names, codec.name)
		}
	}
	return strings.Join(names, ", ")
}
