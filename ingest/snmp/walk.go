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
	// beforeFirst stands before every ifIndex: 0 is none (RFC 2863), but is met.
	beforeFirst int64 = -1
	// wholeTable stands after the last ifIndex.
	wholeTable int64 = math.MaxUint32
	// largestIndex is the largest ifIndex that the standard allows.
	largestIndex = math.MaxInt32
)

var (
	// errIncomplete: the agent's answers did not allow a table to be read to its
	// end. The rows up to there are good.
	errIncomplete = errors.New("a table could not be read to its end")
	// errRowTooBig: the agent cannot answer even one row of these columns at once.
	errRowTooBig = errors.New("not even one row of the interface table fits into an answer")
	// errDisplaced: the values of an answer do not stand in the order of the request.
	errDisplaced = errors.New("the agent answers the columns in another order than asked")
)

// cursor is where a walk stands in one column.
type cursor struct {
	column column
	last   int64 // ifIndex of the last instance
	heard  bool  // the present answer has something of the column
	ended  bool  // the column has no instances after last
}

// walk reads rows of the interface tables. All columns advance together: each
// request asks them from one ifIndex on, and of the answer only the rows are kept
// that it holds entirely.
type walk struct {
	cursors   []cursor
	rows      []row
	faults    func(string)
	frontier  int64     // rows up to this ifIndex are complete
	until     int64     // rows after this ifIndex are not wanted
	malformed int       // values that could not be taken over
	texts     int       // octets of the texts in the rows
	broken    columnSet // columns that the agent fails over
	byName    bool      // answers do not hold the columns in their places
	most      int       // values that the present request can be answered with; 0 any number
	oids      []string
}

// start begins a walk of the columns, after one ifIndex up to another; rows are
// appended to the memory given.
func (w *walk) start(columns []column, after, until int64, memory []row, faults func(string)) {
	w.cursors = w.cursors[:0]
	for _, c := range columns {
		w.cursors = append(w.cursors, cursor{column: c})
	}
	w.rows, w.frontier, w.until, w.faults = memory[:0], after, until, faults
	w.malformed, w.texts, w.broken, w.byName, w.most = 0, 0, 0, false, 0
}

// request returns the OIDs of the next request, sysUpTime before the columns; nil
// when the walk is at its end.
func (w *walk) request() []string {
	// A sparse column may have come to its end beyond the rows that were kept: then
	// it is asked again.
	w.cursors = slices.DeleteFunc(w.cursors, w.exhausted)
	if len(w.cursors) == 0 || w.frontier >= w.until {
		return nil
	}
	w.oids = append(w.oids[:0], oidSysUpTimeObject)
	for i := range w.cursors {
		c := &w.cursors[i]
		c.last, c.heard, c.ended = w.frontier, false, false
	}
	for _, c := range w.cursors {
		prefix := columnPrefix[c.column]
		if w.frontier == beforeFirst {
			w.oids = append(w.oids, prefix[:len(prefix)-1])
			continue
		}
		var digits [64]byte
		oid := strconv.AppendInt(append(digits[:0], prefix...), w.frontier, 10)
		w.oids = append(w.oids, string(oid))
	}
	return w.oids
}

// exhausted says whether a column has nothing after the rows that are complete.
func (w *walk) exhausted(c cursor) bool { return c.ended && c.last <= w.frontier }

// leaveOut takes a column out of the rest of the walk.
func (w *walk) leaveOut(c column) {
	w.broken.add(c)
	w.cursors = slices.DeleteFunc(w.cursors, func(present cursor) bool { return present.column == c })
}

// names says whether rows get their names from the column: without it they would be
// rows of other interfaces.
func (w *walk) names(c column) bool {
	return c == ifName || c == ifDescr && !slices.ContainsFunc(w.cursors, func(present cursor) bool { return present.column == ifName })
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
	inOrder := variables[1:]
	if w.most > 0 && len(inOrder) > w.most {
		inOrder = inOrder[:w.most]
	}
	var err error
	if !w.byName {
		err = w.read(inOrder, begun, &stamp)
	}
	if errors.Is(err, errDisplaced) {
		w.faults(faultDisplaced)
		w.rows, w.byName, err = w.rows[:begun], true, nil
	}
	if w.byName {
		w.readByName(variables, begun, &stamp)
	}
	frontier := wholeTable
	for _, c := range w.cursors {
		if !c.ended {
			frontier = min(frontier, c.last)
		}
	}
	// Where a column was not answered at all no row is complete. Columns that came to
	// their end are asked no more, which may make room for it; otherwise nothing would.
	if err == nil && frontier <= w.frontier && !slices.ContainsFunc(w.cursors, w.exhausted) {
		err = errRowTooBig
	}
	frontier = min(frontier, max(w.until, w.frontier))
	complete := len(w.rows)
	for complete > begun && int64(w.rows[complete-1].index) > frontier {
		complete--
	}
	w.rows = w.rows[:complete]
	w.frontier = frontier
	return err
}

