package fleet

import (
	"math"
	"slices"

	"mimamori/ingest/sample"
)

// rowSet says what the rows of a table of the MIB are.
type rowSet uint8

const (
	noRows        rowSet = iota // a scalar
	interfaceRows               // ifTable and ifXTable
	processorRows               // hrProcessorTable
	storageRows                 // hrStorageTable
	physicalRows                // entPhysicalTable and entPhySensorTable
	rowSets
)

// sensorRows are the rows of a table of sensors: their instances, ascending, and
// which sensor of the device each is.
type sensorRows struct {
	indexes []uint32
	sensors []int
}

func rowsOf(device *Device) (rows [rowSets]sensorRows) {
	for i := range device.Sensors {
		sensor := &device.Sensors[i]
		set := &rows[sensor.rows]
		set.indexes = append(set.indexes, sensor.index)
		set.sensors = append(set.sensors, i)
	}
	return rows
}

// indexes returns the instances of the rows of a set.
func (m *moment) indexes(rows rowSet) []uint32 {
	if rows == interfaceRows {
		return m.state.indexes
	}
	return m.device.rows[rows].indexes
}

// reading returns what a sensor reads; false where it has failed.
func (m *moment) reading(rows rowSet, row int) (float64, bool) {
	return m.state.sensors[m.device.rows[rows].sensors[row]].At(m.at)
}

func (m *moment) sensor(rows rowSet, row int) *Sensor {
	return &m.device.Sensors[m.device.rows[rows].sensors[row]]
}

// addHostTables adds the tables of HOST-RESOURCES-MIB (RFC 2790).
func addHostTables(add adder) {
	storage := func(column uint32, value variable) {
		add(having(storageRows), storageRows, value, 2, 1, 25, 2, 3, 1, column)
	}
	index := func(m *moment, row int) uint64 { return uint64(m.sensor(storageRows, row).index) }
	isMemory := func(m *moment, row int) bool { return m.sensor(storageRows, row).Kind == sample.SensorMemory }
	ram, disk := encodeOID(parseOID("1.3.6.1.2.1.25.2.1.2")), encodeOID(parseOID("1.3.6.1.2.1.25.2.1.4"))
	size := func(m *moment, row int) uint64 {
		if isMemory(m, row) {
			return memoryUnits
		}
		return diskUnits
	}
	storage(1, number(tagInteger, index))
	storage(2, func(to []byte, m *moment, row int) []byte {
		if isMemory(m, row) {
			return appendString(to, tagOID, ram)
		}
		return appendString(to, tagOID, disk)
	})
	storage(3, text(func(m *moment, row int) string { return m.sensor(storageRows, row).Name }))
	storage(4, constant(tagInteger, allocationUnit))
	storage(5, number(tagInteger, size))
	storage(6, number(tagInteger, func(m *moment, row int) uint64 {
		percent, _ := m.reading(storageRows, row)
		return uint64(math.Round(float64(size(m, row)) * percent / 100))
	}))
	// hrProcessorLoad
	add(having(processorRows), processorRows, number(tagInteger, func(m *moment, row int) uint64 {
		percent, _ := m.reading(processorRows, row)
		return uint64(math.Round(percent))
	}), 2, 1, 25, 3, 3, 1, 2)
}

// Values of ENTITY-SENSOR-MIB (RFC 3433).
const (
	dataWatts, dataCelsius, dataRPM   = 6, 8, 10
	scaleUnits                        = 9
	sensorWorking, sensorNonoperating = 1, 3
)

// addEntityTables adds the columns of entPhysicalTable and entPhySensorTable that say
// what a sensor is and reads. A temperature has tenths, nothing else decimal places.
func addEntityTables(add adder) {
	name := text(func(m *moment, row int) string { return m.sensor(physicalRows, row).Name })
	add(having(physicalRows), physicalRows, name, 2, 1, 47, 1, 1, 1, 1, 2)
	add(having(physicalRows), physicalRows, name, 2, 1, 47, 1, 1, 1, 1, 7)
	column := func(column uint32, value variable) {
		add(having(physicalRows), physicalRows, value, 2, 1, 99, 1, 1, 1, column)
	}
	kind := func(m *moment, row int) sample.SensorKind { return m.sensor(physicalRows, row).Kind }
	precision := func(m *moment, row int) uint64 {
		if kind(m, row) == sample.SensorTemperature {
			return 1
		}
		return 0
	}
	column(1, number(tagInteger, func(m *moment, row int) uint64 {
		switch kind(m, row) {
		case sample.SensorTemperature:
			return dataCelsius
		case sample.SensorPower:
			return dataWatts
		}
		return dataRPM
	}))
	column(2, constant(tagInteger, scaleUnits))
	column(3, number(tagInteger, precision))
	column(4, number(tagInteger, func(m *moment, row int) uint64 {
		reading, _ := m.reading(physicalRows, row)
		return uint64(math.Round(max(0, reading) * math.Pow10(int(precision(m, row)))))
	}))
	column(5, number(tagInteger, func(m *moment, row int) uint64 {
		if _, working := m.reading(physicalRows, row); !working {
			return sensorNonoperating
		}
		return sensorWorking
	}))
}

// having says which devices have rows of a set.
func having(rows rowSet) func(*Device) bool {
	return func(d *Device) bool {
		return slices.ContainsFunc(d.Sensors, func(sensor Sensor) bool { return sensor.rows == rows })
	}
}
