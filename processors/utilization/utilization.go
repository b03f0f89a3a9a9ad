package utilization

import (
	"context"
	"fmt"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Store is what the figure asks of the store.
type Store interface {
	Raw(ctx context.Context, query storage.RawQuery) (*storage.Batch, error)
}

// Figure derives utilization and links. Between batches it keeps which links are
// half-duplex, because what those can carry is shared by both directions, and how old
// what is known of each link is.
type Figure struct {
	rules *Rules
	half  map[link]struct{}
	slots map[link]int64 // of the identity that holds, ms
}

// New returns the figure of one partition.
func New(rules *Rules) *Figure {
	return &Figure{rules: rules, half: map[link]struct{}{}, slots: map[link]int64{}}
}

// Restore brings the figure to where it stood before the offset first of a partition,
// and returns the links of all interfaces known there as the rules have them now: a
// change of the rules need not wait until an interface's identity comes again. Links
// made of later messages outrank them.
func (f *Figure) Restore(ctx context.Context, store Store, partition int, first int64) ([]storage.Link, error) {
	if first <= 0 {
		return nil, nil
	}
	batch, err := store.Raw(ctx, storage.RawQuery{
		Kinds: []sample.Kind{sample.KindInterfaceIdentities}, Partition: partition, Before: first, After: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("read the interfaces of partition %d before offset %d: %w", partition, first, err)
	}
	table := batch.Table(sample.KindInterfaceIdentities)
	if table == nil {
		return nil, nil
	}
	var derived storage.Derived
	f.classify(table, table.Rows.(*sample.InterfaceIdentities), &derived)
	// Of an interface the last of those made holds.
	seen := map[link]bool{}
	latest := derived.Links[:0]
	for _, made := range slices.Backward(derived.Links) {
		if key := (link{made.Customer, made.Interface}); !seen[key] {
			seen[key] = true
			made.Offset = first - 1
			latest = append(latest, made)
		}
	}
	return latest, nil
}

// Process appends a link for each interface identity of the batch that is newer than what
// is known, and one
// utilization row for each interface row. It never fails.
func (f *Figure) Process(_ context.Context, batch *storage.Batch, derived *storage.Derived) error {
	if table := batch.Table(sample.KindInterfaceIdentities); table != nil {
		f.classify(table, table.Rows.(*sample.InterfaceIdentities), derived)
	}
	if table := batch.Table(sample.KindInterfaces); table != nil {
		f.derive(table, table.Rows.(*sample.Interfaces), &derived.Utilization)
	}
	return nil
}

// derive works column by column; a row that cannot be trusted keeps its time and
// loses its numbers.
func (f *Figure) derive(table *storage.Table, rows *sample.Interfaces, to *storage.Utilization) {
	n := rows.Len()
	start := len(to.Interface)
	to.Customer = append(to.Customer, table.Customer[:n]...)
	to.Site = append(to.Site, table.Site[:n]...)
	to.Device = append(to.Device, rows.Device...)
	to.Interface = append(to.Interface, rows.Interface...)
	to.IntervalMs = append(to.IntervalMs, rows.IntervalMs...)
	to.SpeedBps = append(to.SpeedBps, rows.SpeedBps...)
	to.AdminStatus = append(to.AdminStatus, rows.AdminStatus...)
	to.OperStatus = append(to.OperStatus, rows.OperStatus...)
	to.Offset = append(to.Offset, table.Offset[:n]...)
	to.InBroadcast = append(to.InBroadcast, rows.InBroadcastPkts...)
	to.OutBroadcast = append(to.OutBroadcast, rows.OutBroadcastPkts...)
	to.InMulticast = append(to.InMulticast, rows.InMulticastPkts...)
	to.OutMulticast = append(to.OutMulticast, rows.OutMulticastPkts...)
	to.InErrors = append(to.InErrors, rows.InErrors...)
	to.OutErrors = append(to.OutErrors, rows.OutErrors...)
	to.InDiscards = append(to.InDiscards, rows.InDiscards...)
	to.OutDiscards = append(to.OutDiscards, rows.OutDiscards...)
	to.EndMs = slices.Grow(to.EndMs, n)
	to.InBits = slices.Grow(to.InBits, n)
	to.OutBits = slices.Grow(to.OutBits, n)
	to.InPackets = slices.Grow(to.InPackets, n)
	to.OutPackets = slices.Grow(to.OutPackets, n)
	to.Gap = slices.Grow(to.Gap, n)
	for i := range n {
		to.EndMs = append(to.EndMs, table.SlotMs[i]+int64(rows.OffsetMs[i]))
		gap := judge(rows, i, f.isHalf(table.Customer[i], rows.Interface[i]))
		to.Gap = append(to.Gap, gap)
		if gap != storage.GapNone {
			to.InBits, to.OutBits = append(to.InBits, 0), append(to.OutBits, 0)
			to.InPackets, to.OutPackets = append(to.InPackets, 0), append(to.OutPackets, 0)
			at := start + i
			to.InBroadcast[at], to.OutBroadcast[at], to.InMulticast[at], to.OutMulticast[at] = 0, 0, 0, 0
			to.InErrors[at], to.OutErrors[at], to.InDiscards[at], to.OutDiscards[at] = 0, 0, 0, 0
			continue
		}
		to.InBits = append(to.InBits, 8*rows.InOctets[i])
		to.OutBits = append(to.OutBits, 8*rows.OutOctets[i])
		to.InPackets = append(to.InPackets, rows.InUcastPkts[i]+rows.InMulticastPkts[i]+rows.InBroadcastPkts[i])
		to.OutPackets = append(to.OutPackets, rows.OutUcastPkts[i]+rows.OutMulticastPkts[i]+rows.OutBroadcastPkts[i])
	}
}

func (f *Figure) isHalf(customer, port sample.ID) bool {
	if len(f.half) == 0 {
		return false
	}
	_, half := f.half[link{customer, port}]
	return half
}

// classify takes the identities in the order of their offsets. One that is older than
// what is known, as a backlog brings it, or is sent again says nothing new.
func (f *Figure) classify(table *storage.Table, rows *sample.InterfaceIdentities, derived *storage.Derived) {
	for i, port := range rows.Interface {
		key := link{table.Customer[i], port}
		if known, ok := f.slots[key]; ok && table.SlotMs[i] <= known {
			continue
		}
		f.slots[key] = table.SlotMs[i]
		made := storage.Link{
			Customer: table.Customer[i], Site: table.Site[i], Device: rows.Device[i], Interface: port,
			LinkProfile: f.rules.profile(table, rows, i), Version: storage.Version{Offset: table.Offset[i]},
		}
		derived.Links = append(derived.Links, made)
		if made.HalfDuplex {
			f.half[key] = struct{}{}
		} else {
			delete(f.half, key)
		}
	}
}
