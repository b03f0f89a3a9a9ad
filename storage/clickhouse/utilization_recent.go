package clickhouse

import (
	"strconv"
	"time"
)

// utilizationRecent is the table of the hours of the last weeks, each day apart (migration
// 0034). All links are ranked by it, and not by hours all over utilization_1h.
const utilizationRecent = "utilization_recent"

// weeksDays is how many days utilization_recent is kept where the hours are, and weeksBack
// how far back it is asked: what is left out or forgotten by the server's clock is older.
const (
	weeksDays = 40
	weeksBack = (weeksDays - 1) * 24 * time.Hour
)

// insertRecent copies hours that were added up, tombstones too, as far as they are kept.
func insertRecent(where string, s span) string {
	const columns = "customer_id, site_id, device_id, interface_id, start_ts, covered_ms, in_bits, out_bits, in_peak_bps, out_peak_bps, speed_bps, last_ts, busy_bps, slowest_bps, ver, is_deleted"
	return "INSERT INTO " + utilizationRecent + " (" + columns + ") SELECT " + columns + " FROM utilization_1h WHERE " + where + " AND " + s.contains("start_ts") +
		" AND start_ts >= now() - INTERVAL " + strconv.Itoa(weeksDays) + " DAY"
}

// recentHours says where hours from a time on are read by who looks at all links.
func recentHours(fromMs int64, now time.Time) string {
	if fromMs >= now.Add(-weeksBack).UnixMilli() {
		return utilizationRecent
	}
	return "utilization_1h"
}
