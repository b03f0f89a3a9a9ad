package voice

import (
	"fmt"
	"maps"
	"slices"
)

// Config says how a stream of probe packets is heard.
type Config struct {
	// JitterBufferMs is the depth of the modelled fixed jitter buffer in
	// milliseconds, 0 to 500. A packet that comes later than the fastest one by more
	// than this is lost to the listener. Default 40.
	JitterBufferMs float64 `yaml:"jitter_buffer_ms"`
	// PacketMs is the speech in one packet in milliseconds, 1 to 120, which a sender
	// must gather before it can send. Default 20.
	PacketMs float64 `yaml:"packet_ms"`
	// EchoFree says that paths have perfect echo cancellation: T and Tr are then 0.
	// Default false: T = Ta and Tr = 2 Ta, as in transmission planning.
	EchoFree bool `yaml:"echo_free"`
	// Codecs adds codecs the ITU has no figures for; results are marked non-ITU.
	// Default none.
	Codecs map[string]Codec `yaml:"codecs"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{JitterBufferMs: 40, PacketMs: 20} }

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	if !(c.JitterBufferMs >= 0 && c.JitterBufferMs <= 500) {
		return fmt.Errorf("voice: jitter_buffer_ms is %g: use 0 to 500", c.JitterBufferMs)
	}
	if !(c.PacketMs >= 1 && c.PacketMs <= 120) {
		return fmt.Errorf("voice: packet_ms is %g: use 1 to 120", c.PacketMs)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Codecs)) {
		codec := c.Codecs[name]
		if !(codec.Ie >= 0 && codec.Ie <= 95) || !(codec.Bpl > 0) {
			return fmt.Errorf("voice: codec %q has ie %g and bpl %g: use ie 0 to 95 and bpl above 0", name, codec.Ie, codec.Bpl)
		}
		if _, known := codecs[name]; known {
			return fmt.Errorf("voice: codec %q is the ITU's: give yours another name", name)
		}
	}
	return nil
}

// codec returns the figures of a codec and whether they are the ITU's. A codec
// nobody has figures for is rated as G.711, and not as the ITU's.
func (c Config) codec(name string) (Codec, bool) {
	if codec, ok := codecs[name]; ok {
		return codec, true
	}
	if codec, ok := c.Codecs[name]; ok {
		return codec, false
	}
	return codecs["G.711"], false
}
