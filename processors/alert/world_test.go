package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// world is a store that says what a test wants to be so, a ledger in memory and a notifier that notes.
type world struct {
	t            *testing.T
	at           time.Time
	appliances   []storage.ApplianceStatus
	streams      []storage.Stream
	sites        []storage.Standing
	nodes        map[string]*storage.Node // not up, by customer, site and name
	paths        []storage.PathStatus
	links        []storage.InterfaceStatus
	sensors      []storage.SensorHealth
	spots        []storage.BlindSpot
	reboots      []storage.RebootEvent
	lines        []storage.SyslogLine
	traps        []storage.Notification
	rates        []storage.SyslogRate
	ratesUntil   time.Time // the end of the time that the last question about them was about
	nodesUntil   time.Time // and about devices
	windows      []calendar.Window
	promises     []Promise
	fails        error
	ratesFail    error // that of the log's rates alone
	promisesFail error
	owed         func(context.Context, time.Time) []Owed
	asked        chan struct{} // told of each question about the log's rates, which is then answered when told again

	kept   map[Key]Alarm
	audit  []Entry
	put    []Alarm
	seen   map[string]bool // what was put, over restarts
	lost   error           // of the notifier
	unkept error           // of the ledger
	heard  func()          // what somebody does while alarms are handed on; nil for nothing

	engine *Engine
	config Config
}

var monday = time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	w := &world{t: t, at: monday, nodes: map[string]*storage.Node{}, kept: map[Key]Alarm{}, seen: map[string]bool{}, config: DefaultConfig()}
	w.site("acme", "tokyo", 3)
	return w
}

// site adds a site with an appliance called box.
func (w *world) site(customer, site string, devices int) {
	w.appliances = append(w.appliances, storage.ApplianceStatus{Entity: storage.Entity{Customer: customer, Site: site, Name: "box"}, Interval: 10 * time.Second, Devices: devices})
	w.sites = append(w.sites, storage.Standing{Customer: customer, Site: site, Devices: devices})
}

// down makes a device down since now, reached through another.
func (w *world) down(customer, site, device, behind string, cause storage.Cause) {
	w.nodes[customer+"/"+site+"/"+device] = &storage.Node{
		DeviceStatus: storage.DeviceStatus{Entity: storage.Entity{Customer: customer, Site: site, Device: device}, State: storage.StateDown, Cause: cause, Since: w.at},
		Behind:       behind, Appliance: "box",
	}
}

func (w *world) up(customer, site, device string) { delete(w.nodes, customer+"/"+site+"/"+device) }