// ended says whether the last answer showed the end of all columns.
func (w *walk) ended() bool {
	return !slices.ContainsFunc(w.cursors, func(c cursor) bool { return !c.ended })
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
// from the stamp. Values are taken to be of the column that was asked in their
// place; errDisplaced says that this cannot be.
func (w *walk) read(variables []gosnmp.SnmpPDU, begun int, stamp *row) error {
	for i := range variables {
		variable := &variables[i]
		c := &w.cursors[i%len(w.cursors)]
		if c.ended {
			continue
		}
		c.heard = true
		index, ok := instance(variable.Name, c.column)
		if !ok && w.displaced(variables, i) {
			for i := range w.cursors {
				w.cursors[i].last, w.cursors[i].heard, w.cursors[i].ended = w.frontier, false, false
			}
			return errDisplaced
		}
		if !ok || exceptional(*variable) {
			if ok && index > c.last && variable.Type == gosnmp.NoSuchInstance {
				c.last = index // a hole that the agent names
				continue
			}
			c.ended = true
			continue
		}
		if index <= c.last {
			w.faults(faultNonIncreasing)
			if w.names(c.column) {
				return fmt.Errorf("%w: after %s%d the agent answers %s", errIncomplete, columnPrefix[c.column], c.last, variable.Name)
			}
			w.broken.add(c.column)
			c.ended, c.last = true, w.frontier // the others go on without it
			continue
		}
		c.last = index
		w.take(c.column, index, variable, begun, begun+i/len(w.cursors), stamp)
	}
	return nil
}

// displaced says whether a variable that is not of the column in whose place it
// stands belongs to another one that did not get as far in its own place. An agent
// that answers each column in its place cannot come there: past the end of a column
// it goes through another one from the start, behind that column's own place.
func (w *walk) displaced(variables []gosnmp.SnmpPDU, i int) bool {
	if exceptional(variables[i]) {
		return false
	}
	for place := range w.cursors {
		c := &w.cursors[place]
		index, ok := instance(variables[i].Name, c.column)
		if !ok {
			continue
		}
		reached := c.last
		own := i/len(w.cursors)*len(w.cursors) + place
		if own < len(variables) {
			if at, ok := instance(variables[own].Name, c.column); ok {
				reached = max(reached, at)
			}
		} else if own >= len(w.cursors) {
			return false // cut off there: what it would have shown is not known
		}
		return index > reached
	}
	return false
}

// readByName does as read, but goes by the names of the variables alone. A column the
// answer has nothing new of is at its end, unless the answer may have been cut off
// before it.
func (w *walk) readByName(variables []gosnmp.SnmpPDU, begun int, stamp *row) {
	answered, whole := -1, false
	for i := range variables {
		variable := &variables[i]
		if exceptional(*variable) {
			continue
		}
		for place := range w.cursors {
			c := &w.cursors[place]
			index, ok := instance(variable.Name, c.column)
			if !ok {
				continue
			}
			if index <= w.frontier {
				break
			}
			whole = whole || c.heard && index > c.last // a second row: the first is all there
			c.last, c.heard = max(c.last, index), true
			answered = max(answered, place)
			w.take(c.column, index, variable, begun, begun, stamp)
			break
		}
	}
	for place := range w.cursors {
		c := &w.cursors[place]
		c.ended = !c.heard && (whole || place < answered || answered < 0)
	}
}

// take puts a value into its row.
func (w *walk) take(c column, index int64, variable *gosnmp.SnmpPDU, begun, guess int, stamp *row) {
	r := w.row(uint32(index), begun, guess, stamp)
	if !r.set(c, *variable) {
		w.malformed++
		w.faults(faultMalformed)
		return
	}
	if text, ok := textOf(c); ok {
		w.texts += len(r.texts[text])
	}
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
		if index == 0 || index > largestIndex {
			w.faults(faultBadIndex)
		}
		w.rows = slices.Insert(w.rows, place, fresh)
	}
	return &w.rows[place]
}
