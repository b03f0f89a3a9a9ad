package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mimamori/bench/failures"
	"mimamori/bench/fleet"
	"mimamori/bench/load"
	"mimamori/bench/verify"
	"mimamori/processors/voice"
	"mimamori/storage/calendar"
)

// Failing says which fleet fails, and for how long.
type Failing struct {
	Parts
	Devices  int           // 40 to 100,000, with one interface each
	For      time.Duration // of the fleet's time, 10m to 24h
	Times    float64       // how many times as often as in life things fail
	Seed     uint64
	Truth    string // path where to write what happened; empty for nowhere
	Progress func(step string)
}

// Validate says what is wrong and what to do about it.
func (f Failing) Validate() error {
	var problems []error
	if f.Devices < 40 || f.Devices > 100_000 {
		problems = append(problems, fmt.Errorf("--devices is %d: use 40 to 100000", f.Devices))
	}
	if f.For < 10*time.Minute || f.For > 24*time.Hour {
		problems = append(problems, fmt.Errorf("--for is %s: use 10m to 24h", f.For))
	}
	if err := f.script().Validate(); err != nil && len(problems) == 0 {
		problems = append(problems, fmt.Errorf("--times is %g: %w", f.Times, err))
	}
	if f.Truth != "" {
		if err := fleet.CheckTruthPath(f.Truth); err != nil {
			problems = append(problems, fmt.Errorf("--truth is %s: %w", f.Truth, err))
		}
	}
	return errors.Join(append(problems, f.validate())...)
}

func (f Failing) script() failures.Config {
	return failures.Config{Seed: f.Seed, For: f.For, Times: f.Times}
}

// FailingFigures are the result.
type FailingFigures struct {
	Devices      int                   `json:"devices"`
	FleetSeconds float64               `json:"fleet_s"` // of the fleet's time
	Times        float64               `json:"times"`
	Events       map[failures.Kind]int `json:"events"`   // that began in that time
	Outages      int                   `json:"outages"`  // of devices, also those behind others
	Silences     int                   `json:"silences"` // of appliances
	Rows         uint64                `json:"rows"`     // published and stored
	TookSeconds  float64               `json:"took_s"`
	Windows      int                   `json:"windows"` // of work that was announced

	// Of devices: of which all outages and nothing else is stored, within a ping interval; of which the time that counts as
	// down outside maintenance is right; of which every reading of every sensor is stored as it was; of which as many lines
	// are stored of each minute as it said.
	Agreement Agreement `json:"outages_agree"`
	Available Agreement `json:"availability_agrees"`
	Sensors   Agreement `json:"sensors_agree"`
	Lines     Agreement `json:"lines_agree"`
	// Of voice paths: of which every minute has the quality that what was done to its packets makes, and of which the minutes
	// in and outside an episode can be told apart.
	Voice Agreement `json:"voice_agrees"`

	LinesSaid     uint64 `json:"lines_said"`
	BusiestMinute int    `json:"lines_busiest_minute"` // of one device

	Mismatches []verify.Check `json:"mismatches"` // at most 20
}

// Agreement is how many of what was compared agree, and how many do not.
type Agreement struct {
	Yes int `json:"yes"`
	No  int `json:"no"`
}

// Wrong is how many of what was compared do not agree.
func (f *FailingFigures) Wrong() int {
	return f.Agreement.No + f.Available.No + f.Sensors.No + f.Lines.No + f.Voice.No
}

const (
	// calmBefore is how long before the end the comparison ends: appliances send what they kept, clocks are read, and what
	// came late is judged again.
	calmBefore = 5 * time.Minute
	// judging is how long the processors may take to judge the last of it.
	judging = time.Minute
)

// watched says how the fleet is.
var watched = verify.Options{PingInterval: load.PingInterval, PollInterval: load.PollInterval, Voice: voice.DefaultConfig()}

