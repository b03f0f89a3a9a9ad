package storage

import (
	"fmt"
	"time"
)

// LinkKind says what an interface is for.
type LinkKind uint8

// The kinds of links. Ignored ones are measured and kept, and left out of every answer
// that does not ask for them.
const (
	LinkLAN     LinkKind = 0
	LinkWAN     LinkKind = 1
	LinkIgnored LinkKind = 2
)

var linkKinds = [...]string{"lan", "wan", "ignored"}

// String returns the kind's name in lower case.
func (k LinkKind) String() string {
	if int(k) < len(linkKinds) {
		return linkKinds[k]
	}
	return "invalid"
}

// ParseLinkKind returns the kind of a name that String gives.
func ParseLinkKind(name string) (LinkKind, error) {
	for kind, known := range linkKinds {
		if name == known {
			return LinkKind(kind), nil
		}
	}
	return 0, fmt.Errorf("%q is no kind of link: use one of %q", name, linkKinds)
}

// LinkProfile is what the operator's rules say of an interface.
type LinkProfile struct {
	Kind       LinkKind
	HalfDuplex bool   // both directions share the line
	TxBps      uint64 // subrate (CIR) in place of the speed for what goes out, bit/s; 0 for none
	RxBps      uint64 // the same for what comes in
	Rule       string // which rule said so, for a person; empty for the default
}

// Capacity returns what the link can carry each way, bit/s: the subrates, else the
// speed; 0 unknown.
func (p LinkProfile) Capacity(speedBps uint64) (in, out uint64) {
	in, out = speedBps, speedBps
	if p.RxBps > 0 {
		in = p.RxBps
	}
	if p.TxBps > 0 {
		out = p.TxBps
	}
	return in, out
}

// Percent returns the utilization of the link at these rates: of a full-duplex link
// the busier direction's, of a half-duplex one both directions' together; false where
// a capacity is unknown. Traffic above a subrate gives more than 100.
func (p LinkProfile) Percent(inBps, outBps float64, speedBps uint64) (float64, bool) {
	in, out := p.Capacity(speedBps)
	if in == 0 || out == 0 {
		return 0, false
	}
	inPercent, outPercent := 100*inBps/float64(in), 100*outBps/float64(out)
	if p.HalfDuplex {
		return inPercent + outPercent, true
	}
	return max(inPercent, outPercent), true
}

// LinkUtilization is an interface's traffic in one bucket. Polls that span the edge
// of a bucket count in each by the share of their time.
type LinkUtilization struct {
	Entity
	LinkProfile
	Alias        string
	Start        time.Time
	CoveredMs    int64   // time with a usable measurement; the rest of the bucket is a gap
	InBits       float64 // in CoveredMs, like all counts below
	OutBits      float64
	InPeakBps    float64 // highest rate of one poll
	OutPeakBps   float64
	SpeedBps     uint64  // the latest that is known; 0 unknown
	InPackets    float64 // that came in without errors and discards, of all kinds
	OutPackets   float64 // of all kinds
	InBroadcast  float64 // packets to everybody, of InPackets
	OutBroadcast float64
	InMulticast  float64 // packets to a group, of InPackets
	OutMulticast float64
	InErrors     float64
	OutErrors    float64
	InDiscard    float64
	OutDiscard   float64
	Gaps         []string // reasons for gaps, each once
}

// InBps returns the mean rate over the measured time, bit/s; false without one.
func (u *LinkUtilization) InBps() (float64, bool) { return rate(u.InBits, u.CoveredMs) }

// OutBps returns the mean rate over the measured time, bit/s; false without one.
func (u *LinkUtilization) OutBps() (float64, bool) { return rate(u.OutBits, u.CoveredMs) }

// Percent returns the utilization at the mean rates, as LinkProfile.Percent does;
// false without a measurement or a speed.
func (u *LinkUtilization) Percent() (float64, bool) {
	in, ok := u.InBps()
	out, _ := u.OutBps()
	if !ok {
		return 0, false
	}
	return u.LinkProfile.Percent(in, out, u.SpeedBps)
}

func rate(bits float64, milliseconds int64) (float64, bool) {
	if milliseconds <= 0 {
		return 0, false
	}
	return bits * 1000 / float64(milliseconds), true
}

// LostPercent returns how many of the packets were lost: lost/(lost+good) in percent,
// for errors and for discards; false without any packet.
func LostPercent(lost, good float64) (float64, bool) { return share(lost, lost+good) }

// BroadcastPercent returns the share of broadcasts in the packets, percent; false
// without any packet.
func BroadcastPercent(broadcasts, packets float64) (float64, bool) {
	return share(broadcasts, packets)
}

func share(part, whole float64) (float64, bool) {
	if whole <= 0 {
		return 0, false
	}
	return 100 * part / whole, true
}
