package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mimamori/ingest/sample"
)

// Retention says how long measurements and figures are kept, in three classes of
// customers. Names, states, intervals, reboots and days of availability stay.
type Retention struct {
	// Standard is for customers without a class.
	Standard Kept `yaml:"standard"`
	// Short is for customers of the class short.
	Short Kept `yaml:"short"`
	// Long is for customers of the class long.
	Long Kept `yaml:"long"`
	// Customers names the class of a customer: short or long. Default none.
	Customers map[string]string `yaml:"customers"`
}

// Kept is how many days a class is kept, each 3 to 36500.
type Kept struct {
	// RawDays is for measurements, log lines and the traffic of each poll.
	RawDays int `yaml:"raw_days"`
	// VoiceDays is for minutes of voice.
	VoiceDays int `yaml:"voice_days"`
	// FiveMinuteDays is for traffic by 5 minutes, which the 95th percentile needs.
	FiveMinuteDays int `yaml:"five_minute_days"`
	// HourDays is for traffic, voice and rates of the log by the hour.
	HourDays int `yaml:"hour_days"`
	// DayDays is for traffic and voice by the day, and for alarms.
	DayDays int `yaml:"day_days"`
}

// DefaultRetention returns the defaults.
func DefaultRetention() Retention {
	return Retention{
		Standard: Kept{RawDays: 90, VoiceDays: 400, FiveMinuteDays: 180, HourDays: 1095, DayDays: 3650},
		Short:    Kept{RawDays: 30, VoiceDays: 90, FiveMinuteDays: 60, HourDays: 400, DayDays: 1095},
		Long:     Kept{RawDays: 400, VoiceDays: 1095, FiveMinuteDays: 400, HourDays: 3650, DayDays: 3650},
	}
}

// Validate says everything that is wrong and what to do about it.
func (r Retention) Validate() error {
	var problems []error
	for _, class := range []struct {
		key  string
		kept Kept
	}{{"standard", r.Standard}, {"short", r.Short}, {"long", r.Long}} {
		for _, days := range []struct {
			key   string
			value int
		}{{"raw_days", class.kept.RawDays}, {"voice_days", class.kept.VoiceDays}, {"five_minute_days", class.kept.FiveMinuteDays},
			{"hour_days", class.kept.HourDays}, {"day_days", class.kept.DayDays}} {
			if days.value < 3 || days.value > 36500 {
				problems = append(problems, fmt.Errorf("%s: %s is %d: use 3 to 36500", class.key, days.key, days.value))
			}
		}
	}
	for _, customer := range slices.Sorted(maps.Keys(r.Customers)) {
		if class := r.Customers[customer]; class != "short" && class != "long" {
			problems = append(problems, fmt.Errorf("customers: %s has the class %q: use short or long, or leave it out for standard", customer, class))
		}
	}
	return errors.Join(problems...)
}

// LeastDays is how many days everything that hours and days are added up from is kept
// of every customer at least.
func (r Retention) LeastDays() int {
	least := r.Standard.least()
	for _, class := range r.Customers {
		least = min(least, r.of(class).least())
	}
	return least
}

func (k Kept) least() int { return min(k.RawDays, k.VoiceDays, k.FiveMinuteDays, k.HourDays) }

func (r Retention) of(class string) Kept {
	switch class {
	case "short":
		return r.Short
	case "long":
		return r.Long
	}
	return r.Standard
}

