package snmp

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// Answer is what one device answered to everything its profile asks.
type Answer struct {
	SysObjectID string      `json:"sys_object_id"` // numeric, empty where the agent does not say
	SysName     string      `json:"sys_name"`
	SysDescr    string      `json:"sys_descr"`
	Profile     string      `json:"profile"`  // name of the device profile
	UptimeS     *float64    `json:"uptime_s"` // sysUpTime, seconds since the agent began; null where it does not say
	Interfaces  []Interface `json:"interfaces"`
	Health      []Sensor    `json:"health"`
	Operations  []Operation `json:"operations"` // IP SLA jitter operations, which become voice paths
	Notes       []string    `json:"notes"`      // what was odd about the answers, and what could not be read
}

// Interface is one interface with its counters as the agent has them (IF-MIB, RFC
// 2863). A counter that the agent does not have is null.
type Interface struct {
	Index       uint32 `json:"if_index"`
	Name        string `json:"name"`  // ifName, or ifDescr where there is none
	Alias       string `json:"alias"` // ifAlias, what the operator wrote
	Description string `json:"descr"` // ifDescr
	Type        uint32 `json:"type"`  // IANAifType
	MTU         uint32 `json:"mtu"`   // octets
	SpeedBps    uint64 `json:"speed_bps"`
	PhysAddress string `json:"phys_address"` // lower-case hex with colons
	AdminStatus string `json:"admin"`        // up, down or testing; empty where the agent does not say
	OperStatus  string `json:"oper"`         // up, down, testing, unknown, dormant, notPresent or lowerLayerDown

	InOctets         *uint64 `json:"in_octets"`
	OutOctets        *uint64 `json:"out_octets"`
	InUcastPkts      *uint64 `json:"in_ucast_pkts"`
	OutUcastPkts     *uint64 `json:"out_ucast_pkts"`
	InMulticastPkts  *uint64 `json:"in_multicast_pkts"`
	OutMulticastPkts *uint64 `json:"out_multicast_pkts"`
	InBroadcastPkts  *uint64 `json:"in_broadcast_pkts"`
	OutBroadcastPkts *uint64 `json:"out_broadcast_pkts"`
	InErrors         *uint64 `json:"in_errors"`
	OutErrors        *uint64 `json:"out_errors"`
	InDiscards       *uint64 `json:"in_discards"`
	OutDiscards      *uint64 `json:"out_discards"`
	CounterBits      uint8   `json:"counter_bits"` // width of the octet counters, 64 or 32
}

// Sensor is one reading of what a device says of itself. Kind, Value and Status are in
// the terms of sample.Health.
type Sensor struct {
	Kind     sample.SensorKind
	Name     string
	Status   sample.SensorStatus
	Measured bool    // it has a value
	Value    float64 // in the unit of its kind
	Source   string  // the MIB it is read from
}

// statusWords are ifAdminStatus and ifOperStatus in words (RFC 2863).
var statusWords = [...]string{"", "up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown"}

// Ask polls one device once, as the appliance does, and returns what its profile
// yields. The device's SNMP must be resolved. An agent that does not answer, or turns
// the credentials down, is an error; what can be read only in part is a note.
func Ask(ctx context.Context, cfg Config, device inventory.Device, log *slog.Logger) (Answer, error) {
	station := inventory.Station{Devices: []inventory.StationDevice{{ID: 1, Device: device}}}
	voice := new(sample.Voice)
	p, err := New(cfg, station, func(_ int64, rows sample.Rows) {
		if rows, ok := rows.(*sample.Voice); ok {
			_ = sample.Append(voice, rows) // of one kind they always fit
		}
	}, log, nil)
	if err != nil {
		return Answer{}, err
	}
	answer := Answer{Interfaces: []Interface{}, Health: []Sensor{}, Operations: []Operation{}, Notes: []string{}}
	w, d := &worker{Poller: p, noticed: answer.notice}, p.devices[0]
	ctx, cancel := context.WithTimeout(ctx, cfg.deadline())
	defer cancel()
	s, err := open(ctx, d.inventory, &d.memory, cfg.timeout(), cfg.Retries, p.metrics)
	if err != nil {
		return Answer{}, err
	}
	defer s.close()
	s.fault = w.fault
	now, err := w.askClocks(s, d)
	if err != nil {
		return Answer{}, err
	}
	if now.hasSysUpTime {
		seconds := float64(now.sysUpTime) / 100
		answer.UptimeS = &seconds
	} else {
		answer.note("the agent does not say its sysUpTime: a restart will not be noticed")
	}
	d.clocks, d.poll = now, 1
	w.refresh(d, now.at)
	if err := w.askDescription(s, d); err != nil {
		return Answer{}, err
	}
	answer.SysObjectID, answer.SysName, answer.SysDescr = d.described.objectID, d.described.name, d.described.descr
	answer.Profile = d.profile.Name
	w.askInterfaces(s, d, &answer)
	d.health.due = true
	answer.noteError(w.askHealth(s, d, 0))
	answer.takeSensors(w)
	answer.noteError(w.askOperations(s, d, 0))
	answer.takeOperations(d, voice)
	return answer, nil
}

