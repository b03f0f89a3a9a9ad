package clickhouse

import (
	"strconv"
	"time"
)

// availabilityRecent is the table of the days of availability of the last months, each month apart (migration
// 0039). Who adds up a month of all devices reads it, and not a year of each.
const availabilityRecent = "availability_recent"

// monthsDays is how many days availability_recent is kept, and monthsBack how far back it is
// asked: what is left out or forgotten by the server's clock is older.
const (
	monthsDays = 100
	monthsBack = (monthsDays - 1) * 24 * time.Hour
)

// insertRecentDays copies days that were added up, tombstones too, as far as they are kept. Those that are
// newer than any that was copied come along: an earlier program added them up after the table was made.
func insertRecentDays(where string, s span) string {
	const columns = "customer_id, site_id, device_id, start_ts, down_ms, unreachable_ms, degraded_ms, unknown_ms, downs, longest_ms, carried_ms, carried_since_ts, until_ts, ver, is_deleted"
	return "INSERT INTO " + availabilityRecent + " (" + columns + ") SELECT " + columns + " FROM availability_days WHERE " + where +
		" AND (" + s.contains("start_ts") + " OR ver > (SELECT max(ver) FROM " + availabilityRecent + " WHERE " + where + "))" +
		" AND start_ts >= now() - INTERVAL " + strconv.Itoa(monthsDays) + " DAY"
}

// daysFrom says where days from a time on are read.
func daysFrom(fromMs int64, now time.Time) string {
	if fromMs >= now.Add(-monthsBack).UnixMilli() {
		return availabilityRecent
	}
	return availabilityRollup[0].name
}
