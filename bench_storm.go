package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"mimamori/bench/fleet"
	"mimamori/processors/alert"
)

// benchStorm measures what is told when the router fails that all other sites are reached through.
type benchStorm struct {
	Devices int           `help:"Number of simulated devices, up to 10000." default:"10000"`
	Seed    uint64        `help:"Everything random about the fleet follows from it." default:"1"`
	For     time.Duration `help:"Give up what has not arrived so long after the start." default:"8m"`
	JSON    bool          `name:"json" help:"Print one JSON object."`
	Hurried bool          `hidden:"" help:"A short storm, and watched as closely as the demo: for tests."`
}

// stormMost is how many devices a storm may have.
const stormMost = 10_000

// stormFigures is what a run of benchStorm measured.
type stormFigures struct {
	Devices int `json:"devices"`
	Sites   int `json:"sites"` // that are reached through the hub
	// Pages are the notifications while the hub was down, and Tickets the alarms they were about.
	Pages   int      `json:"pages"`
	Tickets []string `json:"tickets"`
	// Affected is how many devices, and Customers of how many customers, the hub's alarm says to be affected at last.
	Affected  int `json:"affected_devices"`
	Customers int `json:"affected_customers"`
	// Told is how long after the hub had been down for as long as its rule asks for a receiver was told.
	Told float64 `json:"hub_confirmed_to_webhook_s"`
	// Stayed are the devices that stayed down; of them Raised were raised, and Others of which there is no reason.
	Stayed int       `json:"stayed_down"`
	Raised int       `json:"stayed_down_raised"`
	Others []string  `json:"others_raised"`
	After  quantiles `json:"hub_back_to_webhook_s"` // of those that were raised
	Behind int       `json:"centre_behind"`         // alarms of the centre's own lag, which are in no other figure
	ending
}

// Run measures and prints the figures.
func (b *benchStorm) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if err := devicesWithin(b.Devices, stormMost); err != nil {
		return usageError{err}
	}
	config := fleet.DefaultConfig()
	config.Devices, config.Seed, config.Storm, config.Hurried = b.Devices, b.Seed, true, b.Hurried
	if b.Hurried {
		config.ScriptStart = hurriedStart
	}
	plan, err := fleet.NewPlan(config)
	if err != nil {
		return usageError{err}
	}
	customer, site, hub := plan.Hub()
	figures := &stormFigures{Devices: b.Devices, Sites: len(plan.Sites) - 1, Tickets: []string{}, Others: []string{}}
	for _, incident := range plan.Script() {
		if incident.Kind == fleet.DeviceOutage && incident.Entity != hub {
			figures.Stayed++
		}
	}
	told := &toldAlarms{}
	confirmed := time.Minute // how long a device is down before that is an alarm, where no rule says otherwise
	truth, ended, err := told.watch(ctx, config, logger, b.For, func(layout *demoLayout) string {
		way := alert.Way{Through: alert.Place{Customer: customer, Site: site, Device: hub}}
		for i := range plan.Sites[1:] {
			way.Sites = append(way.Sites, alert.SitePlace{Customer: plan.Sites[i+1].Customer, Site: plan.Sites[i+1].Name})
		}
		layout.centre.Alert.Raising.Ways = []alert.Way{way}
		for i := range layout.centre.Alert.Raising.Rules {
			if rule := &layout.centre.Alert.Raising.Rules[i]; rule.Alert == "DeviceDown" {
				confirmed = rule.For
			}
		}
		return ""
	}, func() bool { return len(told.webhooks) > figures.Stayed })
	if err != nil {
		return err
	}
	told.weather(truth, site+" device/"+hub, confirmed, figures)
	return tellMeasured(output, b.JSON, figures, ended)
}

// weather holds what was told against the storm.
func (t *toldAlarms) weather(truth *fleet.Truth, hub string, confirmed time.Duration, figures *stormFigures) {
	stays := map[string]bool{}
	var over time.Time
	for _, incident := range truth.Incidents {
		switch key := incident.Site + " device/" + incident.Entity; {
		case key == hub:
			over = incident.To
		case incident.Kind == fleet.DeviceOutage:
			stays[key] = true
		}
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var after []time.Duration
	for i := range t.webhooks {
		one := &t.webhooks[i]
		name := one.Labels["alertname"] + " " + one.key()
		switch {
		case one.Labels["alertname"] == centreBehind:
			figures.Behind++
		case one.At.Before(over):
			figures.Pages++
			if !slices.Contains(figures.Tickets, name) {
				figures.Tickets = append(figures.Tickets, name)
			}
			if one.key() != hub {
				continue
			}
			if figures.Told == 0 {
				figures.Told = one.At.Sub(one.since().Add(confirmed)).Seconds()
			}
			var impact alert.Impact
			_ = json.Unmarshal([]byte(one.Annotations["affected"]), &impact) // nothing shows in the figures
			figures.Affected, _ = strconv.Atoi(one.Annotations["devices"])
			figures.Customers = len(impact.Customers)
		case stays[one.key()]:
			figures.Raised++
			after = append(after, one.At.Sub(over))
		default:
			figures.Others = append(figures.Others, name)
		}
	}
	figures.After = quantilesOf(after)
}

// mostPages is how many notifications the failure of one router is worth.
const mostPages = 1

// wrong says what was told too much and too little.
func (f *stormFigures) wrong() error {
	var problems []error
	if f.Pages > mostPages {
		problems = append(problems, fmt.Errorf("of one router that failed there were %d notifications while it was down, about %q", f.Pages, f.Tickets))
	}
	if f.Told == 0 {
		problems = append(problems, errors.New("nothing was told of the router while it was down"))
	}
	if f.Raised < f.Stayed {
		problems = append(problems, fmt.Errorf("of %s that stayed down %d were not raised in time", countOf(f.Stayed, "device"), f.Stayed-f.Raised))
	}
	if len(f.Others) > 0 {
		problems = append(problems, fmt.Errorf("%s told without a reason: %q", countOf(len(f.Others), "alarm"), f.Others))
	}
	return errors.Join(problems...)
}

func (f *stormFigures) print(output io.Writer) error {
	_, err := fmt.Fprintf(output, `%d devices, %d sites behind one router that fails
notifications meanwhile         %d, about %q
affected by the last of them    %d devices of %d customers
told after its confirmed down   %.1f s
of %d that stay down raised     %d, %.1f s after the router was back (p50; at most %.1f s)
alarms without a reason         %d %q
`, f.Devices, f.Sites, f.Pages, f.Tickets, f.Affected, f.Customers, f.Told, f.Stayed, f.Raised, f.After.P50, f.After.Max, len(f.Others), f.Others)
	return err
}
