package fleet

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

const (
	// maxResponse is the largest response of an agent, octets: GETBULK answers with
	// less than was asked for, GET and GETNEXT with tooBig.
	maxResponse = 4096
	// maxRepetitions bounds what one GETBULK can ask for.
	maxRepetitions = 128
	// agentWorkers read from the agents' socket in turn.
	agentWorkers = 2
)

// Error statuses of RFC 3416.
const (
	statusTooBig      = 1
	statusNotWritable = 17
)

// agents answers for every device of the fleet.
type agents struct {
	binding    binding
	devices    map[address]*device
	connection *net.UDPConn
	start      time.Time
	answered   prometheus.Counter
	varbinds   prometheus.Counter
	refused    map[string]prometheus.Counter
}

// Why a request gets no answer.
const (
	refusedMalformed   = "malformed"
	refusedCommunity   = "community"
	refusedUnreachable = "unreachable"
	refusedUnknown     = "unknown_address"
	refusedUnsent      = "unsent"
)

func newAgents(binding binding, devices map[address]*device, registerer prometheus.Registerer) (*agents, error) {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "mimamori_fleet_snmp_requests_total", Help: "SNMP requests received, by what came of them.",
	}, []string{"result"})
	a := &agents{
		binding:  binding,
		devices:  devices,
		answered: requests.WithLabelValues("answered"),
		varbinds: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mimamori_fleet_snmp_varbinds_total", Help: "Variables sent in SNMP responses.",
		}),
		refused: map[string]prometheus.Counter{},
	}
	for _, reason := range []string{refusedMalformed, refusedCommunity, refusedUnreachable, refusedUnknown, refusedUnsent} {
		a.refused[reason] = requests.WithLabelValues(reason)
	}
	return a, register(registerer, requests, a.varbinds)
}

// open makes the agents' socket.
func (a *agents) open(ctx context.Context, lost *lostPackets) (err error) {
	a.connection, err = listenEverywhere(ctx, a.binding)
	if err != nil {
		return fmt.Errorf("listen for SNMP requests: %w", err)
	}
	lost.watch("udp", a.connection)
	return nil
}

func (a *agents) close() {
	if a.connection != nil {
		a.connection.Close()
	}
}

// run serves until the context ends.
func (a *agents) run(ctx context.Context, start time.Time) error {
	a.start = start
	group, ctx := errgroup.WithContext(ctx)
	defer context.AfterFunc(ctx, func() { a.connection.Close() })()
	for range agentWorkers {
		group.Go(func() error { return a.serve(ctx) })
	}
	return group.Wait()
}

func (a *agents) serve(ctx context.Context) error {
	connection := a.connection
	worker := newAgentWorker()
	packet := make([]byte, 65535)
	control := make([]byte, controlSize)
	for {
		n, controlled, _, from, err := connection.ReadMsgUDPAddrPort(packet, control)
		if err != nil {
			return failure(ctx, "receive SNMP requests", err)
		}
		envelope := open(control[:controlled])
		if !envelope.ok {
			a.refused[refusedUnknown].Inc()
			continue
		}
		answer := a.answer(worker, packet[:n], envelope.to, time.Now())
		if answer == nil {
			continue
		}
		// The control message that says where the request went to, sent back, says
		// where the answer comes from.
		if _, _, err := connection.WriteMsgUDPAddrPort(answer, control[:controlled], from); err != nil {
			a.refused[refusedUnsent].Inc()
			continue
		}
		a.answered.Inc()
	}
}

// agentWorker is what one goroutine answers with, over and over.
type agentWorker struct {
	request  request
	response response
	moment   moment
	value    []byte
	walks    []walk
}

func newAgentWorker() *agentWorker { return &agentWorker{value: make([]byte, 0, 256)} }

// walk is one repeater of a GETBULK.
type walk struct {
	at   cursor
	done bool
	last []byte // the name its last variable had, where it is done
}

