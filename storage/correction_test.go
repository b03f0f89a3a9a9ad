package storage

import (
	"reflect"
	"testing"
	"time"
)

func at(second int64) time.Time { return time.Unix(1_800_000_000+second, 0).UTC() }

func TestBeforePutsTheOldPiecesBack(t *testing.T) {
	down := func(from, to int64) Outage {
		return Outage{From: at(from), To: at(to), State: StateDown, Cause: CauseNoAnswer}
	}
	unknown := func(from, to int64) Outage {
		return Outage{From: at(from), To: at(to), State: StateUnknown, Cause: CauseSilent}
	}
	up := func(from, to int64) Outage { return Outage{From: at(from), To: at(to), State: StateUp} }
	for name, test := range map[string]struct {
		now    []Outage
		before []Outage
		want   []Outage
	}{
		"nothing changed":             {[]Outage{down(10, 20)}, nil, []Outage{down(10, 20)}},
		"an outage is new":            {[]Outage{down(10, 20)}, []Outage{up(10, 20)}, []Outage{}},
		"an outage is gone":           {[]Outage{}, []Outage{down(10, 20)}, []Outage{down(10, 20)}},
		"one was longer":              {[]Outage{down(10, 20)}, []Outage{down(20, 30)}, []Outage{down(10, 30)}},
		"one was shorter":             {[]Outage{down(10, 30)}, []Outage{up(20, 30)}, []Outage{down(10, 20)}},
		"silence turned to an outage": {[]Outage{down(20, 30)}, []Outage{unknown(10, 40)}, []Outage{unknown(10, 40)}},
		"the middle was up":           {[]Outage{down(10, 40)}, []Outage{up(20, 30)}, []Outage{down(10, 20), down(30, 40)}},
		"over two":                    {[]Outage{down(10, 20), down(30, 40)}, []Outage{unknown(15, 35)}, []Outage{down(10, 15), unknown(15, 35), down(35, 40)}},
	} {
		now := Availability{UpMs: 100_000, Outages: test.now}
		for _, outage := range test.now {
			now.UpMs -= now.spend(outage.State, outage.From, outage.To)
		}
		want := Availability{UpMs: 100_000, Outages: test.want}
		for _, outage := range test.want {
			want.UpMs -= want.spend(outage.State, outage.From, outage.To)
		}
		if got := Before(now, Correction{Before: test.before}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestBeforeLeavesThePresentAlone(t *testing.T) {
	now := Availability{UpMs: 90_000, DownMs: 10_000, Outages: []Outage{{From: at(0), To: at(10), State: StateDown}}}
	Before(now, Correction{Before: []Outage{{From: at(2), To: at(8), State: StateUp}}})
	if now.DownMs != 10_000 || len(now.Outages) != 1 || !now.Outages[0].To.Equal(at(10)) {
		t.Errorf("the present became %+v", now)
	}
}
