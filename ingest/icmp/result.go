package icmp

import (
	"errors"
	"math"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Lost stands for the round-trip time of a request that was not answered in time.
const Lost time.Duration = -1

// Result is what the pings of one host met.
type Result struct {
	Host       string
	Address    netip.Addr      // zero where it has none
	Err        error           // why it was not pinged at all
	Sent       int             // requests that left
	Received   int             // requests answered in time
	Duplicates int             // answers to a request that was answered already
	Reordered  int             // requests answered after a later one (RFC 4737)
	RTTs       []time.Duration // of each request that left, in order of sending; Lost where it was not answered in time
	Errors     []Complaint     // ICMP errors and local ones
	TTL        uint8           // time to live, or hop limit, the last answer had left; 0 unknown
	DSCP       *DSCP           // DiffServ code point of the last answer; nil where there was none
}

// Complaint is an error about requests of one host, with how often it came.
type Complaint struct {
	Kind  string     // in words, as Fault.String; "not sent: …" where this machine refused
	From  netip.Addr // who sent it; zero for this machine's kernel
	MTU   uint32     // what the next link takes, octets, where a packet was too big and it was said
	Count int
}

// count notes an event.
func (r *Result) count(event Event) {
	complaint := Complaint{From: event.From, Count: 1}
	switch event.Outcome {
	case Answered:
		r.DSCP = &event.DSCP
		return
	case Duplicate, Late:
		return
	case Errored:
		complaint.Kind, complaint.MTU = event.Fault.String(), event.Fault.MTU
	case Refused:
		complaint.Kind = "not sent: " + event.Reason
	}
	for i := range r.Errors {
		same := r.Errors[i]
		same.Count = 1
		if same == complaint {
			r.Errors[i].Count++
			return
		}
	}
	r.Errors = append(r.Errors, complaint)
}

// reason says why the kernel did not send, without the names of system calls.
func reason(err error) string {
	switch {
	case errors.Is(err, unix.EMSGSIZE):
		return "too big for the first link"
	case errors.Is(err, unix.ENETUNREACH), errors.Is(err, unix.EHOSTUNREACH):
		return "no route"
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return "prohibited by a route, a filter or as a broadcast address"
	}
	var number unix.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}

// take copies what a round met.
func (r *Result) take(round *target) {
	r.Sent, r.Received, r.TTL = round.sent, round.heard, round.ttl
	r.Duplicates, r.Reordered = round.duplicates, round.reordered
	for _, packet := range round.packets {
		switch packet.state {
		case unsent:
		case sent:
			r.RTTs = append(r.RTTs, Lost)
		case heard:
			r.RTTs = append(r.RTTs, time.Duration(packet.rttUs)*time.Microsecond)
		}
	}
}

// LossPct is the share of the requests that left and were not answered in time, percent,
// and NaN where none left.
func (r *Result) LossPct() float64 {
	if r.Sent == 0 {
		return math.NaN()
	}
	return 100 * float64(r.Sent-r.Received) / float64(r.Sent)
}

// Spread describes the round-trip times of a host that answered.
type Spread struct {
	Min, Avg, Median, P95, Max time.Duration
	Mdev                       time.Duration // standard deviation of all that were measured, as ping(8) prints it
	Jitter                     time.Duration // mean difference, without its sign, of each answered request to the answered one before (RFC 5481, IPDV)
}

// Spread returns how the round-trip times are spread; ok is false where nothing was
// answered. The 95th percentile is that of the nearest rank.
func (r *Result) Spread() (spread Spread, ok bool) {
	var times []time.Duration
	for _, rtt := range r.RTTs {
		if rtt != Lost {
			times = append(times, rtt)
		}
	}
	n := len(times)
	if n == 0 {
		return Spread{}, false
	}
	var sum, squares float64
	var steps time.Duration
	for i, rtt := range times {
		sum += float64(rtt)
		squares += float64(rtt) * float64(rtt)
		if i > 0 {
			steps += (rtt - times[i-1]).Abs()
		}
	}
	mean := sum / float64(n)
	if n > 1 {
		spread.Jitter = steps / time.Duration(n-1)
	}
	slices.Sort(times)
	spread.Min, spread.Max = times[0], times[n-1]
	spread.Avg = time.Duration(math.Round(mean))
	spread.Mdev = time.Duration(math.Round(math.Sqrt(max(squares/float64(n)-mean*mean, 0))))
	spread.Median = (times[(n-1)/2] + times[n/2]) / 2
	spread.P95 = times[(95*n+99)/100-1]
	return spread, true
}
