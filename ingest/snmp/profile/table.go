package profile

import (
	"regexp"
	"slices"

	"mimamori/ingest/sample"
)

// Role says what a column of a sensor table holds.
type Role uint8

// The roles of columns.
const (
	Value     Role = iota // the measurement, see Table.Milli
	Idle                  // percent of a measurement that says how much is not in use
	Size                  // of which a share is in use
	Used                  // the share in use
	Free                  // a share not in use; several add up
	Status                // looked up in Table.Statuses
	Override              // looked up in Table.Overrides: a status that wins
	Kind                  // see Table.KindOf
	Name                  // what the sensor is called
	Scale                 // EntitySensorDataScale (RFC 3433)
	Precision             // EntitySensorPrecision
	RoleCount
)

// Column is a column of a MIB's table, or an object that has one instance.
type Column struct {
	Role   Role
	Prefix string // its OID between dots
}

// Table describes how the sensors of one table of a MIB are read. The columns are
// asked together, the first shows whether an agent has the table at all.
type Table struct {
	Name    string // in the file; a child's table replaces that of its parent
	MIB     string
	Columns []Column

	// OnlyWhere is the full OID of an object that tells by its value, one of OnlyValues,
	// whether the table means anything on a device; empty where it always does.
	OnlyWhere  string
	OnlyValues []int64

	Kind      sample.SensorKind // of all sensors; 0 where a column says it
	Milli     int64             // thousandths of the kind's unit that 1 of the value stands for
	Statuses  map[int64]sample.SensorStatus
	Overrides map[int64]sample.SensorStatus
	OnlyOK    bool // a value means something only while the status is ok
	ZeroBlank bool // a value of 0 says that there is none

	NamesFrom []string          // columns of another table with the sensor's name, the best first, between dots; asked seldom
	Format    Format            // how the name is put together
	Rows      map[string]string // names by instance; where there are any, no other row is a sensor
	Numbered  string            // what sensors without a name are called, before a number
	Mean      string            // name of one more sensor, the mean of all; empty for none

	// Yields are kinds of which nothing is taken where a table before this one had a
	// sensor of the kind: two MIBs that say the same would be two sensors.
	Yields []sample.SensorKind

	KindByName bool // the kind is told by the sensor's name, not by a column

	ignored  []*regexp.Regexp             // rows of these names are no sensors
	without  []*regexp.Regexp             // what is left out of names
	kinds    map[string]sample.SensorKind // by what the column of kinds holds
	patterns []pattern
}

// pattern is a kind by how what the column of kinds holds looks.
type pattern struct {
	text *regexp.Regexp
	kind sample.SensorKind
}

// KindOf returns the kind that the column of kinds tells; 0 for what is no sensor.
func (t *Table) KindOf(told string) sample.SensorKind {
	if t.Kind != 0 {
		return t.Kind
	}
	if kind := t.kinds[told]; kind != 0 {
		return kind
	}
	for _, each := range t.patterns {
		if each.text.MatchString(told) {
			return each.kind
		}
	}
	return 0
}

// ColumnsOf returns how many columns have the role.
func (t *Table) ColumnsOf(role Role) uint8 {
	n := uint8(0)
	for _, column := range t.Columns {
		if column.Role == role {
			n++
		}
	}
	return n
}

// Wants says whether the row of an instance is a sensor, given what its column of
// kinds tells.
func (t *Table) Wants(instance, kind string) bool {
	if _, listed := t.Rows[instance]; len(t.Rows) > 0 && !listed {
		return false
	}
	return t.KindByName || t.KindOf(kind) != 0
}

// NameOf returns what the sensor of an instance is called, given what a column calls
// it; empty where nothing tells.
func (t *Table) NameOf(instance, told string) string {
	if name := t.Rows[instance]; name != "" {
		return name
	}
	for _, each := range t.without {
		told = each.ReplaceAllString(told, "")
	}
	return t.Format.Text(instance, told)
}

// Ignores says whether a row that a column calls so is no sensor.
func (t *Table) Ignores(told string) bool {
	return slices.ContainsFunc(t.ignored, func(each *regexp.Regexp) bool { return each.MatchString(told) })
}
