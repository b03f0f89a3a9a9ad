package fleet

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/sample"
)

// RunConfig says what a fleet is joined to.
type RunConfig struct {
	BrokerSocket    string // unix socket of the broker; empty: no uplinks
	UplinkDirectory string // where each appliance's uplink is made, see UplinkSocket
}

// Fleet simulates the networks of a plan, in the network namespace of its process:
// one of its own, see PrepareNamespace, or the machine's, where the plan is of one.
type Fleet struct {
	plan   *Plan
	config RunConfig
	logger *slog.Logger
	ready  chan struct{}

	devices    []*device // by site
	bySite     [][]int   // index in devices of each site's devices
	paths      []*voicePath
	lost       *lostPackets
	agents     *agents
	echoes     *echoes // nil where the kernel answers pings
	reflectors *reflectors
	chatter    *chatter
	relays     []*relay // by site; none without a broker

	journal journal
}

// New makes a fleet ready to run. It opens nothing yet.
func New(plan *Plan, config RunConfig, logger *slog.Logger, registerer prometheus.Registerer) (*Fleet, error) {
	f := &Fleet{plan: plan, config: config, logger: logger, ready: make(chan struct{})}
	byAddress := map[address]*device{}
	reflecting := map[address]*voicePath{}
	for i := range plan.Sites {
		site := &plan.Sites[i]
		var members []int
		for j := range site.Devices {
			running := newRuntimeDevice(site, i, j)
			members = append(members, len(f.devices))
			f.devices = append(f.devices, running)
			byAddress[running.address] = running
		}
		f.bySite = append(f.bySite, members)
		for j := range site.Paths {
			path := &voicePath{
				site: i, index: j, id: sample.PathID(site.Customer, site.Name, site.Paths[j].Name),
				quality: site.Paths[j].Quality, minutes: map[int64]*voiceCount{},
			}
			path.random = rand.New(rand.NewPCG(plan.Config.Seed, path.id))
			f.paths = append(f.paths, path)
			reflecting[site.Paths[j].Target.Addr().As4()] = path
		}
	}
	f.journal.devices = make([]deviceJournal, len(f.devices))
	var err error
	if f.lost, err = newLostPackets(registerer); err != nil {
		return nil, err
	}
	at := func(port uint16) binding { return binding{port: port, loopback: plan.Config.Shared} }
	if f.agents, err = newAgents(at(plan.Config.AgentPort), byAddress, registerer); err != nil {
		return nil, err
	}
	if !plan.Config.Shared {
		if f.echoes, err = newEchoes(byAddress, registerer); err != nil {
			return nil, err
		}
	}
	if f.reflectors, err = newReflectors(at(plan.Config.ReflectorPort), reflecting, registerer); err != nil {
		return nil, err
	}
	if f.chatter, err = newChatter(at(anyPort), f.devices, plan.Sites, logger, registerer); err != nil {
		return nil, err
	}
	counts, err := newRelayCounts(registerer)
	if err != nil {
		return nil, err
	}
	if config.BrokerSocket != "" {
		for i := range plan.Sites {
			socket := UplinkSocket(config.UplinkDirectory, plan.Sites[i].Appliance)
			f.relays = append(f.relays, newRelay(socket, config.BrokerSocket, counts))
		}
	}
	return f, nil
}

// Ready is closed once every device answers and every uplink is open.
func (f *Fleet) Ready() <-chan struct{} { return f.ready }

// Quiesce ends the sending of syslog lines: none is sent after it returned. Where
// every line has to be accounted for, it comes before the receivers stop.
func (f *Fleet) Quiesce() { f.chatter.stop() }

