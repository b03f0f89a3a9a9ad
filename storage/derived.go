package storage

import "mimamori/ingest/sample"

// State is what is known of a device at a moment.
type State uint8

// The states of a device. Degraded counts as up. Unknown means that nobody looked:
// it is neither up nor down.
const (
	StateUnknown  State = 0
	StateUp       State = 1
	StateDegraded State = 2
	StateDown     State = 3
)

var stateNames = [...]string{"unknown", "up", "degraded", "down"}

// String returns the state's name in lower case.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "invalid"
}

// Cause says why a device is in a state that is not up.
type Cause uint8

// The causes. CauseUnreachable is a device whose way is down; CauseReboot is the
// time before a boot that sysUpTime betrays; CauseSilent is an appliance, or a
// device's polls, that stopped reporting; CauseLoss is a device that answers few of its pings.
const (
	CauseNone        Cause = 0
	CauseNoAnswer    Cause = 1
	CauseUnreachable Cause = 2
	CauseReboot      Cause = 3
	CauseSilent      Cause = 4
	CauseLoss        Cause = 5
)

var causeNames = [...]string{"", "no answer", "unreachable", "reboot", "silent", "packet loss"}

// String returns the cause in words, empty for CauseNone.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return "invalid"
}

// Version orders the versions of a derived row: of one natural key the row with the
// highest recompute epoch wins, then the highest offset. It never holds a clock.
type Version struct {
	Epoch   uint32 // 0 for the live path, raised by each recompute of a range
	Offset  int64  // of the message whose processing made the row
	Deleted bool   // a tombstone: the row no longer follows from the raw rows
}

// Derived is what the processors made of one batch.
type Derived struct {
	Utilization  Utilization
	Links        []Link
	DeviceStates []DeviceState
	Intervals    []Interval
	Reboots      []Reboot
	VoiceMinutes []VoiceMinute
	Dirty        []DirtyRange
	RolledSites  []RolledSite
	Revisions    []Revision
	Recomputes   []Recompute
	Clocks       []ApplianceClock
	Read         StreamRead
}

// Empty reports whether nothing was derived.
func (d *Derived) Empty() bool {
	return len(d.Utilization.Interface) == 0 && len(d.Links) == 0 && len(d.DeviceStates) == 0 &&
		len(d.Intervals) == 0 && len(d.Reboots) == 0 && len(d.VoiceMinutes) == 0 && len(d.Dirty) == 0 &&
		len(d.Revisions) == 0 && len(d.Recomputes) == 0 && len(d.RolledSites) == 0 && len(d.Clocks) == 0 && d.Read.TimeMs == 0
}

// Gap says why the differences of an interface row cannot be turned into traffic.
type Gap uint8

// The reasons for a gap; GapNone marks a usable row.
const (
	GapNone          Gap = 0
	GapDiscontinuity Gap = 1 // ifCounterDiscontinuityTime changed
	GapReset         Gap = 2 // sysUpTime or a 64-bit counter fell
	GapImplausible   Gap = 3 // more than the line can carry
	GapAmbiguousWrap Gap = 4 // a 32-bit counter could have wrapped twice
	GapNoInterval    Gap = 5 // the measured interval is zero
)

var gapNames = [...]string{"", "discontinuity", "reset", "implausible", "ambiguous wrap", "no interval"}

// String returns the reason in words, empty for GapNone.
func (g Gap) String() string {
	if int(g) < len(gapNames) {
		return gapNames[g]
	}
	return "invalid"
}

// Utilization holds one row per interface row, as columns of equal length: the
// traffic in the time from EndMs-IntervalMs to EndMs. Rows with a Gap have zero
// bits and count as not measured.
type Utilization struct {
	Customer, Site, Device, Interface []sample.ID
	EndMs                             []int64 // Unix milliseconds
	IntervalMs                        []uint32
	InBits, OutBits                   []uint64
	InPackets, OutPackets             []uint64 // all kinds together
	InBroadcast, OutBroadcast         []uint64 // of these, packets to everybody
	InMulticast, OutMulticast         []uint64 // and packets to a group
	InErrors, OutErrors               []uint64
	InDiscards, OutDiscards           []uint64
	SpeedBps                          []uint64 // 0 unknown
	AdminStatus, OperStatus           []uint8  // of RFC 2863, as the interface row has them, also where there is a gap; stored of the newest row alone
	Gap                               []Gap
	Offset                            []int64
}

// Link is what the operator's rules say of an interface.
type Link struct {
	Customer, Site, Device, Interface sample.ID
	LinkProfile
	Version
}

// DeviceState is a checkpoint of what the availability processor knows of a device
// after the message at Version.Offset. One is written at every change of state and
// at least once a day of event time, so that a processor that takes over reads the
// last one and the raw rows behind it, and no more.
type DeviceState struct {
	Customer, Site, Appliance, Device sample.ID
	Partition                         int
	State                             State
	Cause                             Cause
	SinceMs                           int64 // when the state began
	FirstSeenMs                       int64 // the first row ever: availability counts from here
	WatermarkMs                       int64 // event time of the newest row applied
	LastSeenMs                        int64 // last sign of life, 0 never
	PingIntervalMs                    uint32
	UptimeAtMs                        int64 // event time of the clocks below, 0 none yet
	SysUpTime                         uint32
	HrSystemUptime                    uint32
	EngineTime                        uint32
	EngineBoots                       uint32
	Presence                          sample.UptimePresence
	Version
}

