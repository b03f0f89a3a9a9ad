package clickhouse

import (
	"slices"
	"time"

	"mimamori/storage"
)

// pollsRecent is the table of the polls of interfaces of the last days by time (migration 0033).
// A short stretch of every link is read from it, and not from all over utilization. It
// is kept as long as voice_recent, and asked as far back.
const pollsRecent = "polls_recent"

// pollColumnsRecent are what polls_recent has of utilization: what links are ranked by.
var pollColumnsRecent = []string{"customer_id", "site_id", "device_id", "interface_id", "end_ts", "interval_ms", "in_bits", "out_bits", "speed_bps", "gap", "kafka_offset"}

// pollsRecentInsertion is what goes to polls_recent of polls that are written.
func pollsRecentInsertion(polls insertion, u *storage.Utilization) insertion {
	var kept []column
	for _, each := range polls.columns {
		if slices.Contains(pollColumnsRecent, each.name()) {
			kept = append(kept, each)
		}
	}
	return insertion{pollsRecent, kept, byDay(u.EndMs)}
}

// recentPolls says where polls from a time on are read by who looks at all links.
func recentPolls(fromMs int64, now time.Time) string {
	if fromMs >= now.Add(-recentBack).UnixMilli() {
		return pollsRecent
	}
	return "utilization"
}

// ofPolls says whether a table is of polls.
func ofPolls(table string) bool { return table == "utilization" || table == pollsRecent }
