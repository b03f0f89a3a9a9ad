package snmp

import "mimamori/ingest/sample"

// role says what a column of a sensor table holds.
type role uint8

const (
	roleValue     role = iota // the measurement, see sensorTable.milli
	roleIdle                  // percent of a measurement that says how much is not in use
	roleSize                  // of which a share is in use
	roleUsed                  // the share in use
	roleFree                  // a share not in use; several add up
	roleStatus                // looked up in sensorTable.states
	roleKind                  // looked up in sensorTable.kinds
	roleName                  // what the sensor is called
	roleScale                 // EntitySensorDataScale (RFC 3433)
	rolePrecision             // EntitySensorPrecision
	roleCount
)

// sensorColumn is a column of a MIB's table, or an object that has one instance.
type sensorColumn struct {
	role   role
	prefix string // its OID with the dot that instances follow
}

// sensorTable describes how the sensors of one table of a MIB are read. The columns
// are asked together, the first shows whether an agent has the table at all.
type sensorTable struct {
	mib     string
	columns []sensorColumn

	kind   sample.SensorKind            // of all sensors; 0 where a column says it
	kinds  map[string]sample.SensorKind // by what that column holds; what is not here is no sensor of ours
	milli  int64                        // thousandths that 1 of the value stands for
	states map[int64]sample.SensorStatus
	onlyOK bool // a value means something only while the status is ok

	names    []string // columns of another table with the sensor's name, the best first, asked seldom
	numbered string   // what sensors without a name are called, before a number
	mean     string   // name of one more sensor, the mean of all; empty for none
	ignored  string   // a row of this name is no sensor

	// yields are kinds of which nothing is taken where a table before this one had a
	// sensor of the kind: two MIBs that say the same would be two sensors.
	yields []sample.SensorKind
}

// What 1 of a value stands for.
const (
	thousandths int64 = 1
	wholeUnits  int64 = 1000
)

// ciscoStates is CiscoEnvMonState: normal, warning, critical, shutdown, notPresent,
// notFunctioning.
var ciscoStates = map[int64]sample.SensorStatus{
	1: sample.SensorOK, 2: sample.SensorWarning, 3: sample.SensorCritical,
	4: sample.SensorCritical, 5: sample.SensorNotPresent, 6: sample.SensorCritical,
}

