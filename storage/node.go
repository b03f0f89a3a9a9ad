package storage

import (
	"time"

	"mimamori/ingest/sample"
)

// Node is a device in the topology of its site.
type Node struct {
	DeviceStatus
	Behind     string // name of the device it is reached through; empty for none
	BehindID   sample.ID
	Appliance  string    // name of the appliance that watches it; empty where the configuration lists it no more
	Model      string    // what it says of itself: the first line of sysDescr
	ObjectID   string    // its sysObjectID
	SystemName string    // its sysName
	Interfaces int       // that it has told of
	Booted     time.Time // as far as it is known; zero where it never told
	Reboots    int       // in the time asked for
	Unanswered time.Time // when the newest round of pings was due of which it answered none; zero for none of late
	// Maintenance says that a window covers it now.
	Maintenance bool
}

// Uptime returns for how long the device has been running at a moment, as far as its last
// restart is known; false where it is not.
func (n *Node) Uptime(at time.Time) (time.Duration, bool) {
	if n.Booted.IsZero() || n.Booted.After(at) {
		return 0, false
	}
	return at.Sub(n.Booted), true
}

// RebootEvent is a restart of a device or its agent, with names.
type RebootEvent struct {
	Entity
	At        time.Time
	Kind      RebootKind
	Evidence  string
	Corrected bool // found, or moved, after the fact
}

// String returns the kind in lower case: what restarted.
func (k RebootKind) String() string {
	switch k {
	case RebootDevice:
		return "device"
	case RebootAgent:
		return "agent"
	}
	return "invalid"
}

// ApplianceStatus is how an appliance stands at a moment. All but the names are
// of its last heartbeat.
type ApplianceStatus struct {
	Entity                  // Name is the appliance's
	LastHeartbeat time.Time // zero for none of the last day
	Heard         time.Time // when that came, by the centre's time where its own is ahead; zero for none
	Read          time.Time // up to when the centre has read what it sends, the time asked for at most: what is missing after that may only not be read yet
	Silent        bool      // it stopped reporting, or never did, as of Read
	SilentSince   time.Time // its last sign of life; zero where it is not silent or was never heard
	Interval      time.Duration
	BacklogBlocks uint32
	BacklogBytes  uint64
	BacklogOldest time.Time // since when its backlog has not been empty; zero where it is
	DroppedBlocks uint64    // given up since its start, the spool was full
	Version       string    // of its program; empty where it does not say
	UplinkKnown   bool      // it reports, and says what it sends
	UplinkBytes   uint64    // sent between its last heartbeat and the one before; valid where UplinkKnown
	UplinkBps     float64   // bits a second that it sent in the last 15 minutes; valid where UplinkKnown
	ClockKnown    bool      // its clock was found to be wrong of late
	ClockOffset   time.Duration
	ClockRefused  bool // so wrong that what it measures is not taken
	Devices       int  // that it watches
	Unknown       int  // of them, that nobody knows anything of
}
