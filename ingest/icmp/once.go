package icmp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mimamori/ingest/inventory"
)

// MaxCount is how many requests one call sends to a host at most.
const MaxCount = 10000

// lookupsAtOnce bounds the look-ups under way.
const lookupsAtOnce = 32

// settling is what the kernel gets to begin noting when packets come.
const settling = 10 * time.Millisecond

// Once says how hosts are pinged one time.
type Once struct {
	Count    int           // requests to each host, 1 to MaxCount
	Interval time.Duration // time between two requests to a host
	Timeout  time.Duration // an answer that takes longer is lost
	Size     int           // payload in octets, 16 to MaxSize, which may not be fragmented
	DSCP     DSCP
	TTL      uint8      // time to live, or hop limit; 0: left to the system
	Source   netip.Addr // address of this machine they come from; zero: left to the routes
	Version  int        // 4 or 6: of IP; 0: what the host's name has
	MaxRate  int        // packets sent in a second at most, to all hosts
}

// Validate returns everything that is wrong, joined.
func (o Once) Validate() error {
	var problems []error
	report := func(format string, arguments ...any) { problems = append(problems, fmt.Errorf(format, arguments...)) }
	if o.Count < 1 || o.Count > MaxCount {
		report("count is %d: use 1 to %d", o.Count, MaxCount)
	}
	if o.Interval < time.Millisecond || o.Interval > time.Hour {
		report("interval is %s: use 1ms to 1h", o.Interval)
	}
	if o.Timeout < time.Millisecond || o.Timeout > time.Minute {
		report("timeout is %s: use 1ms to 1m", o.Timeout)
	}
	if o.Size < cookieSize || o.Size > MaxSize {
		report("size is %d: use %d to %d octets", o.Size, cookieSize, MaxSize)
	}
	if o.DSCP > maxDSCP {
		report("dscp is %d: use 0 to %d", o.DSCP, maxDSCP)
	}
	if o.Version != 0 && o.Version != 4 && o.Version != 6 {
		report("version of IP is %d: use 4 or 6", o.Version)
	}
	if o.Source.IsValid() && o.Version != 0 && o.Version != versionOf(o.Source) {
		report("source is %s, which is no IPv%d address", o.Source, o.Version)
	}
	if o.MaxRate < 1 {
		report("rate is %d packets a second: use 1 or more", o.MaxRate)
	}
	return errors.Join(problems...)
}

func versionOf(address netip.Addr) int {
	if address.Unmap().Is4() {
		return 4
	}
	return 6
}

// Outcome says what came of a request.
type Outcome uint8

// The outcomes.
const (
	Answered  Outcome = iota
	Late              // answered after the timeout: lost
	Duplicate         // answered once more
	Errored           // a router or the host sent an ICMP error
	Refused           // this machine's kernel did not send it
)

// Event is something that happened to a request.
type Event struct {
	Host     int // index of the host
	Sequence int // of the host's request, from 0
	Outcome  Outcome
	From     netip.Addr    // who sent the answer or the error
	RTT      time.Duration // of an answer
	TTL      uint8         // of an answer: time to live, or hop limit, it had left; 0 unknown
	DSCP     DSCP          // of an answer
	Fault    Fault         // of an error
	Reason   string        // why it was refused
}

