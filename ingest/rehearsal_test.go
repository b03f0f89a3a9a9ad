package ingest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
)

// requestKeeper is an uplink that keeps the blocks of each request.
type requestKeeper struct {
	t    *testing.T
	kept [][]decoded
}

func (k *requestKeeper) Produce(_ context.Context, _ string, messages ...bus.Message) error {
	var blocks []decoded
	for _, message := range messages {
		blocks = append(blocks, decode(k.t, message.Value))
	}
	k.kept = append(k.kept, blocks)
	return nil
}

// A rehearsal cuts blocks as an appliance does, in a time that nobody waits for.
func TestRehearsal(t *testing.T) {
	from := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	uplink := &requestKeeper{t: t}
	r, err := NewRehearsal(DefaultConfig(), 77, sample.Place{}, from, uplink, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	at := func(after time.Duration, emit ...sample.ID) {
		t.Helper()
		if err := r.Advance(t.Context(), from.Add(after)); err != nil {
			t.Fatal(err)
		}
		if len(emit) > 0 {
			r.Emit(from.UnixMilli(), pings(emit...))
		}
	}
	at(2100*time.Millisecond, 1)
	at(2300*time.Millisecond, 2) // leaves with the row before: at 2.5 s only 0.4 s have passed, at 3 s more than a half
	at(3200*time.Millisecond, 3)
	at(4 * time.Second)
	at(9900*time.Millisecond, 4) // leaves with the heartbeat
	at(20 * time.Second)
	want := [][]int{{1}, {2}, {1}, {1, 1}, {1}} // rows of the blocks of each request
	if len(uplink.kept) != len(want) {
		t.Fatalf("%d requests: %v", len(uplink.kept), uplink.kept)
	}
	for i, blocks := range uplink.kept {
		if len(blocks) != len(want[i]) {
			t.Fatalf("request %d: %v", i, blocks)
		}
		for n, block := range blocks {
			if block.rows.Len() != want[i][n] {
				t.Errorf("request %d has %d rows in block %d, want %d", i, block.rows.Len(), n, want[i][n])
			}
		}
	}
	if last := uplink.kept[3]; last[0].Kind != sample.KindHeartbeats || last[0].Slot != from.Add(10*time.Second).UnixMilli() {
		t.Errorf("%+v", last)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
