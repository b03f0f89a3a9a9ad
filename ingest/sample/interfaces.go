package sample

// Evidence says what the poller saw between the two polls that a row spans. The
// poller judges nothing: a processor decides whether the differences can be used.
type Evidence = uint8

// The evidence bits of an interface row.
const (
	// EvidenceDiscontinuity: ifCounterDiscontinuityTime changed between the polls.
	EvidenceDiscontinuity Evidence = 1 << iota
	// EvidenceUptimeReset: sysUpTime is lower than at the previous poll and no
	// roll-over of its 497 days explains it.
	EvidenceUptimeReset
	// EvidenceAgentRestart: sysUpTime was reset while hrSystemUptime or
	// snmpEngineTime went on: the agent restarted, the device did not.
	EvidenceAgentRestart
	// EvidenceCountersFell: a 64-bit octet counter is lower than before. It cannot
	// have wrapped, so it was reset.
	EvidenceCountersFell
)

// Counters holds the counters of an interface, a column each.
type Counters struct {
	InOctets, OutOctets       []uint64
	InUcastPkts, OutUcastPkts []uint64
	InMulticastPkts           []uint64
	OutMulticastPkts          []uint64
	InBroadcastPkts           []uint64
	OutBroadcastPkts          []uint64
	InErrors, OutErrors       []uint64
	InDiscards, OutDiscards   []uint64
}

// CounterColumns returns the columns in the order of the fields, which is their order
// on the wire.
func (c *Counters) CounterColumns() [12]*[]uint64 {
	return [...]*[]uint64{
		&c.InOctets, &c.OutOctets, &c.InUcastPkts, &c.OutUcastPkts,
		&c.InMulticastPkts, &c.OutMulticastPkts, &c.InBroadcastPkts, &c.OutBroadcastPkts,
		&c.InErrors, &c.OutErrors, &c.InDiscards, &c.OutDiscards,
	}
}

// Interfaces holds one row per interface and poll: what each counter gained since
// the appliance's previous poll of that interface, modulo the counter's width, and
// the evidence needed to trust it. The row covers the time from
// slot+OffsetMs-IntervalMs to slot+OffsetMs. (IF-MIB, RFC 2863.)
type Interfaces struct {
	Device      []ID
	Interface   []ID
	OffsetMs    []uint32 // when the row was measured, milliseconds after the block's slot
	IntervalMs  []uint32 // measured milliseconds between the two polls
	SpeedBps    []uint64 // ifHighSpeed x 1,000,000, or ifSpeed; 0 unknown
	AdminStatus []uint8  // ifAdminStatus: 1 up, 2 down, 3 testing
	OperStatus  []uint8  // ifOperStatus: 1 up ... 7 lowerLayerDown
	Width       []uint8  // bits of the octet counters: 32 or 64
	Evidence    []Evidence
	UptimeStart []uint32 // sysUpTime at the previous poll, hundredths of a second
	UptimeEnd   []uint32 // sysUpTime at this poll, hundredths of a second

	Counters
}

// Kind returns KindInterfaces.
func (*Interfaces) Kind() Kind { return KindInterfaces }

// Len is the number of rows.
func (r *Interfaces) Len() int { return len(r.Device) }

func (r *Interfaces) columns() []column {
	return append([]column{
		devices(&r.Device), ports(&r.Interface, &r.Device),
		series(&r.OffsetMs), series(&r.IntervalMs), plain(&r.SpeedBps),
		plain(&r.AdminStatus), plain(&r.OperStatus), plain(&r.Width), plain(&r.Evidence),
		series(&r.UptimeStart), series(&r.UptimeEnd),
	}, counters(&r.Counters)...)
}

func counters(c *Counters) []column {
	all := c.CounterColumns()
	columns := make([]column, len(all))
	for i, counter := range all {
		columns[i] = plain(counter)
	}
	return columns
}

// Keyframes holds the absolute counters of an interface, sent with the first poll,
// after a reset and every hour, so that the record can be checked against the
// device. Columns as in Interfaces.
type Keyframes struct {
	Device    []ID
	Interface []ID
	OffsetMs  []uint32
	Width     []uint8
	UptimeEnd []uint32

	Counters
}

// Kind returns KindKeyframes.
func (*Keyframes) Kind() Kind { return KindKeyframes }

// Len is the number of rows.
func (r *Keyframes) Len() int { return len(r.Device) }

func (r *Keyframes) columns() []column {
	return append([]column{
		devices(&r.Device), ports(&r.Interface, &r.Device), series(&r.OffsetMs), plain(&r.Width), series(&r.UptimeEnd),
	}, counters(&r.Counters)...)
}

// InterfaceIdentities says which interface bears an ID; sent when it is first seen
// and when anything in it changes.
type InterfaceIdentities struct {
	Device      []ID
	Interface   []ID
	IfIndex     []uint32
	IfType      []uint32 // IANAifType
	MTU         []uint32
	Name        []string // ifName, or ifDescr where there is no ifName
	Alias       []string // ifAlias
	Description []string // ifDescr
	PhysAddress []string // lower-case hex with colons
	SpeedBps    []uint64 // as in Interfaces, 0 unknown and of earlier writers
}

// Kind returns KindInterfaceIdentities.
func (*InterfaceIdentities) Kind() Kind { return KindInterfaceIdentities }

// Len is the number of rows.
func (r *InterfaceIdentities) Len() int { return len(r.Device) }

func (r *InterfaceIdentities) columns() []column {
	return []column{
		devices(&r.Device), ids(&r.Interface), series(&r.IfIndex), plain(&r.IfType), plain(&r.MTU),
		texts(&r.Name), texts(&r.Alias), texts(&r.Description), texts(&r.PhysAddress),
		later(plain(&r.SpeedBps)),
	}
}