// sensorTables are asked in this order.
var sensorTables = []sensorTable{
	{
		// RFC 3433.
		mib: "ENTITY-SENSOR-MIB",
		columns: []sensorColumn{
			{roleValue, ".1.3.6.1.2.1.99.1.1.1.4."},
			{roleKind, ".1.3.6.1.2.1.99.1.1.1.1."},
			{roleScale, ".1.3.6.1.2.1.99.1.1.1.2."},
			{rolePrecision, ".1.3.6.1.2.1.99.1.1.1.3."},
			{roleStatus, ".1.3.6.1.2.1.99.1.1.1.5."},
		},
		kinds: map[string]sample.SensorKind{ // EntitySensorDataType
			"3": sample.SensorVoltage, "4": sample.SensorVoltage, "5": sample.SensorCurrent, "6": sample.SensorPower,
			"8": sample.SensorTemperature, "9": sample.SensorHumidity, "10": sample.SensorFan,
		},
		// ok, unavailable (the agent cannot read it at present), nonoperational (broken)
		states: map[int64]sample.SensorStatus{1: sample.SensorOK, 2: sample.SensorUnknown, 3: sample.SensorCritical},
		onlyOK: true,
		// entPhysicalName, entPhysicalDescr (RFC 6933)
		names:    []string{".1.3.6.1.2.1.47.1.1.1.1.7.", ".1.3.6.1.2.1.47.1.1.1.1.2."},
		numbered: "Sensor",
	},
	{
		mib:      "HOST-RESOURCES-MIB", // RFC 2790, hrProcessorLoad
		columns:  []sensorColumn{{roleValue, ".1.3.6.1.2.1.25.3.3.1.2."}},
		kind:     sample.SensorCPU,
		milli:    wholeUnits,
		numbered: "CPU",
		mean:     "CPU",
	},
	{
		mib:      "UCD-SNMP-MIB", // ssCpuIdle
		columns:  []sensorColumn{{roleIdle, ".1.3.6.1.4.1.2021.11.11."}},
		kind:     sample.SensorCPU,
		milli:    wholeUnits,
		numbered: "CPU",
		yields:   []sample.SensorKind{sample.SensorCPU},
	},
	{
		// Before hrStorageTable, where what the system uses as cache counts as used.
		mib: "UCD-SNMP-MIB",
		columns: []sensorColumn{
			{roleSize, ".1.3.6.1.4.1.2021.4.5."},  // memTotalReal
			{roleFree, ".1.3.6.1.4.1.2021.4.6."},  // memAvailReal
			{roleFree, ".1.3.6.1.4.1.2021.4.14."}, // memBuffer
			{roleFree, ".1.3.6.1.4.1.2021.4.15."}, // memCached
		},
		kind:     sample.SensorMemory,
		numbered: "Memory",
	},
	{
		mib: "HOST-RESOURCES-MIB", // RFC 2790, hrStorageTable
		columns: []sensorColumn{
			{roleUsed, ".1.3.6.1.2.1.25.2.3.1.6."},
			{roleKind, ".1.3.6.1.2.1.25.2.3.1.2."},
			{roleName, ".1.3.6.1.2.1.25.2.3.1.3."},
			{roleSize, ".1.3.6.1.2.1.25.2.3.1.5."},
		},
		kinds: map[string]sample.SensorKind{
			".1.3.6.1.2.1.25.2.1.2": sample.SensorMemory,  // hrStorageRam
			".1.3.6.1.2.1.25.2.1.3": sample.SensorStorage, // hrStorageVirtualMemory: swap
			".1.3.6.1.2.1.25.2.1.4": sample.SensorStorage, // hrStorageFixedDisk
			".1.3.6.1.2.1.25.2.1.9": sample.SensorStorage, // hrStorageFlashMemory
		},
		numbered: "Storage",
		ignored:  "Virtual memory", // net-snmp's sum of memory and swap, which have rows of their own
		yields:   []sample.SensorKind{sample.SensorMemory},
	},
	{
		mib:      "CISCO-PROCESS-MIB", // cpmCPUTotal5minRev
		columns:  []sensorColumn{{roleValue, ".1.3.6.1.4.1.9.9.109.1.1.1.1.8."}},
		kind:     sample.SensorCPU,
		milli:    wholeUnits,
		numbered: "CPU",
		yields:   []sample.SensorKind{sample.SensorCPU},
	},
	{
		mib: "CISCO-MEMORY-POOL-MIB",
		columns: []sensorColumn{
			{roleUsed, ".1.3.6.1.4.1.9.9.48.1.1.1.5."},
			{roleFree, ".1.3.6.1.4.1.9.9.48.1.1.1.6."},
			{roleName, ".1.3.6.1.4.1.9.9.48.1.1.1.2."},
		},
		kind:     sample.SensorMemory,
		numbered: "Memory pool",
		yields:   []sample.SensorKind{sample.SensorMemory},
	},
	{
		mib: "CISCO-ENVMON-MIB", // ciscoEnvMonTemperatureStatusTable
		columns: []sensorColumn{
			{roleStatus, ".1.3.6.1.4.1.9.9.13.1.3.1.6."},
			{roleName, ".1.3.6.1.4.1.9.9.13.1.3.1.2."},
			{roleValue, ".1.3.6.1.4.1.9.9.13.1.3.1.3."},
		},
		kind:     sample.SensorTemperature,
		milli:    wholeUnits,
		states:   ciscoStates,
		numbered: "Temperature",
		yields:   []sample.SensorKind{sample.SensorTemperature},
	},
	{
		mib: "CISCO-ENVMON-MIB", // ciscoEnvMonFanStatusTable: a state, no speed
		columns: []sensorColumn{
			{roleStatus, ".1.3.6.1.4.1.9.9.13.1.4.1.3."},
			{roleName, ".1.3.6.1.4.1.9.9.13.1.4.1.2."},
		},
		kind:     sample.SensorFan,
		states:   ciscoStates,
		numbered: "Fan",
		yields:   []sample.SensorKind{sample.SensorFan},
	},
	{
		mib: "CISCO-ENVMON-MIB", // ciscoEnvMonSupplyStatusTable: a state, no watts
		columns: []sensorColumn{
			{roleStatus, ".1.3.6.1.4.1.9.9.13.1.5.1.3."},
			{roleName, ".1.3.6.1.4.1.9.9.13.1.5.1.2."},
		},
		kind:     sample.SensorPower,
		states:   ciscoStates,
		numbered: "Power supply",
	},
	{
		mib: "CISCO-ENVMON-MIB", // ciscoEnvMonVoltageStatusTable, millivolts
		columns: []sensorColumn{
			{roleStatus, ".1.3.6.1.4.1.9.9.13.1.2.1.7."},
			{roleName, ".1.3.6.1.4.1.9.9.13.1.2.1.2."},
			{roleValue, ".1.3.6.1.4.1.9.9.13.1.2.1.3."},
		},
		kind:     sample.SensorVoltage,
		milli:    thousandths,
		states:   ciscoStates,
		numbered: "Voltage",
		yields:   []sample.SensorKind{sample.SensorVoltage},
	},
}
