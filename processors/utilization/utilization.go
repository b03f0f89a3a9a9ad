package utilization

import (
	"context"
	"regexp"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Figure derives utilization and links. It keeps nothing between batches.
type Figure struct {
	wan *regexp.Regexp
}

// New returns the figure.
func New(cfg Config) (*Figure, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Figure{wan: regexp.MustCompile(cfg.WAN)}, nil
}

// Process appends one utilization row for each interface row of the batch, and a
// link for each interface identity. It never fails.
func (f *Figure) Process(_ context.Context, batch *storage.Batch, derived *storage.Derived) error {
	if table := batch.Table(sample.KindInterfaces); table != nil {
		derive(table, table.Rows.(*sample.Interfaces), &derived.Utilization)
	}
	if table := batch.Table(sample.KindInterfaceIdentities); table != nil {
		f.classify(table, table.Rows.(*sample.InterfaceIdentities), derived)
	}
	return nil
}

// derive works column by column; a row that cannot be trusted keeps its time and
// loses its numbers.
func derive(table *storage.Table, rows *sample.Interfaces, to *storage.Utilization) {
	n := rows.Len()
	start := len(to.Interface)
	to.Customer = append(to.Customer, table.Customer[:n]...)
	to.Site = append(to.Site, table.Site[:n]...)
	to.Device = append(to.Device, rows.Device...)
	to.Interface = append(to.Interface, rows.Interface...)
	to.IntervalMs = append(to.IntervalMs, rows.IntervalMs...)
	to.SpeedBps = append(to.SpeedBps, rows.SpeedBps...)
	to.Offset = append(to.Offset, table.Offset[:n]...)
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
		gap := judge(rows, i)
		to.Gap = append(to.Gap, gap)
		if gap != storage.GapNone {
			to.InBits, to.OutBits = append(to.InBits, 0), append(to.OutBits, 0)
			to.InPackets, to.OutPackets = append(to.InPackets, 0), append(to.OutPackets, 0)
			at := start + i
			to.InErrors[at], to.OutErrors[at], to.InDiscards[at], to.OutDiscards[at] = 0, 0, 0, 0
			continue
		}
		to.InBits = append(to.InBits, 8*rows.InOctets[i])
		to.OutBits = append(to.OutBits, 8*rows.OutOctets[i])
		to.InPackets = append(to.InPackets, rows.InUcastPkts[i]+rows.InMulticastPkts[i]+rows.InBroadcastPkts[i])
		to.OutPackets = append(to.OutPackets, rows.OutUcastPkts[i]+rows.OutMulticastPkts[i]+rows.OutBroadcastPkts[i])
	}
}

func (f *Figure) classify(table *storage.Table, rows *sample.InterfaceIdentities, derived *storage.Derived) {
	for i, name := range rows.Interface {
		derived.Links = append(derived.Links, storage.Link{
			Customer: table.Customer[i], Site: table.Site[i], Device: rows.Device[i], Interface: name,
			WAN:     f.wan.MatchString(rows.Name[i]) || f.wan.MatchString(rows.Alias[i]),
			Version: storage.Version{Offset: table.Offset[i]},
		})
	}
}
