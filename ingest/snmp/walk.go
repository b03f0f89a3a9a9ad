package snmp

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/gosnmp/gosnmp"
)

const (
	// answerBytes is about how long an answer may get: four Ethernet frames. A lost
	// fragment loses all of it.
	answerBytes = 4 * 1400
	// variableBytes is about what one value takes in an answer, its OID included.
	variableBytes = 26
	// maxInterfaces is how many rows of the interface tables are read of a device.
	maxInterfaces = 32768
	// maxParts is into how many parts a row is divided that no answer can hold.
	maxParts = 8
)

var (
	// errIncomplete: the agent's answers did not allow the table to be read to its
	// end. The rows up to there are good.
	errIncomplete = errors.New("the interface table could not be read to its end")
	// errRowTooBig: the agent cannot answer even one row of these columns at once.
	errRowTooBig = errors.New("not even one row of the interface table fits into an answer")
)

// cursor is where a walk stands in one column.
type cursor struct {
	column column
	last   uint32 // ifIndex of the last instance
	heard  bool   // the present answer has something of the column
	ended  bool   // the column has no instances after last
}

// walk reads rows of the interface tables. All columns advance together: each
// request asks them from one ifIndex on, and of the answer only the rows are kept
// that it holds entirely.
type walk struct {
	cursors   []cursor
	rows      []row
	faults    func(string)
	frontier  uint32 // rows up to this ifIndex are complete
	malformed int    // values that could not be taken over
	oids      []string
}

// start begins a walk of the columns; rows are appended to the memory given.
func (w *walk) start(columns []column, memory []row, faults func(string)) {
	w.cursors = w.cursors[:0]
	for _, c := range columns {
		w.cursors = append(w.cursors, cursor{column: c})
	}
	w.rows, w.frontier, w.malformed, w.faults = memory[:0], 0, 0, faults
}

// request returns the OIDs of the next request, sysUpTime before the columns; nil
// when the walk is at its end.
func (w *walk) request() []string {
	// A sparse column may have come to its end beyond the rows that were kept: then
	// it is asked again.
	w.cursors = slices.DeleteFunc(w.cursors, func(c cursor) bool { return c.ended && c.last <= w.frontier })
	if len(w.cursors) == 0 {
		return nil
	}
	w.oids = append(w.oids[:0], oidSysUpTimeObject)
	for i := range w.cursors {
		c := &w.cursors[i]
		c.last, c.heard, c.ended = w.frontier, false, false
		prefix := columnPrefix[c.column]
		if w.frontier == 0 {
			w.oids = append(w.oids, prefix[:len(prefix)-1])
			continue
		}
		var digits [64]byte
		oid := strconv.AppendUint(append(digits[:0], prefix...), uint64(w.frontier), 10)
		w.oids = append(w.oids, string(oid))
	}
	return w.oids
}

// absorb takes an answer to the last request: rows it holds entirely are added,
// with the time they were read.
func (w *walk) absorb(variables []gosnmp.SnmpPDU, at, wall int64) error {
	stamp := row{at: at, wall: wall}
	if len(variables) == 0 {
		return fmt.Errorf("%w: an answer was empty", errIncomplete)
	}
	stamp.sysUpTime, stamp.hasUpTime = uptimeOf(variables)
	begun := len(w.rows)
	err := w.read(variables[1:], begun, &stamp)
	frontier := uint32(math.MaxUint32)
	for i := range w.cursors {
		c := &w.cursors[i]
		if c.ended {
			continue
		}
		if !c.heard && err == nil {
			err = errRowTooBig
		}
		frontier = min(frontier, c.last)
	}
	complete := len(w.rows)
	for complete > begun && w.rows[complete-1].index > frontier {
		complete--
	}
	w.rows = w.rows[:complete]
	w.frontier = frontier
	if err == nil && len(w.rows) > maxInterfaces {
		w.faults(faultTooManyRows)
		err = fmt.Errorf("%w: it has more than %d rows", errIncomplete, maxInterfaces)
	}
	return err
}

// uptimeOf returns the sysUpTime that an answer begins with.
func uptimeOf(variables []gosnmp.SnmpPDU) (sysUpTime uint32, ok bool) {
	if len(variables) == 0 || variables[0].Name != oidSysUpTime {
		return 0, false
	}
	value, ok := number(variables[0])
	if !ok || value > math.MaxUint32 {
		return 0, false
	}
	return uint32(value), true
}

// read puts the values of an answer into the rows after begun, which it creates
// from the stamp.
func (w *walk) read(variables []gosnmp.SnmpPDU, begun int, stamp *row) error {
	for i, variable := range variables {
		c := &w.cursors[i%len(w.cursors)]
		if c.ended {
			continue
		}
		c.heard = true
		index, ok := instance(variable.Name, c.column)
		if !ok || variable.Type == gosnmp.EndOfMibView || variable.Type == gosnmp.NoSuchObject || variable.Type == gosnmp.NoSuchInstance {
			c.ended = true
			continue
		}
		if index <= c.last {
			w.faults(faultNonIncreasing)
			return fmt.Errorf("%w: after %s%d the agent answers %s", errIncomplete, columnPrefix[c.column], c.last, variable.Name)
		}
		c.last = index
		if !w.row(index, begun, begun+i/len(w.cursors), stamp).set(c.column, variable) {
			w.malformed++
			w.faults(faultMalformed)
		}
	}
	return nil
}