// answer returns the response to a packet, nil where there is none. It is valid
// until the worker's next one.
func (a *agents) answer(w *agentWorker, packet []byte, to address, now time.Time) []byte {
	device, known := a.devices[to]
	if !known {
		a.refused[refusedUnknown].Inc()
		return nil
	}
	if !device.reachable.Load() {
		a.refused[refusedUnreachable].Inc()
		return nil
	}
	if err := w.request.parse(packet); err != nil {
		a.refused[refusedMalformed].Inc()
		return nil
	}
	if !w.request.from(device.community) {
		a.refused[refusedCommunity].Inc()
		return nil
	}
	w.moment.become(device, since(a.start, now))
	w.response.begin()
	device.lastAsked.Store(now.UnixNano())
	limit := headroom + maxResponse - headroomUsed(&w.request)
	var sent int
	switch w.request.kind {
	case tagGet:
		sent = w.get()
	case tagGetNext:
		sent = w.getNext()
	case tagGetBulk:
		sent = w.getBulk(limit)
	case tagSet:
		w.echo()
		return w.response.finish(&w.request, statusNotWritable, min(1, len(w.request.names)))
	default:
		a.refused[refusedMalformed].Inc()
		return nil
	}
	if len(w.response.buffer) > limit {
		w.response.begin()
		return w.response.finish(&w.request, statusTooBig, 0)
	}
	a.varbinds.Add(float64(sent))
	return w.response.finish(&w.request, 0, 0)
}

// headroomUsed bounds what finish writes before the variables.
func headroomUsed(request *request) int { return 40 + len(request.community) }

func (w *agentWorker) get() int {
	for _, name := range w.request.names {
		at, exception := w.moment.find(w.request.arcsOf(name))
		if exception != 0 {
			w.response.exception(name.raw, exception)
			continue
		}
		w.append(at)
	}
	return len(w.request.names)
}

func (w *agentWorker) getNext() int {
	for _, name := range w.request.names {
		at, ok := w.moment.after(w.request.arcsOf(name))
		if !ok {
			w.response.exception(name.raw, tagEndOfMibView)
			continue
		}
		w.append(at)
	}
	return len(w.request.names)
}

// getBulk follows RFC 3416, 4.2.3: the first names once, the others over and over,
// as much as fits.
func (w *agentWorker) getBulk(limit int) (sent int) {
	names := w.request.names
	once := min(max(w.request.nonRepeaters, 0), len(names))
	w.walks = w.walks[:0]
	for i, name := range names {
		at, ok := w.moment.after(w.request.arcsOf(name))
		if i >= once {
			w.walks = append(w.walks, walk{at: at, done: !ok, last: name.raw})
			continue
		}
		if fits := w.step(walk{at: at, done: !ok, last: name.raw}, limit); !fits {
			return sent
		}
		sent++
	}
	repetitions := min(max(w.request.maxRepetitions, 0), maxRepetitions)
	for range repetitions {
		live := false
		for i := range w.walks {
			walk := &w.walks[i]
			if fits := w.step(*walk, limit); !fits {
				return sent
			}
			sent++
			if walk.done {
				continue
			}
			live = true
			next, ok := w.moment.next(walk.at)
			if !ok {
				walk.done = true
				walk.last = w.nameOf(walk.at)
				continue
			}
			walk.at = next
		}
		if !live {
			break
		}
	}
	return sent
}

// step appends a walk's next variable, or leaves the response as it was and returns
// false where there is no room for it.
func (w *agentWorker) step(walk walk, limit int) (fits bool) {
	before := len(w.response.buffer)
	if walk.done {
		w.response.exception(walk.last, tagEndOfMibView)
	} else {
		w.append(walk.at)
	}
	if len(w.response.buffer) > limit {
		w.response.buffer = w.response.buffer[:before]
		return false
	}
	return true
}

func (w *agentWorker) append(at cursor) {
	object := w.moment.device.view[at.object]
	w.value = object.value(w.value[:0], &w.moment, at.row)
	w.response.variable(object.raw, w.moment.instance(at), w.value)
}

func (w *agentWorker) nameOf(at cursor) []byte {
	raw := append([]byte(nil), w.moment.device.view[at.object].raw...)
	return appendArc(raw, w.moment.instance(at))
}

// echo answers with the names as they were asked.
func (w *agentWorker) echo() {
	for _, name := range w.request.names {
		w.response.exception(name.raw, tagNull)
	}
}
