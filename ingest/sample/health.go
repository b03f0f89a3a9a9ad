package sample

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// SensorKind says what a sensor measures, and with it the unit of its value.
type SensorKind = uint8

// The kinds of sensors. The numbers are part of the wire format.
const (
	SensorCPU         SensorKind = 1 // busy, percent
	SensorMemory      SensorKind = 2 // of the working memory in use, percent
	SensorStorage     SensorKind = 3 // of a disk, flash or swap in use, percent
	SensorTemperature SensorKind = 4 // degrees Celsius
	SensorFan         SensorKind = 5 // revolutions a minute
	SensorPower       SensorKind = 6 // of a power supply or what it feeds, watts
	SensorVoltage     SensorKind = 7 // volts
	SensorCurrent     SensorKind = 8 // amperes
	SensorHumidity    SensorKind = 9 // relative, percent

	SensorBGPPeer            SensorKind = 10 // a neighbour in BGP: seconds since the session was established
	SensorOSPFNeighbor       SensorKind = 11 // a neighbour in OSPF: a status alone
	SensorSessions           SensorKind = 12 // of a firewall at present
	SensorVPNTunnels         SensorKind = 13 // that are up
	SensorVPNSessions        SensorKind = 14 // of users and sites with a VPN at present
	SensorHighAvailability   SensorKind = 15 // a unit of a pair or cluster: a status alone
	SensorPhonesRegistered   SensorKind = 16 // at a call manager
	SensorPhonesUnregistered SensorKind = 17 // that are configured and away, or were turned down
	SensorGatewaysRegistered SensorKind = 18 // voice gateways at a call manager
	SensorGatewaysAway       SensorKind = 19 // voice gateways that are configured and away, or were turned down
	SensorCalls              SensorKind = 20 // under way at present
	SensorAlarm              SensorKind = 21 // a device's own alarm lamp: a status alone
	SensorState              SensorKind = 22 // of any other part: a status alone
)

// sensorKinds are the kinds as files and reports call them, with their units.
var sensorKinds = [...]struct{ name, unit string }{
	SensorCPU:         {"cpu", "percent"},
	SensorMemory:      {"memory", "percent"},
	SensorStorage:     {"storage", "percent"},
	SensorTemperature: {"temperature", "celsius"},
	SensorFan:         {"fan", "rpm"},
	SensorPower:       {"power", "watts"},
	SensorVoltage:     {"voltage", "volts"},
	SensorCurrent:     {"current", "amperes"},
	SensorHumidity:    {"humidity", "percent"},

	SensorBGPPeer:            {"bgp_peer", "seconds"},
	SensorOSPFNeighbor:       {"ospf_neighbor", ""},
	SensorSessions:           {"sessions", "count"},
	SensorVPNTunnels:         {"vpn_tunnels", "count"},
	SensorVPNSessions:        {"vpn_sessions", "count"},
	SensorHighAvailability:   {"high_availability", ""},
	SensorPhonesRegistered:   {"phones_registered", "count"},
	SensorPhonesUnregistered: {"phones_unregistered", "count"},
	SensorGatewaysRegistered: {"gateways_registered", "count"},
	SensorGatewaysAway:       {"gateways_unregistered", "count"},
	SensorCalls:              {"calls", "count"},
	SensorAlarm:              {"alarm", ""},
	SensorState:              {"state", ""},
}

// SensorKindName returns the name of a kind, such as temperature, and the unit of its
// values, such as celsius; the unit is empty where there are no values, the name where
// there is no such kind.
func SensorKindName(kind SensorKind) (name, unit string) {
	if int(kind) >= len(sensorKinds) {
		return "", ""
	}
	return sensorKinds[kind].name, sensorKinds[kind].unit
}

// SensorKindNamed returns the kind of a name, and whether there is one.
func SensorKindNamed(name string) (SensorKind, bool) {
	for kind, each := range sensorKinds {
		if each.name == name && name != "" {
			return SensorKind(kind), true
		}
	}
	return 0, false
}

// SensorKindNames returns the names of all kinds, by number.
func SensorKindNames() []string {
	var names []string
	for _, each := range sensorKinds[1:] {
		names = append(names, each.name)
	}
	return names
}

// SensorStatus is what a device says of a sensor, or of the part it watches.
type SensorStatus = uint8

// The statuses of a sensor. The numbers are part of the wire format.
const (
	SensorUnknown    SensorStatus = 0 // the device does not say
	SensorOK         SensorStatus = 1
	SensorWarning    SensorStatus = 2
	SensorCritical   SensorStatus = 3 // failed, shut down, or the sensor itself is broken
	SensorNotPresent SensorStatus = 4 // the slot is empty
)

var sensorStatuses = [...]string{
	SensorUnknown:    "unknown",
	SensorOK:         "ok",
	SensorWarning:    "warning",
	SensorCritical:   "critical",
	SensorNotPresent: "not present",
}

// SensorStatusNames returns the statuses in words, by number.
func SensorStatusNames() []string { return slices.Clone(sensorStatuses[:]) }

// SensorStatusNamed returns the status of a name, and whether there is one.
func SensorStatusNamed(name string) (SensorStatus, bool) {
	status := slices.Index(sensorStatuses[:], name)
	return SensorStatus(max(status, 0)), status >= 0
}

// SensorID returns the ID of a sensor by its kind and the name it bears on its
// device.
func SensorID(device ID, kind SensorKind, name string) ID {
	var parent [8]byte
	binary.BigEndian.PutUint64(parent[:], device)
	return identify("sensor", string(parent[:]), strconv.Itoa(int(kind)), name)
}

// Health holds one row per sensor and health poll: what a device says of its own
// processors, memory, temperatures, fans and power supplies, and of its neighbours,
// sessions and calls.
type Health struct {
	Device     []ID
	Sensor     []ID
	OffsetMs   []uint32 // when the sensor was read, milliseconds after the block's slot
	SensorKind []SensorKind
	Status     []SensorStatus
	Measured   []uint8 // 1 when ValueMilli is a measurement, 0 when the device gave a status alone
	ValueMilli []int64 // thousandths of the kind's unit
}

// Kind returns KindHealth.
func (*Health) Kind() Kind { return KindHealth }

// Len is the number of rows.
func (r *Health) Len() int { return len(r.Device) }

func (r *Health) columns() []column {
	return []column{
		devices(&r.Device), ids(&r.Sensor), series(&r.OffsetMs), plain(&r.SensorKind), plain(&r.Status),
		plain(&r.Measured), plain(&r.ValueMilli),
	}
}

// HealthIdentities says which sensor bears an ID; sent when it is first seen and when
// anything in it changes.
type HealthIdentities struct {
	Device     []ID
	Sensor     []ID
	SensorKind []SensorKind
	Name       []string // as the device calls it
	Source     []string // the MIB it is read from
}

// Kind returns KindHealthIdentities.
func (*HealthIdentities) Kind() Kind { return KindHealthIdentities }

// Len is the number of rows.
func (r *HealthIdentities) Len() int { return len(r.Device) }

func (r *HealthIdentities) columns() []column {
	return []column{
		devices(&r.Device), ids(&r.Sensor), plain(&r.SensorKind), texts(&r.Name), texts(&r.Source),
	}
}
