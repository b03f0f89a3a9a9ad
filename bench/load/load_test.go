package load

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
)

var begin = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func newFleet(t *testing.T, config Config) *Fleet {
	t.Helper()
	fleet, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return fleet
}

// decoded are the rows of messages, by kind, with when each was measured, Unix milliseconds.
func decoded(t *testing.T, messages []bus.Message) map[sample.Kind][]int64 {
	t.Helper()
	decoder, err := sample.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	times := map[sample.Kind][]int64{}
	for _, message := range messages {
		var rows sample.Rows
		header, err := decoder.Decode(message.Value, func(header sample.Header) sample.Rows {
			if rows, err = sample.NewRows(header.Kind); err != nil {
				t.Fatal(err)
			}
			return rows
		})
		if err != nil {
			t.Fatal(err)
		}
		if by, ok := bus.ApplianceOfKey(message.Key); !ok || by != header.Appliance {
			t.Fatalf("a block of appliance %d has the key %q", header.Appliance, message.Key)
		}
		for i := range rows.Len() {
			at := header.Slot
			switch rows := rows.(type) {
			case *sample.Interfaces:
				at += int64(rows.OffsetMs[i])
			case *sample.Pings:
				at += int64(rows.OffsetMs[i])
			case *sample.Health:
				at += int64(rows.OffsetMs[i])
			case *sample.Uptimes:
				at += int64(rows.OffsetMs[i])
			}
			times[header.Kind] = append(times[header.Kind], at)
		}
	}
	return times
}

func TestAFleetSaysEverythingOnceInItsInterval(t *testing.T) {
	fleet := newFleet(t, Config{Devices: 430, Interfaces: 3, Seed: 1, Partitions: 4})
	messages, counts, err := fleet.Messages(begin, begin.Add(2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	want := Counts{
		sample.KindInterfaces: 2 * 430 * 3, sample.KindUptimes: 2 * 430, sample.KindHealth: 2 * 430 * 5, sample.KindPings: 6 * 430,
		sample.KindVoice: 2 * 4, sample.KindHeartbeats: 12 * 4,
	}
	if !maps.Equal(counts, want) {
		t.Errorf("the fleet says %v, want %v", counts, want)
	}
	for kind, times := range decoded(t, messages) {
		if uint64(len(times)) != counts[kind] {
			t.Errorf("%d rows of %s are in blocks, %d were counted", len(times), kind, counts[kind])
		}
		if kind == sample.KindVoice {
			continue // of the minute before
		}
		for _, at := range times {
			if at < begin.UnixMilli() || at >= begin.Add(2*time.Minute).UnixMilli() {
				t.Fatalf("a row of %s is of %s", kind, time.UnixMilli(at).UTC())
			}
		}
	}
	if values := (Counts{sample.KindInterfaces: 2, sample.KindHealth: 1}).Values(); values != 25 {
		t.Errorf("two interface rows and one of a sensor have %d values, want 25", values)
	}
}

func TestAFleetFollowsFromItsSeed(t *testing.T) {
	said := func(seed uint64) []bus.Message {
		messages, _, err := newFleet(t, Config{Devices: 40, Interfaces: 4, Seed: seed, Partitions: 2}).Messages(begin, begin.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return messages
	}
	same := func(a, b bus.Message) bool { return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) }
	if !slices.EqualFunc(said(1), said(1), same) {
		t.Error("a fleet does not say the same twice")
	}
	if slices.EqualFunc(said(1), said(2), same) {
		t.Error("fleets of two seeds say the same")
	}
}

func TestAppliancesAreSpreadEvenly(t *testing.T) {
	fleet := newFleet(t, Config{Devices: 1600, Interfaces: 1, Partitions: 4})
	partitions := make([]int, 4)
	for _, appliance := range fleet.Registry().Appliances {
		partitions[bus.PartitionOf(bus.Key(appliance.ID), 4)]++
	}
	if !slices.Equal(partitions, []int{2, 2, 2, 2}) {
		t.Errorf("appliances of the partitions: %v", partitions)
	}
}

func TestADeviceThatIsDownAnswersNothing(t *testing.T) {
	from := begin.Add(20 * time.Second)
	fleet := newFleet(t, Config{Devices: 40, Interfaces: 1, Partitions: 1, Down: func(device int, at time.Time) bool { return device == 7 && !at.Before(from) }})
	if !slices.Contains(fleet.Pinged(begin.Add(3*time.Second)), 7) { // 7/40 of 20 s is 3.5 s
		t.Errorf("pinged are %v", fleet.Pinged(begin.Add(3*time.Second)))
	}
	s := fleet.sites[0]
	for slot, want := range map[time.Time][]uint8{begin: {3}, from: {0, 0}} {
		pings := s.pings(slot, 7, 8)
		if !slices.Equal(pings.Received, want) || int(pings.RTT.Ends[len(pings.RTT.Ends)-1]) != int(pings.Received[0]) {
			t.Errorf("at %s received are %v, want %v", slot, pings.Received, want)
		}
	}
}

func TestBatchesAreTheInterfaceRowsOfTheBlocks(t *testing.T) {
	fleet := newFleet(t, Config{Devices: 100, Interfaces: 4, Seed: 1, Partitions: 2})
	batches, err := fleet.InterfaceBatches(begin, begin.Add(time.Minute), 150)
	if err != nil {
		t.Fatal(err)
	}
	messages, _, err := fleet.Messages(begin, begin.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	var times []int64
	for _, batch := range batches {
		table := batch.Table(sample.KindInterfaces)
		if n := table.Rows.Len(); n == 0 || n > 150+8 || len(table.SlotMs) != n || len(table.Offset) != n || len(table.Customer) != n {
			t.Fatalf("a batch has %d rows and %d slots", n, len(table.SlotMs))
		}
		for i, offset := range table.Rows.(*sample.Interfaces).OffsetMs {
			times = append(times, table.SlotMs[i]+int64(offset))
		}
	}
	want := decoded(t, messages)[sample.KindInterfaces]
	slices.Sort(times)
	slices.Sort(want)
	if !slices.Equal(times, want) {
		t.Errorf("%d rows are in batches, %d in blocks", len(times), len(want))
	}
}

// TestLinesAreTheInterfaceRows holds the text for other programs against the rows.
func TestLinesAreTheInterfaceRows(t *testing.T) {
	config := Config{Devices: 100, Interfaces: 4, Seed: 1, Partitions: 2}
	messages, rows := newFleet(t, config).Lines(begin, begin.Add(time.Minute))
	var lines []string
	for _, message := range messages {
		if _, ok := bus.ApplianceOfKey(message.Key); !ok {
			t.Errorf("a message has the key %q", message.Key)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(string(message.Value), "\n"), "\n")...)
	}
	if rows != 400 || len(lines) != rows {
		t.Errorf("%d lines for %d rows", len(lines), rows)
	}
	site := newFleet(t, config).sites[0]
	polled := site.interfaces(begin, 0, 1)
	want := fmt.Sprintf("interface,customer=customer-000,site=site-0000,device=device-000,ifName=Gi1/0/3 ifHCInOctets=%di,ifHCOutOctets=%di,", polled.InOctets[2], polled.OutOctets[2])
	if polled.InOctets[2] == 0 || !strings.HasPrefix(lines[2], want) || strings.Count(lines[2], "i,")+1 != 12 || !strings.HasSuffix(lines[2], fmt.Sprintf("i %d", begin.UnixNano())) {
		t.Errorf("the third line is %q, want %q", lines[2], want)
	}
}
