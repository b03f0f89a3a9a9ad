package clickhouse

import (
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// What was last of each interface, voice path, appliance and outcome of pings has a row in a small table
// beside the measurements (migrations 0027 and 0044), so that a question about now reads thousands
// of rows and not a day. Each insertion here is written with the measurements it is of, and
// may be written again: the newest wins, whatever came in between.
//
// A reader asks the measurements themselves of those whose row does not tell: because it is
// newer than the time asked for, or is none of those that count (a tombstone, a minute with
// nothing sent). That makes answers about the past what they always were. Of whom there is no row
// there is no measurement.

// newestRows picks the last row of each key, in the order in which keys first come.
func newestRows[K comparable](rows int, key func(row int) (K, bool), newer func(row, than int) bool) []int {
	last := map[K]int{} // place in list
	var list []int
	for row := range rows {
		k, counts := key(row)
		if !counts {
			continue
		}
		at, known := last[k]
		switch {
		case !known:
			last[k] = len(list)
			list = append(list, row)
		case newer(row, list[at]):
			list[at] = row
		}
	}
	return list
}

// interfaceCurrentInsertion is the last poll with traffic of each interface of a batch.
func interfaceCurrentInsertion(u *storage.Utilization) insertion {
	list := newestRows(len(u.EndMs), func(row int) (linkKey, bool) {
		return linkKey{u.Customer[row], u.Device[row], u.Interface[row]}, u.Gap[row] == storage.GapNone && u.IntervalMs[row] > 0
	}, func(row, than int) bool {
		return u.EndMs[row] > u.EndMs[than] || u.EndMs[row] == u.EndMs[than] && u.Offset[row] < u.Offset[than]
	})
	return insertion{"interface_current", picked(list,
		of("customer_id", &u.Customer), of("site_id", &u.Site), of("device_id", &u.Device), of("interface_id", &u.Interface),
		times("end_ts", &u.EndMs), of("interval_ms", &u.IntervalMs), of("in_bits", &u.InBits), of("out_bits", &u.OutBits),
		of("in_packets", &u.InPackets), of("out_packets", &u.OutPackets), of("in_errors", &u.InErrors), of("out_errors", &u.OutErrors),
		of("speed_bps", &u.SpeedBps), of("admin_status", &u.AdminStatus), of("oper_status", &u.OperStatus), of("kafka_offset", &u.Offset)), nil}
}

// voiceCurrentInsertion is the last minute of each voice path of a batch, tombstones
// included, as the rows of the minutes have them.
func voiceCurrentInsertion(minutes []storage.VoiceMinute, rows *voiceMinutes) insertion {
	list := newestRows(len(minutes), func(row int) (ownedID, bool) {
		return ownedID{minutes[row].Customer, minutes[row].Path}, true
	}, func(row, than int) bool {
		a, b := &minutes[row], &minutes[than]
		if a.MinuteMs != b.MinuteMs {
			return a.MinuteMs > b.MinuteMs
		}
		return a.Epoch > b.Epoch || a.Epoch == b.Epoch && a.Offset >= b.Offset
	})
	return insertion{"voice_current", picked(list, append(rows.columns(), rows.version.columns()...)...), nil}
}

// applianceCurrentInsertion is the last heartbeat of each appliance of a batch.
func applianceCurrentInsertion(part uint16, origin *storage.Origin, beats *sample.Heartbeats, came []int64) insertion {
	at := func(row int) int64 { return origin.SlotMs[row] + int64(beats.OffsetMs[row]) }
	list := newestRows(beats.Len(), func(row int) (ownedID, bool) {
		return ownedID{origin.Customer[row], origin.Appliance[row]}, true
	}, func(row, than int) bool {
		return at(row) > at(than) || at(row) == at(than) && origin.Offset[row] < origin.Offset[than]
	})
	return insertion{"appliance_current", picked(list,
		of("customer_id", &origin.Customer), of("site_id", &origin.Site), of("appliance_id", &origin.Appliance),
		times("slot", &origin.SlotMs), of("offset_ms", &beats.OffsetMs), of("interval_ms", &beats.IntervalMs), of("kafka_offset", &origin.Offset),
		times("came_ts", &came), constant("part", part, beats.Len())), nil}
}

// pickedColumn are some rows of a column.
type pickedColumn struct {
	column
	rows []int
}

// picked are the rows of columns that a list names.
func picked(rows []int, columns ...column) []column {
	all := make([]column, len(columns))
	for i, each := range columns {
		all[i] = pickedColumn{each, rows}
	}
	return all
}

func (p pickedColumn) length() int { return len(p.rows) }

// of are the rows of the column that a selection among those picked is of.
func (p pickedColumn) of(selected selection) selection {
	rows := make([]int, selected.length())
	for i := range rows {
		rows[i] = p.rows[selected.at(i)]
	}
	return selection{list: rows}
}

func (p pickedColumn) selected(rows selection) any { return p.column.selected(p.of(rows)) }

func (p pickedColumn) appendTo(batch driver.BatchColumn, selected selection) error {
	return p.column.appendTo(batch, p.of(selected))
}
