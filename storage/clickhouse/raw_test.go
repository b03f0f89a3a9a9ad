package clickhouse

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// filled returns rows of a kind in which every value of every column differs from
// zero and from the other rows'.
func filled(tb testing.TB, kind sample.Kind, n, first int) sample.Rows {
	tb.Helper()
	rows, err := sample.NewRows(kind)
	if err != nil {
		tb.Fatal(err)
	}
	all := reflect.ValueOf(rows).Elem()
	for f, named := range reflect.VisibleFields(all.Type()) {
		if named.Anonymous { // its fields follow
			continue
		}
		field := all.FieldByIndex(named.Index)
		for i := range n {
			value := 1 + f + 3*(first+i)
			switch column := field.Addr().Interface().(type) {
			case *[]uint8:
				*column = append(*column, uint8(value))
			case *[]uint32:
				*column = append(*column, uint32(value))
			case *[]uint64:
				*column = append(*column, uint64(value)<<33|7)
			case *[]int64:
				*column = append(*column, int64(value))
			case *[]string:
				*column = append(*column, "text '"+strconv.Itoa(value)+"'\n\\")
			case *sample.Lists:
				list := make([]uint32, (first+i)%3) // empty ones too
				for k := range list {
					list[k] = uint32(value*1000 + k)
				}
				column.Append(list...)
			default:
				tb.Fatalf("%s has a column of type %s, which this test cannot fill", kind, field.Type())
			}
		}
	}
	return rows
}

