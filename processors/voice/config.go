package voice

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// The kinds of jitter buffer.
const (
	Fixed    = "fixed"
	Adaptive = "adaptive"
)

// Config says how a stream of probe packets is heard.
type Config struct {
	// JitterBuffer is the kind of the modelled jitter buffer: fixed, or adaptive to the
	// delay variation of each minute. Default fixed. Results of a router's IP SLA
	// operations do not say how delays spread: theirs is fixed.
	JitterBuffer string `yaml:"jitter_buffer"`
	// JitterBufferMs is the depth of a fixed jitter buffer in milliseconds, 0 to 500.
	// A packet that comes later than the fastest one by more than this is lost to the
	// listener. Default 40.
	JitterBufferMs float64 `yaml:"jitter_buffer_ms"`
	// JitterBufferMinMs is the least depth of an adaptive jitter buffer in
	// milliseconds, 0 to 500: it is as deep as the 99th percentile of the minute's
	// delay variation, between this and jitter_buffer_max_ms. Default 20.
	JitterBufferMinMs float64 `yaml:"jitter_buffer_min_ms"`
	// JitterBufferMaxMs is the greatest depth of an adaptive jitter buffer in
	// milliseconds, jitter_buffer_min_ms to 500. Default 120.
	JitterBufferMaxMs float64 `yaml:"jitter_buffer_max_ms"`
	// PacketMs is the speech in one packet in milliseconds, 1 to 120, which a sender
	// must gather before it can send. Default 20.
	PacketMs float64 `yaml:"packet_ms"`
	// EchoFree says that paths have perfect echo cancellation: T and Tr are then 0.
	// Default false: T = Ta and Tr = 2 Ta, as in transmission planning.
	EchoFree bool `yaml:"echo_free"`
	// Codecs gives ie, bpl and scale (nb, wb or fb; default nb) of codecs the ITU has
	// no figures for, or no bpl; results are marked non-ITU. Default none.
	Codecs map[string]Codec `yaml:"codecs"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{JitterBuffer: Fixed, JitterBufferMs: 40, JitterBufferMinMs: 20, JitterBufferMaxMs: 120, PacketMs: 20}
}

// Validate says what is wrong and what to do about it.
func (c Config) Validate() error {
	var problems []error
	demand := func(ok bool, format string, arguments ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf("voice: "+format, arguments...))
		}
	}
	demand(c.JitterBuffer == Fixed || c.JitterBuffer == Adaptive, "jitter_buffer is %q: use fixed or adaptive", c.JitterBuffer)
	demand(c.JitterBufferMs >= 0 && c.JitterBufferMs <= 500, "jitter_buffer_ms is %g: use 0 to 500", c.JitterBufferMs)
	demand(c.JitterBufferMinMs >= 0 && c.JitterBufferMinMs <= 500, "jitter_buffer_min_ms is %g: use 0 to 500", c.JitterBufferMinMs)
	demand(c.JitterBufferMaxMs >= c.JitterBufferMinMs && c.JitterBufferMaxMs <= 500,
		"jitter_buffer_max_ms is %g: use jitter_buffer_min_ms (%g) to 500", c.JitterBufferMaxMs, c.JitterBufferMinMs)
	demand(c.PacketMs >= 1 && c.PacketMs <= 120, "packet_ms is %g: use 1 to 120", c.PacketMs)
	for _, name := range slices.Sorted(maps.Keys(c.Codecs)) {
		codec := c.Codecs[name].onScale()
		demand(codec.Scale.Known(), "codecs: %q has scale %q: use nb, wb or fb", name, codec.Scale)
		ceiling := scales[codec.Scale].ceiling
		demand(codec.Ie >= 0 && codec.Ie <= ceiling && codec.Bpl > 0 && codec.Bpl <= maxBpl,
			"codecs: %q has ie %g and bpl %g: use ie 0 to %g and bpl above 0, up to %d", name, codec.Ie, codec.Bpl, ceiling, maxBpl)
		official, known := FindCodec(name)
		demand(!known || official.Bpl == 0, "codecs: %q is the ITU's: give yours another name", name)
	}
	return errors.Join(problems...)
}

// onScale fills in the scale of a codec that names none.
func (c Codec) onScale() Codec {
	if c.Scale == "" {
		c.Scale = Narrowband
	}
	return c
}

// Rates says whether there are figures of a codec, the ITU's or the operator's, to rate
// it by.
func (c Config) Rates(name string) bool {
	_, given := c.Codecs[name]
	_, known := FindCodec(name)
	return given || known
}

// codec returns the figures of a codec and whether they are the ITU's. The operator's
// come first: they may complete a codec the ITU has no Bpl for. A codec nobody has
// figures for is rated as G.711, and not as the ITU's.
func (c Config) codec(name string) (Codec, bool) {
	if codec, ok := c.Codecs[name]; ok {
		return codec.onScale(), false
	}
	if codec, ok := FindCodec(name); ok {
		return codec, true
	}
	return itu["G.711"], false
}

// bufferMs returns the depth of the jitter buffer for a 99th percentile of the one-way
// delay variation, both in milliseconds, and whether it followed it: it cannot follow
// what is not known.
func (c Config) bufferMs(pdv99Ms float64, known bool) (depth float64, adaptive bool) {
	if c.JitterBuffer == Adaptive && known {
		return min(max(pdv99Ms, c.JitterBufferMinMs), c.JitterBufferMaxMs), true
	}
	return c.JitterBufferMs, false
}
