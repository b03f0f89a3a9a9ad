package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	probe "mimamori/ingest/voice"
	"mimamori/processors/voice"
)

// voiceCommand measures voice paths by hand.
type voiceCommand struct {
	Probe   voiceProbe   `cmd:"" help:"Measure one path to a STAMP or TWAMP Light reflector as a call would find it."`
	Reflect voiceReflect `cmd:"" help:"Answer the probes of others: a STAMP reflector, which TWAMP Light senders understand."`
}

// readKeys reads keys of STAMP's authenticated mode, one a line; empty lines and those
// that begin with # are left out.
func readKeys(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	var keys []string
	for number, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := probe.ParseKey(line); err != nil {
			return nil, usageError{fmt.Errorf("%s: line %d %w", path, number+1, err)}
		}
		keys = append(keys, line)
	}
	return keys, nil
}

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
