package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mimamori/bench/child"
	"mimamori/bench/load"
	"mimamori/ingest/sample"
)

// MarkBytes is what the processors may hold resident of MarkDevices with 24 interfaces each.
const (
	MarkBytes   = 2_000_000_000
	MarkDevices = 100_000
)

// Growth says of which fleets the processors are to hear.
type Growth struct {
	Parts
	Devices  []int         // of each fleet, in the order they take their turn, 40 to 200,000
	Steady   time.Duration // how long each speaks at its own pace, 1s to 1h
	Progress func(step string)
}

// Validate says what is wrong and what to do about it.
func (g Growth) Validate() error {
	var problems []error
	if len(g.Devices) == 0 {
		problems = append(problems, errors.New("--devices names no fleet: give at least one number"))
	}
	for _, devices := range g.Devices {
		if devices < 40 || devices > 200_000 {
			problems = append(problems, fmt.Errorf("--devices has %d: use 40 to 200000", devices))
		}
	}
	if g.Steady < time.Second || g.Steady > time.Hour {
		problems = append(problems, fmt.Errorf("--steady is %s: use 1s to 1h", g.Steady))
	}
	return errors.Join(append(problems, g.validate())...)
}

// Size is what was measured of a fleet.
type Size struct {
	Devices    int `json:"devices"`
	Interfaces int `json:"interfaces"`

	// NamesSeconds is how long it takes to hear which devices and interfaces there are,
	// which happens once.
	NamesSeconds float64 `json:"names_s"`
	// RowsPerSecond are rows of all kinds of a minute of the fleet that was published
	// before; InterfaceRowsPerSecond those of interfaces among them.
	RowsPerSecond          float64 `json:"rows_per_s"`
	InterfaceRowsPerSecond float64 `json:"interface_rows_per_s"`

	// OwnRowsPerSecond is what the fleet says by itself, and LagSeconds how long after its
	// last row all were stored, once it had spoken so for a while.
	OwnRowsPerSecond float64 `json:"own_rows_per_s"`
	LagSeconds       float64 `json:"lag_s"`

	// ResidentBytes is what the processors hold once they have heard of everything, after
	// the minute; SteadyBytes at the end, and MostBytes the most they ever held.
	ResidentBytes uint64 `json:"rss_bytes"`
	SteadyBytes   uint64 `json:"rss_steady_bytes"`
	MostBytes     uint64 `json:"rss_most_bytes"`

	Published uint64 `json:"rows_published"`
	Stored    uint64 `json:"rows_stored"`
}

// GrowthFigures are the result.
type GrowthFigures struct {
	Sizes []Size `json:"sizes"`
	// BytesPerInterface and BytesPerDevice are what the largest fleet takes more than the
	// smallest; zero where there is but one.
	BytesPerInterface float64 `json:"rss_bytes_per_interface"`
	BytesPerDevice    float64 `json:"rss_bytes_per_device"`
	Mark              uint64  `json:"mark_rss_bytes"`
	// Within says whether the processors stay within the mark. It is nil where the fleets say nothing of it: all are
	// smaller than that of the mark and keep it, or larger and do not.
	Within *bool `json:"within_mark,omitempty"`
}

// withinMark says whether the fleets show the mark to be kept.
func withinMark(sizes []Size) (within *bool) {
	for _, size := range sizes {
		kept := size.ResidentBytes < MarkBytes
		switch {
		case !kept && size.Devices <= MarkDevices:
			return &kept
		case kept && size.Devices >= MarkDevices:
			within = &kept
		}
	}
	return within
}

// Grow has processors hear of one fleet after the other, each time with a broker, an
// engine and processors of their own.
func Grow(ctx context.Context, config Growth, logger *slog.Logger) (figures GrowthFigures, err error) {
	figures.Mark = MarkBytes
	if err := config.Validate(); err != nil {
		return figures, err
	}
	for _, devices := range config.Devices {
		size, err := config.measure(ctx, devices, logger)
		if err != nil {
			return figures, fmt.Errorf("measure a fleet of %d devices: %w", devices, err)
		}
		figures.Sizes = append(figures.Sizes, size)
	}
	figures.Within = withinMark(figures.Sizes)
	least, most := figures.Sizes[0], figures.Sizes[0]
	for _, size := range figures.Sizes {
		if size.Devices < least.Devices {
			least = size
		}
		if size.Devices > most.Devices {
			most = size
		}
	}
	if more := most.Devices - least.Devices; more > 0 {
		bytes := float64(most.ResidentBytes) - float64(least.ResidentBytes)
		figures.BytesPerDevice = bytes / float64(more)
		figures.BytesPerInterface = figures.BytesPerDevice / interfacesPerDevice
	}
	return figures, nil
}

