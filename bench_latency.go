package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mimamori/bench/load"
	"mimamori/ingest/bus"
	"mimamori/ingest/inventory"
	"mimamori/processors/alert"
	"mimamori/processors/voice"
)

// benchLatency measures how long it takes from the row that decides it to an alarm at a
// receiver.
type benchLatency struct {
	Devices int  `help:"Number of devices, 200 to 20000." default:"2000"`
	Alarms  int  `help:"How many of them fail, two a second, 1 to a tenth." default:"150"`
	JSON    bool `name:"json" help:"Print one JSON object."`
}

// latencyMark is how long 99 of 100 alarms may take, milliseconds.
const latencyMark = 5000

// latencyFigures is what a run of benchLatency measured.
type latencyFigures struct {
	Devices int `json:"devices"`
	Failed  int `json:"devices_failed"`
	Told    int `json:"alarms_told"`
	Missing int `json:"alarms_missing"` // of devices that failed
	False   int `json:"false_alarms"`   // of devices that did not
	// FalseOf says which alarms these were.
	FalseOf []string `json:"false_alarms_of,omitempty"`
	Behind  int      `json:"centre_behind"` // alarms of the centre's own lag
	// From the moment the row is published that says that a device is down until a webhook
	// has the alarm, milliseconds. A missing alarm has taken longer than all that were told, and at least as long as
	// was waited for it.
	Least  float64 `json:"alert_least_ms"`
	P50    float64 `json:"alert_p50_ms"`
	P90    float64 `json:"alert_p90_ms"`
	P99    float64 `json:"alert_p99_ms"`
	Most   float64 `json:"alert_most_ms"`
	Mark   float64 `json:"mark_alert_p99_ms"`
	Within bool    `json:"within_mark"`
	ending
}

// Validate says what is wrong and what to do about it. Each second a hundredth of the
// devices at least must be about to be pinged.
func (b *benchLatency) Validate() error {
	var problems []error
	if b.Devices < 200 || b.Devices > 20_000 {
		problems = append(problems, fmt.Errorf("--devices is %d: use 200 to 20000", b.Devices))
	}
	if b.Alarms < 1 || b.Alarms > b.Devices/10 {
		problems = append(problems, fmt.Errorf("--alarms is %d: use 1 to a tenth of the devices", b.Alarms))
	}
	return errors.Join(problems...)
}

// Run measures and prints the figures.
func (b *benchLatency) Run(ctx context.Context, logger *slog.Logger, output stdout) error {
	if err := b.Validate(); err != nil {
		return usageError{err}
	}
	failing := &failedDevices{since: map[int]time.Time{}, published: map[string]time.Time{}}
	fleet, err := load.New(load.Config{Devices: b.Devices, Interfaces: 24, Seed: 1, Partitions: bus.DefaultConfig().Partitions.Telemetry, Flat: true, Down: failing.down})
	if err != nil {
		return err
	}
	failing.fleet = fleet
	told := &toldAlarms{}
	hook := httptest.NewServer(told)
	defer hook.Close()
	directory, err := os.MkdirTemp("", "mimamori-bench-")
	if err != nil {
		return fmt.Errorf("make a directory for the bench: %w", err)
	}
	defer os.RemoveAll(directory)
	config, err := latencyConfig(directory, fleet, fmt.Sprintf(watching, hook.URL))
	if err != nil {
		return err
	}
	logger.Info("bench", "step", "start the broker, the engine, the processors and the alarms")
	application := newApplication(config, slog.New(slog.DiscardHandler))
	parts, err := application.assemble(demoRole)
	if err != nil {
		return err
	}
	ended, err := measured(func(started func(context.Context) error) error { return application.run(ctx, parts, started) }, func(ctx context.Context) error {
		logger.Info("bench", "step", fmt.Sprintf("%d of %d devices fail", b.Alarms, b.Devices))
		return failing.play(ctx, application.client, b.Alarms, func() int { return len(told.after(failing.published)) })
	})
	if err != nil {
		return unfinished{err}
	}
	figures := told.latency(failing.published)
	figures.Devices = b.Devices
	return tellMeasured(output, b.JSON, &figures, ended)
}

// latencyConfig is everything on one machine as it is by default, but that a device is
// told to be down at once and not when it has been down for a minute.
func latencyConfig(directory string, fleet *load.Fleet, receivers string) (Config, error) {
	config := defaultConfig()
	config.Data, config.HTTP.Listen = directory, ""
	for _, place := range fleet.Places() {
		customers := &config.Ingest.Inventory.Customers
		if last := len(*customers) - 1; last < 0 || (*customers)[last].Name != place.Customer {
			*customers = append(*customers, inventory.Customer{Name: place.Customer})
		}
		customer := &(*customers)[len(*customers)-1]
		customer.Sites = append(customer.Sites, inventory.Site{Name: place.Site, Appliance: inventory.Appliance{Name: place.Appliance}})
	}
	config.Alert.place(directory, func(*string) {})
	config.Alert.Raising.Rules = []alert.Rule{{Alert: "DeviceDown", Kind: "DeviceDown", Severity: alert.Major}}
	config.Alert.Telling.File = filepath.Join(directory, "alertmanager.yml")
	if err := os.WriteFile(config.Alert.Telling.File, []byte(receivers), 0o600); err != nil {
		return config, fmt.Errorf("write the receivers: %w", err)
	}
	return config, nil
}

