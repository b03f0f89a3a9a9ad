package sample

// Outcome says how the polls of a device end.
type Outcome = uint8

// The outcomes of polls. The numbers are part of the wire format.
const (
	OutcomeNotAsked    Outcome = 0  // the inventory has no SNMP for the device
	OutcomePending     Outcome = 1  // no poll of it has ended since the appliance started
	OutcomeOK          Outcome = 2  // all that was asked was read, and there was something
	OutcomeIncomplete  Outcome = 3  // the agent broke the protocol's order or has too many rows
	OutcomeTimeout     Outcome = 4  // no answer in time
	OutcomeRefused     Outcome = 5  // the host says that nothing listens on the port
	OutcomeUnreachable Outcome = 6  // the network says that there is no way
	OutcomeCredentials Outcome = 7  // the agent says that it does not know who asks
	OutcomeAgentError  Outcome = 8  // the agent answers with an error status
	OutcomeNothing     Outcome = 9  // it answers, but shows neither interfaces nor sensors
	OutcomeError       Outcome = 10 // anything else, such as a name that does not resolve
)

// Asked says by which protocols a device is asked.
type Asked = uint8

// The bits of Asked.
const (
	AskedSNMP Asked = 1 << iota
	AskedPing
)

// Outcomes says what an appliance gets out of its devices: a row for each of them when
// the appliance starts, when the outcome of its polls changes or what they yield, and
// again within HoldsMs. A device without such a row under the latest start of its
// appliance is no longer watched.
type Outcomes struct {
	Device     []ID
	OffsetMs   []uint32 // when the poll ended, milliseconds after the block's slot
	StartedMs  []int64  // when the appliance's poller started, Unix milliseconds; one for all rows of a run
	IntervalMs []uint32 // between two polls
	HoldsMs    []uint32 // a later row comes within this time and two intervals
	Asked      []Asked
	Result     []Outcome
	SinceMs    []int64 // end of the first poll that ended so, Unix milliseconds; the start for a poll still to come
	GoodMs     []int64 // end of the last poll that was OK since the start, Unix milliseconds; 0 none
	Interfaces []uint32
	Sensors    []uint32 // read when they were last asked for
	Profile    []string // of the device, empty where none is known
	Version    []string // of SNMP: 1, 2c or 3; empty where it is not asked
	Notes      []string // what was odd about its answers of late: names of faults, separated by spaces
	Detail     []string // why the poll failed, without credentials; empty for OK
}

// Kind returns KindOutcomes.
func (*Outcomes) Kind() Kind { return KindOutcomes }

// Len is the number of rows.
func (r *Outcomes) Len() int { return len(r.Device) }

func (r *Outcomes) columns() []column {
	return []column{
		devices(&r.Device), series(&r.OffsetMs), plain(&r.StartedMs), plain(&r.IntervalMs), plain(&r.HoldsMs),
		plain(&r.Asked), plain(&r.Result), series(&r.SinceMs), series(&r.GoodMs),
		plain(&r.Interfaces), plain(&r.Sensors), texts(&r.Profile), texts(&r.Version), texts(&r.Notes), texts(&r.Detail),
	}
}
