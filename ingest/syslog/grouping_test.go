package syslog

import (
	"log/slog"
	"net/netip"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

func TestGroupingKeepsTheOrderOfEachSender(t *testing.T) {
	a, b, c := &sender{device: 1}, &sender{device: 2}, &sender{device: 3}
	var g grouping
	for range 2 { // the second batch knows nothing of the first
		for _, from := range []*sender{b, a, b, b, c, a} {
			g.add(from)
		}
		if want := []uint32{0, 2, 3, 1, 5, 4}; !g.several() || !slices.Equal(g.rows(), want) {
			t.Errorf("%v, want %v", g.rows(), want)
		}
		g.reset()
	}
	g.add(c)
	g.add(c)
	if g.several() || !slices.Equal(g.rows(), []uint32{0, 1}) {
		t.Errorf("one sender is several: %v", g.rows())
	}
}

// TestRowsStandBySender: the rows of a batch are numbered as they stand, those of a sender
// in the order they came, and none is lost.
func TestRowsStandBySender(t *testing.T) {
	var emitted sample.Syslog
	receiver, err := New(DefaultConfig(), inventory.Station{Appliance: inventory.Appliance{Syslog: &inventory.Syslog{UDP: "127.0.0.1:0"}}},
		func(_ int64, rows sample.Rows) {
			if err := sample.Append(&emitted, rows); err != nil {
				t.Error(err)
			}
		}, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	intake := &intake{Receiver: receiver}
	for _, said := range []struct{ from, text string }{{"192.0.2.1", "a"}, {"192.0.2.2", "b"}, {"192.0.2.1", "c"}, {"192.0.2.2", "d"}} {
		intake.take([]byte("<13>Oct 11 22:14:15 host app: "+said.text), receiver.sources.of(netip.MustParseAddr(said.from)), receivedAt)
	}
	intake.flush()
	if want := []string{"a", "c", "b", "d"}; !slices.Equal(emitted.Message, want) {
		t.Errorf("%q, want %q", emitted.Message, want)
	}
	if want := []string{"192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"}; !slices.Equal(emitted.Source, want) {
		t.Errorf("%q, want %q", emitted.Source, want)
	}
	for row := 1; row < len(emitted.Sequence); row++ {
		if emitted.Sequence[row] != emitted.Sequence[row-1]+1 {
			t.Errorf("numbers %d", emitted.Sequence)
		}
	}
}
