package processors

import (
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/processors/availability"
	"mimamori/storage"
)

// BenchmarkRecomputeADay makes a day of a site with 200 devices, pinged every 5 s, anew
// from the real store: how long all of it takes, and the longest that one tick keeps
// the live rows of the partition waiting.
func BenchmarkRecomputeADay(b *testing.B) {
	p := newPipeline(b)
	const devices, rounds, perBatch = 200, 17_280, 120
	start := time.Now().UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour).UnixMilli()
	offset, last := int64(0), int64(0)
	for round := 0; round < rounds; round += perBatch {
		rows := &sample.Pings{}
		table := &storage.Table{Rows: rows}
		for i := range perBatch {
			for device := range devices {
				down := device%10 == 0 && (round+i)%2000 < 120 // ten minutes, eight times a day
				for attempt := uint8(1); attempt == 1 || attempt == 2 && down; attempt++ {
					rows.Device = append(rows.Device, sample.ID(device+1))
					rows.OffsetMs = append(rows.OffsetMs, uint32(device*25))
					rows.IntervalMs = append(rows.IntervalMs, 5000)
					rows.Attempt = append(rows.Attempt, attempt)
					rows.Sent = append(rows.Sent, 3)
					rows.ICMPError = append(rows.ICMPError, 0)
					rows.ICMPCode, rows.ErrorFrom = append(rows.ICMPCode, 0), append(rows.ErrorFrom, "")
					rows.Duplicates, rows.Reordered, rows.ReplyTTL = append(rows.Duplicates, 0), append(rows.Reordered, 0), append(rows.ReplyTTL, 64)
					if down {
						rows.Received = append(rows.Received, 0)
						rows.RTT.Append()
					} else {
						rows.Received = append(rows.Received, 3)
						rows.RTT.Append(900, 1000, 1100)
					}
					table.Customer, table.Site = append(table.Customer, customer), append(table.Site, site)
					table.Appliance = append(table.Appliance, appliance)
					last = start + int64(round+i)*5000
					table.SlotMs, table.Offset = append(table.SlotMs, last), append(table.Offset, offset)
				}
			}
		}
		batch := &storage.Batch{
			Source: storage.Source{Incarnation: "b", Topic: "telemetry", First: offset, Last: offset},
			Tables: map[sample.Kind]*storage.Table{sample.KindPings: table},
		}
		if err := p.store.WriteRaw(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		offset++
	}
	var derived storage.Derived
	for device := range sample.ID(devices) {
		derived.DeviceStates = append(derived.DeviceStates, storage.DeviceState{
			Customer: customer, Site: site, Appliance: appliance, Device: device + 1, State: storage.StateUp, SinceMs: start,
			FirstSeenMs: start, WatermarkMs: last, LastSeenMs: last, PingIntervalMs: 5000, Version: storage.Version{Offset: offset - 1},
		})
	}
	source := storage.Source{Incarnation: "b", Topic: "telemetry", First: offset, Last: offset}
	if err := p.store.WriteDerived(b.Context(), source, &derived); err != nil {
		b.Fatal(err)
	}
	figure, err := availability.New(availability.DefaultConfig(), p.store, 0)
	if err != nil {
		b.Fatal(err)
	}
	if err := figure.Restore(b.Context(), offset, availability.Tick{TimeMs: last, Offset: offset - 1}); err != nil {
		b.Fatal(err)
	}
	corrected, ticks, longest := 0, 0, time.Duration(0)
	request := sample.ID(0)
	for b.Loop() {
		request++
		asked := &sample.Recomputes{Request: []sample.ID{request}, Figure: []string{""}, FromMs: []int64{start}, ToMs: []int64{last}, By: []string{""}, Why: []string{""}}
		batch := &storage.Batch{
			Blocks: []storage.Block{{Kind: sample.KindRecomputes, Customer: customer, Site: site, Appliance: appliance, SlotMs: last, Offset: offset, To: 1}},
			Tables: map[sample.Kind]*storage.Table{sample.KindRecomputes: {Rows: asked}},
		}
		for done := false; !done; ticks++ {
			last += 1000
			offset++
			batch.Blocks = append(batch.Blocks, storage.Block{Kind: sample.KindTicks, SlotMs: last, Offset: offset})
			derived := storage.Derived{}
			began := time.Now()
			if err := figure.Process(b.Context(), batch, &derived); err != nil {
				b.Fatal(err)
			}
			longest = max(longest, time.Since(began))
			source.First, source.Last = offset, offset
			if err := p.store.WriteDerived(b.Context(), source, &derived); err != nil {
				b.Fatal(err)
			}
			corrected += len(derived.Revisions)
			done = derived.Recomputes[len(derived.Recomputes)-1].Done
			batch.Blocks = batch.Blocks[:0]
		}
	}
	if corrected == 0 {
		b.Error("nothing was corrected")
	}
	b.ReportMetric(float64(ticks)/float64(b.N), "ticks/op")
	b.ReportMetric(longest.Seconds(), "s/longest-tick")
}
