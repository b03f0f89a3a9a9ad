package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"mimamori/ingest/inventory"
)

// nameCodecs gives the codecs of voice paths the names they are known by, as voice probe
// does: g729 is G.729. A name nobody knows is left as it is.
func (c Config) nameCodecs() {
	given := append(slices.Sorted(maps.Keys(c.Processors.Voice.Codecs)), slices.Sorted(maps.Keys(c.Ingest.Voice.CodecBitRates))...)
	for _, customer := range c.Ingest.Inventory.Customers {
		for _, site := range customer.Sites {
			for i := range site.Paths {
				path := &site.Paths[i]
				if path.Codec == "" || slices.Contains(given, path.Codec) {
					continue
				}
				alike := func(name string) bool { return plainCodec(name) == plainCodec(path.Codec) }
				if own := slices.IndexFunc(given, alike); own >= 0 {
					path.Codec = given[own]
				} else if name, known := speechCodec(path.Codec); known {
					path.Codec = name
				}
			}
		}
	}
}

// validateCodecs says which voice paths imitate a codec that nobody knows: its packets
// or its quality could only be made up.
func (c Config) validateCodecs() error {
	var problems []error
	for i, customer := range c.Ingest.Inventory.Customers {
		for j, site := range customer.Sites {
			for k, path := range site.Paths {
				if path.Codec == "" {
					continue
				}
				if reason := c.codecProblem(path.Codec); reason != "" {
					problems = append(problems, inventory.Problem{
						Path: fmt.Sprintf("$.customers[%d].sites[%d].paths[%d].codec", i, j, k), Reason: reason,
					})
				}
			}
		}
	}
	return errors.Join(problems...)
}

// codecProblem says what keeps paths from imitating a codec, empty for nothing. One
// without figures whose packets are known is rated as G.711, which reports say.
func (c Config) codecProblem(name string) string {
	_, sized := c.Ingest.Voice.CodecBitRates[name]
	if !sized && !c.Processors.Voice.Rates(name) && !slices.Contains(unratedCodecs, name) {
		return fmt.Sprintf("there is no codec %q here: give its kbit/s in ingest.voice.codec_bit_rates and its ie and bpl in processors.voice.codecs, or use one of%s",
			name, speechCodecList())
	}
	if !c.Ingest.Voice.Sends(name) {
		return fmt.Sprintf("nobody knows how large the packets of the codec %q are: give its kbit/s in ingest.voice.codec_bit_rates", name)
	}
	return ""
}