func testRoundTrip(t *testing.T, config Config) {
	store := open(t, config)
	written := &storage.Batch{Source: source(3, 10, 20), Tables: map[sample.Kind]*storage.Table{}}
	for i, kind := range rawKinds {
		// Two messages of each kind, three rows and two.
		offset := int64(10 + 2*i)
		rows := table(filled(t, kind, 5, 1), at(0), offset, acme)
		for k := 3; k < 5; k++ {
			rows.SlotMs[k], rows.Offset[k] = at(time.Minute), offset+1
		}
		written.Tables[kind] = rows
	}
	if err := store.WriteRaw(t.Context(), written); err != nil {
		t.Fatal(err)
	}
	read, err := store.Raw(t.Context(), storage.RawQuery{Kinds: append(slices.Clone(rawKinds), sample.KindTicks), Partition: 3, Before: 1000, After: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range rawKinds {
		if !reflect.DeepEqual(read.Tables[kind], written.Tables[kind]) {
			t.Errorf("%s came back changed:\n%+v\nwritten\n%+v", kind, read.Tables[kind], written.Tables[kind])
		}
	}
	if len(read.Blocks) != 2*len(rawKinds) {
		t.Fatalf("%d blocks, want two of each kind", len(read.Blocks))
	}
	for i, block := range read.Blocks {
		want := storage.Block{Kind: rawKinds[i/2], Customer: acme, Site: acmeTokyo, Appliance: acmeBox,
			SlotMs: at(0), Offset: int64(10 + i), From: 0, To: 3}
		if i%2 == 1 {
			want.SlotMs, want.From, want.To = at(time.Minute), 3, 5
		}
		if block != want {
			t.Errorf("block %d is %+v, want %+v", i, block, want)
		}
	}
	if other, err := store.Raw(t.Context(), storage.RawQuery{Kinds: rawKinds, Partition: 4, Before: 1000, After: -1}); err != nil || other.Rows() != 0 {
		t.Errorf("another partition has %d rows, error %v", other.Rows(), err)
	}
}

func testSameBatchTwice(t *testing.T, config Config) {
	store := open(t, config)
	batch := &storage.Batch{Source: source(3, 1, 9), Tables: map[sample.Kind]*storage.Table{}}
	for i, kind := range rawKinds {
		batch.Tables[kind] = table(filled(t, kind, 4, 0), at(0), int64(i), acme)
	}
	derived := someDerived()
	for attempt := range 3 {
		if attempt == 2 {
			store = openOnly(t, config) // as after a crash
		}
		if err := store.WriteRaw(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if err := store.WriteDerived(t.Context(), batch.Source, derived); err != nil {
			t.Fatal(err)
		}
	}
	onceEach(t, store, 4, 1)
}

// someDerived is one row of everything.
func someDerived() *storage.Derived {
	return &storage.Derived{
		Utilization:  polls(poll{device: router, port: 5, end: time.Minute, length: time.Minute, in: 600, offset: 1}),
		Links:        []storage.Link{{Customer: acme, Site: acmeTokyo, Device: router, Interface: 5, LinkProfile: storage.LinkProfile{Kind: storage.LinkWAN}, Version: storage.Version{Offset: 1}}},
		DeviceStates: []storage.DeviceState{state(router, storage.StateUp, 0, 1)},
		Intervals:    []storage.Interval{interval(router, 0, time.Minute, storage.StateDown, storage.Version{Offset: 1})},
		Reboots:      []storage.Reboot{{Customer: acme, Site: acmeTokyo, Device: router, AtMs: at(0), Kind: storage.RebootDevice, Evidence: "e", Version: storage.Version{Offset: 1}}},
		VoiceMinutes: []storage.VoiceMinute{{Customer: acme, Site: acmeTokyo, Path: 9, MinuteMs: at(0), Codec: "G.711", Model: "m", Version: storage.Version{Offset: 1}}},
		Dirty:        []storage.DirtyRange{{Customer: acme, Site: acmeTokyo, Figure: "availability", Entity: router, FromMs: at(0), ToMs: at(1), Partition: 3, Version: storage.Version{Offset: 1}}},
	}
}

func testLowestOffsetWins(t *testing.T, config Config) {
	store := open(t, config)
	// The same rows in overlapping batches, the later offset written first.
	for _, offset := range []int64{50, 40, 60} {
		for _, kind := range rawKinds {
			rows := table(filled(t, kind, 2, 0), at(0), offset, acme)
			switch r := rows.Rows.(type) { // not in any key, so that one sees who won
			case *sample.Interfaces:
				r.InOctets[0] = uint64(offset)
			case *sample.Pings:
				r.Received[0] = uint8(offset)
			}
			write(t, store, offset, offset, rows)
		}
	}
	read := func(before, after int64) *storage.Batch {
		batch, err := store.Raw(t.Context(), storage.RawQuery{Kinds: rawKinds, Partition: 3, Before: before, After: after})
		if err != nil {
			t.Fatal(err)
		}
		return batch
	}
	batch := read(100, -1)
	for _, kind := range rawKinds {
		rows := batch.Table(kind)
		if rows == nil || !slices.Equal(rows.Offset, []int64{40, 40}) {
			t.Errorf("%s: want the two rows of offset 40, got %+v", kind, rows)
		}
	}
	if got := batch.Table(sample.KindInterfaces).Rows.(*sample.Interfaces).InOctets[0]; got != 40 {
		t.Errorf("the interface row is that of offset %d, want 40", got)
	}
	if got := batch.Table(sample.KindPings).Rows.(*sample.Pings).Received[0]; got != 40 {
		t.Errorf("the ping row is that of offset %d, want 40", got)
	}
	if n := read(40, -1).Rows(); n != 0 {
		t.Errorf("%d rows before offset 40, want none", n)
	}
	if n := read(100, 40).Rows(); n != 0 {
		t.Errorf("%d rows after offset 40, want none: later ones are repeats", n)
	}
	if n := read(41, 39).Rows(); n != 2*len(rawKinds) {
		t.Errorf("%d rows at offset 40, want %d", n, 2*len(rawKinds))
	}
}

func testRawRange(t *testing.T, config Config) {
	store := open(t, config)
	pings := &sample.Pings{}
	for i, device := range []sample.ID{router, router, router, toggle} {
		pings.Device = append(pings.Device, device)
		pings.OffsetMs = append(pings.OffsetMs, uint32(i*1000))
		pings.IntervalMs = append(pings.IntervalMs, 5000)
		pings.Attempt = append(pings.Attempt, 1)
		pings.Sent = append(pings.Sent, 3)
		pings.Received = append(pings.Received, 0)
		pings.ICMPError = append(pings.ICMPError, 0)
		pings.ICMPCode, pings.ErrorFrom = append(pings.ICMPCode, 0), append(pings.ErrorFrom, "")
		pings.Duplicates, pings.Reordered, pings.ReplyTTL = append(pings.Duplicates, 0), append(pings.Reordered, 0), append(pings.ReplyTTL, 64)
		pings.RTT.Append()
	}
	write(t, store, 5, 5, table(pings, at(0), 5, acme))
	beats := &sample.Heartbeats{
		OffsetMs: []uint32{2}, IntervalMs: []uint32{10000}, Sequence: []uint64{1},
		BacklogBlocks: []uint32{0}, BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0}, Version: []string{""}, SentBytes: []uint64{0}, SentMs: []uint32{0},
	}
	write(t, store, 6, 6, table(beats, at(0), 6, acme))
	for _, test := range []struct {
		query storage.RawQuery
		rows  int
	}{
		{storage.RawQuery{FromMs: at(0), ToMs: at(3 * time.Second)}, 4}, // a row counts by its own time, not its slot's
		{storage.RawQuery{FromMs: at(time.Second), ToMs: at(3 * time.Second)}, 2},
		{storage.RawQuery{FromMs: at(3 * time.Second), ToMs: at(time.Hour)}, 1},
		{storage.RawQuery{Entities: []sample.ID{toggle}}, 1},
		{storage.RawQuery{Entities: []sample.ID{router}, FromMs: at(time.Second), ToMs: at(time.Hour)}, 2},
		{storage.RawQuery{Entities: []sample.ID{router, acmeBox}}, 4},
		{storage.RawQuery{Entities: []sample.ID{zenRouter}}, 0},
	} {
		test.query.Kinds = []sample.Kind{sample.KindPings, sample.KindHeartbeats}
		test.query.Partition, test.query.Before, test.query.After = 3, 100, -1
		batch, err := store.Raw(t.Context(), test.query)
		if err != nil {
			t.Fatal(err)
		}
		if batch.Rows() != test.rows {
			t.Errorf("%+v: %d rows, want %d", test.query, batch.Rows(), test.rows)
		}
	}
}

// testTwoDays writes a batch over midnight, which takes an INSERT for each day.
func testTwoDays(t *testing.T, config Config) {
	store := open(t, config)
	rows := table(filled(t, sample.KindPings, 6, 0), 0, 7, acme)
	for i := range rows.SlotMs { // days alternate
		rows.SlotMs[i] = at(time.Duration(i%2) * 24 * time.Hour)
	}
	write(t, store, 7, 7, rows)
	if n := store.count(t, "raw_pings"); n != 6 {
		t.Fatalf("%d rows, want 6", n)
	}
	batch, err := store.Raw(t.Context(), storage.RawQuery{Kinds: []sample.Kind{sample.KindPings}, Partition: 3, Before: 100, After: -1})
	if err != nil {
		t.Fatal(err)
	}
	read, written := batch.Table(sample.KindPings).Rows.(*sample.Pings), rows.Rows.(*sample.Pings)
	for i, row := range []int{0, 2, 4, 1, 3, 5} { // by slot
		if read.Device[i] != written.Device[row] || !slices.Equal(read.RTT.Row(i), written.RTT.Row(row)) {
			t.Errorf("row %d: device %d with %v, want %d with %v", i, read.Device[i], read.RTT.Row(i), written.Device[row], written.RTT.Row(row))
		}
	}
	if n := store.count(t, "system.parts WHERE database = currentDatabase() AND table = 'raw_pings' AND active AND rows = 3"); n != 2 {
		t.Errorf("%d parts of 3 rows, want one for each of two days", n)
	}
}

func testUnevenBatch(t *testing.T, config Config) {
	store := open(t, config)
	rows := table(filled(t, sample.KindPings, 3, 0), at(0), 1, acme)
	rows.Rows.(*sample.Pings).Sent = rows.Rows.(*sample.Pings).Sent[:2]
	batch := &storage.Batch{Source: source(3, 1, 1), Tables: map[sample.Kind]*storage.Table{sample.KindPings: rows}}
	if err := store.WriteRaw(t.Context(), batch); err == nil || !strings.Contains(err.Error(), "sent") {
		t.Errorf("columns of unequal length: %v", err)
	}
	if n := store.count(t, "raw_pings"); n != 0 {
		t.Errorf("%d rows of a broken batch were written", n)
	}
}

func testRawRows(t *testing.T, config Config) {
	store := open(t, config)
	if n, err := store.RawRows(t.Context()); n != 0 || err != nil {
		t.Errorf("%d rows in an empty store, error %v", n, err)
	}
	write(t, store, 1, 1, table(filled(t, sample.KindPings, 3, 0), at(0), 1, acme))
	write(t, store, 2, 2, table(filled(t, sample.KindSyslog, 4, 0), at(0), 2, acme))
	if n, err := store.RawRows(t.Context()); n != 7 || err != nil {
		t.Errorf("%d rows, want 7, error %v", n, err)
	}
}

func TestSplit(t *testing.T) {
	keys := []int64{-1, -1, 2, -1}
	values := []uint8{1, 2, 3, 4}
	rows := insertion{"numbers", []column{of("number", &values)}, func(row int) int64 { return keys[row] }}
	alike := insertion{"numbers", []column{of("number", &values)}, func(int) int64 { return -1 }}
	pieces, err := split([]insertion{rows, alike})
	var got []string
	for _, piece := range pieces {
		for _, share := range piece.shares {
			got = append(got, fmt.Sprint(piece.name, share.rows))
		}
	}
	if want := []string{"-1{[0 1 3] 0 0}", "-1{[] 0 4}", "2{[2] 0 0}"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if day := floorDay(-1); day != -1 {
		t.Errorf("the millisecond before 1970 is on day %d, want -1", day)
	}
	part := selection{from: 10, to: 20}.part(2, 5)
	if part.from != 12 || part.to != 15 || part.length() != 3 || part.at(1) != 13 {
		t.Errorf("%+v", part)
	}
}

func TestBlocks(t *testing.T) {
	of := func(rows ...int) (p piece) {
		for _, n := range rows {
			p.shares = append(p.shares, share{rows: selection{to: n}})
		}
		return p
	}
	var got [][]int
	for _, block := range of(3, insertRows-2, 2*insertRows).blocks() {
		var lengths []int
		for _, share := range block {
			lengths = append(lengths, share.rows.length())
		}
		got = append(got, lengths)
	}
	if want := [][]int{{3, insertRows - 3}, {1, insertRows - 1}, {insertRows}, {1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
