package storage

import "time"

// InterfaceStatus is an interface with its traffic: what its last poll said, and means
// and peaks over the time asked for.
type InterfaceStatus struct {
	LinkUtilization // over the time asked for; CoveredMs is 0 where nothing was measured in it
	IfIndex         uint32
	AdminStatus     uint8     // ifAdminStatus of RFC 2863; 0 where it is not known
	OperStatus      uint8     // ifOperStatus of RFC 2863; 0 where it is not known
	Polled          time.Time // the end of its last poll with traffic; zero for none of late
	LastInBps       float64   // valid where Polled is not zero, like all below
	LastOutBps      float64
	LastInErrors    uint64
	LastOutErrors   uint64
	LastInPackets   uint64
	LastOutPackets  uint64
}

// LastPercent returns the utilization of the last poll, percent; false without one or
// without a speed.
func (i *InterfaceStatus) LastPercent() (float64, bool) {
	if i.Polled.IsZero() {
		return 0, false
	}
	return i.LinkProfile.Percent(i.LastInBps, i.LastOutBps, i.SpeedBps)
}

// LastErrorPercent returns the share of packets in error at the last poll, percent, the worse direction's; false without
// one or without packets.
func (i *InterfaceStatus) LastErrorPercent() (float64, bool) {
	if i.Polled.IsZero() {
		return 0, false
	}
	in, inKnown := LostPercent(float64(i.LastInErrors), float64(i.LastInPackets))
	out, outKnown := LostPercent(float64(i.LastOutErrors), float64(i.LastOutPackets))
	return max(in, out), inKnown || outKnown
}

// operStatuses are those of ifOperStatus, RFC 2863.
var operStatuses = [...]string{"", "up", "down", "testing", "unknown", "dormant", "not present", "lower layer down"}

// OperState returns ifOperStatus in words, empty where it is not known.
func (i *InterfaceStatus) OperState() string {
	if int(i.OperStatus) < len(operStatuses) {
		return operStatuses[i.OperStatus]
	}
	return "invalid"
}

// InterfaceStatuses is a page of interfaces.
type InterfaceStatuses struct {
	Interfaces []InterfaceStatus
	Total      int // without the limit
}

// PathStatus is a voice path: its latest minute in the time asked for, and its figures
// over that time.
type PathStatus struct {
	Entity
	Target   string
	Codec    string
	Latest   VoiceMinute // valid where Measured
	Measured bool
	Mean     VoicePeriod // on the scale with most minutes; its Minutes are 0 without any
}

// InterfaceChoice picks a page of interfaces out of those that a query selects. Query.Limit is
// the length of the page.
type InterfaceChoice struct {
	Text    string // in the name or the alias, in upper or lower case; empty for all
	Busiest bool   // only those with a utilization over the time asked for, the highest first
	Order   InterfaceOrder
	// LastAtLeast picks only those whose last poll in the time asked for has so much, percent, or more of what Order says,
	// load or errors, the highest first; 0 for all.
	LastAtLeast float64
	Offset      int // interfaces left out at the beginning
}

// InterfaceOrder is how all interfaces are ordered, for paging through them: by a figure the
// highest first, those without it last, by name.
type InterfaceOrder uint8

// The orders of interfaces, by their figures over the time asked for.
const (
	InterfacesByName   InterfaceOrder = 0 // customer, site, device and name
	InterfacesByLoad   InterfaceOrder = 1 // utilization in percent
	InterfacesByErrors InterfaceOrder = 2 // share of packets in error, the worse direction's
)
