package sample

// Heartbeats holds one row per heartbeat of an appliance: it is alive, and this is
// what waits behind it.
type Heartbeats struct {
	OffsetMs      []uint32 // when it was sent, milliseconds after the block's slot
	IntervalMs    []uint32 // when the next one is due
	Sequence      []uint64 // counts up from 1 at each start of the appliance
	BacklogBlocks []uint32 // blocks not yet delivered
	BacklogBytes  []uint64
	DroppedBlocks []uint64 // blocks given up since the start because the spool was full

	// What earlier writers do not say, zero and empty in their rows.
	Version   []string // of the appliance's program
	SentBytes []uint64 // key, block and signature of the messages that Kafka has acknowledged since the heartbeat before; framing, TLS and repeats not counted
	SentMs    []uint32 // milliseconds since the heartbeat before; 0 for the first of a run, which has none
}

// Kind returns KindHeartbeats.
func (*Heartbeats) Kind() Kind { return KindHeartbeats }

// Len is the number of rows.
func (r *Heartbeats) Len() int { return len(r.Sequence) }

func (r *Heartbeats) columns() []column {
	return []column{
		series(&r.OffsetMs), plain(&r.IntervalMs), series(&r.Sequence),
		plain(&r.BacklogBlocks), plain(&r.BacklogBytes), plain(&r.DroppedBlocks),
		later(texts(&r.Version)), later(plain(&r.SentBytes)), later(plain(&r.SentMs)),
	}
}

// SyslogFormat says which form a syslog line was recognised as.
type SyslogFormat = uint8

// The forms of syslog lines. A line of no known form is kept raw.
const (
	SyslogRaw     SyslogFormat = 0
	SyslogRFC3164 SyslogFormat = 1
	SyslogRFC5424 SyslogFormat = 2
	SyslogCisco   SyslogFormat = 3
)

// SeverityUnknown and FacilityUnknown stand where a line had no usable PRI.
const (
	SeverityUnknown uint8 = 255
	FacilityUnknown uint8 = 255
)

// Syslog holds one row per syslog line received. Its natural key is the appliance,
// the time received and the sequence.
type Syslog struct {
	Device    []ID     // the device that sent it, 0 where the source is not in the inventory
	OffsetMs  []uint32 // when it was received, milliseconds after the block's slot
	Sequence  []uint64 // of an appliance's lines; rises with each of a sender, over restarts too
	Format    []SyslogFormat
	Facility  []uint8  // RFC 5424 table 1, or FacilityUnknown
	Severity  []uint8  // RFC 5424 table 2: 0 emergency ... 7 debug, or SeverityUnknown
	StampedMs []int64  // the line's own time, Unix milliseconds; 0 where it has none
	Source    []string // address it came from
	Hostname  []string
	AppName   []string // APP-NAME of RFC 5424, TAG of RFC 3164
	ProcessID []string
	MessageID []string // MSGID of RFC 5424
	Mnemonic  []string // Cisco: FACILITY-SEVERITY-MNEMONIC without the percent sign
	Message   []string
	Raw       []string // the line as received, where parsing lost anything; else empty
	Complaint []string // why a line is kept raw, or what was odd about it

	// Messages the line stands for: N where it says that the last one was repeated N
	// times, else 1. Zero, which means 1, in rows of writers that did not count them.
	Occurrences []uint32
	Relayed     []uint8 // 1 where Source is a relay: Device is who Hostname names
}

// Kind returns KindSyslog.
func (*Syslog) Kind() Kind { return KindSyslog }

// Len is the number of rows.
func (r *Syslog) Len() int { return len(r.Sequence) }

func (r *Syslog) columns() []column {
	return []column{
		devices(&r.Device), series(&r.OffsetMs), series(&r.Sequence), plain(&r.Format),
		plain(&r.Facility), plain(&r.Severity), series(&r.StampedMs), texts(&r.Source),
		texts(&r.Hostname), texts(&r.AppName), texts(&r.ProcessID), texts(&r.MessageID),
		texts(&r.Mnemonic), texts(&r.Message), texts(&r.Raw), texts(&r.Complaint),
		later(plain(&r.Occurrences)), later(plain(&r.Relayed)),
	}
}

// Ticks carry the centre's time into a partition, so that silence is judged against
// what the log says and a replay gives the same answer. Only the centre sends them;
// the time is the block's slot.
type Ticks struct {
	Sequence []uint64
}

// Kind returns KindTicks.
func (*Ticks) Kind() Kind { return KindTicks }

// Len is the number of rows.
func (r *Ticks) Len() int { return len(r.Sequence) }

func (r *Ticks) columns() []column { return []column{series(&r.Sequence)} }
