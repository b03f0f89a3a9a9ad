package alert

import (
	"context"
	"slices"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// Store is what rules ask.
type Store interface {
	Streams(ctx context.Context, at time.Time) ([]storage.Stream, error)
	Appliances(context.Context, storage.Query) ([]storage.ApplianceStatus, error)
	Sites(context.Context, storage.Query) ([]storage.Standing, error)
	Topology(context.Context, storage.Query) ([]storage.Node, error)
	Paths(context.Context, storage.Query) ([]storage.PathStatus, error)
	Interfaces(context.Context, storage.Query, storage.InterfaceChoice) (storage.InterfaceStatuses, error)
	Health(context.Context, storage.Query) ([]storage.SensorHealth, error)
	BlindSpots(ctx context.Context, query storage.Query, unasked bool) (storage.BlindSpots, error)
	Restarts(context.Context, storage.Query) ([]storage.RebootEvent, error)
	Syslog(context.Context, storage.Query) ([]storage.SyslogLine, error)
	SyslogRates(context.Context, storage.SyslogRatesQuery) (storage.SyslogRates, error)
	Notifications(context.Context, storage.Query) ([]storage.Notification, error)
	Maintenance(context.Context, storage.Query) ([]calendar.Window, error)
}

// Promise is an availability that was promised, held against what was measured.
type Promise struct {
	Customer, Site string
	Entity         string // customer/NAME, site/NAME, device/NAME or group/NAME
	Name           string
	From           time.Time // since when it is measured: the beginning of its month
	Percent        float64
	Target         float64
}

// Failing is a receiver that notifications do not reach.
type Failing struct {
	Receiver string // with its integration, as in default/webhook[0]
	Since    time.Time
	Error    string
	Attempts uint64
}

// Promises returns what was promised, as of a moment.
type Promises func(ctx context.Context, at time.Time) ([]Promise, error)

// moment is one look at the store: what several rules ask for is asked once.
type moment struct {
	at       time.Time // as of when the store is asked
	streams  []storage.Stream
	store    Store
	ways     []Way
	promises Promises
	failing  func() []Failing
	owed     func(ctx context.Context, at time.Time) []Owed
	crowded  func() // counts what was asked for and is more than is taken

	appliances once[[]storage.ApplianceStatus]
	nodes      once[[]storage.Node]
	windows    once[[]maintained]
	failures   once[*failures]
	blind      once[storage.BlindSpots]
	unpolled   once[map[subject]bool]
	sites      once[map[subject]*storage.Standing]
	owing      once[[]Owed]
}

// once is an answer that is asked for once.
type once[T any] struct {
	asked  bool
	answer T
	err    error
}

func (o *once[T]) get(ask func() (T, error)) (T, error) {
	if !o.asked {
		o.answer, o.err = ask()
		o.asked = true
	}
	return o.answer, o.err
}

// query asks every customer about the time up to the moment.
func (m *moment) query(back time.Duration) storage.Query {
	return storage.Query{Scope: storage.EveryCustomer(), From: m.at.Add(-back), To: m.at}
}

// lately is how far back what is of the present is looked for: longer than any poll's interval should be.
const lately = 10 * time.Minute

func (m *moment) allAppliances(ctx context.Context) ([]storage.ApplianceStatus, error) {
	return m.appliances.get(func() ([]storage.ApplianceStatus, error) { return m.store.Appliances(ctx, m.query(24*time.Hour)) })
}

// troubled returns the devices that are not up.
func (m *moment) troubled(ctx context.Context) ([]storage.Node, error) {
	return m.nodes.get(func() ([]storage.Node, error) {
		query := m.query(lately)
		query.Trouble = true
		return m.store.Topology(ctx, query)
	})
}

// blindSpots are what is not seen.
func (m *moment) blindSpots(ctx context.Context) (storage.BlindSpots, error) {
	return m.blind.get(func() (storage.BlindSpots, error) { return m.store.BlindSpots(ctx, m.query(24*time.Hour), false) })
}

// unseen are the devices of whose links and sensors nobody knows anything: those that are down or unknown, and
// those that answer pings and tell nothing by SNMP.
func (m *moment) unseen(ctx context.Context) (map[subject]bool, error) {
	return m.unpolled.get(func() (map[subject]bool, error) {
		nodes, err := m.troubled(ctx)
		if err != nil {
			return nil, err
		}
		blind, err := m.blindSpots(ctx)
		if err != nil {
			return nil, err
		}
		devices := map[subject]bool{}
		for i := range nodes {
			if node := &nodes[i]; node.State != storage.StateDegraded {
				devices[subject{node.Customer, node.Site, "device/" + node.Device}] = true
			}
		}
		for i := range blind.Spots {
			if spot := &blind.Spots[i]; spot.What == storage.BlindSNMP && !spot.Partial() {
				devices[subject{spot.Customer, spot.Site, "device/" + spot.Device}] = true
			}
		}
		return devices, nil
	})
}

// standings are those of the sites.
func (m *moment) standings(ctx context.Context) (map[subject]*storage.Standing, error) {
	return m.sites.get(func() (map[subject]*storage.Standing, error) {
		sites, err := m.store.Sites(ctx, m.query(24*time.Hour))
		found := make(map[subject]*storage.Standing, len(sites))
		for i := range sites {
			found[subject{sites[i].Customer, sites[i].Site, ""}] = &sites[i]
		}
		return found, err
	})
}

// maintained is a window with its times around the moment.
type maintained struct {
	window calendar.Window
	spans  []calendar.Span
}

// maintained says whether a window covers something at the moment; device may be empty.
func (m *moment) maintained(ctx context.Context, customer, site, device string) (bool, error) {
	return m.maintainedAt(ctx, m.at, customer, site, device)
}

// maintainedAt is maintained as of a time, no longer ago than what happened counts.
func (m *moment) maintainedAt(ctx context.Context, at time.Time, customer, site, device string) (bool, error) {
	windows, err := m.windows.get(func() ([]maintained, error) {
		query := m.query(lateness)
		query.To = m.at.Add(time.Millisecond)
		all, err := m.store.Maintenance(ctx, query)
		if err != nil {
			return nil, err
		}
		var near []maintained
		for _, window := range all {
			spans, err := window.Spans(query.From, query.To)
			if err == nil && len(spans) > 0 { // one that cannot be read is told of where it was entered
				near = append(near, maintained{window, spans})
			}
		}
		return near, nil
	})
	for i := range windows {
		within := func(span calendar.Span) bool { return !at.Before(span.From) && at.Before(span.To) }
		if slices.ContainsFunc(windows[i].spans, within) && windows[i].window.Covers(customer, site, device) {
			return true, nil
		}
	}
	return false, err
}

// reported returns until when what an appliance sees is known: the moment, unless it is late.
func reported(appliance *storage.ApplianceStatus, at time.Time) time.Time {
	due := appliance.LastHeartbeat.Add(appliance.Interval + grace)
	if appliance.LastHeartbeat.IsZero() || due.After(at) {
		return at
	}
	return appliance.LastHeartbeat
}

// grace is how long a row may be on its way from an appliance before it is late.
const grace = 5 * time.Second