// retained are the tables that forget, the column of their time and which of a class's
// days is theirs.
var retained = []struct {
	table, column string
	days          func(Kept) int
}{
	{"raw_interfaces", "slot", rawDays}, {"raw_keyframes", "slot", rawDays}, {"raw_pings", "slot", rawDays}, {"raw_uptimes", "slot", rawDays},
	{"raw_voice", "slot", rawDays}, {"raw_heartbeats", "slot", rawDays}, {"raw_health", "slot", rawDays}, {"raw_outcomes", "slot", rawDays}, {"raw_syslog", "ts", rawDays}, {"raw_notifications", "ts", rawDays},
	{"utilization", "end_ts", rawDays}, {"interface_current", "end_ts", rawDays}, {"appliance_current", "slot", rawDays}, {"ping_current", "slot", rawDays},
	{"voice_minutes", "minute_ts", func(k Kept) int { return k.VoiceDays }}, {"voice_current", "minute_ts", func(k Kept) int { return k.VoiceDays }},
	{pollsRecent, "end_ts", func(k Kept) int { return min(k.RawDays, recentDays) }},
	{voiceRecent, "minute_ts", func(Kept) int { return recentDays }},
	{"utilization_5m", "start_ts", func(k Kept) int { return k.FiveMinuteDays }},
	{"utilization_1h", "start_ts", func(k Kept) int { return k.HourDays }},
	{utilizationRecent, "start_ts", func(k Kept) int { return min(k.HourDays, weeksDays) }},
	{"voice_1h", "start_ts", func(k Kept) int { return k.HourDays }},
	{"syslog_1h", "start_ts", func(k Kept) int { return k.HourDays }},
	{"utilization_1d", "start_ts", func(k Kept) int { return k.DayDays }},
	{"voice_1d", "start_ts", func(k Kept) int { return k.DayDays }},
	{alarmsTable, "raised_ts", func(k Kept) int { return k.DayDays }},
}

func rawDays(k Kept) int { return k.RawDays }

// Retain has the tables forget by the retention. Only tables that forget otherwise are
// changed; rows that are there already follow as well, with the next merges. Where a
// table's customers are of one class whole table partitions are dropped, else rows go
// when their part is merged.
func (s *Store) Retain(ctx context.Context, retention Retention) error {
	present := map[string]string{}
	var table, engine string
	err := s.query(ctx, "retention", "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()", nil,
		[]any{&table, &engine}, func() { present[table] = engine })
	if err != nil {
		return err
	}
	for _, r := range retained {
		rule, classes := retention.rule(r.column, r.days)
		if strings.Contains(present[r.table], " TTL "+rule+" SETTINGS ") {
			continue
		}
		whole := 1
		if classes {
			whole = 0
		}
		for _, change := range []string{fmt.Sprintf("MODIFY SETTING ttl_only_drop_parts = %d", whole), "MODIFY TTL " + rule} {
			if err := s.execute(ctx, "ALTER TABLE "+r.table+" "+change); err != nil {
				return fmt.Errorf("change how long %s is kept, in ClickHouse at %s: %w", r.table, s.config.Address, err)
			}
		}
		s.logger.Info("changed how long a table is kept", "table", r.table, "rule", rule)
	}
	return nil
}

// rule is what a table forgets, as ClickHouse writes it: everything by the longest of
// the classes that are used, and the customers of the others before.
func (r Retention) rule(column string, days func(Kept) int) (rule string, classes bool) {
	members := map[int][]sample.ID{} // of other days than the standard ones
	var apart []sample.ID
	longest := days(r.Standard)
	for _, customer := range slices.Sorted(maps.Keys(r.Customers)) {
		if kept := days(r.of(r.Customers[customer])); kept != days(r.Standard) {
			id := sample.CustomerID(customer)
			members[kept], apart = append(members[kept], id), append(apart, id)
			longest = max(longest, kept)
		}
	}
	after := func(days int) string { return fmt.Sprintf("toDateTime(%s) + toIntervalDay(%d)", column, days) }
	parts := []string{after(longest)}
	if longest > days(r.Standard) {
		parts = append(parts, after(days(r.Standard))+" WHERE NOT has(["+idList(apart)+"], customer_id)")
	}
	for _, kept := range slices.Sorted(maps.Keys(members)) {
		if kept < longest {
			parts = append(parts, after(kept)+" WHERE has(["+idList(members[kept])+"], customer_id)")
		}
	}
	return strings.Join(parts, ", "), len(parts) > 1
}