// restart makes a new engine that knows what was kept.
func (w *world) restart() {
	w.t.Helper()
	engine, err := New(w.config, Deps{Store: func() Store { return w }, Promises: w.promised, Owed: w.owed, Ledger: w, Notifier: w, Logger: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := engine.Load(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.engine = engine
}

// pass lets time pass, with a look each second.
func (w *world) pass(length time.Duration) {
	w.t.Helper()
	if w.engine == nil {
		w.restart()
	}
	for end := w.at.Add(length); w.at.Before(end); {
		w.at = w.at.Add(time.Second)
		for i := range w.appliances {
			if !w.appliances[i].Silent {
				w.appliances[i].LastHeartbeat = w.at.Truncate(10 * time.Second)
			}
		}
		w.look()
	}
}

func (w *world) look() error {
	return w.engine.round(w.t.Context(), w.at)
}

// told returns what was handed on for the first time since the last call, as "raised DeviceDown acme/tokyo device/x".
func (w *world) told() []string {
	var all []string
	for _, a := range w.put {
		all = append(all, string(a.State)+" "+a.Rule+" "+a.Customer+"/"+a.Site+" "+a.Entity)
	}
	w.put = nil
	slices.Sort(all)
	return slices.Compact(all)
}

// Put notes an alarm when it is raised or cleared, once.
func (w *world) Put(_ context.Context, alarms ...Alarm) error {
	if w.lost != nil {
		return w.lost
	}
	if w.heard != nil {
		w.heard()
	}
	for _, a := range alarms {
		once := fmt.Sprint(a.Key, a.State, a.Raised)
		if !w.seen[once] {
			w.put = append(w.put, a)
		}
		w.seen[once] = true
	}
	return nil
}

func (w *world) Load(context.Context) ([]Alarm, error) {
	return slices.Collect(maps.Values(w.kept)), nil
}

func (w *world) Save(_ context.Context, changes Changes) error {
	if w.unkept != nil {
		return w.unkept
	}
	for _, a := range changes.Alarms {
		w.kept[a.Key] = a
	}
	for _, key := range changes.Forgotten {
		delete(w.kept, key)
	}
	w.audit = append(w.audit, changes.Entries...)
	return nil
}

func (w *world) promised(context.Context, time.Time) ([]Promise, error) {
	return w.promises, errors.Join(w.fails, w.promisesFail)
}

func (w *world) Streams(context.Context, time.Time) ([]storage.Stream, error) {
	return slices.Clone(w.streams), w.fails
}
func (w *world) Appliances(context.Context, storage.Query) ([]storage.ApplianceStatus, error) {
	return slices.Clone(w.appliances), w.fails
}
func (w *world) Sites(context.Context, storage.Query) ([]storage.Standing, error) {
	return slices.Clone(w.sites), w.fails
}
func (w *world) Topology(_ context.Context, q storage.Query) ([]storage.Node, error) {
	w.nodesUntil = q.To
	var all []storage.Node
	for _, name := range slices.Sorted(maps.Keys(w.nodes)) {
		all = append(all, *w.nodes[name])
	}
	return all, w.fails
}
func (w *world) Paths(context.Context, storage.Query) ([]storage.PathStatus, error) {
	return w.paths, w.fails
}
func (w *world) Interfaces(_ context.Context, q storage.Query, choice storage.InterfaceChoice) (storage.InterfaceStatuses, error) {
	links := slices.DeleteFunc(slices.Clone(w.links), func(link storage.InterfaceStatus) bool {
		percent, known := link.LastPercent()
		if choice.Order == storage.InterfacesByErrors {
			percent, known = link.LastErrorPercent()
		}
		return !known || percent < choice.LastAtLeast
	})
	page := links[min(choice.Offset, len(links)):]
	return storage.InterfaceStatuses{Interfaces: page[:min(q.Limit, len(page))], Total: len(links)}, w.fails
}
func (w *world) Health(context.Context, storage.Query) ([]storage.SensorHealth, error) {
	return w.sensors, w.fails
}
func (w *world) BlindSpots(context.Context, storage.Query, bool) (storage.BlindSpots, error) {
	return storage.BlindSpots{Spots: w.spots}, w.fails
}
func (w *world) Restarts(_ context.Context, q storage.Query) ([]storage.RebootEvent, error) {
	return slices.DeleteFunc(slices.Clone(w.reboots), func(r storage.RebootEvent) bool { return r.At.Before(q.From) || !r.At.Before(q.To) }), w.fails
}
func (w *world) Syslog(_ context.Context, q storage.Query) ([]storage.SyslogLine, error) {
	return slices.DeleteFunc(slices.Clone(w.lines), func(l storage.SyslogLine) bool {
		return l.Received.Before(q.From) || !l.Received.Before(q.To) || q.Log.Severity != nil && l.Severity > *q.Log.Severity
	}), w.fails
}
func (w *world) SyslogRates(_ context.Context, q storage.SyslogRatesQuery) (storage.SyslogRates, error) {
	w.ratesUntil = q.To
	if w.asked != nil {
		w.asked <- struct{}{}
		<-w.asked
	}
	return storage.SyslogRates{Rates: w.rates}, errors.Join(w.fails, w.ratesFail)
}
func (w *world) Notifications(_ context.Context, q storage.Query) ([]storage.Notification, error) {
	return slices.DeleteFunc(slices.Clone(w.traps), func(n storage.Notification) bool { return n.Received.Before(q.From) || !n.Received.Before(q.To) }), w.fails
}
func (w *world) Maintenance(context.Context, storage.Query) ([]calendar.Window, error) {
	return w.windows, w.fails
}