func (g Growth) measure(ctx context.Context, devices int, logger *slog.Logger) (size Size, err error) {
	progress := func(step string) {
		if g.Progress != nil {
			g.Progress(fmt.Sprintf("%d devices: %s", devices, step))
		}
	}
	progress("start")
	p, err := openPlant(ctx, g.Parts, logger)
	if err != nil {
		return size, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	fleet, err := load.New(load.Config{Devices: devices, Interfaces: interfacesPerDevice, Seed: 1, Partitions: p.partitions})
	if err != nil {
		return size, err
	}
	if err := p.startProcessors(ctx, fleet); err != nil {
		return size, err
	}
	size.Devices, size.Interfaces = devices, devices*interfacesPerDevice
	heard := hearing{plant: p, turns: newTurns(fleet), size: &size}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"its names", heard.names}, {"its first minute", heard.minute}, {"at its own pace", func(ctx context.Context) error { return heard.steady(ctx, g.Steady) }}, {"count", heard.count}} {
		progress(step.name)
		if err := step.do(ctx); err != nil {
			return size, err
		}
	}
	return size, nil
}

// hearing is processors that hear of a fleet.
type hearing struct {
	*plant
	*turns
	size *Size
}

// absorb has the processors store what is published while they stand still, and returns
// how long they take.
func (h *hearing) absorb(ctx context.Context, publish func() (load.Counts, error)) (counts load.Counts, took time.Duration, err error) {
	if err := h.freeze(); err != nil {
		return nil, 0, err
	}
	if counts, err = publish(); err != nil {
		return nil, 0, err
	}
	h.published.Add(counts)
	began := time.Now()
	if err := h.thaw(); err != nil {
		return nil, 0, err
	}
	err = h.processors.await(ctx, h.published.Rows(), lapTime)
	return counts, time.Since(began), err
}

func (h *hearing) names(ctx context.Context) error {
	_, took, err := h.absorb(ctx, func() (load.Counts, error) { return h.fleet.PublishNames(ctx, h.client, h.begin) })
	h.size.NamesSeconds = took.Seconds()
	return err
}

func (h *hearing) minute(ctx context.Context) error {
	counts, took, err := h.absorb(ctx, func() (load.Counts, error) {
		from := h.next
		h.next = from.Add(load.PollInterval)
		return h.fleet.Publish(ctx, h.client, from, h.next)
	})
	if err != nil {
		return err
	}
	h.size.RowsPerSecond = float64(counts.Rows()) / took.Seconds()
	h.size.InterfaceRowsPerSecond = float64(counts[sample.KindInterfaces]) / took.Seconds()
	h.size.ResidentBytes, _, err = child.Memory(h.processors.pid())
	return err
}

// steady publishes each second of the fleet when it is over.
func (h *hearing) steady(ctx context.Context, length time.Duration) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	rows := uint64(0)
	for second := time.Duration(0); second < length; second += time.Second {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		counts, err := h.fleet.Publish(ctx, h.client, h.next, h.next.Add(time.Second))
		if err != nil {
			return err
		}
		h.next = h.next.Add(time.Second)
		h.published.Add(counts)
		rows += counts.Rows()
	}
	ended := time.Now()
	if err := h.processors.await(ctx, h.published.Rows(), lapTime); err != nil {
		return err
	}
	h.size.LagSeconds = time.Since(ended).Seconds()
	h.size.OwnRowsPerSecond = float64(rows) / length.Truncate(time.Second).Seconds()
	var err error
	h.size.SteadyBytes, h.size.MostBytes, err = child.Memory(h.processors.pid())
	return err
}

func (h *hearing) count(ctx context.Context) error {
	stored, err := h.stored(ctx, h.published, h.begin.Add(-load.PollInterval))
	if err != nil {
		return err
	}
	h.size.Published, h.size.Stored = h.published.Rows(), stored.Rows()
	if h.size.Stored != h.size.Published {
		return fmt.Errorf("%d rows are stored of %d that were published", h.size.Stored, h.size.Published)
	}
	return nil
}
