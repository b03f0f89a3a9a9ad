package clickhouse

import (
	"context"
	"fmt"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// WriteDerived writes what was derived from the source, device states and how far it was read last. Writing
// it again, wholly or after a failure half-way, leaves each row once. What is written at the
// same time shares INSERTs.
func (s *Store) WriteDerived(ctx context.Context, source storage.Source, derived *storage.Derived) error {
	insertions, err := derivedInsertions(source, derived)
	if err != nil {
		return fmt.Errorf("write what was derived from %s: %w", source, err)
	}
	return s.derived.do(ctx, insertions)
}

func derivedInsertions(source storage.Source, derived *storage.Derived) ([]insertion, error) {
	part, err := partitionNumber(source.Partition)
	if err != nil {
		return nil, err
	}
	states, current, err := deviceStateInsertions(derived.DeviceStates)
	if err != nil {
		return nil, err
	}
	voice, err := voiceInsertions(derived.VoiceMinutes)
	if err != nil {
		return nil, err
	}
	recomputes, err := recomputeInsertion(derived.Recomputes)
	if err != nil {
		return nil, err
	}
	dirty, err := dirtyInsertion(part, derived.Dirty)
	if err != nil {
		return nil, err
	}
	// What was before goes first: once the rest is written nobody could tell it again.
	// Then where the rollups will not hold, before they do not.
	polls := utilizationInsertion(&derived.Utilization)
	all := []insertion{revisionInsertion(derived.Revisions), recomputes, dirty, rolledSiteInsertion(part, derived.RolledSites), clockInsertion(derived.Clocks), polls, pollsRecentInsertion(polls, &derived.Utilization)}
	for _, prepare := range []func() (insertion, error){
		func() (insertion, error) { return linkInsertion(derived.Links) },
		func() (insertion, error) { return intervalInsertion(derived.Intervals) },
		func() (insertion, error) { return rebootInsertion(derived.Reboots) },
	} {
		rows, err := prepare()
		if err != nil {
			return nil, err
		}
		all = append(all, rows)
	}
	all = append(append(all, voice...), interfaceCurrentInsertion(&derived.Utilization))
	// Last: who finds how far a partition is read finds what was read there.
	return append(all, states, current, streamInsertion(part, derived.Read)), nil
}

func utilizationInsertion(u *storage.Utilization) insertion {
	gaps := make([]uint8, len(u.Gap))
	for i, gap := range u.Gap {
		gaps[i] = uint8(gap)
	}
	return insertion{"utilization", utilizationColumns(u, &gaps), byDay(u.EndMs)}
}

func utilizationColumns(u *storage.Utilization, gaps *[]uint8) []column {
	return []column{
		of("customer_id", &u.Customer), of("site_id", &u.Site), of("device_id", &u.Device), of("interface_id", &u.Interface),
		times("end_ts", &u.EndMs), of("interval_ms", &u.IntervalMs),
		of("in_bits", &u.InBits), of("out_bits", &u.OutBits),
		of("in_packets", &u.InPackets), of("out_packets", &u.OutPackets),
		of("in_errors", &u.InErrors), of("out_errors", &u.OutErrors),
		of("in_discards", &u.InDiscards), of("out_discards", &u.OutDiscards),
		of("in_broadcast", &u.InBroadcast), of("out_broadcast", &u.OutBroadcast),
		of("in_multicast", &u.InMulticast), of("out_multicast", &u.OutMulticast),
		of("speed_bps", &u.SpeedBps), of("gap", gaps), of("kafka_offset", &u.Offset),
	}
}

// versions are the columns of storage.Version. ver itself is computed by ClickHouse.
type versions struct {
	epoch   []uint32
	offset  []int64
	deleted []uint8
}

// maxEpoch is what fits beside the offset in the 64 bits of ver.
const maxEpoch = 1<<16 - 1

func (v *versions) add(version storage.Version) error {
	if version.Epoch > maxEpoch {
		return fmt.Errorf("recompute epoch %d cannot be stored: it must be at most %d", version.Epoch, maxEpoch)
	}
	if version.Offset < 0 || version.Offset >= 1<<48 {
		return fmt.Errorf("offset %d of a derived row cannot be stored: it must be 0 to %d", version.Offset, int64(1)<<48-1)
	}
	v.epoch = append(v.epoch, version.Epoch)
	v.offset = append(v.offset, version.Offset)
	v.deleted = append(v.deleted, bit(version.Deleted))
	return nil
}

func (v *versions) columns() []column {
	return []column{of("epoch", &v.epoch), of("kafka_offset", &v.offset), of("is_deleted", &v.deleted)}
}

func bit(set bool) uint8 {
	if set {
		return 1
	}
	return 0
}

// owners are the columns that tell whose a derived row is: its tenant, its site and
// the device, path or entity.
type owners struct {
	customer, site, entity []sample.ID
}

func (o *owners) add(customer, site, entity sample.ID) {
	o.customer = append(o.customer, customer)
	o.site = append(o.site, site)
	o.entity = append(o.entity, entity)
}

func (o *owners) columns(entity string) []column {
	return []column{of("customer_id", &o.customer), of("site_id", &o.site), of(entity, &o.entity)}
}

func linkInsertion(links []storage.Link) (insertion, error) {
	var owner owners
	var version versions
	var interfaces []sample.ID
	var wan, kind, half []uint8
	var tx, rx []uint64
	var rule []string
	for _, link := range links {
		owner.add(link.Customer, link.Site, link.Device)
		interfaces = append(interfaces, link.Interface)
		wan = append(wan, bit(link.Kind == storage.LinkWAN))
		kind = append(kind, uint8(link.Kind))
		half = append(half, bit(link.HalfDuplex))
		tx, rx = append(tx, link.TxBps), append(rx, link.RxBps)
		rule = append(rule, link.Rule)
		if err := version.add(link.Version); err != nil {
			return insertion{}, err
		}
	}
	columns := append(owner.columns("device_id"), of("interface_id", &interfaces), of("wan", &wan), of("kind", &kind),
		of("half_duplex", &half), of("tx_bps", &tx), of("rx_bps", &rx), of("rule", &rule))
	return insertion{"links", append(columns, version.columns()...), nil}, nil
}

func intervalInsertion(intervals []storage.Interval) (insertion, error) {
	var owner owners
	var version versions
	var from, to []int64
	var state, cause []uint8
	var evidence []string
	for _, interval := range intervals {
		owner.add(interval.Customer, interval.Site, interval.Device)
		from = append(from, interval.FromMs)
		to = append(to, interval.ToMs)
		state = append(state, uint8(interval.State))
		cause = append(cause, uint8(interval.Cause))
		evidence = append(evidence, interval.Evidence)
		if err := version.add(interval.Version); err != nil {
			return insertion{}, err
		}
	}
	columns := append(owner.columns("device_id"), times("from_ts", &from), times("to_ts", &to),
		of("state", &state), of("cause", &cause), of("evidence", &evidence))
	return insertion{"intervals", append(columns, version.columns()...), byMonth(from)}, nil
}

func rebootInsertion(reboots []storage.Reboot) (insertion, error) {
	var owner owners
	var version versions
	var at []int64
	var kind []uint8
	var evidence []string
	for _, reboot := range reboots {
		owner.add(reboot.Customer, reboot.Site, reboot.Device)
		at = append(at, reboot.AtMs)
		kind = append(kind, uint8(reboot.Kind))
		evidence = append(evidence, reboot.Evidence)
		if err := version.add(reboot.Version); err != nil {
			return insertion{}, err
		}
	}
	columns := append(owner.columns("device_id"), times("at_ts", &at), of("kind", &kind), of("evidence", &evidence))
	return insertion{"reboots", append(columns, version.columns()...), byMonth(at)}, nil
}

func dirtyInsertion(part uint16, ranges []storage.DirtyRange) (insertion, error) {
	var owner owners
	var version versions
	var figure []string
	var from, to []int64
	var late []uint8
	for _, dirty := range ranges {
		if dirty.Partition != int(part) {
			return insertion{}, fmt.Errorf("a dirty range of partition %d in a batch of partition %d: only its owner may mark it", dirty.Partition, part)
		}
		owner.add(dirty.Customer, dirty.Site, dirty.Entity)
		figure = append(figure, dirty.Figure)
		from = append(from, dirty.FromMs)
		to = append(to, dirty.ToMs)
		late = append(late, bit(dirty.Late))
		if err := version.add(dirty.Version); err != nil {
			return insertion{}, err
		}
	}
	columns := append(owner.columns("entity_id"), of("figure", &figure), times("from_ts", &from), times("to_ts", &to),
		of("late", &late), constant("part", part, len(ranges)))
	return insertion{"dirty_ranges", append(columns, version.columns()...), byMonth(from)}, nil
}
