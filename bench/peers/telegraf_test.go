package peers

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTelegrafIsAskedForTheSame holds its configuration against what snmp_exporter is asked for. Whether the program polls by
// it is seen when it is measured: a side that polls nothing ends the measurement.
func TestTelegrafIsAskedForTheSame(t *testing.T) {
	text := telegrafConfig(telegrafOrder{inputs: telegrafSNMP([]netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1161"), netip.MustParseAddrPort("127.0.0.2:1161")}), interval: 2 * time.Second}, "")
	for _, want := range []string{`interval = "2s"`, "[[outputs.discard]]", `agents = ["udp://127.0.0.1:1161", "udp://127.0.0.2:1161"]`, `oid = ".1.3.6.1.2.1.1.3.0"`} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	exporter := string(exporterConfig(true))
	for _, metric := range exporterMetrics {
		if !strings.Contains(text, `oid = ".`+metric.oid+`"`) || !strings.Contains(exporter, "oid: "+metric.oid+"\n") {
			t.Errorf("%s is not asked for by both", metric.name)
		}
	}
}

func TestAMissingTelegrafIsNoError(t *testing.T) {
	if _, err := findTelegraf("/nowhere/telegraf"); err == nil || !strings.Contains(err.Error(), "make telegraf") {
		t.Errorf("%v", err)
	}
}

// TestATelegrafWithoutAnInputIsMissing has a program that lists its inputs and knows one alone.
func TestATelegrafWithoutAnInputIsMissing(t *testing.T) {
	program := filepath.Join(t.TempDir(), "telegraf")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho Available Input Plugins:\necho '  inputs.snmp'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := hasInput(t.Context(), program, "snmp"); err != nil {
		t.Error(err)
	}
	if err := hasInput(t.Context(), program, "ping"); err == nil || !strings.Contains(err.Error(), "make telegraf") {
		t.Errorf("%v", err)
	}
}

func TestPingsAreReadFromLines(t *testing.T) {
	for line, want := range map[string]int{
		"ping,url=127.64.0.1 packets_transmitted=3i,packets_received=2i,percent_packet_loss=33.3 1700000000000000000": 2,
		"ping,url=127.64.0.1 packets_transmitted=3i,packets_received=12i 1":                                           12,
		"ping,url=127.64.0.1 result_code=2i 1":                                                                        0,
		"":                                                                                                            0,
	} {
		if got := receivedOf([]byte(line)); got != want {
			t.Errorf("%q: %d, want %d", line, got, want)
		}
	}
}

// TestLinesAreCountedAsTheyAreWritten writes to a file in pieces.
func TestLinesAreCountedAsTheyAreWritten(t *testing.T) {
	var lines []string
	w := written{path: filepath.Join(t.TempDir(), "lines"), each: func(line []byte) { lines = append(lines, string(line)) }}
	for _, step := range []struct {
		text string
		want int
	}{{"", 0}, {"one\ntw", 1}, {"o\nthree\n", 3}, {"four", 3}} {
		if step.text != "" {
			file, err := os.OpenFile(w.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.WriteString(step.text); err != nil {
				t.Fatal(err)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := w.count(); err != nil || got != step.want {
			t.Errorf("after %q there are %d lines, want %d; %v", step.text, got, step.want, err)
		}
	}
	if !slices.Equal(lines, []string{"one", "two", "three"}) {
		t.Errorf("told were %q", lines)
	}
}
