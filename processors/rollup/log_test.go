package rollup

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func (m *memory) RollUpLog(_ context.Context, r storage.RollUp) error {
	m.asked = append(m.asked, fmt.Sprintf("log %d%v%d-%d", r.Customer, r.Sites, r.FromMs/hourMs, r.ToMs/hourMs))
	return nil
}

// linesAt is a batch of the message at an offset: lines of sites 7 and up, each
// received so long after the epoch.
func linesAt(offset int64, received ...int64) *storage.Batch {
	rows := &sample.Syslog{}
	table := &storage.Table{Rows: rows}
	for i, ms := range received {
		rows.OffsetMs, rows.Sequence = append(rows.OffsetMs, 5), append(rows.Sequence, uint64(i))
		table.Customer, table.Site = append(table.Customer, 1), append(table.Site, sample.ID(7+i))
		table.SlotMs, table.Offset = append(table.SlotMs, epoch+ms-5), append(table.Offset, offset)
	}
	return &storage.Batch{
		Source: storage.Source{First: offset, Last: offset}, Tables: map[sample.Kind]*storage.Table{sample.KindSyslog: table},
		Blocks: []storage.Block{{Kind: sample.KindSyslog, Offset: offset, SlotMs: epoch, To: len(received)}},
	}
}

func newLog(t *testing.T, store LogStore, first, tickMs int64) *Log {
	t.Helper()
	lines, err := NewLog(DefaultConfig(), store, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := lines.Restore(t.Context(), first, tickMs); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestAnHourOfTheLogIsAddedUpWhenItIsOverAndAgainWhenLinesComeLate(t *testing.T) {
	store := &memory{}
	lines := newLog(t, store, 0, 0)
	process := func(batch *storage.Batch) []storage.DirtyRange {
		t.Helper()
		derived := &storage.Derived{}
		if err := lines.Process(t.Context(), batch, derived); err != nil {
			t.Fatal(err)
		}
		store.dirty = append(store.dirty, derived.Dirty...)
		return derived.Dirty
	}
	expect := func(what string, want ...string) {
		t.Helper()
		if !reflect.DeepEqual(store.asked, want) {
			t.Errorf("%s: %q is asked for, want %q", what, store.asked, want)
		}
		store.asked = nil
	}
	hour := int64(epoch / hourMs)
	process(tickAt(1, minute))
	if dirty := process(linesAt(2, 2*minute, hourMs-1)); len(dirty) != 2 || dirty[1].FromMs != epoch || dirty[1].Entity != 8 || dirty[1].Figure != storage.RollUpLog || dirty[1].Deleted {
		t.Errorf("%+v", dirty)
	}
	if dirty := process(linesAt(3, 4*minute)); len(dirty) != 0 {
		t.Errorf("marked again: %+v", dirty)
	}
	process(tickAt(4, hourMs+9*minute))
	expect("within the grace")
	if dirty := process(tickAt(5, hourMs+10*minute)); len(dirty) != 2 || !dirty[0].Deleted || dirty[0].Offset != 5 {
		t.Errorf("%+v", dirty)
	}
	expect("after the grace", fmt.Sprintf("log 1[7 8]%d-%d", hour, hour+1))
	process(tickAt(6, hourMs+11*minute))
	expect("a minute later")
	process(linesAt(7, 5*minute))
	process(tickAt(8, hourMs+12*minute))
	expect("after a late line", fmt.Sprintf("log 1[7]%d-%d", hour, hour+1))
	process(linesAt(9, -81*dayMs))
	process(tickAt(10, hourMs+13*minute))
	expect("after a line of long ago")

	// Whoever takes over, or makes a batch again, does the same.
	batch := linesAt(11, 6*minute)
	process(batch)
	lines = newLog(t, store, 11, epoch+hourMs+13*minute)
	if dirty := process(batch); len(dirty) != 1 {
		t.Errorf("made again: %+v", dirty)
	}
	process(tickAt(12, hourMs+14*minute))
	lines = newLog(t, store, 12, epoch+hourMs+13*minute)
	process(tickAt(12, hourMs+14*minute))
	again := fmt.Sprintf("log 1[7]%d-%d", hour, hour+1)
	expect("made again", again, again)
	lines = newLog(t, store, 13, epoch+hourMs+14*minute)
	if len(lines.hours.dirty) != 0 {
		t.Errorf("left are %v", lines.hours.dirty)
	}
}

// TestRatesFollowTheStream has lines stored and added up as the runner does, with batches
// made again, lines sent again and lines that are late, and counts them.
func TestRatesFollowTheStream(t *testing.T) {
	w := newWorld(t)
	lines := newLog(t, w.store, 0, 0)
	counts := map[time.Time]uint64{}
	sequence := uint64(0)
	var sentBefore *sample.Syslog
	var sentSlot int64
	offset := int64(10)
	for at := time.Duration(0); at < 9*time.Hour; at += 20 * time.Minute {
		var rows *sample.Syslog
		slot := w.start.Add(at).UnixMilli()
		if w.random.IntN(6) == 0 && sentBefore != nil { // the appliance did not hear that it arrived
			rows, slot = sentBefore, sentSlot
		} else {
			if w.random.IntN(5) == 0 {
				slot -= int64(w.random.IntN(6)) * hourMs
			}
			rows = someLines(w.random, &sequence)
			for i, after := range rows.OffsetMs {
				counts[time.UnixMilli(slot+int64(after)).UTC().Truncate(time.Hour)] += uint64(max(rows.Occurrences[i], 1))
			}
			sentBefore, sentSlot = rows, slot
		}
		table := &storage.Table{Rows: rows}
		for range rows.Len() {
			table.Customer, table.Site, table.Appliance = append(table.Customer, sample.CustomerID("acme")), append(table.Site, worldSites[0]), append(table.Appliance, 1)
			table.SlotMs, table.Offset = append(table.SlotMs, slot), append(table.Offset, offset)
		}
		source := storage.Source{Incarnation: "i", Topic: "logs", Partition: 3, First: offset, Last: offset + 9}
		now := w.start.Add(at + 20*time.Minute).UnixMilli()
		batch := &storage.Batch{Source: source, Tables: map[sample.Kind]*storage.Table{sample.KindSyslog: table},
			Blocks: []storage.Block{{Kind: sample.KindSyslog, SlotMs: slot, Offset: offset, To: rows.Len()}, {Kind: sample.KindTicks, SlotMs: now, Offset: offset + 9}}}
		for range 1 + w.random.IntN(3)/2 { // again, as after a crash
			lines = newLog(t, w.store, offset, w.tickMs)
			derived := &storage.Derived{}
			if err := w.store.WriteRaw(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if err := lines.Process(t.Context(), batch, derived); err != nil {
				t.Fatal(err)
			}
			if err := w.store.WriteDerived(t.Context(), source, derived); err != nil {
				t.Fatal(err)
			}
		}
		w.tickMs, offset = now, offset+10
		rates, err := w.store.SyslogRates(t.Context(), storage.SyslogRatesQuery{By: []storage.LogGroup{storage.ByDevice, storage.BySeverity},
			Query: storage.Query{Scope: storage.EveryCustomer(), From: w.start.Add(-12 * time.Hour), To: w.start.Add(12 * time.Hour), Step: time.Hour}})
		if err != nil || !reflect.DeepEqual(rates.Messages, counts) {
			t.Fatalf("after %s there are %v, want %v, error %v", at, rates.Messages, counts, err)
		}
	}
	if n := len(lines.hours.dirty); n > 3 {
		t.Errorf("%d hours are still to be added up", n)
	}
}

// someLines are up to 40 lines received within 40 minutes.
func someLines(random *rand.Rand, sequence *uint64) *sample.Syslog {
	rows := &sample.Syslog{}
	for range 1 + random.IntN(40) {
		*sequence++
		rows.Device, rows.OffsetMs = append(rows.Device, sample.ID(100+random.IntN(3))), append(rows.OffsetMs, uint32(random.IntN(40*minute)))
		rows.Sequence, rows.Format = append(rows.Sequence, *sequence), append(rows.Format, 0)
		rows.Facility, rows.Severity = append(rows.Facility, 1), append(rows.Severity, uint8(random.IntN(8)))
		rows.StampedMs, rows.Occurrences, rows.Relayed = append(rows.StampedMs, 0), append(rows.Occurrences, uint32(random.IntN(3))), append(rows.Relayed, 0)
		for _, column := range []*[]string{&rows.Source, &rows.Hostname, &rows.AppName, &rows.ProcessID, &rows.MessageID, &rows.Mnemonic, &rows.Message, &rows.Raw, &rows.Complaint} {
			*column = append(*column, "")
		}
	}
	return rows
}
