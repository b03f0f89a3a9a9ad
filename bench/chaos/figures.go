package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage"
	"mimamori/storage/clickhouse"
)

// figures are what a run says of the world, line by line: the derived tables as they are
// read, and the answers to the questions that reports ask.
type figures map[string][]string

// The answers to the questions that reports ask, among the figures.
const (
	availabilityReport = "availability report"
	utilizationReport  = "utilization report"
)

// named are the figures that a run of the world must have: one of them that is empty says
// that nothing was compared, not that nothing differs.
func (w World) named() []string {
	names := []string{"utilization", "states", "voice", availabilityReport, utilizationReport}
	what := w.incidents()
	if what[dead]+what[reboot] > 0 {
		names = append(names, "intervals")
	}
	if what[reboot] > 0 {
		names = append(names, "reboots")
	}
	return names
}

// incidents counts what happens in whole scenes, in which devices are heard of before and
// after.
func (w World) incidents() map[incident]int {
	counts := map[incident]int{}
	for number := range sitesCount {
		s := w.site(number)
		for device := range deviceCount {
			for scene := range w.Slots / sceneSlots {
				what, _, _ := s.scene(device, scene)
				counts[what]++
			}
		}
	}
	return counts
}

// empty says which of the named figures have no rows.
func (f figures) empty(named []string) []string {
	var problems []string
	for _, name := range named {
		if len(f[name]) == 0 {
			problems = append(problems, name+": the undisturbed run has no rows, so nothing was compared")
		}
	}
	return problems
}

// read takes the figures of the world's time. What depends on the way a figure came about,
// and not on what it says, is left out: offsets, epochs, and whether it was corrected.
func (p *plant) read(ctx context.Context, w World) (figures, error) {
	end := w.End().UnixMilli()
	within := func(column string) string {
		return fmt.Sprintf("%s >= fromUnixTimestamp64Milli(%d) AND %s < fromUnixTimestamp64Milli(%d)", column, w.BeginMs-60_000, column, end)
	}
	found := figures{}
	for name, question := range map[string]string{
		"utilization": `SELECT customer_id, device_id, toStartOfMinute(end_ts) AS minute, count(), sum(cityHash64(* EXCEPT (kafka_offset))) FROM utilization FINAL
GROUP BY customer_id, device_id, minute ORDER BY customer_id, device_id, minute`,
		"intervals": `SELECT customer_id, site_id, device_id, from_ts, to_ts, state, cause, evidence FROM intervals FINAL
WHERE ` + within("from_ts") + ` ORDER BY customer_id, device_id, from_ts`,
		"reboots": `SELECT customer_id, site_id, device_id, at_ts, kind, evidence FROM reboots FINAL
WHERE ` + within("at_ts") + ` ORDER BY customer_id, device_id, at_ts`,
		"states": `SELECT customer_id, site_id, device_id, state, cause, since_ts, first_seen_ts FROM device_current FINAL ORDER BY customer_id, device_id`,
		"voice": `SELECT * EXCEPT (epoch, kafka_offset, is_deleted) FROM voice_minutes FINAL
WHERE ` + within("minute_ts") + ` ORDER BY customer_id, path_id, minute_ts`,
	} {
		rows, err := p.sql(ctx, question)
		if err != nil {
			return nil, fmt.Errorf("read the figures: %s: %w", name, err)
		}
		for _, row := range rows {
			found[name] = append(found[name], strings.Join(row, " "))
		}
	}
	return found, p.ask(ctx, w, found)
}

// ask asks the questions of the reports, as the product does.
func (p *plant) ask(ctx context.Context, w World, found figures) error {
	config := clickhouse.DefaultConfig()
	config.Address, config.Password, config.Protocol = p.storeAt, p.password, clickhouse.ProtocolHTTP
	store, err := clickhouse.Open(ctx, config, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err != nil {
		return fmt.Errorf("ask the store as reports do: %w", err)
	}
	defer func() { _ = store.Close() }() // everything was read
	query := storage.Query{Scope: storage.EveryCustomer(), From: w.Begin(), To: w.End()}
	availability, err := store.Availability(ctx, query)
	if err != nil {
		return err
	}
	for i := range availability {
		for j := range availability[i].Outages {
			availability[i].Outages[j].Corrected = false
		}
		if err := found.add(availabilityReport, availability[i]); err != nil {
			return err
		}
	}
	utilization, err := store.Utilization(ctx, query)
	if err != nil {
		return err
	}
	for i := range utilization {
		if err := found.add(utilizationReport, utilization[i]); err != nil {
			return err
		}
	}
	return nil
}

func (f figures) add(name string, row any) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	f[name] = append(f[name], string(text))
	return nil
}

// beyond returns the lines of one figure that another lacks, each as often as it lacks it.
func beyond(lines, other []string) []string {
	has := map[string]int{}
	for _, line := range other {
		has[line]++
	}
	var missing []string
	for _, line := range lines {
		if has[line]--; has[line] < 0 {
			missing = append(missing, line)
		}
	}
	return missing
}

// compare says where two sets of figures differ: in which lines, or in how often one is
// there. It returns the first differences in words as well.
func compare(churned, undisturbed figures) (c Comparison, differences []string) {
	c = Comparison{Figures: map[string]int{}, Different: map[string]int{}}
	for name, want := range undisturbed {
		has := churned[name]
		c.Figures[name] = len(want)
		more, less := beyond(has, want), beyond(want, has)
		if len(more)+len(less) == 0 {
			continue
		}
		c.Different[name] = max(len(more), len(less))
		differences = append(differences, fmt.Sprintf("%s: %d rows after the churn are not in the undisturbed run, %d of it are missing", name, len(more), len(less)))
		for _, line := range more[:min(len(more), 5)] {
			differences = append(differences, name+", after the churn:  "+line)
		}
		for _, line := range less[:min(len(less), 5)] {
			differences = append(differences, name+", undisturbed:      "+line)
		}
	}
	for name, lines := range churned {
		if _, known := undisturbed[name]; !known {
			c.Figures[name], c.Different[name] = 0, len(lines)
			differences = append(differences, name+": the undisturbed run has none")
		}
	}
	return c, differences
}
