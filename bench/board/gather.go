package board

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"mimamori/storage"
)

// Store answers the board's questions; the store of storage/clickhouse does.
type Store interface {
	Devices(context.Context, storage.Query) ([]storage.DeviceStatus, error)
	Availability(context.Context, storage.Query) ([]storage.Availability, error)
	Utilization(context.Context, storage.Query) ([]storage.LinkUtilization, error)
	Voice(context.Context, storage.Query) ([]storage.PathVoice, error)
	BlindSpots(ctx context.Context, query storage.Query, unasked bool) (storage.BlindSpots, error)
	RawRows(context.Context) (uint64, error)
}

// Pipeline says how the processors are doing.
type Pipeline interface {
	Lag() int64 // messages not yet processed
}

// Incident is one line of the fleet's script.
type Incident struct {
	Name     string // what happens
	Entity   string // to whom
	From, To time.Duration
}

// Trouble is a device that is not up, or several of a site that are so for one
// reason: what stands behind a dead device is counted, not listed.
type Trouble struct {
	storage.DeviceStatus
	Devices int // 1, or how many of the site it stands for; Device is empty then
}

// Figures is everything the board shows at one moment.
type Figures struct {
	At          time.Time
	Running     time.Duration
	Customers   int
	Sites       int
	States      map[storage.State]int
	Blind       int                       // devices that tell nothing of themselves
	Watched     int                       // of so many
	Troubles    []Trouble                 // most urgent first
	Stale       time.Duration             // since the newest row was stored, where that is long ago
	Problem     string                    // why the store does not answer, empty where it does
	More        int                       // troubles beyond those listed
	Worst       []storage.Availability    // lowest availability first
	Voice       []storage.PathVoice       // latest whole minute of each path, lowest MOS first
	Links       []storage.LinkUtilization // WAN links, busiest first
	Rows        uint64
	RowsPerSec  float64
	Lag         int64
	MemoryBytes uint64
	Script      []Incident
	Pages       string // address of the pages of the Grafana plugin, empty where there are none
}

// shown is how many of the worst of each kind are gathered.
const shown = 5

// Gatherer reads the figures from the store.
type Gatherer struct {
	Store    Store
	Pipeline Pipeline
	Script   []Incident
	Pages    string // address of the pages of the Grafana plugin, empty where there are none
	Started  time.Time
	Memory   func() uint64 // resident bytes of all processes of the demo

	last     Figures // the last that were whole
	lastRows uint64
	lastAt   time.Time
	grownAt  time.Time // when rows were last seen to come
}

// staleAfter is how long no row may come before the figures are called old.
const staleAfter = 5 * time.Second

// patience is how long the store may take to answer before the board says so.
const patience = 3 * time.Second

// Gather asks the store for everything the board shows. Where the store does not
// answer, the last figures are returned beside the error, and say how old they are.
func (g *Gatherer) Gather(ctx context.Context, now time.Time) (Figures, error) {
	began := time.Now()
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	figures, err := g.ask(patient, now)
	if err != nil {
		figures = g.last
		figures.Problem = err.Error()
	}
	g.last = figures
	figures.At, figures.Running, figures.Pages = now, now.Sub(g.Started), g.Pages
	if g.grownAt.IsZero() {
		g.grownAt = now
	}
	waited := time.Since(began)
	if stale := (now.Sub(g.grownAt) + waited).Truncate(time.Second); stale > staleAfter || err != nil {
		figures.Stale = stale
	}
	return figures, err
}

func (g *Gatherer) ask(ctx context.Context, now time.Time) (Figures, error) {
	figures := Figures{
		Script: g.Script, Lag: g.Pipeline.Lag(),
		States: map[storage.State]int{},
	}
	if g.Memory != nil {
		figures.MemoryBytes = g.Memory()
	}
	query := storage.Query{Scope: storage.EveryCustomer(), From: g.Started.Add(-time.Minute), To: now}
	if err := g.devices(ctx, query, &figures); err != nil {
		return figures, err
	}
	blind, err := g.Store.BlindSpots(ctx, query, false)
	if err != nil {
		return figures, fmt.Errorf("ask for blind spots: %w", err)
	}
	figures.Blind, figures.Watched = blind.Blind(), blind.Devices
	worst, err := g.Store.Availability(ctx, query)
	if err != nil {
		return figures, fmt.Errorf("ask for availability: %w", err)
	}
	figures.Worst = lowest(worst, func(a storage.Availability) (float64, bool) { return a.Percent() })

	recent := query
	recent.From = now.Add(-30 * time.Second)
	links, err := g.Store.Utilization(ctx, recent)
	if err != nil {
		return figures, fmt.Errorf("ask for utilization: %w", err)
	}
	links = slices.DeleteFunc(links, func(link storage.LinkUtilization) bool { return link.Kind != storage.LinkWAN })
	figures.Links = lowest(links, func(link storage.LinkUtilization) (float64, bool) {
		percent, ok := link.Percent()
		return -percent, ok
	})

	recent.From = now.Add(-3 * time.Minute)
	minutes, err := g.Store.Voice(ctx, recent)
	if err != nil {
		return figures, fmt.Errorf("ask for voice quality: %w", err)
	}
	figures.Voice = lowest(latest(minutes), func(path storage.PathVoice) (float64, bool) { return path.MOS, path.Rated() })
	return figures, g.rows(ctx, now, &figures)
}

