package record

import (
	"slices"
	"strconv"
)

// headline is a figure of a benchmark that counts: it stands in the table at the top of the page, and bench-compare says whether
// it has become better. All but name and unit say where something stands in the JSON, as lookup reads paths.
type headline struct {
	name   string // for people
	unit   string // for people; empty where something is counted
	figure string
	per    float64 // what the number is divided by for the unit; 0 for 1
	better direction

	// rounds have a least and a most beside the median that is the figure; quantiles a median and a most beside the quantile
	// that is the figure. How far rounds lie apart says what chance makes of a figure.
	rounds    *span
	quantiles *span

	mark   string // or a number; empty where there is none
	within string // whether the mark is kept, where the benchmark says so itself
	of     scale  // for which alone the mark is

	peers []beside
	isNew bool
}

// What is new benchmarks print, and no result that is kept here has it yet.

// direction is which way a figure is to go.
type direction int

const (
	more direction = iota
	less
)

// span is where the least and the most of something stand, or its median and its most.
type span struct {
	low, high string
	isNew     bool
}

// scale is how much there must be at least of something for a mark to say anything.
type scale struct {
	what  string
	least float64
}

// beside is another program that does the same work, and what is compared where that is not the figure alone.
type beside struct {
	peer, ratio string
	what        string
	isNew       bool
}

// board is a result and its figures that count.
type board struct {
	name      string
	headlines []headline
}

const (
	perProcessorSecond = "a second of processor time"
	ofWithin           = "within_mark"
)

// boards are all results that are kept, as they are on the page. A test of bench record holds them against the benchmarks.
var boards = []board{
	{"snmp", []headline{
		{
			name: "objects polled", unit: perProcessorSecond, figure: "oids_per_cpu_s", rounds: &span{low: "min", high: "max"},
			peers: []beside{{peer: "peer", ratio: "ratio"}, {peer: "telegraf", ratio: "telegraf_ratio"}},
		},
		{name: "objects polled by SNMP v3", unit: perProcessorSecond, figure: "v3_oids_per_cpu_s", rounds: &span{low: "v3_min", high: "v3_max", isNew: true}},
	}},
	{"ping", pingsAnswered},
	{"ping-few", pingsAnswered},
	{"syslog", []headline{
		linesReceived("UDP, as fast as they are taken", "udp/"), linesReceived("UDP, one by one", "udp/steady/"),
		linesReceived("TCP, as fast as they are taken", "tcp/"), linesReceived("TCP, one by one", "tcp/steady/"),
	}},
	{"syslog-rfc5424", []headline{linesReceived("UDP, of RFC 5424, as fast as they are taken", "udp/"), linesReceived("UDP, of RFC 5424, one by one", "udp/steady/")}},
	{"alarms", []headline{
		{name: "from a pulled cable to the mail, 95 of 100", unit: "s", figure: "cable_to_mail_s/p95", better: less, quantiles: &span{low: "cable_to_mail_s/p50", high: "cable_to_mail_s/max"}},
		{name: "from the deciding round of pings to a webhook, 95 of 100", unit: "s", figure: "alarm_to_webhook_s/p95", better: less, quantiles: &span{low: "alarm_to_webhook_s/p50", high: "alarm_to_webhook_s/max"}},
	}},
	{"storm", []headline{
		{name: "notifications while 10,000 devices are behind a router that failed", figure: "pages", better: less, mark: "1"},
		{name: "until a webhook is told of it, once it is confirmed", unit: "s", figure: "hub_confirmed_to_webhook_s", better: less},
	}},
	{"durability", []headline{
		{
			name: "rows a second that intents cost", unit: "%", figure: "costs/pipeline_with_intents/pipeline_without_intents/percent", better: less,
			rounds: &span{low: "costs/pipeline_with_intents/pipeline_without_intents/percent_min", high: "costs/pipeline_with_intents/pipeline_without_intents/percent_max"},
			mark:   "intent_mark_percent", within: ofWithin,
		},
		{name: "rows from Kafka to ClickHouse, with intents", unit: "a second", figure: "rates/pipeline_with_intents/rows_per_s",
			rounds: &span{low: "rates/pipeline_with_intents/rows_per_s_min", high: "rates/pipeline_with_intents/rows_per_s_max"}},
	}},
	{"query", []headline{
		{name: "the slowest question of the pages, 95 of 100 answers", unit: "ms", figure: "noc_p95_ms", better: less, mark: "mark_noc_p95_ms"},
		{name: "a year of availability of all devices, 95 of 100 answers", unit: "ms", figure: "availability_year_ms", better: less, mark: "mark_availability_year_ms"},
		{name: "the slowest question in SQL, 95 of 100 answers", unit: "ms", figure: "analyst_p95_ms", better: less, isNew: true},
		{name: "processor time of the question that takes most", unit: "ms", figure: "noc_most_cpu_ms", better: less},
	}},
	{"storage", []headline{
		{name: "an interface row on disk", unit: "bytes", figure: "bytes_per_interface_row", better: less, mark: "mark_bytes_per_interface_row", within: ofWithin},
		{name: "a day of a device on disk", unit: "KB", per: 1e3, figure: "bytes_per_device_day", better: less},
	}},
	{"uplink", []headline{
		{name: "between an appliance and the centre, half of the interfaces idle", unit: "bytes a second", figure: "half_idle/bytes_per_s", better: less, mark: "mark_bytes_per_s", within: ofWithin},
		{name: "the same, all interfaces active", unit: "bytes a second", figure: "all_active/bytes_per_s", better: less},
	}},
	{"latency", []headline{{
		name: "from the deciding row to the alert at a webhook, 99 of 100", unit: "ms", figure: "alert_p99_ms", better: less,
		quantiles: &span{low: "alert_p50_ms", high: "alert_most_ms"}, mark: "mark_alert_p99_ms", within: ofWithin,
	}}},
	{"pipeline", fromKafkaToClickHouse},
	{"pipeline-kafka", fromKafkaToClickHouse},
	{"growth", []headline{
		{name: "processors, resident, with the largest fleet", unit: "MB", per: 1e6, figure: "sizes/last/rss_bytes", better: less, mark: "mark_rss_bytes", within: ofWithin, of: scale{"sizes/last/devices", 100_000}},
		{name: "interface rows of the largest fleet stored", unit: "a second", figure: "sizes/last/interface_rows_per_s"},
	}},
	{"failures", []headline{
		{name: "devices whose outages are not those that happened", figure: "outages_agree/no", better: less, mark: "0"},
		{name: "devices whose availability is not that which happened", figure: "availability_agrees/no", better: less, mark: "0"},
	}},
	{"served", []headline{
		{name: "polls of the simulated fleet answered, of those due", unit: "%", per: 0.01, figure: "share_of_polls_due"},
		{name: "simulator's processor time for 1,000 polls", unit: "s", figure: "fleet_cpu_s_per_1000_polls", better: less},
		{name: "poller's processor time for 1,000 polls", unit: "s", figure: "poller_cpu_s_per_1000_polls", better: less},
	}},
}

