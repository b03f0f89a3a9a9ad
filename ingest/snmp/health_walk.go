package snmp

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/snmp/profile"
)

const (
	// maxTableSensors is how many sensors are read of a table, maxSensors of a device:
	// route reflectors have hundreds of neighbours.
	maxTableSensors = 1024
	maxSensors      = 2048
	// maxInstance bounds the instance of a row, characters: that of a neighbour has two
	// addresses of sixteen octets.
	maxInstance = 192
)

// sensorRow is one row of a sensor table as an agent answered it.
type sensorRow struct {
	instance string
	wall     int64 // when the agent read it, Unix milliseconds
	numbers  [profile.RoleCount]int64
	heard    [profile.RoleCount]uint8 // columns of the role that have a value
	kind     string                   // what the column of kinds holds
	name     string
	decimal  float64 // a measurement that the agent writes as text
	broken   bool    // a value was of a wrong type
	unknown  bool    // the table of names has none for it
}

// sensorCursor is where a walk stands in one column.
type sensorCursor struct {
	column   *profile.Column
	instance string // of the last value, empty before the first
	ended    bool
}

// sensorWalk reads the rows of one sensor table. Every column goes its own way to its
// end, and what they hold is joined by the instance: unlike counters, no reading is
// compared with an earlier one.
type sensorWalk struct {
	cursors []sensorCursor
	asked   []*sensorCursor // by the last request, in its order
	rows    []sensorRow
	places  map[string]int // of the rows by instance
	faults  func(string)
	full    bool // the table has more rows than are read
	oids    []string
}

func (w *sensorWalk) start(table *profile.Table, faults func(string)) {
	w.cursors, w.rows, w.faults = w.cursors[:0], w.rows[:0], faults
	w.full = false
	if w.places == nil {
		w.places = map[string]int{}
	}
	clear(w.places)
	for i := range table.Columns {
		w.cursors = append(w.cursors, sensorCursor{column: &table.Columns[i]})
	}
}

// request returns the OIDs of the next request, sysUpTime before the columns; nil
// when the walk is at its end.
func (w *sensorWalk) request() []string {
	w.asked, w.oids = w.asked[:0], append(w.oids[:0], oidSysUpTimeObject)
	for i := range w.cursors {
		c := &w.cursors[i]
		if c.ended {
			continue
		}
		w.asked = append(w.asked, c)
		if c.instance == "" {
			w.oids = append(w.oids, strings.TrimSuffix(c.column.Prefix, "."))
		} else {
			w.oids = append(w.oids, c.column.Prefix+c.instance)
		}
	}
	if len(w.asked) == 0 {
		return nil
	}
	return w.oids
}

// absorb takes the answer to the last request. The rows are good even where there is
// an error, but not all there are.
func (w *sensorWalk) absorb(variables []gosnmp.SnmpPDU, wall int64) error {
	if len(variables) == 0 {
		return fmt.Errorf("%w: an answer was empty", errIncomplete)
	}
	moved := false
	for i, variable := range variables[1:] {
		c := w.asked[i%len(w.asked)]
		if c.ended {
			continue
		}
		instance, within := strings.CutPrefix(variable.Name, c.column.Prefix)
		if !within || exceptional(variable) {
			c.ended, moved = true, true
			continue
		}
		if len(instance) > maxInstance || !follows(instance, c.instance) {
			w.faults(faultNonIncreasing)
			return fmt.Errorf("%w: after %s%s the agent answers %s", errIncomplete, c.column.Prefix, c.instance, variable.Name)
		}
		c.instance, moved = instance, true
		row := w.row(instance)
		if row == nil { // the others of the table are good
			if !w.full {
				w.faults(faultTooManySensors)
			}
			w.full, c.ended = true, true
			continue
		}
		row.wall = wall
		row.set(c.column.Role, variable)
	}
	if !moved {
		return fmt.Errorf("%w: an answer was empty", errIncomplete)
	}
	return nil
}

// row returns the row of an instance, a new one where there is none; nil where there
// are too many.
func (w *sensorWalk) row(instance string) *sensorRow {
	place, found := w.places[instance]
	if !found {
		if len(w.rows) == maxTableSensors {
			return nil
		}
		place = len(w.rows)
		w.places[instance] = place
		w.rows = append(w.rows, sensorRow{instance: instance})
	}
	return &w.rows[place]
}

// set takes a value over.
func (r *sensorRow) set(role profile.Role, variable gosnmp.SnmpPDU) {
	switch role {
	case profile.Name:
		name, ok := nameIn(variable)
		if !ok {
			r.broken = true
			return
		}
		r.name = name
	case profile.Kind:
		switch text := variable.Value.(type) {
		case string: // an OID
			r.kind = text
			r.heard[role]++
			return
		case []byte:
			r.kind = readable(text)
			r.heard[role]++
			return
		}
		number, ok := signed(variable)
		if !ok {
			r.broken = true
			return
		}
		r.kind = fmt.Sprint(number)
	default:
		if text, is := variable.Value.([]byte); is && role == profile.Value {
			decimal, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
			if err != nil || math.Abs(decimal) > 1e12 || math.IsNaN(decimal) {
				r.broken = true
				return
			}
			r.decimal = decimal
			break
		}
		number, ok := signed(variable)
		if !ok {
			r.broken = true
			return
		}
		if r.numbers[role] > math.MaxInt64-number && number > 0 {
			r.broken = true
			return
		}
		r.numbers[role] += number // only the share that is not in use has several columns
	}
	r.heard[role]++
}

// nameIn returns what a value calls a sensor: a text, a number such as that of an
// autonomous system, or an address.
func nameIn(variable gosnmp.SnmpPDU) (string, bool) {
	switch value := variable.Value.(type) {
	case []byte:
		return readable(value), true
	case string:
		return value, variable.Type == gosnmp.IPAddress
	}
	number, ok := signed(variable)
	return strconv.FormatInt(number, 10), ok
}

// signed returns the value of any of SNMP's whole numbers.
func signed(variable gosnmp.SnmpPDU) (int64, bool) {
	if value, ok := variable.Value.(int); ok {
		return int64(value), true
	}
	value, ok := number(variable)
	return int64(value), ok && value <= math.MaxInt64
}

// exceptional says whether an answer has no value but the reason for it.
func exceptional(variable gosnmp.SnmpPDU) bool {
	return variable.Type == gosnmp.EndOfMibView || variable.Type == gosnmp.NoSuchObject || variable.Type == gosnmp.NoSuchInstance
}

// follows says whether an instance comes after another in the order of OIDs.
func follows(instance, earlier string) bool {
	for {
		arc, rest, more := strings.Cut(instance, ".")
		before, earlierRest, earlierMore := strings.Cut(earlier, ".")
		if len(arc) != len(before) {
			return len(arc) > len(before)
		}
		if arc != before {
			return arc > before
		}
		if !earlierMore {
			return more
		}
		if !more {
			return false
		}
		instance, earlier = rest, earlierRest
	}
}
