package verify

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"mimamori/bench/fleet"
	"mimamori/processors/voice"
	"mimamori/storage"
)

// Store is what is asked; the store of storage/clickhouse answers.
type Store interface {
	Devices(context.Context, storage.Query) ([]storage.DeviceStatus, error)
	Availability(context.Context, storage.Query) ([]storage.Availability, error)
	Utilization(context.Context, storage.Query) ([]storage.LinkUtilization, error)
	Voice(context.Context, storage.Query) ([]storage.PathVoice, error)
	Syslog(context.Context, storage.Query) ([]storage.SyslogLine, error)
	SyslogRates(context.Context, storage.SyslogRatesQuery) (storage.SyslogRates, error)
	Notifications(context.Context, storage.Query) ([]storage.Notification, error)
	Health(context.Context, storage.Query) ([]storage.SensorHealth, error)
	BlindSpots(ctx context.Context, query storage.Query, unasked bool) (storage.BlindSpots, error)
	RawRows(context.Context) (uint64, error)
}

// Options says how the fleet was watched.
type Options struct {
	PingInterval   time.Duration // outages are found to within this
	PollInterval   time.Duration // of SNMP
	HealthInterval time.Duration // of the sensors; 0 when nobody asks for them
	SilentAfter    time.Duration // how long after its last word an appliance counts as silent
	Voice          voice.Config  // the listener the quality was rated for

	// Failing says that much fails at once. Left out is then what the simulator does not know could be measured: traffic,
	// traps and blind spots.
	Failing bool
}

// Check is one comparison.
type Check struct {
	Name     string `json:"name"`   // which figure
	Entity   string `json:"entity"` // of what
	Expected any    `json:"expected"`
	Found    any    `json:"found"`
	OK       bool   `json:"ok"`
}

// Result is the outcome of all checks.
type Result struct {
	OK      bool    `json:"ok"`
	Checks  []Check `json:"checks"`
	Devices int     `json:"devices"`
	Rows    uint64  `json:"rows"`
}

// settling is how long before the end of the fleet the comparison ends, in ping
// intervals: the pollers stop a little before the fleet does.
const settling = 5

// Run makes all checks. The pipeline must have caught up.
func Run(ctx context.Context, store Store, truth *fleet.Truth, watcher *Watcher, options Options) (*Result, error) {
	comparison := &comparison{
		store: store, truth: truth, watcher: watcher, options: options,
		from: truth.Start, to: truth.End.Add(-settling * options.PingInterval),
	}
	result := &Result{OK: true, Devices: len(truth.Devices)}
	figures := []func(context.Context) ([]Check, error){comparison.outages, comparison.silence, comparison.quality, comparison.syslog, comparison.health}
	if options.Failing {
		figures = append(figures, comparison.rates)
	} else {
		figures = append(figures, comparison.traffic, comparison.notifications, comparison.blindSpots)
	}
	for _, figure := range figures {
		checks, err := figure(ctx)
		if err != nil {
			return nil, err
		}
		result.Checks = append(result.Checks, checks...)
	}
	for _, check := range result.Checks {
		result.OK = result.OK && check.OK
	}
	var err error
	if result.Rows, err = store.RawRows(ctx); err != nil {
		return nil, fmt.Errorf("count the rows: %w", err)
	}
	if len(result.Checks) < len(truth.Devices) {
		return nil, fmt.Errorf("only %d checks were made for %d devices: the fleet's journal is not whole", len(result.Checks), len(truth.Devices))
	}
	return result, nil
}

type comparison struct {
	store    Store
	truth    *fleet.Truth
	watcher  *Watcher
	options  Options
	from, to time.Time
}

// query covers the whole time compared.
func (c *comparison) query() storage.Query {
	return storage.Query{Scope: storage.EveryCustomer(), From: c.from, To: c.to}
}

// away says since when appliances cannot be heard that still could not at the end of the time compared, by site.
func (c *comparison) away() map[string]time.Time {
	since := map[string]time.Time{}
	for _, silence := range c.truth.Silences {
		if silence.Open && silence.From.Before(c.to) {
			since[entity(silence.Customer, silence.Site)] = silence.From
		}
	}
	return since
}

// wholeMinutes returns the minutes that lie wholly between two times.
func wholeMinutes(from, to time.Time) []time.Time {
	var minutes []time.Time
	for minute := from.Truncate(time.Minute); !minute.Add(time.Minute).After(to); minute = minute.Add(time.Minute) {
		if !minute.Before(from) {
			minutes = append(minutes, minute)
		}
	}
	return minutes
}

func entity(parts ...string) string {
	text := ""
	for i, part := range parts {
		if i > 0 {
			text += " / "
		}
		text += part
	}
	return text
}

// Print writes a summary, with every check that failed, for a person.
func (r *Result) Print(output io.Writer) {
	type tally struct{ passed, failed int }
	tallies := map[string]*tally{}
	for _, check := range r.Checks {
		count := tallies[check.Name]
		if count == nil {
			count = &tally{}
			tallies[check.Name] = count
		}
		if check.OK {
			count.passed++
			continue
		}
		count.failed++
		fmt.Fprintf(output, "MISMATCH %s of %s\n  expected %v\n  found    %v\n", check.Name, check.Entity, check.Expected, check.Found)
	}
	names := make([]string, 0, len(tallies))
	for name := range tallies {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	for _, name := range names {
		fmt.Fprintf(output, "%-28s %5d agree, %d do not\n", name, tallies[name].passed, tallies[name].failed)
	}
	fmt.Fprintf(output, "%d devices, %d rows stored\n", r.Devices, r.Rows)
}
