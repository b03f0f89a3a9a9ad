package main

import (
	"fmt"
	"os"
	"strings"

	probe "mimamori/ingest/voice"
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
