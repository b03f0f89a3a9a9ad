package clickhouse

import (
	"slices"
	"time"
)

// voiceRecent is the table of the minutes of the last days by time (migration 0032). A
// short stretch of every path is read from it, and not from all over voice_minutes.
const voiceRecent = "voice_recent"

// recentDays is how many days voice_recent is kept, of every class, and recentBack how far
// back it is asked. recentLongest is the longest stretch that is read from it: of more the
// minutes of some paths are found sooner where paths are apart.
const (
	recentDays    = 3
	recentBack    = 48 * time.Hour
	recentLongest = 2 * time.Hour
)

// recentColumns are what voice_recent has of voice_minutes: what minuteRows reads.
var recentColumns = []string{"customer_id", "site_id", "path_id", "minute_ts", "covered_ms", "sent", "received", "lost", "late", "duplicates", "reordered",
	"delay_ms", "rtt_mean_ms", "jitter_ms", "loss_pct", "r", "mos", "mos_lq", "scale", "origin", "reported_mos", "reported_icpif", "epoch", "kafka_offset", "is_deleted"}

// voiceRecentInsertion is what goes to voice_recent of the columns of voice_minutes.
func voiceRecentInsertion(columns []column, minuteMs []int64) insertion {
	var kept []column
	for _, each := range columns {
		if slices.Contains(recentColumns, each.name()) {
			kept = append(kept, each)
		}
	}
	return insertion{voiceRecent, kept, byDay(minuteMs)}
}

// recentMinutes has the legs of minutes that are short and not long ago read from
// voice_recent.
func recentMinutes(legs []leg, now time.Time) {
	since := now.Add(-recentBack).UnixMilli()
	for i := range legs {
		if legs[i].table == "" && legs[i].from >= since && legs[i].to-legs[i].from <= recentLongest.Milliseconds() {
			legs[i].table = voiceRecent
		}
	}
}