// Interval is a closed stretch of time in which a device was not up. Its natural
// key is the device and FromMs.
type Interval struct {
	Customer, Site, Device sample.ID
	FromMs, ToMs           int64 // [from, to), Unix milliseconds
	State                  State
	Cause                  Cause
	Evidence               string // what it was concluded from, for a person
	Version
}

// RebootKind tells a device's reboot from its agent's restart.
type RebootKind uint8

// The kinds of reboot.
const (
	RebootDevice RebootKind = 1
	RebootAgent  RebootKind = 2
)

// Reboot is one restart of a device or its agent; natural key device and AtMs.
type Reboot struct {
	Customer, Site, Device sample.ID
	AtMs                   int64 // boot time, Unix milliseconds
	Kind                   RebootKind
	Evidence               string
	Version
}

// VoiceMinute is the quality of a voice path in one minute, with the inputs it was
// computed from and the version of the model. Natural key path and MinuteMs.
type VoiceMinute struct {
	Customer, Site, Path sample.ID
	MinuteMs             int64 // start of the minute, Unix milliseconds
	CoveredMs            uint32
	Codec                string
	Sent, Received       uint32
	Lost, LossRuns       uint32
	Late                 uint32 // arrived after the modelled jitter buffer had played
	Duplicates           uint32
	Reordered            uint32
	Bursts               uint32  // RFC 3611, Gmin 16, of the packets lost; not counted by every appliance
	BurstPackets         uint32  // sent in bursts
	BurstLost            uint32  // lost in bursts
	BurstDensityPct      float64 // lost in bursts, percent of BurstPackets
	GapDensityPct        float64 // lost outside of bursts, percent of the packets there
	BurstMeanMs          float64 // mean length of a burst
	DelayMs              float64 // mouth to ear: one way, with jitter buffer and packetisation
	OneWay               bool    // DelayMs rests on synchronised clocks, not on RTT/2
	RTTMeanMs            float64
	RTTMinMs             float64
	PDV99Ms              float64 // 99th percentile of delay variation over the minimum (RFC 5481); not known of OriginIPSLA
	JitterMs             float64 // RFC 3550, of the round trip
	JitterBufferMs       float64 // depth of the modelled jitter buffer
	Adaptive             bool    // the depth followed the delay variation of the minute
	PacketMs             float64 // speech in a packet
	LossPct              float64 // lost and late together
	BurstR               float64
	EchoFree             bool    // the model's T and Tr were 0
	Ie                   float64 // of the codec
	Bpl                  float64 // of the codec; 0 in minutes made before it was kept
	IeEff                float64
	DelayImpairment      float64 // Id, what delay and echo take away
	Scale                string  // of R: nb (G.107), wb (G.107.1) or fb (G.107.2); empty for a path without a codec
	R                    float64 // valid when Rated
	MOS                  float64 // conversational quality, MOS-CQE
	MOSLQ                float64 // listening quality: without DelayImpairment; 0 in minutes made before it was kept
	Band                 string  // user satisfaction of ITU-T G.109
	ITU                  bool    // Ie and Bpl are the ITU's
	Model                string

	Origin        sample.Origin // who measured it
	LostForward   uint32        // on the way out, as became known in the minute; of a router's operation, and where Directional
	LostBackward  uint32        // the same on the way back
	ReportedMOS   float64       // the router's own, mean of the minute's operations, 1 to 5; 0 where it has none
	ReportedICPIF float64       // the router's own, where it has a MOS

	// Of the way the packets took and of the clocks; zero of OriginIPSLA and in minutes
	// made before they were kept.
	Notes           VoiceNotes
	DSCPSent        uint8
	DSCPReceived    uint8   // of the answers; where it changed, the last one that was not DSCPSent
	DSCPForward     uint8   // of the last packet that came to the reflector with another than DSCPSent; meaningful where RemarkedForward
	Remarked        uint32  // answers that came with another DSCP than was sent
	RemarkedForward uint32  // packets that came to the reflector so, where it says
	TTLForward      uint8   // left to the packets at the reflector, of 255; 0: not known
	TTLBackward     uint8   // left to the answers; 0: not known
	RouteChanges    uint32  // changes of either
	StepMs          float64 // greatest lasting change of the lowest round trip
	Directional     bool    // the reflector counts for itself, which tells on which way packets were lost
	ClockErrorMs    float64 // estimated error of both clocks together, the worst; 0: not known
	ClockSteps      uint32  // times either clock was set
	Undelivered     uint32  // packets that ICMP said could not be delivered
	Version
}

// Rated says whether the minute has a rating: something was sent, of a codec there are
// figures for.
func (m *VoiceMinute) Rated() bool { return m.Sent > 0 && m.MOS > 0 }

// DirtyRange marks a stretch of an entity's time whose derived rows must be made
// anew from the raw rows. Done ranges are written again with Deleted set. Natural
// key figure, entity, FromMs.
type DirtyRange struct {
	Customer, Site sample.ID
	Figure         string // the processor that must recompute
	Entity         sample.ID
	FromMs, ToMs   int64
	Partition      int
	Late           bool // rows that arrived late are the reason: what changes is a correction
	Version
}