// Run serves every device and plays the script until the context ends. It returns
// an error where a socket cannot be opened or fails. It is called once.
func (f *Fleet) Run(ctx context.Context) error {
	defer f.close()
	listeners, err := f.open(ctx)
	if err != nil {
		return err
	}
	start := f.journal.begin()
	if f.plan.Config.Hours {
		for _, device := range f.devices {
			device.followHours(start)
		}
	}
	// The parts end after the truth is taken, so that no device seems to fail
	// because the fleet ends.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, serving := errgroup.WithContext(serving)
	group.Go(func() error { return f.agents.run(serving, start) })
	if f.echoes != nil {
		group.Go(func() error { return f.echoes.run(serving) })
	}
	group.Go(func() error { return f.reflectors.run(serving) })
	group.Go(func() error { return f.chatter.run(serving) })
	for i, listener := range listeners {
		group.Go(func() error { return f.relays[i].run(serving, listener) })
	}
	group.Go(func() error { f.noteStandstills(serving); return nil })
	for _, incident := range f.plan.Incidents {
		group.Go(func() error { f.play(serving, start, incident); return nil })
	}
	if f.plan.failing != nil {
		group.Go(func() error { f.fail(serving, start); return nil })
	}
	close(f.ready)
	f.logger.Info("the fleet answers", "devices", len(f.devices), "sites", len(f.plan.Sites), "voice_paths", len(f.paths))
	group.Go(func() error {
		select {
		case <-ctx.Done():
		case <-serving.Done():
		}
		f.Quiesce()
		f.journal.finish()
		stop()
		return nil
	})
	return group.Wait()
}

