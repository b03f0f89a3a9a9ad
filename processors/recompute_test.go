package processors

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

// ask sends a request about the first appliance's whole time until a second after the
// start, and the ticks it takes.
func (s *pings) ask(request sample.ID, second int) {
	s.t.Helper()
	rows := &sample.Recomputes{
		Request: []sample.ID{request}, Figure: []string{"availability"}, FromMs: []int64{s.start.UnixMilli()},
		ToMs: []int64{s.start.Add(time.Duration(second) * time.Second).UnixMilli()}, By: []string{"ito"}, Why: []string{"a wrong record"},
	}
	s.send(s.start.Add(time.Duration(second)*time.Second), fleetAppliance(0), rows, func(message bus.Message) error {
		return s.client.Produce(s.t.Context(), bus.TopicTelemetry, message)
	})
	for i := range 3 {
		s.tick(second + i)
	}
}

// spoil writes intervals over the record with a version that the live path could have
// written.
func (s *pings) spoil(intervals ...storage.Interval) {
	s.t.Helper()
	for i := range intervals {
		intervals[i].Customer, intervals[i].Site, intervals[i].Device = customer, site, 77
		intervals[i].FromMs += s.start.UnixMilli()
		intervals[i].ToMs += s.start.UnixMilli()
		intervals[i].Offset = 100
	}
	err := s.store.WriteDerived(s.t.Context(), storage.Source{Incarnation: "spoiled", Topic: "telemetry"}, &storage.Derived{Intervals: intervals})
	if err != nil {
		s.t.Fatal(err)
	}
}

// work runs a processor until a request is done.
func (s *pings) work(request sample.ID) {
	s.t.Helper()
	whole := &plug{pipeline: s.pipeline, journal: &journal{}, left: 1 << 30}
	_, stop := whole.start(s.t, func(c *Config) { c.BatchLinger, c.TickInterval = 50*time.Millisecond, time.Minute })
	defer stop()
	await(s.t, 30*time.Second, "the request is never done", func() bool {
		progress, err := s.store.Recomputes(s.t.Context(), request)
		if err != nil {
			s.t.Fatal(err)
		}
		return len(progress) == 1 && progress[0].Done
	})
}

func (s *pings) intervals() []storage.Interval {
	s.t.Helper()
	intervals, err := s.store.Intervals(s.t.Context(), 77, 0, latestMs)
	if err != nil {
		s.t.Fatal(err)
	}
	return intervals
}

func (s *pings) availability(second int) (storage.Availability, storage.Query) {
	s.t.Helper()
	query := storage.Query{Scope: storage.EveryCustomer(), From: s.start, To: s.start.Add(time.Duration(second) * time.Second)}
	devices, err := s.store.Availability(s.t.Context(), query)
	if err != nil || len(devices) != 1 {
		s.t.Fatalf("%d devices, error %v", len(devices), err)
	}
	return devices[0], query
}

