package rollup

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// memory is a store in memory that notes what is added up.
type memory struct {
	intervals []storage.Interval
	dirty     []storage.DirtyRange
	sites     []storage.RolledSite
	oldest    int64
	asked     []string
}

func (m *memory) Intervals(_ context.Context, device sample.ID, from, to int64) ([]storage.Interval, error) {
	var found []storage.Interval
	for _, i := range m.intervals {
		if i.Device == device && i.FromMs < to && i.ToMs > from {
			found = append(found, i)
		}
	}
	return found, nil
}

func (m *memory) PendingDirty(_ context.Context, _ int, before int64) ([]storage.DirtyRange, error) {
	latest := map[string]storage.DirtyRange{}
	for _, d := range m.dirty {
		key := fmt.Sprint(d.Figure, d.Customer, d.Entity, d.FromMs)
		if old, found := latest[key]; d.Offset < before && (!found || cmp.Or(cmp.Compare(d.Offset, old.Offset), cmp.Compare(bit(d.Deleted), bit(old.Deleted))) > 0) {
			latest[key] = d
		}
	}
	var pending []storage.DirtyRange
	for _, d := range latest {
		if !d.Deleted {
			pending = append(pending, d)
		}
	}
	return pending, nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (m *memory) RolledSites(_ context.Context, _ int, before int64) ([]storage.RolledSite, error) {
	latest := map[place]storage.RolledSite{}
	for _, s := range m.sites {
		if old, found := latest[place{s.Customer, s.Site}]; s.Offset < before && (!found || s.Offset > old.Offset) {
			latest[place{s.Customer, s.Site}] = s
		}
	}
	var all []storage.RolledSite
	for _, s := range latest {
		all = append(all, s)
	}
	return all, nil
}

func (m *memory) OldestFigure(context.Context) (int64, error) { return m.oldest, nil }

func (m *memory) RollUpHours(_ context.Context, r storage.RollUp) error {
	m.asked = append(m.asked, fmt.Sprintf("hours %d%v%d-%d", r.Customer, r.Sites, r.FromMs/hourMs, r.ToMs/hourMs))
	return nil
}

func (m *memory) RollUpDays(_ context.Context, r storage.RollUp) error {
	what := "days"
	if r.AvailabilityOnly {
		what = "availability"
	}
	m.asked = append(m.asked, fmt.Sprintf("%s %d%v%d-%d", what, r.Customer, r.Sites, r.FromMs/hourMs, r.ToMs/hourMs))
	return nil
}

func (m *memory) write(d *storage.Derived) {
	m.dirty = append(m.dirty, d.Dirty...)
	m.sites = append(m.sites, d.RolledSites...)
}

// Day 20000 since 1970 begins the tests.
const epoch = 20000 * dayMs

func newFigure(t *testing.T, store Store, first, tickMs int64) *Figure {
	t.Helper()
	figure, err := New(DefaultConfig(), store, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := figure.Restore(t.Context(), first, tickMs); err != nil {
		t.Fatal(err)
	}
	return figure
}

// tickAt is a batch of the message at an offset, a tick so long after the epoch.
func tickAt(offset, ms int64) *storage.Batch {
	return &storage.Batch{
		Source: storage.Source{First: offset, Last: offset},
		Blocks: []storage.Block{{Kind: sample.KindTicks, SlotMs: epoch + ms, Offset: offset}},
	}
}

// poll adds a row of utilization that ended so long after the epoch.
func poll(d *storage.Derived, site sample.ID, end, length, offset int64) {
	u := &d.Utilization
	u.Customer, u.Site = append(u.Customer, 1), append(u.Site, site)
	u.EndMs, u.IntervalMs, u.Offset = append(u.EndMs, epoch+end), append(u.IntervalMs, uint32(length)), append(u.Offset, offset)
}

func process(t *testing.T, f *Figure, batch *storage.Batch, derived *storage.Derived) *storage.Derived {
	t.Helper()
	if derived == nil {
		derived = &storage.Derived{}
	}
	if err := f.Process(t.Context(), batch, derived); err != nil {
		t.Fatal(err)
	}
	f.store.(*memory).write(derived)
	return derived
}

const minute = 60_000

func TestAnHourIsMarkedOnceAndAddedUpOnce(t *testing.T) {
	store := &memory{}
	f := newFigure(t, store, 0, 0)
	for offset := int64(1); offset <= 60; offset++ { // a poll and a tick a minute
		rows := &storage.Derived{}
		poll(rows, 7, offset*minute, minute, offset)
		got := process(t, f, tickAt(offset, offset*minute), rows)
		if offset > 1 && len(got.Dirty) != 0 {
			t.Fatalf("minute %d: %+v", offset, got.Dirty)
		}
	}
	want := []storage.DirtyRange{
		{Customer: 1, Site: 7, Entity: 7, Figure: storage.RollUpHours, FromMs: epoch, ToMs: epoch + hourMs, Partition: 3, Version: storage.Version{Offset: 1}},
		{Customer: 1, Site: 7, Entity: 7, Figure: storage.RollUpDays, FromMs: epoch, ToMs: epoch + dayMs, Partition: 3, Version: storage.Version{Offset: 1}},
	}
	if !reflect.DeepEqual(store.dirty, want) || !reflect.DeepEqual(store.sites, []storage.RolledSite{{Customer: 1, Site: 7, Partition: 3, Offset: 1}}) {
		t.Fatalf("got %+v and %+v", store.dirty, store.sites)
	}
	process(t, f, tickAt(69, 69*minute+59_999), nil)
	if len(store.asked) != 0 {
		t.Fatalf("%q before the hour was over for the grace", store.asked)
	}
	got := process(t, f, tickAt(70, 70*minute), nil)
	want[0].Version = storage.Version{Offset: 70, Deleted: true}
	if !slices.Equal(store.asked, []string{"hours 1[7]480000-480001"}) || !reflect.DeepEqual(got.Dirty, want[:1]) {
		t.Fatalf("%q, %+v", store.asked, got.Dirty)
	}
	// The day waits for its end.
	process(t, f, tickAt(71, 23*hourMs), nil)
	process(t, f, tickAt(72, 24*hourMs+10*minute), nil)
	process(t, f, tickAt(73, 25*hourMs), nil)
	if !slices.Equal(store.asked[1:], []string{"days 1[7]480000-480024"}) {
		t.Fatalf("%q", store.asked)
	}
	if pending, _ := store.PendingDirty(t.Context(), 3, 100); len(pending) != 0 {
		t.Fatalf("%+v is still dirty", pending)
	}
}

func TestRowsOfTheBatchAtHandAreNotAddedUpYet(t *testing.T) {
	store := &memory{}
	f := newFigure(t, store, 0, 0)
	late := func() *storage.Derived {
		rows := &storage.Derived{}
		poll(rows, 7, 30*minute, minute, 10)
		return rows
	}
	if process(t, f, tickAt(10, 5*hourMs), late()); len(store.asked) != 0 {
		t.Fatalf("%q: its rows are not stored", store.asked)
	}
	// The second batch brings more of the hour: it stays dirty.
	rows := late()
	if got := process(t, f, tickAt(11, 5*hourMs+minute), rows); len(store.asked) != 1 || len(got.Dirty) != 0 {
		t.Fatalf("%q, %+v", store.asked, got.Dirty)
	}
	if got := process(t, f, tickAt(12, 5*hourMs+2*minute), nil); len(store.asked) != 2 || len(got.Dirty) != 1 || !got.Dirty[0].Deleted {
		t.Fatalf("%q, %+v", store.asked, got.Dirty)
	}
}

func TestPollsAndIntervalsMarkAllTheirTime(t *testing.T) {
	store := &memory{intervals: []storage.Interval{{Customer: 1, Site: 7, Device: 9, FromMs: epoch, ToMs: epoch + 3*dayMs - 1}}}
	f := newFigure(t, store, 0, epoch+9*dayMs)
	rows := &storage.Derived{
		Intervals:    []storage.Interval{{Customer: 1, Site: 7, Device: 9, FromMs: epoch, ToMs: epoch + 5, Version: storage.Version{Epoch: 1, Offset: 5}}},
		VoiceMinutes: []storage.VoiceMinute{{Customer: 1, Site: 7, MinuteMs: epoch + 9*hourMs}},
	}
	poll(rows, 7, 2*hourMs+5, hourMs, 5)
	poll(rows, 7, 2*hourMs, minute, 5)
	poll(rows, 8, -100*dayMs, minute, 5) // later than any poll is kept
	process(t, f, tickAt(5, 9*dayMs), rows)
	var hours, days []int64
	for _, d := range store.dirty {
		if d.Figure == storage.RollUpHours {
			hours = append(hours, (d.FromMs-epoch)/hourMs)
		} else {
			days = append(days, (d.FromMs-epoch)/dayMs)
		}
	}
	if !slices.Equal(hours, []int64{2, 1, 9}) && !slices.Equal(hours, []int64{1, 2, 9}) {
		t.Errorf("hours %v", hours)
	}
	if slices.Sort(days); !slices.Equal(days, []int64{0, 1, 2}) { // as long as the interval was before
		t.Errorf("days %v", days)
	}
}

// TestWhatIsGivenUpIsNotMadeAnew holds that neither the end of a long outage nor a long
// standstill takes away what is left of a time whose polls are gone.
func TestWhatIsGivenUpIsNotMadeAnew(t *testing.T) {
	store := &memory{}
	f := newFigure(t, store, 0, epoch+100*dayMs)
	process(t, f, tickAt(1, 100*dayMs), &storage.Derived{Intervals: []storage.Interval{
		{Customer: 1, Site: 7, Device: 9, FromMs: epoch + 10*dayMs, ToMs: epoch + 22*dayMs, Version: storage.Version{Offset: 1}}}})
	process(t, f, tickAt(2, 100*dayMs+minute), nil)
	day := func(n int64) int64 { return (epoch + n*dayMs) / hourMs }
	if want := []string{fmt.Sprintf("availability 1[7]%d-%d", day(10), day(19)), fmt.Sprintf("days 1[7]%d-%d", day(19), day(23))}; !slices.Equal(store.asked, want) {
		t.Fatalf("%q, want %q", store.asked, want)
	}
	store.asked = nil
	rows := &storage.Derived{}
	poll(rows, 7, 30*dayMs+hourMs, minute, 3)
	process(t, f, tickAt(3, 100*dayMs+2*minute), rows)
	process(t, f, tickAt(4, 130*dayMs), nil) // nothing ran for a month
	process(t, f, tickAt(5, 130*dayMs+minute), nil)
	if want := []string{fmt.Sprintf("availability 1[7]%d-%d", day(30), day(31))}; !slices.Equal(store.asked, want) {
		t.Fatalf("%q, want %q", store.asked, want)
	}
	if pending, _ := store.PendingDirty(t.Context(), 3, 100); len(pending) != 0 {
		t.Fatalf("%+v is still dirty", pending)
	}
}

func TestTheWorkOfARoundIsBounded(t *testing.T) {
	store := &memory{}
	f := newFigure(t, store, 0, epoch+30*dayMs)
	backlog := &storage.Derived{}
	for hour := range int64(7 * 24) {
		for site := range sample.ID(3) {
			poll(backlog, site, hour*hourMs+minute, minute, 1)
		}
	}
	process(t, f, tickAt(1, 30*dayMs), backlog)
	for round := range int64(7) {
		process(t, f, tickAt(2+round, 30*dayMs+(1+round)*minute), nil)
		if want := fmt.Sprintf("hours 1[0 1 2]%d-%d", (epoch+round*dayMs)/hourMs, (epoch+(round+1)*dayMs)/hourMs); !slices.Contains(store.asked, want) {
			t.Fatalf("round %d: %q, want %q", round, store.asked, want)
		}
	}
	process(t, f, tickAt(20, 30*dayMs+20*minute), nil)
	if pending, _ := store.PendingDirty(t.Context(), 3, 100); len(pending) != 0 {
		t.Fatalf("%+v is still dirty", pending)
	}
}

func TestThePastIsAddedUp(t *testing.T) {
	// Two sites were there before there were rollups; one brings rows.
	store := &memory{oldest: epoch - 2*dayMs + 5, sites: []storage.RolledSite{
		{Customer: 1, Site: 7, SinceMs: storage.NotRolled, Offset: -1}, {Customer: 1, Site: 8, SinceMs: storage.NotRolled, Offset: -1}}}
	f := newFigure(t, store, 0, 0)
	rows := &storage.Derived{}
	poll(rows, 7, minute, minute, 5)
	process(t, f, tickAt(5, minute), rows)
	process(t, f, tickAt(6, 2*minute), nil)
	if len(store.asked) != 0 || f.sites[place{1, 7}] != epoch+dayMs || f.sites[place{1, 8}] != epoch+dayMs {
		t.Fatalf("%q, %v: want to begin with the end of the day", store.asked, f.sites)
	}
	for offset := range int64(9) {
		process(t, f, tickAt(7+offset, dayMs+(20+offset)*minute), nil)
	}
	for day := range int64(3) {
		want := fmt.Sprintf("days 1[7 8]%d-%d", (epoch-day*dayMs)/hourMs, (epoch-(day-1)*dayMs)/hourMs)
		if !slices.Contains(store.asked, want) {
			t.Errorf("%q, want %q", store.asked, want)
		}
	}
	// Restored, there is nothing left to do.
	store.asked = nil
	f = newFigure(t, store, 100, epoch+2*dayMs)
	process(t, f, tickAt(101, 2*dayMs+minute), nil)
	if len(store.asked) != 0 || f.sites[place{1, 7}] != 0 || f.sites[place{1, 8}] != 0 {
		t.Errorf("%q, %v", store.asked, f.sites)
	}
}

// TestRestoredFigureGoesOnTheSame holds that whoever takes over writes what the one
// before would have written.
func TestRestoredFigureGoesOnTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	store := &memory{oldest: epoch - 3*dayMs, sites: []storage.RolledSite{{Customer: 1, Site: 3, SinceMs: storage.NotRolled, Offset: -1}}}
	f := newFigure(t, store, 0, 0)
	tickMs := int64(0)
	for offset := int64(0); offset < 3000; offset += 3 {
		now := offset * 40_000
		content := func() (*storage.Batch, *storage.Derived) {
			random := rand.New(rand.NewPCG(7, uint64(offset)))
			rows := &storage.Derived{}
			for range random.IntN(5) {
				end := now - random.Int64N(minute)
				if random.IntN(10) == 0 {
					end -= random.Int64N(30 * hourMs)
				}
				poll(rows, sample.ID(random.IntN(3)), end, 1+random.Int64N(10*minute), offset)
			}
			batch := tickAt(offset+1, now)
			batch.Source.First = offset
			return batch, rows
		}
		batch, want := content()
		other := *f.store.(*memory)
		other.asked = nil
		if random.IntN(3) == 0 { // somebody else takes over
			taken := newFigure(t, &other, offset, tickMs)
			_, got := content()
			process(t, taken, batch, got)
			process(t, f, batch, want)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("offset %d: got %+v and %+v, want %+v and %+v", offset, got.Dirty, got.RolledSites, want.Dirty, want.RolledSites)
			}
			taken.store = store
			f = taken
		} else {
			process(t, f, batch, want)
		}
		tickMs = epoch + now
	}
	if len(store.asked) < 50 {
		t.Errorf("only %d were added up", len(store.asked))
	}
}

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	if err := (Config{}).Validate(); err == nil {
		t.Error("an empty configuration is taken")
	}
}

func BenchmarkSoil(b *testing.B) {
	f, err := New(DefaultConfig(), &memory{}, 3)
	if err != nil {
		b.Fatal(err)
	}
	derived := &storage.Derived{}
	for i := range int64(100_000) {
		poll(derived, sample.ID(i/20_000), i/1000*5000, 5000, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		derived.Dirty = derived.Dirty[:0]
		f.out = derived
		if err := f.soil(b.Context(), derived); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(derived.Utilization.EndMs))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
