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

// What comes in between two heartbeats and is no news leaves with the second, and never in a request of its own just before.
func TestHeartbeatsTakeRoutineAlong(t *testing.T) {
	from := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	uplink := &requestKeeper{t: t}
	r, err := NewRehearsal(DefaultConfig(), 77, sample.Place{}, from, uplink, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	const minute = 60
	for second := range 2 * minute {
		if err := r.Advance(t.Context(), from.Add(time.Duration(second)*time.Second)); err != nil {
			t.Fatal(err)
		}
		if second == minute {
			uplink.kept = nil // a device's first line is news
		}
		r.Emit(from.UnixMilli(), logged(1, 6))
		r.Emit(from.UnixMilli(), answered(1, 3, 0))
	}
	requests := map[sample.Kind]int{}
	for _, blocks := range uplink.kept {
		requests[blocks[0].Kind]++
	}
	if len(requests) != 2 || requests[sample.KindHeartbeats] != 5 || requests[sample.KindSyslog] != 5 {
		t.Errorf("requests by the kind that is first in them: %v, want one of heartbeats and one of lines each 10 s", requests)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