// A wrong record in the real store is put right through power failures, the figure
// before is there to be seen, and once more changes nothing.
func TestARecordIsMadeAnewInTheRealStore(t *testing.T) {
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	s := &pings{pipeline: newPipeline(t), t: t, encoder: encoder, start: time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour)}
	if err := s.store.SaveRegistry(t.Context(), fleetRegistry()); err != nil {
		t.Fatal(err)
	}
	for second := 0; second < 600; second += 5 {
		s.round(second, (second < 50 || second >= 80) && (second < 140 || second >= 155))
		if second%10 == 0 {
			s.tick(second + 6)
		}
	}
	right := []string{"down no answer 50-80", "down no answer 140-155"}
	s.process(590, right...)
	was, _ := s.availability(590)
	down := storage.Interval{State: storage.StateDown, Cause: storage.CauseNoAnswer, Evidence: "made up"}
	gone, longer, madeUp := down, down, down
	gone.FromMs, gone.ToMs, gone.Deleted = 50_000, 80_000, true
	longer.FromMs, longer.ToMs = 140_000, 200_000
	madeUp.FromMs, madeUp.ToMs = 300_000, 330_000
	s.spoil(gone, longer, madeUp)
	wrong, query := s.availability(590)
	if wrong.DownMs != 90_000 {
		t.Fatalf("the spoiled record: %+v", wrong)
	}

	s.ask(9, 600)
	random := rand.New(rand.NewPCG(7, 8))
	for range 6 {
		pulled := &plug{pipeline: s.pipeline, journal: &journal{}, left: 1 + random.IntN(6), half: random.IntN(2) == 0}
		_, stop := pulled.start(t, func(c *Config) {
			c.BatchLinger, c.TickInterval, c.DrainTimeout = 20*time.Millisecond, time.Second, 100*time.Millisecond
			c.RetryBackoff, c.RetryLongest = 5*time.Millisecond, 20*time.Millisecond
		})
		await(t, 30*time.Second, "the plug is never pulled", func() bool {
			pulled.mutex.Lock()
			defer pulled.mutex.Unlock()
			return pulled.left < 0
		})
		stop()
	}
	s.work(9)
	progress, err := s.store.Recomputes(t.Context(), 9)
	if err != nil || len(progress) != 1 || !progress[0].Done || progress[0].Entities != 1 || progress[0].KeptMs != 0 || progress[0].By != "ito" {
		t.Fatalf("the request came to %+v, error %v", progress, err)
	}
	if got := s.outages(590); !slices.Equal(got, right) {
		t.Fatalf("the record is %q, want %q", got, right)
	}
	now, _ := s.availability(590)
	corrections, err := s.store.Corrections(t.Context(), query)
	if err != nil || len(corrections) != 1 || corrections[0].Request != 9 || corrections[0].Why != "a wrong record" || !corrections[0].Changed {
		t.Fatalf("corrections %+v, error %v", corrections, err)
	}
	then := storage.Before(now, corrections[0])
	if then.DownMs != wrong.DownMs || then.UpMs != wrong.UpMs || len(then.Outages) != len(wrong.Outages) {
		t.Errorf("before it was\n%+v, want\n%+v", then, wrong)
	}
	if now.DownMs != was.DownMs || now.UpMs != was.UpMs {
		t.Errorf("it is\n%+v, want\n%+v", now, was)
	}

	made := s.intervals()
	s.ask(10, 700)
	s.work(10)
	if again := s.intervals(); !slices.Equal(again, made) {
		t.Errorf("the second time\n%+v became\n%+v", made, again)
	}
	if again, err := s.store.Corrections(t.Context(), query); err != nil || !reflect.DeepEqual(again, corrections) {
		t.Errorf("the second time %+v was corrected, error %v", again, err)
	}
}

// A backlog that comes out of order is a correction by itself.
func TestABacklogIsACorrectionInTheRealStore(t *testing.T) {
	encoder, err := sample.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	s := &pings{pipeline: newPipeline(t), t: t, encoder: encoder, start: time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour)}
	for second := 0; second < 300; second += 5 {
		if second < 120 || second >= 180 {
			s.round(second, true)
		}
		if second == 250 { // newest first
			for late := 175; late >= 120; late -= 5 {
				s.round(late, late < 140 || late >= 155)
			}
		}
		if second%10 == 0 {
			s.tick(second + 6)
		}
	}
	s.process(290, "down no answer 140-155")
	now, query := s.availability(290)
	corrections, err := s.store.Corrections(t.Context(), query)
	if err != nil || len(corrections) == 0 {
		t.Fatalf("corrections %+v, error %v", corrections, err)
	}
	then := now
	for _, correction := range slices.Backward(corrections) {
		if correction.By != storage.ByItself || correction.Why != storage.LateRows || correction.Request != 0 {
			t.Errorf("%+v", correction)
		}
		then = storage.Before(then, correction)
	}
	if then.UnknownMs != 65_000 || then.DownMs != 0 {
		t.Errorf("before the backlog it was %+v", then)
	}
}
