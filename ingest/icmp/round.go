package icmp

import (
	"math/bits"
	"net/netip"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// target is a device and the round of it that is under way.
type target struct {
	inventory.StationDevice
	offset time.Duration // place in the interval

	// What the resolver writes, the rest is the sender's and the receiver's.
	address netip.Addr // without zone; zero until it is known
	zone    uint32

	active  bool
	patient bool  // its end was put off once, to let waiting replies be read
	slot    int64 // start of the slot, Unix nanoseconds
	attempt uint8
	round   uint32     // number of the round, distinct from the ones before
	to      netip.Addr // address this round asks
	first   uint16     // sequence of its first packet
	next    int        // packets whose turn has come
	sent    uint16     // bit k: packet k was sent
	heard   uint16     // bit k: packet k was answered in time
	kind    uint8      // of the last ICMP error
	sentAt  [MaxPackets]time.Time
	rttUs   [MaxPackets]uint32
}

// begin starts an attempt of the round.
func (t *target) begin(attempt uint8, first uint16) {
	t.active, t.patient = true, false
	t.attempt, t.first = attempt, first
	t.round++
	t.to = t.address
	t.next, t.sent, t.heard, t.kind = 0, 0, 0, 0
}

// verdict says how a message was counted.
type verdict uint8

const (
	inTime       verdict = iota
	late                 // after the timeout, or after the end of its round
	duplicate            // a second answer
	foreign              // answers nothing that was asked
	errorOfRound         // an ICMP error for a packet of a round
	verdicts     = iota
)

// packet returns which packet of the round a sequence is, if it is one and was sent.
func (t *target) packet(sequence uint16) (int, bool) {
	place := int(sequence - t.first)
	return place, t.active && place < t.next && t.sent&(1<<place) != 0
}

// reply counts a reply with the right secret.
func (t *target) reply(got *received, timeout time.Duration) verdict {
	if got.carried.round != t.round || !t.active {
		return late
	}
	place, ok := t.packet(got.sequence)
	if !ok || got.asked != t.to {
		return foreign
	}
	bit := uint16(1) << place
	if t.heard&bit != 0 {
		return duplicate
	}
	rtt := max(got.at.Sub(t.sentAt[place]), 0)
	if rtt > timeout {
		return late
	}
	t.heard |= bit
	t.rttUs[place] = uint32(rtt.Microseconds())
	return inTime
}

// icmpError counts an ICMP error for the address and reports whether it is for a
// packet of the round under way.
func (t *target) icmpError(got *received) bool {
	if _, ok := t.packet(got.sequence); !ok || got.asked != t.to {
		return false
	}
	t.kind = got.kind
	return true
}

// appendTo adds the row of the attempt. The offset is when the round was due, also
// for its repeat: a repeat that is answered says that the round was.
func (t *target) appendTo(rows *sample.Pings, config Config) {
	rows.Device = append(rows.Device, t.ID)
	rows.OffsetMs = append(rows.OffsetMs, uint32(t.offset.Milliseconds()))
	rows.IntervalMs = append(rows.IntervalMs, uint32(config.Interval.Milliseconds()))
	rows.Attempt = append(rows.Attempt, t.attempt)
	rows.Sent = append(rows.Sent, uint8(bits.OnesCount16(t.sent)))
	rows.Received = append(rows.Received, uint8(bits.OnesCount16(t.heard)))
	rows.ICMPError = append(rows.ICMPError, t.kind)
	for place := range t.next {
		if t.heard&(1<<place) != 0 {
			rows.RTT.Values = append(rows.RTT.Values, t.rttUs[place])
		}
	}
	rows.RTT.Append()
}
