package icmp

import (
	"net/netip"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// packet is a request of a round.
type packet struct {
	state  packetState
	rttUs  uint32        // of one that was heard
	sentAt time.Duration // since the poller's epoch
}

type packetState uint8

const (
	unsent packetState = iota // its turn has not come, or the kernel refused it
	sent
	heard // answered in time
)

// target is a device and the round of it that is under way.
type target struct {
	inventory.StationDevice
	offset time.Duration // place in the interval

	// What the resolver writes, the rest is the sender's and the receiver's.
	address netip.Addr // without zone; zero until it is known
	zone    uint32

	active     bool
	patient    bool  // its end was put off once, to let waiting replies be read
	slot       int64 // start of the slot, Unix nanoseconds
	attempt    uint8
	round      uint32     // number of the round, distinct from the ones before
	to         netip.Addr // address this round asks
	first      uint16     // sequence of its first packet
	next       int        // packets whose turn has come
	sent       int
	heard      int
	newest     int // place of the latest packet that was heard, -1 for none
	duplicates int
	reordered  int   // answered after a later packet was (RFC 4737)
	ttl        uint8 // of the last answer
	fault      Fault // the last ICMP error
	packets    []packet
}

// begin starts an attempt of the round.
func (t *target) begin(attempt uint8, first uint16) {
	t.active, t.patient = true, false
	t.attempt, t.first = attempt, first
	t.round++
	t.to = t.address
	t.next, t.sent, t.heard, t.newest = 0, 0, 0, -1
	t.duplicates, t.reordered, t.ttl, t.fault = 0, 0, 0, Fault{}
	clear(t.packets)
}

// left notes that a packet of the round has been sent.
func (t *target) left(place int, at time.Duration) {
	t.packets[place] = packet{state: sent, sentAt: at}
	t.sent++
}

// verdict says how a message was counted.
type verdict uint8

const (
	inTime       verdict = iota
	late                 // after the timeout, or after the end of its round
	duplicate            // a second answer
	foreign              // answers nothing that was asked
	errorOfRound         // an ICMP error for a packet of a round
	redirected           // a router knows a better way; the packet goes on
	verdicts     = iota
)

// packet returns which packet of the round a sequence is, if it is one and was sent.
func (t *target) packet(sequence uint16) (int, bool) {
	place := int(sequence - t.first)
	return place, t.active && place < t.next && t.packets[place].state != unsent
}

// reply counts a reply with the right secret that came at a time since the poller's
// epoch.
func (t *target) reply(got *message, at, timeout time.Duration) verdict {
	if got.carried.round != t.round || !t.active {
		return late
	}
	place, ok := t.packet(got.sequence)
	if !ok || got.asked != t.to {
		return foreign
	}
	packet := &t.packets[place]
	if packet.state == heard {
		t.duplicates++
		return duplicate
	}
	rtt := max(at-packet.sentAt, 0)
	if rtt > timeout {
		return late
	}
	packet.state, packet.rttUs = heard, uint32(rtt.Microseconds())
	t.heard++
	t.ttl = got.ttl
	if place < t.newest {
		t.reordered++
	}
	t.newest = max(t.newest, place)
	return inTime
}

// icmpError counts an ICMP error for the address and reports whether it is for a
// packet of the round under way.
func (t *target) icmpError(got *message) bool {
	if _, ok := t.packet(got.sequence); !ok || got.asked != t.to {
		return false
	}
	if got.fault.Type != typeRedirect {
		t.fault = got.fault
	}
	return true
}

// appendTo adds the row of the attempt. The offset is when the round was due, also
// for its repeat: a repeat that is answered says that the round was.
func (t *target) appendTo(rows *sample.Pings, config Config) {
	rows.Device = append(rows.Device, t.ID)
	rows.OffsetMs = append(rows.OffsetMs, uint32(t.offset.Milliseconds()))
	rows.IntervalMs = append(rows.IntervalMs, uint32(config.Interval.Milliseconds()))
	rows.Attempt = append(rows.Attempt, t.attempt)
	rows.Sent = append(rows.Sent, uint8(t.sent))
	rows.Received = append(rows.Received, uint8(t.heard))
	rows.ICMPError = append(rows.ICMPError, t.fault.Type)
	for _, packet := range t.packets[:t.next] {
		if packet.state == heard {
			rows.RTT.Values = append(rows.RTT.Values, packet.rttUs)
		}
	}
	rows.RTT.Append()
	from := ""
	if t.fault.From.IsValid() {
		from = t.fault.From.String()
	}
	rows.ICMPCode = append(rows.ICMPCode, t.fault.Code)
	rows.ErrorFrom = append(rows.ErrorFrom, from)
	rows.Duplicates = append(rows.Duplicates, saturate(t.duplicates))
	rows.Reordered = append(rows.Reordered, saturate(t.reordered))
	rows.ReplyTTL = append(rows.ReplyTTL, t.ttl)
}

func saturate(count int) uint8 { return uint8(min(count, 255)) }