// Fail has a fleet say what it measures while things fail, faster than in life, and holds what is stored then against what
// happened: outages, voice quality, what sensors read, and the log.
func Fail(ctx context.Context, config Failing, logger *slog.Logger) (figures FailingFigures, err error) {
	if err := config.Validate(); err != nil {
		return figures, err
	}
	progress := func(step string) {
		if config.Progress != nil {
			config.Progress(step)
		}
	}
	progress("start the broker and the engine")
	p, err := openPlant(ctx, config.Parts, logger)
	if err != nil {
		return figures, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	said, err := load.New(load.Config{Devices: config.Devices, Interfaces: 1, Seed: config.Seed, Partitions: p.partitions})
	if err != nil {
		return figures, err
	}
	script, err := failures.Draw(config.script(), said.Networks())
	if err != nil {
		return figures, err
	}
	begin := time.Now().UTC().Add(-config.For - time.Hour).Truncate(time.Hour)
	// Each device was polled before anything fails.
	fails := begin.Add(2 * load.PollInterval)
	said.Follow(script, fails)
	end := fails.Add(calmEnd(script, len(said.Places()), config.For))
	truth := said.Truth(end)
	if err := p.announce(ctx, truth.Work); err != nil {
		return figures, err
	}
	if err := p.startProcessors(ctx, said); err != nil {
		return figures, err
	}
	began := time.Now()
	if figures.Rows, err = sayAll(ctx, p, said, begin, end, progress); err != nil {
		return figures, err
	}
	figures.TookSeconds = time.Since(began).Seconds()
	if config.Truth != "" {
		if err := fleet.WriteTruth(config.Truth, truth); err != nil {
			return figures, err
		}
	}
	progress("compare")
	figures.Devices, figures.FleetSeconds, figures.Times, figures.Events = config.Devices, end.Sub(begin).Seconds(), config.Times, map[failures.Kind]int{}
	for _, event := range script.Events {
		figures.Events[event.Kind]++
	}
	for i := range truth.Devices {
		figures.Outages += len(truth.Devices[i].Down)
	}
	figures.Silences, figures.Windows = len(truth.Silences), len(truth.Work)
	for i := range truth.Devices {
		for _, minute := range truth.Devices[i].Lines {
			figures.LinesSaid += uint64(minute.Lines)
			figures.BusiestMinute = max(figures.BusiestMinute, minute.Lines)
		}
	}
	to := end.Add(-calmBefore)
	availability := func(ctx context.Context, _ verify.Store, truth *fleet.Truth, options verify.Options, to time.Time) ([]verify.Check, error) {
		return verify.Availability(ctx, p.store, truth, options, to)
	}
	for _, figure := range []struct {
		compare comparison
		counted *Agreement
	}{
		{verify.Outages, &figures.Agreement}, {availability, &figures.Available}, {verify.Voice, &figures.Voice},
		{verify.Readings, &figures.Sensors}, {verify.Lines, &figures.Lines},
	} {
		checks, err := p.judged(ctx, figure.compare, truth, to)
		if err != nil {
			return figures, err
		}
		*figure.counted = figures.count(checks)
	}
	return figures, nil
}

// comparison holds one figure against the truth up to a time.
type comparison func(context.Context, verify.Store, *fleet.Truth, verify.Options, time.Time) ([]verify.Check, error)

// count counts the checks that agree and those that do not, and keeps some of these.
func (f *FailingFigures) count(checks []verify.Check) (counted Agreement) {
	for _, check := range checks {
		if check.OK {
			counted.Yes++
			continue
		}
		counted.No++
		if len(f.Mismatches) < 20 {
			f.Mismatches = append(f.Mismatches, check)
		}
	}
	return counted
}

// announce enters work into the store before it begins.
func (p *plant) announce(ctx context.Context, work []fleet.Work) error {
	for i, each := range work {
		window := calendar.Window{
			ID: fmt.Sprintf("work-%d", i), Customer: each.Customer, Site: each.Site, From: each.From, To: each.To, TimeZone: "UTC",
			EnteredAt: each.From.Add(-24 * time.Hour), By: "bench", Why: "devices are restarted",
		}
		if err := p.store.SaveMaintenance(ctx, window); err != nil {
			return fmt.Errorf("enter the work at %s of %s: %w", each.Site, each.Customer, err)
		}
	}
	return nil
}

// calmEnd is when, after the beginning, a fleet of so many sites falls silent: when no appliance has just come back with
// what it kept.
func calmEnd(script *failures.Script, sites int, period time.Duration) time.Duration {
	end := period.Truncate(load.PollInterval)
	for site := 0; site < sites; site++ {
		for _, silence := range script.Silences(site) {
			if silence.To > end-calmBefore && silence.To <= end {
				end, site = (silence.To+calmBefore).Truncate(load.PollInterval)+load.PollInterval, -1
				break
			}
		}
	}
	return end
}

// sayAll publishes what the fleet says and returns how many rows were stored of it, once they are all.
func sayAll(ctx context.Context, p *plant, said *load.Fleet, begin, end time.Time, progress func(string)) (uint64, error) {
	counts, err := said.PublishNames(ctx, p.client, begin)
	if err != nil {
		return 0, err
	}
	for at := begin; at.Before(end); {
		next := at.Add(turnTime)
		if next.After(end) {
			next = end
		}
		progress(fmt.Sprintf("%s of %s", at.Sub(begin), end.Sub(begin)))
		some, err := said.Publish(ctx, p.client, at, next)
		if err != nil {
			return 0, err
		}
		counts.Add(some)
		// No faster than they are stored, so that the topic keeps them.
		if err := p.processors.await(ctx, counts.Rows(), lapTime); err != nil {
			return 0, err
		}
		at = next
	}
	return counts.Rows(), nil
}

// judged compares until all agree or there was time enough: what came late is judged with the last ticks.
func (p *plant) judged(ctx context.Context, compare comparison, truth *fleet.Truth, to time.Time) (checks []verify.Check, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	look := time.NewTicker(time.Second)
	defer look.Stop()
	late := time.NewTimer(judging)
	defer late.Stop()
	for {
		if checks, err = compare(ctx, p.store, truth, watched, to); err != nil {
			return nil, err
		}
		agree := true
		for _, check := range checks {
			agree = agree && check.OK
		}
		if agree {
			return checks, nil
		}
		select {
		case <-look.C:
		case <-late.C:
			return checks, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
