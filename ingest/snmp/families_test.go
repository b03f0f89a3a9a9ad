package snmp

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/profile"
	"mimamori/ingest/snmp/replay"
)

var update = flag.Bool("update", false, "write what the walks of device families yield to testdata")

// answerOf asks an agent that answers from a walk by version 2c.
func answerOf(t *testing.T, cfg Config, walk []byte) Answer {
	t.Helper()
	objects, err := replay.Read(bytes.NewReader(walk))
	if err != nil {
		t.Fatal(err)
	}
	agent, err := replay.New(replay.Config{Walk: objects})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	device := inventory.Device{Name: "device", Address: agent.Addr().Addr().String(), SNMP: &inventory.SNMP{Port: agent.Addr().Port(), Version: inventory.SNMPv2c, Community: "public"}}
	answer, err := Ask(t.Context(), cfg, device, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// sensorLines writes sensors a line each.
func sensorLines(answer Answer) string {
	var lines strings.Builder
	fmt.Fprintf(&lines, "profile %s\n", answer.Profile)
	for _, sensor := range answer.Health {
		name, unit := sample.SensorKindName(sensor.Kind)
		value := "-"
		if sensor.Measured {
			value = strings.TrimSpace(strconv.FormatFloat(sensor.Value, 'f', -1, 64) + " " + unit)
		}
		fmt.Fprintf(&lines, "%s | %s | %s | %s | %s\n", name, sensor.Name, sample.SensorStatusNames()[sensor.Status], value, sensor.Source)
	}
	for _, note := range answer.Notes {
		fmt.Fprintf(&lines, "note: %s\n", note)
	}
	return lines.String()
}

// TestFamiliesYield polls a device of each family and holds what comes of it against
// what its walk says, as it was written down beside it.
func TestFamiliesYield(t *testing.T) {
	families, err := profile.Families()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families.Names() {
		if family == "cisco" {
			continue // what is common to others
		}
		t.Run(family, func(t *testing.T) {
			at := filepath.Join("testdata", "walks", family)
			walk, err := os.ReadFile(at + ".walk")
			if err != nil {
				t.Fatalf("every family has a walk: %v", err)
			}
			cfg := AloneConfig()
			cfg.Timeout = time.Second
			answer := answerOf(t, cfg, walk)
			if len(answer.Interfaces) != 1 {
				t.Errorf("%d interfaces, want 1", len(answer.Interfaces))
			}
			got := sensorLines(answer)
			if *update {
				if err := os.WriteFile(at+".sensors", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(at + ".sensors")
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			if !strings.HasPrefix(got, "profile "+family+"\n") {
				t.Errorf("it has another profile than %s:\n%s", family, got)
			}
		})
	}
}