// failedDevices are devices that fail one after the other and stay down.
type failedDevices struct {
	fleet     *load.Fleet
	since     map[int]time.Time    // by number; changed between two publishings alone
	published map[string]time.Time // when the deciding row was, by toldAlarm.key
}

const (
	failuresPerSecond = 2
	// latencyPast is what the fleet says of the time before, so that all is known to be up.
	latencyPast = 2 * time.Minute
	// latencyPatience is how long after the last failure alarms are waited for.
	latencyPatience = 30 * time.Second
)

func (f *failedDevices) down(device int, at time.Time) bool {
	since, failed := f.since[device]
	return failed && !at.Before(since)
}

// play has the fleet speak at its own pace, and devices fail until so many have, then waits
// until all of it was told. What was not told in time shows in the figures.
func (f *failedDevices) play(ctx context.Context, to load.Bus, most int, told func() int) error {
	now := time.Now().UTC().Truncate(time.Second)
	if _, err := f.fleet.PublishNames(ctx, to, now.Add(-latencyPast)); err != nil {
		return err
	}
	next := now.Add(-latencyPast)
	// The centre sends its ticks itself.
	publish := func(until time.Time) error {
		for ; next.Before(until); next = next.Add(time.Second) {
			messages, _, err := f.fleet.Messages(next, next.Add(time.Second))
			if err == nil {
				err = to.Produce(ctx, bus.TopicTelemetry, messages...)
			}
			if err != nil {
				return fmt.Errorf("publish what the fleet says: %w", err)
			}
		}
		return nil
	}
	if err := publish(now); err != nil {
		return err
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	// All that was said of the time before is judged first.
	calm, ended := now.Add(20*time.Second), time.Time{}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		until := time.Now().UTC().Truncate(time.Second)
		if until.After(calm) && len(f.since) < most {
			if err := publish(until.Add(-time.Second)); err != nil {
				return err
			}
			f.fail(next, most)
		}
		if err := publish(until); err != nil {
			return err
		}
		switch {
		case len(f.since) < most:
		case ended.IsZero():
			ended = time.Now()
		case told() >= most || time.Since(ended) > latencyPatience:
			return nil
		}
	}
}

// fail has some devices fail with the pings of the second that is published next.
func (f *failedDevices) fail(second time.Time, most int) {
	failed := 0
	pinged := f.fleet.Pinged(second)
	for i := range pinged {
		device := pinged[(i*7+second.Second()*13)%len(pinged)] // of all sites in turn
		if _, down := f.since[device]; down || failed == failuresPerSecond || len(f.since) == most {
			continue
		}
		failed++
		f.since[device] = second
		place, name := f.fleet.Name(device)
		f.published[place.Site+" device/"+name] = time.Now()
	}
}

// after returns how long after their deciding rows the first word of each alarm came.
func (t *toldAlarms) after(published map[string]time.Time) map[string]time.Duration {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	first := map[string]time.Duration{}
	for i := range t.webhooks {
		key := t.webhooks[i].key()
		at, failed := published[key]
		if _, known := first[key]; failed && !known {
			first[key] = t.webhooks[i].At.Sub(at)
		}
	}
	return first
}

// latency holds what was told against what failed.
func (t *toldAlarms) latency(published map[string]time.Time) latencyFigures {
	var figures latencyFigures
	var times []float64
	for _, after := range t.after(published) {
		times = append(times, float64(after.Microseconds())/1000)
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for i := range t.webhooks {
		if _, failed := published[t.webhooks[i].key()]; !failed {
			if t.webhooks[i].Labels["alertname"] == centreBehind {
				figures.Behind++
				continue
			}
			figures.False++
			figures.FalseOf = append(figures.FalseOf, t.webhooks[i].Labels["alertname"]+" of "+t.webhooks[i].key())
		}
	}
	figures.Failed, figures.Told, figures.Missing = len(published), len(times), len(published)-len(times)
	longest := float64(latencyPatience.Milliseconds())
	for _, time := range times {
		longest = max(longest, time)
	}
	for range figures.Missing {
		times = append(times, longest)
	}
	if len(times) > 0 {
		figures.Least, figures.P50, figures.P90 = slices.Min(times), voice.Quantile(times, 0.5), voice.Quantile(times, 0.9)
		figures.P99, figures.Most = voice.Quantile(times, 0.99), voice.Quantile(times, 1)
	}
	figures.Mark, figures.Within = latencyMark, len(times) > 0 && figures.P99 < latencyMark
	return figures
}

// wrong says which alarms are missing, and which there should not be.
func (f *latencyFigures) wrong() error {
	var problems []error
	if f.Missing > 0 {
		problems = append(problems, fmt.Errorf("of %d devices that failed %d were not told within %s: see what the centre logs, or give it a machine that is less busy", f.Failed, f.Missing, latencyPatience))
	}
	if f.False > 0 {
		problems = append(problems, fmt.Errorf("%d alarms were told that are not true: %s", f.False, strings.Join(f.FalseOf, ", ")))
	}
	return errors.Join(problems...)
}

func (f *latencyFigures) print(output io.Writer) error {
	_, err := fmt.Fprintf(output, `%d of %d devices failed, two a second; %d alarms were told, %d are missing, %d of others, %d of the centre's own lag
from the row that decides it to a webhook: %.0f ms (p50), %.0f ms (p90), %.0f ms (p99); %.0f ms at least and %.0f ms at most
ms (p99): %s
`, f.Failed, f.Devices, f.Told, f.Missing, f.False, f.Behind, f.P50, f.P90, f.P99, f.Least, f.Most, markKept(f.Mark, f.Within))
	return err
}
