package main

import (
	"slices"
	"strings"

	"mimamori/processors/voice"
)

// speechCodec finds a codec by the names people give it: letter case, dots, blanks and
// hyphens do not count.
func speechCodec(written string) (name string, known bool) {
	plain := plainCodec(written)
	if usual, ok := usualCodecs[plain]; ok {
		return usual, true
	}
	for _, name := range speechCodecs() {
		if plainCodec(name) == plain {
			return name, true
		}
	}
	return "", false
}

// speechCodecList has the names of speechCodecs, a family a line.
func speechCodecList() string {
	var list strings.Builder
	family := ""
	for _, name := range speechCodecs() {
		separator := ", "
		if family == "" || !strings.HasPrefix(name, family) {
			family, separator = name, "\n  "
			if cut := strings.IndexAny(name, "-+ "); cut > 0 {
				family = name[:cut]
			}
		}
		list.WriteString(separator + name)
	}
	return list.String()
}

func plainCodec(name string) string {
	return strings.NewReplacer(".", "", " ", "", "-", "", "_", "").Replace(strings.ToLower(name))
}

// usualCodecs are names of codecs that leave out which rate is meant, or come from RTP.
var usualCodecs = map[string]string{
	"pcmu": "G.711", "pcma": "G.711", "ulaw": "G.711", "alaw": "G.711", "g711u": "G.711", "g711a": "G.711", "g711ulaw": "G.711", "g711alaw": "G.711",
	"g711plc": "G.711+PLC", "g723": "G.723.1-6.3", "g7231": "G.723.1-6.3", "g726": "G.726-32", "g728": "G.728-16", "g729ab": "G.729A+VAD",
	"gsm": "GSM-EFR", "efr": "GSM-EFR",
}

// unratedCodecs are those whose packets are known, and no figures of the ITU.
var unratedCodecs = []string{"G.722", "G.722.1"}

// speechCodecs returns the names of the codecs a path can be measured with.
func speechCodecs() []string {
	names := append(voice.CodecNames(), unratedCodecs...)
	slices.Sort(names)
	return names
}
