package sla

import (
	"context"
	"math"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// april is 30 days.
var april = storage.Query{
	Scope: storage.EveryCustomer(),
	From:  time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC),
}

// record is a store of what a test puts into it.
type record struct {
	devices     []storage.Availability
	windows     []calendar.Window
	corrections []storage.Correction
}

func (r *record) Availability(_ context.Context, query storage.Query) ([]storage.Availability, error) {
	var answer []storage.Availability
	for _, device := range r.devices {
		if (query.Site == "" || query.Site == device.Site) && (query.Device == "" || query.Device == device.Device) {
			answer = append(answer, device)
		}
	}
	return answer, nil
}

func (r *record) MaintenanceHistory(context.Context, storage.Query) ([]calendar.Window, error) {
	return r.windows, nil
}

func (r *record) Corrections(context.Context, storage.Query) ([]storage.Correction, error) {
	return r.corrections, nil
}

// piece is a stretch that was not up, in seconds after the beginning.
type piece struct {
	from, to int64
	state    storage.State
	cause    storage.Cause
}

func down(from, to int64) piece {
	return piece{from, to, storage.StateDown, storage.CauseNoAnswer}
}

func unknown(from, to int64) piece {
	return piece{from, to, storage.StateUnknown, storage.CauseSilent}
}

func second(query storage.Query, seconds int64) time.Time {
	return query.From.Add(time.Duration(seconds) * time.Second)
}

func (p piece) outage(query storage.Query) storage.Outage {
	return storage.Outage{From: second(query, p.from), To: second(query, p.to), State: p.state, Cause: p.cause}
}

// device is the store's answer for one that was first seen so many seconds after the
// beginning.
func device(query storage.Query, customer, site, name string, first int64, pieces ...piece) storage.Availability {
	answer := storage.Availability{
		Entity: storage.Entity{Customer: customer, Site: site, Device: name}, State: storage.StateUp,
		UpMs: query.To.Sub(second(query, first)).Milliseconds(),
	}
	for _, each := range pieces {
		length := 1000 * (each.to - each.from)
		answer.UpMs -= length
		switch each.state {
		case storage.StateDown:
			answer.DownMs += length
		case storage.StateDegraded:
			answer.DegradedMs += length
		default:
			answer.UnknownMs += length
		}
		answer.Outages = append(answer.Outages, each.outage(query))
	}
	return answer
}

// planned is a maintenance window that was entered a day ahead.
func planned(query storage.Query, from, to int64, why string) calendar.Window {
	return calendar.Window{
		ID: why, From: second(query, from), To: second(query, to), TimeZone: "UTC", Why: why, By: "noc",
		EnteredAt: second(query, from-86400),
	}
}

func ask(t *testing.T, source Source, config Config, question Question) Answer {
	t.Helper()
	answer, err := Ask(t.Context(), source, config, question)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// one is the only row of an answer.
func one(t *testing.T, answer Answer) Row {
	t.Helper()
	if len(answer.Rows) != 1 {
		t.Fatalf("%d rows, want 1: %+v", len(answer.Rows), answer.Rows)
	}
	return answer.Rows[0]
}

func isPercent(t *testing.T, what string, want float64) func(got float64, ok bool) {
	t.Helper()
	return func(got float64, ok bool) {
		t.Helper()
		if !ok || math.Abs(got-want) > 1e-6 {
			t.Errorf("%s is %v (%v), want %v", what, got, ok, want)
		}
	}
}
