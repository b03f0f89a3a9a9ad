package board

import (
	"context"
	"errors"
	"testing"
	"time"

	"mimamori/storage"
)

// fakeStore is a store with one device that is up; it fails when told to.
type fakeStore struct {
	rows  uint64
	fails error
}

func (s *fakeStore) Devices(context.Context, storage.Query) ([]storage.DeviceStatus, error) {
	return []storage.DeviceStatus{{State: storage.StateUp}}, s.fails
}

func (s *fakeStore) Availability(context.Context, storage.Query) ([]storage.Availability, error) {
	return nil, s.fails
}

func (s *fakeStore) BlindSpots(context.Context, storage.Query, bool) (storage.BlindSpots, error) {
	return storage.BlindSpots{Devices: 1}, s.fails
}

func (s *fakeStore) Utilization(context.Context, storage.Query) ([]storage.LinkUtilization, error) {
	return nil, s.fails
}

func (s *fakeStore) Voice(context.Context, storage.Query) ([]storage.PathVoice, error) {
	return nil, s.fails
}

func (s *fakeStore) RawRows(context.Context) (uint64, error) { return s.rows, s.fails }

func (s *fakeStore) Lag() int64 { return 3 }

func TestFiguresGrowOldAndAreKept(t *testing.T) {
	began := time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)
	store := &fakeStore{rows: 10}
	gatherer := &Gatherer{Store: store, Pipeline: store, Started: began}
	look := func(second int) Figures {
		t.Helper()
		figures, err := gatherer.Gather(t.Context(), began.Add(time.Duration(second)*time.Second))
		if !errors.Is(err, store.fails) {
			t.Fatalf("got %v, want %v", err, store.fails)
		}
		return figures
	}
	look(1)
	store.rows = 30
	if figures := look(2); figures.RowsPerSec != 20 || figures.Stale != 0 || figures.States[storage.StateUp] != 1 {
		t.Fatalf("%+v", figures)
	}
	if figures := look(10); figures.Stale != 8*time.Second {
		t.Fatalf("nothing came for 8 s, the board says %s", figures.Stale)
	}
	store.fails = errors.New("the store is away")
	if figures := look(12); figures.Problem == "" || figures.States[storage.StateUp] != 1 || figures.Running != 12*time.Second {
		t.Fatalf("the last figures are not kept: %+v", figures)
	}
	store.fails, store.rows = nil, 31
	if figures := look(14); figures.Problem != "" || figures.Stale != 0 {
		t.Fatalf("a store that is back is still called away: %+v", figures)
	}
}