func (g *Gatherer) devices(ctx context.Context, query storage.Query, figures *Figures) error {
	devices, err := g.Store.Devices(ctx, query)
	if err != nil {
		return fmt.Errorf("ask for the devices: %w", err)
	}
	customers, sites := map[string]bool{}, map[[2]string]bool{}
	for _, device := range devices {
		figures.States[device.State]++
		customers[device.Customer] = true
		sites[[2]string{device.Customer, device.Site}] = true
	}
	figures.Customers, figures.Sites = len(customers), len(sites)
	figures.Troubles = troubles(devices)
	figures.More = max(0, len(figures.Troubles)-shown)
	figures.Troubles = figures.Troubles[:min(shown, len(figures.Troubles))]
	return nil
}

// troubles gathers what is not up, most urgent first.
func troubles(devices []storage.DeviceStatus) []Trouble {
	type reason struct {
		customer, site string
		cause          storage.Cause
	}
	var all []Trouble
	together := map[reason]int{}
	for _, device := range devices {
		if device.State == storage.StateUp {
			continue
		}
		if device.Cause != storage.CauseUnreachable && device.Cause != storage.CauseSilent {
			all = append(all, Trouble{device, 1})
			continue
		}
		key := reason{device.Customer, device.Site, device.Cause}
		at, known := together[key]
		if !known {
			together[key] = len(all)
			all = append(all, Trouble{device, 1})
			continue
		}
		all[at].Devices++
		all[at].Device = ""
		if device.Since.Before(all[at].Since) {
			all[at].Since = device.Since
		}
	}
	slices.SortStableFunc(all, func(a, b Trouble) int {
		return cmp.Or(cmp.Compare(urgency(a.DeviceStatus), urgency(b.DeviceStatus)), a.Since.Compare(b.Since))
	})
	return all
}

// urgency puts what is down by itself before what merely stands behind it, and both
// before what nobody could see.
func urgency(device storage.DeviceStatus) int {
	switch {
	case device.State == storage.StateDown && device.Cause != storage.CauseUnreachable:
		return 0
	case device.State == storage.StateDown:
		return 1
	case device.State == storage.StateDegraded:
		return 2
	default:
		return 3
	}
}

func (g *Gatherer) rows(ctx context.Context, now time.Time, figures *Figures) error {
	rows, err := g.Store.RawRows(ctx)
	if err != nil {
		return fmt.Errorf("count the rows: %w", err)
	}
	if elapsed := now.Sub(g.lastAt).Seconds(); !g.lastAt.IsZero() && elapsed > 0 && rows >= g.lastRows {
		figures.RowsPerSec = float64(rows-g.lastRows) / elapsed
	}
	if rows != g.lastRows {
		g.grownAt = now
	}
	figures.Rows, g.lastRows, g.lastAt = rows, rows, now
	return nil
}

// lowest returns the few with the lowest value, leaving out those without one.
func lowest[T any](all []T, value func(T) (float64, bool)) []T {
	all = slices.DeleteFunc(slices.Clone(all), func(each T) bool { _, ok := value(each); return !ok })
	slices.SortStableFunc(all, func(a, b T) int {
		first, _ := value(a)
		second, _ := value(b)
		return cmp.Compare(first, second)
	})
	return all[:min(shown, len(all))]
}

// latest keeps the newest minute of each path.
func latest(minutes []storage.PathVoice) []storage.PathVoice {
	newest := map[uint64]storage.PathVoice{}
	for _, minute := range minutes {
		if known, ok := newest[minute.Path]; !ok || minute.MinuteMs > known.MinuteMs {
			newest[minute.Path] = minute
		}
	}
	paths := make([]storage.PathVoice, 0, len(newest))
	for _, path := range newest {
		paths = append(paths, path)
	}
	slices.SortFunc(paths, func(a, b storage.PathVoice) int {
		return cmp.Or(cmp.Compare(a.Entity.Customer, b.Entity.Customer), cmp.Compare(a.Entity.Site, b.Entity.Site), cmp.Compare(a.Name, b.Name))
	})
	return paths
}
