package sample

import (
	"encoding/binary"
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
)

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

// SensorID returns the ID of a sensor by its kind and the name it bears on its
// device.
func SensorID(device ID, kind SensorKind, name string) ID {
	var parent [8]byte
	binary.BigEndian.PutUint64(parent[:], device)
	return identify("sensor", string(parent[:]), strconv.Itoa(int(kind)), name)
}

// Health holds one row per sensor and health poll: what a device says of its own
// processors, memory, temperatures, fans and power supplies.
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
		ids(&r.Device), ids(&r.Sensor), series(&r.OffsetMs), plain(&r.SensorKind), plain(&r.Status),
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
		ids(&r.Device), ids(&r.Sensor), plain(&r.SensorKind), texts(&r.Name), texts(&r.Source),
	}
}
