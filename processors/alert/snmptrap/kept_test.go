package snmptrap

import (
	"encoding/hex"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func TestWithoutTargetsNothingIsKept(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "snmp")
	destinations, err := Open(DefaultConfig(), directory, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil || destinations != nil {
		t.Fatalf("%v, %v", destinations, err)
	}
	if _, err := os.Stat(directory); !os.IsNotExist(err) {
		t.Errorf("the directory is there: %v", err)
	}
}

func TestEngineIsKept(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "alerts", "snmp")
	first, err := start(directory, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if id := hex.EncodeToString([]byte(first.engineID)); len(id) != 26 || !strings.HasPrefix(id, "80007ed905") || first.text.Boots != 1 {
		t.Errorf("engine %s, boots %d", id, first.text.Boots)
	}
	if last, err := first.take("noc", 3); err != nil || last != 0 {
		t.Errorf("last %d, %v", last, err)
	}
	if err := first.used("noc", 2); err != nil {
		t.Fatal(err)
	}
	second, err := start(directory, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if second.engineID != first.engineID || second.text.Boots != 2 {
		t.Errorf("engine %x, boots %d", second.engineID, second.text.Boots)
	}
	if last, err := second.take("noc", 1); err != nil || last != 2 {
		t.Errorf("last %d, %v", last, err)
	}
	if last, err := second.take("other", 1); err != nil || last != 0 {
		t.Errorf("last %d of another, %v", last, err)
	}
	other, err := start(t.TempDir(), time.Now())
	if err != nil || other.engineID == first.engineID {
		t.Errorf("two engines are one, or %v", err)
	}
	if info, err := os.Stat(first.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// A start that is not counted would make its traps old ones: it fails.
func TestEngineThatCannotBeUsed(t *testing.T) {
	for _, content := range []string{
		"", "{", `{"engine_id": "80"}`, `{"engine_id": "no digits"}`, `{"engine_id": "80007ed9051122334455667788", "boots": 2147483646}`,
	} {
		directory := t.TempDir()
		if err := os.WriteFile(filepath.Join(directory, keptFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := start(directory, time.Now()); err == nil || !strings.Contains(err.Error(), "remove it") {
			t.Errorf("%q: %v", content, err)
		}
		if after, err := os.ReadFile(filepath.Join(directory, keptFile)); err != nil || string(after) != content {
			t.Errorf("%q became %q, %v", content, after, err)
		}
	}
}

// An alarm is worth more than its number.
func TestNumbersThatCannotBeKept(t *testing.T) {
	receiver := silent(t)
	directory := filepath.Join(t.TempDir(), "snmp")
	to, registry := open(t, Target{Address: receiver.LocalAddr().String(), Community: community}, directory)
	if err := os.RemoveAll(directory); err != nil {
		t.Fatal(err)
	}
	deliver(t, to, raised())
	if got := value(t, registry, "mimamori_alert_snmp_sequences_unkept_total"); got != 1 {
		t.Errorf("%v are counted as not kept, want 1", got)
	}
	if _, _, err := receiver.ReadFrom(make([]byte, 65536)); err != nil {
		t.Error(err)
	}
}

func TestSequenceGoesRound(t *testing.T) {
	for _, c := range []struct {
		last uint32
		by   int
		want uint32
	}{{0, 1, 1}, {math.MaxUint32 - 1, 1, math.MaxUint32}, {math.MaxUint32, 1, 1}, {math.MaxUint32 - 1, 3, 2}} {
		if got := advance(c.last, c.by); got != c.want {
			t.Errorf("%d and %d make %d, want %d", c.last, c.by, got, c.want)
		}
	}
}