// linesReceived is what is measured of the log by one transport and load, whose figures stand below a path.
func linesReceived(by, at string) headline {
	return headline{
		name: "lines of the log by " + by, unit: perProcessorSecond, figure: at + "messages_per_cpu_s", rounds: &span{low: at + "min", high: at + "max"},
		peers: []beside{{peer: at + "peer", ratio: at + "ratio"}, {peer: at + "telegraf", ratio: at + "telegraf_ratio"}},
	}
}

var pingsAnswered = []headline{{
	name: "pings answered", unit: perProcessorSecond, figure: "echoes_per_cpu_s", rounds: &span{low: "min", high: "max"},
	peers: []beside{{peer: "peer", ratio: "ratio"}, {peer: "telegraf", ratio: "telegraf_ratio"}},
}}

var fromKafkaToClickHouse = []headline{
	{
		name: "interface rows from Kafka to ClickHouse", unit: "a second", figure: "interface_rows_per_s", rounds: &span{low: "interface_rows_per_s_min", high: "interface_rows_per_s_max"},
		mark: "mark_interface_rows_per_s", within: ofWithin,
	},
	{
		name: "processors' own time for a million of them", unit: "s", figure: "cpu_s_per_million/processors", better: less,
		rounds: &span{low: "cpu_s_per_million_min/processors", high: "cpu_s_per_million_max/processors", isNew: true},
		peers:  []beside{{peer: "telegraf", ratio: "telegraf/cpu_ratio"}},
	},
	{
		name: "the engine's", unit: "s", figure: "cpu_s_per_million/engine", better: less,
		rounds: &span{low: "cpu_s_per_million_min/engine", high: "cpu_s_per_million_max/engine", isNew: true},
		peers:  []beside{{peer: "telegraf", ratio: "telegraf/cpu_ratio_with_engine", what: "of both together", isNew: true}},
	},
}

// Names are the results that have figures that count.
func Names() (names []string) {
	for _, board := range boards {
		names = append(names, board.name)
	}
	return names
}

// headlinesOf are the figures of a result that count.
func headlinesOf(name string) []headline {
	at := slices.IndexFunc(boards, func(board board) bool { return board.name == name })
	if at < 0 {
		return nil
	}
	return boards[at].headlines
}

// in is a number of the result in the headline's unit.
func (h *headline) in(root any, path string) (float64, bool) {
	value, ok := numberAt(root, path)
	if h.per != 0 {
		value /= h.per
	}
	return value, ok
}

// markOf is the mark, and whether the figure keeps it.
func (h *headline) markOf(root any) (mark float64, met, has bool) {
	if h.mark == "" {
		return 0, false, false
	}
	if size, ok := numberAt(root, h.of.what); h.of.what != "" && (!ok || size < h.of.least) {
		return 0, false, false
	}
	value, measured := h.in(root, h.figure)
	mark, err := strconv.ParseFloat(h.mark, 64)
	if err != nil {
		if mark, has = h.in(root, h.mark); !has {
			return 0, false, false
		}
	}
	if said, ok := lookup(root, h.within).(bool); ok && h.within != "" {
		return mark, said && measured, true
	}
	return mark, measured && (h.better == more && value >= mark || h.better == less && value <= mark), true
}
