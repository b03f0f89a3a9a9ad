package storage

import (
	"cmp"
	"slices"
	"time"
)

// Concern is what troubles a customer or a site most. Higher values are more urgent:
// this is the order of the wall.
type Concern uint8

// The concerns, the least urgent first. ConcernSite is a site of which at least one
// device is down and none is up or degraded; ConcernSeveral are two devices down or more,
// those included that are unreachable for it; ConcernSilent is a silent appliance, ConcernUnknown a
// device that nobody knows anything of; ConcernVoice is a path with a MOS below PoorMOS,
// ConcernLink a WAN link at SaturatedPercent or more. What is in maintenance is no other
// concern than ConcernMaintenance.
const (
	ConcernEmpty       Concern = 0 // there is no device and no appliance
	ConcernNone        Concern = 1 // all is up
	ConcernMaintenance Concern = 2
	ConcernDegraded    Concern = 3
	ConcernLink        Concern = 4
	ConcernVoice       Concern = 5
	ConcernUnknown     Concern = 6
	ConcernSilent      Concern = 7
	ConcernDevice      Concern = 8
	ConcernSeveral     Concern = 9
	ConcernSite        Concern = 10
)

// concernCodes are part of the API. One and several devices share theirs: WorstValue
// tells them apart.
var concernCodes = [...]string{"none", "none", "maintenance", "degraded", "link", "voice", "unknown", "appliance_silent", "device_down", "device_down", "site_down"}

// String returns the concern's code.
func (c Concern) String() string {
	if int(c) < len(concernCodes) {
		return concernCodes[c]
	}
	return "invalid"
}

// State returns the colour of the wall: down, unknown, degraded, maintenance, up or
// empty. Bad voice and a saturated link are degraded, a silent appliance is unknown.
func (c Concern) State() string {
	switch c {
	case ConcernSite, ConcernSeveral, ConcernDevice:
		return "down"
	case ConcernSilent, ConcernUnknown:
		return "unknown"
	case ConcernVoice, ConcernLink, ConcernDegraded:
		return "degraded"
	case ConcernMaintenance:
		return "maintenance"
	case ConcernEmpty:
		return "empty"
	case ConcernNone:
	}
	return "up"
}

// Limits and window of the wall.
const (
	PoorMOS          = 3.1              // below it "nearly all users dissatisfied" (ITU-T G.109)
	SaturatedPercent = 95.0             // of a WAN link's capacity
	Recently         = 10 * time.Minute // how far back the newest voice minute and poll of a link may be
)

// Standing is how a customer or one of its sites stands at a moment. Every device counts
// once: in Maintenance where a window covers it, else by its state.
type Standing struct {
	Customer string
	Site     string // empty for a whole customer

	Devices     int
	Up          int
	Down        int // by a cause of its own
	Unreachable int // down because its way is
	Degraded    int
	Unknown     int
	Maintenance int

	Appliances int // that the configuration lists
	Silent     int // of them, that stopped reporting or never did

	Concern Concern
	// Worst names what it is about: a site, device, appliance, voice path or link (device
	// and interface); empty for ConcernNone and ConcernEmpty. Of several the one that has
	// been so for longest, of paths and links the worst.
	Worst string
	// WorstValue is the number of devices or appliances it is about, the MOS or the
	// percentage; 0 for ConcernNone and ConcernEmpty.
	WorstValue float64
	Affected   int       // how many devices, appliances, paths or links it is about
	Since      time.Time // when it began; zero where nobody knows

	MOS         float64 // of the worst voice path, its latest minute; valid where Rated
	Rated       bool
	Utilization float64 // of the busiest WAN link, its latest poll, percent; valid where Measured
	Measured    bool
	AsOf        time.Time // of the newest data; zero for none of the last day

	// Contact is whom to call about a site, Runbook what to do there; that is empty where
	// the scope of the query was not that of every customer.
	Contact Contact
	Runbook string
}

// Card is whom to call about a site, and what to do there.
type Card struct {
	Contact Contact
	Runbook string // empty where the scope of the query was not that of every customer
}

// State returns the colour: see Concern.State.
func (s *Standing) State() string { return s.Concern.State() }

// mostAffected keeps the number affected from reaching the next concern.
const mostAffected = 9999

// Urgency orders standings: the concern decides, then how many it affects. Of the same
// urgency what has been so for longest comes first, which SortStandings does.
func (s *Standing) Urgency() int {
	return int(s.Concern)*(mostAffected+1) + min(s.Affected, mostAffected)
}

// SortStandings puts the most urgent first, then what has been so for longest, then by
// name.
func SortStandings(all []Standing) {
	slices.SortStableFunc(all, func(a, b Standing) int {
		return cmp.Or(
			cmp.Compare(b.Urgency(), a.Urgency()),
			compareSince(a.Since, b.Since),
			cmp.Compare(a.Customer, b.Customer),
			cmp.Compare(a.Site, b.Site),
		)
	})
}

// compareSince puts the earlier first and what nobody knows last.
func compareSince(a, b time.Time) int {
	switch {
	case a.IsZero() && b.IsZero():
		return 0
	case a.IsZero():
		return 1
	case b.IsZero():
		return -1
	}
	return a.Compare(b)
}
