package sample

// Pings holds one row per device and ping round. A round that lost every packet is
// repeated at once under the next attempt; the natural key of a row is device, slot
// and attempt.
type Pings struct {
	Device     []ID
	OffsetMs   []uint32 // when the round was due, milliseconds after the block's slot: the device's fixed place in the interval
	IntervalMs []uint32 // the schedule's interval
	Attempt    []uint8  // 1 for the round itself, 2 and up for its repeats
	Sent       []uint8  // echo requests sent
	Received   []uint8  // distinct requests answered in time
	ICMPError  []uint8  // last ICMP error received for the round: type of RFC 792 (3 unreachable, 11 time exceeded, 12 parameter problem), 0 none
	RTT        Lists    // round-trip times of the answers in microseconds, in order of sending
	ICMPCode   []uint8  // code of that error (RFC 792, RFC 1812); an error of IPv6 has the numbers that RFC 7915 translates it to
	ErrorFrom  []string // address of the host or router that sent it, empty for none
	Duplicates []uint8  // answers to a request that was answered already
	Reordered  []uint8  // requests answered after a later one of the round (RFC 4737)
	ReplyTTL   []uint8  // time to live, or hop limit, the last answer had left; 0 unknown
}

// Kind returns KindPings.
func (*Pings) Kind() Kind { return KindPings }

// Len is the number of rows.
func (r *Pings) Len() int { return len(r.Device) }

func (r *Pings) columns() []column {
	return []column{
		devices(&r.Device), series(&r.OffsetMs), series(&r.IntervalMs), plain(&r.Attempt),
		plain(&r.Sent), plain(&r.Received), plain(&r.ICMPError), lists(&r.RTT),
		later(plain(&r.ICMPCode)), later(texts(&r.ErrorFrom)), later(plain(&r.Duplicates)), later(plain(&r.Reordered)), later(plain(&r.ReplyTTL)),
	}
}

// UptimePresence says which of the clocks of an uptime row the agent answered.
type UptimePresence = uint8

// The presence bits of an uptime row.
const (
	HasHrSystemUptime UptimePresence = 1 << iota
	HasEngineTime
)

// Uptimes holds one row per device and SNMP poll: the clocks that tell a reboot
// from an agent's restart and from a roll-over.
type Uptimes struct {
	Device         []ID
	OffsetMs       []uint32 // when the answer came, milliseconds after the block's slot
	SysUpTime      []uint32 // hundredths of a second
	HrSystemUptime []uint32 // hundredths of a second, with HasHrSystemUptime
	EngineTime     []uint32 // snmpEngineTime, seconds, with HasEngineTime
	EngineBoots    []uint32 // snmpEngineBoots, with HasEngineTime
	Presence       []UptimePresence
}

// Kind returns KindUptimes.
func (*Uptimes) Kind() Kind { return KindUptimes }

// Len is the number of rows.
func (r *Uptimes) Len() int { return len(r.Device) }

func (r *Uptimes) columns() []column {
	return []column{
		devices(&r.Device), series(&r.OffsetMs), series(&r.SysUpTime), series(&r.HrSystemUptime),
		series(&r.EngineTime), plain(&r.EngineBoots), plain(&r.Presence),
	}
}

// Devices says which device bears an ID; sent when the appliance starts, when it is
// first seen and when anything in it changes.
type Devices struct {
	Device      []ID
	Behind      []ID // the device this one is reached through, 0 none
	Name        []string
	Address     []string
	SysObjectID []string
	SysName     []string
	SysDescr    []string
}

// Kind returns KindDevices.
func (*Devices) Kind() Kind { return KindDevices }

// Len is the number of rows.
func (r *Devices) Len() int { return len(r.Device) }

func (r *Devices) columns() []column {
	return []column{
		ids(&r.Device), ids(&r.Behind), texts(&r.Name), texts(&r.Address),
		texts(&r.SysObjectID), texts(&r.SysName), texts(&r.SysDescr),
	}
}