func (f *Fleet) open(ctx context.Context) ([]net.Listener, error) {
	if err := f.agents.open(ctx, f.lost); err != nil {
		return nil, err
	}
	if f.echoes != nil {
		if err := f.echoes.open(f.lost); err != nil {
			return nil, err
		}
	}
	if err := f.reflectors.open(ctx, f.lost); err != nil {
		return nil, err
	}
	if err := f.chatter.open(ctx, time.Now()); err != nil {
		return nil, err
	}
	var listeners []net.Listener
	for _, relay := range f.relays {
		listener, err := relay.listen(ctx)
		if err != nil {
			for _, opened := range listeners {
				opened.Close()
			}
			return nil, err
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

func (f *Fleet) close() {
	f.agents.close()
	if f.echoes != nil {
		f.echoes.close()
	}
	f.reflectors.close()
	f.chatter.close()
}

// Truth returns what really happened up to now, or up to the end of Run once it has
// returned.
func (f *Fleet) Truth() *Truth {
	f.journal.mutex.Lock()
	defer f.journal.mutex.Unlock()
	truth := &Truth{Start: f.journal.start.UTC(), End: f.journal.end.UTC(), Standstills: slices.Clone(f.journal.standstills)}
	if f.journal.end.IsZero() && !f.journal.start.IsZero() {
		truth.End = time.Now().UTC()
	}
	for number, device := range f.devices {
		site := &f.plan.Sites[device.site]
		entry := &f.journal.devices[number]
		truth.Devices = append(truth.Devices, DeviceTruth{
			ID: device.id, Customer: site.Customer, Site: site.Name, Name: device.Name, Behind: device.Behind, Locked: device.Locked,
			Down: closeSpans(entry.down, truth.End), Syslog: f.chatter.lines(number), Traps: f.chatter.trapsOf(number),
			Bursts: f.burstsOf(number, truth.End),
		})
		if device.Locked {
			continue
		}
		state := device.state.Load()
		for i := range device.Interfaces {
			planned := &device.Interfaces[i]
			truth.Interfaces = append(truth.Interfaces, InterfaceTruth{
				ID: sample.InterfaceID(device.id, planned.Name), Device: device.id,
				Customer: site.Customer, Site: site.Name, Host: device.Name, Name: planned.Name,
				WAN: planned.WAN, SpeedBps: planned.SpeedBps,
				In: state.interfaces[i].in.until(since(truth.Start, truth.End)), Out: state.interfaces[i].out.until(since(truth.Start, truth.End)),
				Unmeasurable: append([]time.Time(nil), entry.resets...),
			})
		}
		for i := range device.Sensors {
			planned := &device.Sensors[i]
			truth.Sensors = append(truth.Sensors, SensorTruth{
				ID:       sample.SensorID(device.id, planned.Kind, planned.Name),
				Customer: site.Customer, Site: site.Name, Host: device.Name, Name: planned.Name,
				Kind: planned.Kind, Level: state.sensors[i].Before(since(truth.Start, truth.End)),
			})
		}
	}
	for _, path := range f.paths {
		site := &f.plan.Sites[path.site]
		truth.Paths = append(truth.Paths, PathTruth{
			ID: path.id, Customer: site.Customer, Site: site.Name, Name: site.Paths[path.index].Name, Minutes: path.journal(),
			Episodes: f.episodesOf(path, truth.End),
		})
	}
	for _, happening := range f.journal.happenings {
		if happening.Open {
			happening.To = truth.End
		}
		truth.Incidents = append(truth.Incidents, happening)
		if happening.Kind == ApplianceSilence {
			truth.Silences = append(truth.Silences, Silence{
				Customer: happening.Customer, Site: happening.Site, Appliance: happening.Entity,
				From: happening.From, To: happening.To, Open: happening.Open,
			})
		}
	}
	truth.index()
	return truth
}

func closeSpans(spans []Span, end time.Time) []Span {
	closed := append([]Span(nil), spans...)
	for i := range closed {
		if closed[i].Open {
			closed[i].To = end
		}
	}
	return closed
}

// journal is what the fleet did, as it does it.
type journal struct {
	mutex      sync.Mutex
	start, end time.Time
	devices    []deviceJournal
	happenings []Happening

	standstills []Standstill
}

type deviceJournal struct {
	own    Cause // why it is down by itself; empty where it is not
	down   []Span
	resets []time.Time // when its counters were set to 0
}

func (j *journal) begin() time.Time {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.start = time.Now()
	return j.start
}

func (j *journal) finish() {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.end = time.Now()
}

// begun is when the fleet began.
func (j *journal) begun() time.Time {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.start
}

// happens notes that an incident began, and returns its number.
func (j *journal) happens(incident Incident, from time.Time) int {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.happenings = append(j.happenings, Happening{
		Kind: incident.Kind, Customer: incident.Customer, Site: incident.Site, Entity: incident.Entity,
		From: from.UTC(), Open: true,
	})
	return len(j.happenings) - 1
}

// over notes that an incident ended.
func (j *journal) over(number int, to time.Time) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.happenings[number].To, j.happenings[number].Open = to.UTC(), false
}

// setDown makes a device answer nothing for a cause of its own, or answer again
// where the cause is empty; and with it the devices behind it. The device it is behind
// says so in a trap.
func (f *Fleet) setDown(number int, cause Cause, at time.Time) {
	what := linkUp
	if cause != "" {
		what = linkDown
	}
	defer f.tellOfLink(number, what, at) // without the journal's lock
	f.journal.mutex.Lock()
	defer f.journal.mutex.Unlock()
	f.journal.devices[number].own = cause
	members := f.bySite[f.devices[number].site]
	causes := make([]Cause, len(members))
	// A device comes after the one it is behind.
	for i, member := range members {
		device, entry := f.devices[member], &f.journal.devices[member]
		causes[i] = entry.own
		if causes[i] == "" && device.behind >= 0 && causes[device.behind] != "" {
			causes[i] = CauseUnreachable
		}
		down := len(entry.down) > 0 && entry.down[len(entry.down)-1].Open
		switch {
		case causes[i] != "" && !down:
			device.reachable.Store(false)
			entry.down = append(entry.down, Span{From: at.UTC(), Cause: causes[i], Open: true})
		case causes[i] == "" && down:
			last := &entry.down[len(entry.down)-1]
			last.To, last.Open = at.UTC(), false
			device.reachable.Store(true)
		}
	}
}

func (f *Fleet) noteReset(number int, at time.Time) {
	f.journal.mutex.Lock()
	defer f.journal.mutex.Unlock()
	entry := &f.journal.devices[number]
	entry.resets = append(entry.resets, at.UTC())
}

// describe names an incident in a log line.
func describe(incident Incident) string {
	return fmt.Sprintf("%s, %s, %s", incident.Customer, incident.Site, incident.Entity)
}