func (a *Answer) note(format string, arguments ...any) {
	a.Notes = append(a.Notes, fmt.Sprintf(format, arguments...))
}

func (a *Answer) noteError(err error) {
	if err != nil {
		a.note("%v", err)
	}
}

// notice notes what an agent did wrong, once of a kind.
func (a *Answer) notice(fault string) {
	note := faultNotes[fault]
	if note == "" {
		note = strings.ReplaceAll(fault, "_", " ")
	}
	if !slices.Contains(a.Notes, note) {
		a.Notes = append(a.Notes, note)
	}
}

// askInterfaces reads everything the interface tables hold.
func (w *worker) askInterfaces(s *session, d *device, answer *Answer) {
	columns := slices.Clone(counterColumns)
	for _, column := range identityColumns {
		if !slices.Contains(columns, column) {
			columns = append(columns, column)
		}
	}
	rows, err := w.readRows(s, d, columns)
	if err != nil {
		answer.note("not all interfaces could be read: %v", err)
	}
	d.beginPass()
	w.account(d, rows, d.clocks, false, 0) // gives each the name it goes by
	var narrow []string
	for i := range rows {
		found := interfaceIn(&rows[i])
		if rolls(&found) {
			narrow = append(narrow, found.Name)
		}
		answer.Interfaces = append(answer.Interfaces, found)
	}
	if len(rows) == 0 && err == nil {
		answer.note("the agent has no interfaces, or shows none to this community or user")
	}
	if len(narrow) > 0 {
		answer.note("faster than 20 Mb/s, with 32-bit octet counters alone: %s: poll often, or their roll-overs are missed", someOf(narrow))
	}
}

// rolls says whether the octet counters of an interface may roll over between two
// polls (RFC 2863, 3.1.6). Nothing rolls over where nothing ever passed, as on
// loopbacks and null interfaces.
func rolls(found *Interface) bool {
	return found.Name != "" && found.CounterBits == 32 && found.SpeedBps > 20_000_000 &&
		found.InOctets != nil && found.OutOctets != nil && *found.InOctets|*found.OutOctets != 0
}

// someOf names the first three.
func someOf(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func interfaceIn(r *row) Interface {
	var read counters
	readCounters(r, &read)
	found := Interface{
		Index: r.index, Name: readable(r.name()), Alias: readable(r.texts[textAlias]), Description: readable(r.texts[textDescr]),
		Type: uint32(r.values[ifType]), MTU: uint32(r.values[ifMtu]), SpeedBps: r.speed(), PhysAddress: physAddress(r.texts[textPhysAddress]),
		AdminStatus: statusWords[r.status(ifAdminStatus)], OperStatus: statusWords[r.status(ifOperStatus)],
		CounterBits: read.width(),
	}
	for i, target := range []**uint64{
		&found.InOctets, &found.OutOctets, &found.InUcastPkts, &found.OutUcastPkts,
		&found.InMulticastPkts, &found.OutMulticastPkts, &found.InBroadcastPkts, &found.OutBroadcastPkts,
		&found.InErrors, &found.OutErrors, &found.InDiscards, &found.OutDiscards,
	} {
		if read.origins[i] != 0 {
			value := read.values[i]
			*target = &value
		}
	}
	if r.state != nil {
		found.Name = r.state.name
	}
	return found
}

// takeSensors takes over the readings of the poll.
func (a *Answer) takeSensors(w *worker) {
	names := map[sample.ID]int{}
	for i, id := range w.healthIdentities.Sensor {
		names[id] = i
	}
	for i, id := range w.health.Sensor {
		at := names[id]
		a.Health = append(a.Health, Sensor{
			Kind: w.health.SensorKind[i], Name: w.healthIdentities.Name[at], Status: w.health.Status[i],
			Measured: w.health.Measured[i] != 0, Value: float64(w.health.ValueMilli[i]) / 1000,
			Source: w.healthIdentities.Source[at],
		})
	}
}

// deadlineAlone is how long a conversation may take that no round waits for.
const deadlineAlone = 5 * time.Minute

// AloneConfig returns the defaults for asking one device outside of rounds: all of it
// is to be read, however long that takes.
func AloneConfig() Config {
	cfg := DefaultConfig()
	cfg.Interval, cfg.Deadline = 2*deadlineAlone, deadlineAlone
	return cfg
}