// Ping pings hosts, names or addresses, and returns what each met, in their order. heard
// is called for each event, one at a time, from goroutines of Ping's. When the context
// ends, what happened so far is returned. It is an error when no ICMP socket may be
// opened; what one host meets is in its result.
func Ping(ctx context.Context, once Once, hosts []string, heard func(Event), logger *slog.Logger) ([]Result, error) {
	if err := once.Validate(); err != nil {
		return nil, err
	}
	results := lookUp(ctx, once, hosts)
	var targets []target
	var whose []int // index of the host of each target
	for i := range results {
		if results[i].Err == nil {
			device := inventory.StationDevice{}
			device.Name, device.Address = hosts[i], results[i].Address.String()
			targets = append(targets, target{StationDevice: device})
			whose = append(whose, i)
		}
	}
	if len(targets) == 0 {
		return results, nil
	}
	for i := range targets {
		targets[i].offset = settling + once.Interval*time.Duration(i)/time.Duration(len(targets))
	}
	config := Config{
		Interval: 24 * time.Hour, Packets: once.Count, Spacing: once.Interval, Timeout: once.Timeout, Attempts: 1, ResolveEvery: time.Hour,
		Size: once.Size, DSCP: once.DSCP, TTL: once.TTL,
	}
	switch {
	case !once.Source.IsValid():
	case versionOf(once.Source) == 4:
		config.SourceIPv4 = once.Source.Unmap().String()
	default:
		config.SourceIPv6 = once.Source.String()
	}
	poller, err := newPoller(config, targets, float64(once.MaxRate), nil, logger, prometheus.NewRegistry())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mutex sync.Mutex
	poller.left, poller.ended = len(targets), cancel
	poller.watch = func(event Event) {
		mutex.Lock()
		defer mutex.Unlock()
		event.Host = whose[event.Host]
		results[event.Host].count(event)
		heard(event)
	}
	if err := poller.Run(ctx); err != nil {
		return nil, err
	}
	for i, host := range whose {
		results[host].take(&poller.targets[i])
	}
	return results, nil
}

// lookUp finds the address of each host.
func lookUp(ctx context.Context, once Once, hosts []string) []Result {
	results := make([]Result, len(hosts))
	group := errgroup.Group{}
	group.SetLimit(lookupsAtOnce)
	for i, host := range hosts {
		results[i].Host = host
		group.Go(func() error {
			results[i].Address, results[i].Err = addressOf(ctx, once, host)
			return nil
		})
	}
	_ = group.Wait() // what went wrong is in the results
	return results
}

func addressOf(ctx context.Context, once Once, host string) (netip.Addr, error) {
	version := once.Version
	if once.Source.IsValid() {
		version = versionOf(once.Source)
	}
	if address, err := netip.ParseAddr(host); err == nil {
		if version != 0 && versionOf(address) != version {
			return netip.Addr{}, fmt.Errorf("%s is no IPv%d address", host, version)
		}
		return address.Unmap(), nil
	}
	network := "ip"
	if version != 0 {
		network += fmt.Sprint(version)
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(ctx, network, host)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("look up %s: %w; check the name and this machine's DNS", host, err)
	}
	if len(addresses) == 0 {
		return netip.Addr{}, fmt.Errorf("look up %s: the name has no address", host)
	}
	return addresses[0].Unmap(), nil
}

// once says that rounds happen once, and that each of their packets is watched.
func (p *Poller) once() bool { return p.watch != nil }

// unlock releases the mutex and tells what happened while it was held.
func (p *Poller) unlock() {
	news := p.news
	p.news = nil
	p.mutex.Unlock()
	for _, event := range news {
		p.watch(event)
	}
}

var outcomes = map[verdict]Outcome{inTime: Answered, late: Late, duplicate: Duplicate}

// noteReply keeps what came of a request until the mutex is released.
func (p *Poller) noteReply(index int, got *received, verdict verdict) {
	outcome, known := outcomes[verdict]
	target := &p.targets[index]
	place, ok := target.packet(got.sequence)
	if !known || !ok {
		return
	}
	p.news = append(p.news, Event{
		Host: index, Sequence: place, Outcome: outcome, From: got.asked, TTL: got.ttl, DSCP: DSCP(got.tos >> 2),
		RTT: max(got.at.Sub(p.epoch)-target.packets[place].sentAt, 0).Truncate(time.Microsecond),
	})
}

// noteFault keeps an ICMP error about a request until the mutex is released.
func (p *Poller) noteFault(index int, got *received) {
	place, _ := p.targets[index].packet(got.sequence)
	p.news = append(p.news, Event{Host: index, Sequence: place, Outcome: Errored, From: got.fault.From, Fault: got.fault})
}

// refused keeps why a request was not sent until the mutex is released.
func (p *Poller) refused(whose turnOfPacket, err error) {
	if p.once() {
		p.news = append(p.news, Event{Host: int(whose.index), Sequence: whose.place, Outcome: Refused, Reason: reason(err)})
	}
}