// row returns the row of an ifIndex, a new one where there is none. The guess is
// where it stands unless a column has a hole.
func (w *walk) row(index uint32, begun, guess int, stamp *row) *row {
	if guess < len(w.rows) && w.rows[guess].index == index {
		return &w.rows[guess]
	}
	place, found := slices.BinarySearchFunc(w.rows[begun:], index, func(r row, index uint32) int {
		return int(int64(r.index) - int64(index))
	})
	place += begun
	if !found {
		fresh := *stamp
		fresh.index = index
		w.rows = slices.Insert(w.rows, place, fresh)
	}
	return &w.rows[place]
}

// readTable reads the rows of the columns from the device. The rows are good even
// where there is an error, but not all there are. How many rows to ask at once is
// learnt and kept in the device.
func (w *worker) readTable(s *session, d *device, walk *walk, columns []column, memory []row) ([]row, error) {
	walk.start(columns, memory, w.fault)
	for {
		oids := walk.request()
		if oids == nil {
			return walk.rows, nil
		}
		repetitions := max(1, min(d.repetitions, answerBytes/(variableBytes*len(walk.cursors))))
		if remaining := d.expected - len(walk.rows); d.expected >= 0 && remaining >= 0 {
			repetitions = min(repetitions, remaining+1) // one more shows that the table ends
		}
		variables, err := s.bulk(oids, repetitions)
		if err == nil {
			sysUpTime, hasUpTime := uptimeOf(variables)
			at, wall := w.date(s, d, sysUpTime, hasUpTime)
			err = walk.absorb(variables, at, wall)
			if err != nil {
				return walk.rows, err
			}
			continue
		}
		tooBig := errors.Is(err, statusError(gosnmp.TooBig))
		if !tooBig && !noAnswer(err) || s.ctx.Err() != nil {
			return walk.rows, err
		}
		fault := faultTooBig
		if !tooBig {
			fault = faultLostAnswer
		}
		w.fault(fault)
		if repetitions == 1 {
			if tooBig {
				err = errRowTooBig
			}
			return walk.rows, err
		}
		d.repetitions = repetitions / 2
	}
}

// readRows reads the rows of the columns, each in as many parts as the agent's
// answers need. The columns that name a row go with every part, and a row whose
// parts differ in name is left out: it was renumbered in between.
func (w *worker) readRows(s *session, d *device, columns []column) ([]row, error) {
	for {
		rows, err := w.readParts(s, d, columns)
		w.rows = rows
		if !errors.Is(err, errRowTooBig) || d.parts >= maxParts {
			return rows, err
		}
		w.fault(faultRowTooBig)
		d.parts *= 2
	}
}

func (w *worker) readParts(s *session, d *device, columns []column) ([]row, error) {
	if d.parts == 1 {
		return w.readTable(s, d, &w.walk, columns, w.rows)
	}
	names := 0
	for names < len(columns) && slices.Contains(namingColumns, columns[names]) {
		names++
	}
	values := columns[names:]
	size := max(2, (len(values)+d.parts-1)/d.parts) // a pair of octet counters stays together
	var whole []row
	for from := 0; from < len(values); from += size {
		part := append(slices.Clone(columns[:names]), values[from:min(from+size, len(values))]...)
		memory := w.part
		if from == 0 {
			memory = w.rows
		}
		rows, err := w.readTable(s, d, &w.walk, part, memory)
		if err != nil {
			return nil, err
		}
		if from == 0 {
			whole = rows
			continue
		}
		w.part = rows
		whole = w.join(whole, rows)
	}
	return whole, nil
}

// join adds the values of a part to the rows of the same ifIndex and name, and
// leaves rows out that have none.
func (w *worker) join(whole, part []row) []row {
	kept := whole[:0]
	for i := range whole {
		for len(part) > 0 && part[0].index < whole[i].index {
			part = part[1:]
		}
		if len(part) == 0 || part[0].index != whole[i].index || !part[0].namedLike(&whole[i]) {
			w.fault(faultMoved)
			continue
		}
		kept = append(kept, whole[i])
		kept[len(kept)-1].merge(&part[0])
	}
	return kept
}

// merge adds the columns that the other row of the same interface has.
func (r *row) merge(other *row) {
	for c := range columnCount {
		if other.present.has(c) && !r.present.has(c) {
			r.values[c] = other.values[c]
		}
	}
	for t, value := range other.texts {
		if r.texts[t] == nil {
			r.texts[t] = value
		}
	}
	r.wide |= other.wide
	r.present |= other.present
}
