package snmp

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
)

const (
	// answerBytes is about how long an answer of a sensor table may get: four Ethernet
	// frames. A lost fragment loses all of it.
	answerBytes = 4 * 1400
	// variableBytes is about what one value takes in an answer, its OID included; a
	// text takes as much and its own octets.
	variableBytes = 26
	// maxParts is into how many parts a row is divided that no answer can hold.
	maxParts = 8
)

// span is the part of the interface tables that is to be read: the rows after one
// ifIndex up to another.
type span struct {
	after, until int64
	most         int       // rows, after which no further are asked
	expected     int       // rows there are, -1 unknown
	by           time.Time // when no further request is sent; zero: when the session ends
}

// entire is all rows there are.
var entire = span{after: beforeFirst, until: wholeTable, most: math.MaxInt, expected: -1}

// readRows reads all rows of the columns, however many polls they would take. The rows
// are good even where there is an error, but not all there are.
func (w *worker) readRows(s *session, d *device, columns []column) ([]row, error) {
	rows, _, err := w.readSpan(s, d, columns, entire)
	return rows, err
}

// readSpan reads rows of the columns, each in as many parts as the agent's answers
// need, and returns up to which ifIndex they are all there are: wholeTable at the end
// of the table. The columns that name a row go with every part, and a row whose parts
// differ in name is left out: it was renumbered in between.
func (w *worker) readSpan(s *session, d *device, columns []column, wanted span) (rows []row, reached int64, err error) {
	if s.agent.Version == inventory.SNMPv1 {
		columns = withoutWide(columns)
	}
	for {
		rows, reached, err = w.readParts(s, d, columns, wanted)
		w.rows = rows
		if !errors.Is(err, errRowTooBig) || d.parts >= maxParts {
			return rows, reached, err
		}
		w.fault(faultRowTooBig)
		d.parts *= 2
	}
}

// withoutWide leaves out the 64-bit counters: version 1 has no Counter64, and an agent
// that is asked for the next object passes over all of them, one by one (RFC 3584,
// section 4.2.2.1). There are those that take seconds for it.
func withoutWide(columns []column) []column {
	return slices.DeleteFunc(slices.Clone(columns), func(c column) bool { return c >= ifHCInOctets && c <= ifHCOutBroadcastPkts })
}

func (w *worker) readParts(s *session, d *device, columns []column, wanted span) ([]row, int64, error) {
	if d.parts == 1 {
		return w.readTable(s, d, columns, wanted, w.rows)
	}
	names := 0
	for names < len(columns) && slices.Contains(namingColumns, columns[names]) {
		names++
	}
	values := columns[names:]
	size := max(2, (len(values)+d.parts-1)/d.parts) // a pair of octet counters stays together
	begun, left := time.Now(), wanted
	var whole []row
	reached := wanted.until
	for from := 0; from < len(values); from += size {
		part := append(slices.Clone(columns[:names]), values[from:min(from+size, len(values))]...)
		memory := w.part
		if from == 0 {
			memory = w.rows
		}
		if !wanted.by.IsZero() { // each part has its share of the time
			share := wanted.by.Sub(begun) * time.Duration(from+len(part)-names) / time.Duration(len(values))
			left.by = begun.Add(share)
		}
		rows, end, err := w.readTable(s, d, part, left, memory)
		if err != nil {
			return nil, wanted.after, err
		}
		if reached = min(reached, end); reached < wholeTable { // the others need go no further
			left.until, left.most, left.expected = reached, math.MaxInt, len(rows)
		}
		if from == 0 {
			whole = rows
			continue
		}
		w.part = rows
		whole = w.join(upTo(whole, reached), rows)
	}
	return whole, reached, nil
}

// upTo returns the rows up to an ifIndex.
func upTo(rows []row, reached int64) []row {
	for len(rows) > 0 && int64(rows[len(rows)-1].index) > reached {
		rows = rows[:len(rows)-1]
	}
	return rows
}

// readTable reads the rows of the columns from the device. How many rows to ask at
// once is learnt and kept in the device, and so is what it cannot answer.
func (w *worker) readTable(s *session, d *device, columns []column, wanted span, memory []row) ([]row, int64, error) {
	walk := &w.walk
	walk.start(columns, wanted.after, wanted.until, memory, w.fault)
	walk.byName = d.displaced
	err := w.walkOn(s, d, wanted)
	d.displaced = walk.byName
	if walk.broken != 0 {
		d.broken |= walk.broken
		d.due.columns = true // to see what is of use beside them
	}
	return walk.rows, walk.frontier, err
}

func (w *worker) walkOn(s *session, d *device, wanted span) error {
	walk := &w.walk
	for {
		oids := walk.request()
		if oids == nil || len(walk.rows) >= wanted.most {
			return nil
		}
		if !wanted.by.IsZero() && len(walk.rows) > 0 && !time.Now().Before(wanted.by) {
			return nil
		}
		repetitions := w.repetitions(s, d, wanted)
		variables, err := s.bulk(oids, repetitions)
		if err == nil {
			err = w.absorb(s, d, variables, repetitions)
			if err != nil {
				return err
			}
			continue
		}
		tooBig, status := errors.Is(err, statusError(gosnmp.TooBig)), isStatus(err)
		if !status && !noAnswer(err) || s.ctx.Err() != nil {
			return err
		}
		switch {
		case repetitions > safeRepetitions && status && !tooBig:
			w.fault(faultMisread)
			d.pace.misread()
			continue
		case tooBig:
			w.fault(faultTooBig)
		case status:
			w.fault(faultStatus)
		default:
			w.fault(faultLostAnswer)
		}
		if repetitions > 1 {
			d.pace.fell(repetitions)
			continue
		}
		if tooBig {
			return errRowTooBig
		}
		if !status || !w.leaveOutRefused(s, oids) {
			return err
		}
	}
}

// repetitions returns how many rows the next request asks for.
func (w *worker) repetitions(s *session, d *device, wanted span) int {
	if s.agent.Version == inventory.SNMPv1 {
		return 1 // it has no GETBULK
	}
	walk := &w.walk
	size := variableBytes * len(walk.cursors)
	if rows := len(walk.rows); rows > 0 {
		size += walk.texts / rows
	}
	repetitions := max(1, min(d.pace.repetitions, w.cfg.AnswerBytes/size))
	if remaining := wanted.expected - len(walk.rows); wanted.expected >= 0 && remaining >= 0 {
		repetitions = min(repetitions, remaining+1) // one more shows that the table ends
	}
	return repetitions
}

// absorb takes an answer into the walk.
func (w *worker) absorb(s *session, d *device, variables []gosnmp.SnmpPDU, repetitions int) error {
	walk := &w.walk
	walk.most = repetitions * len(walk.cursors)
	if len(variables) > 1+walk.most {
		w.fault(faultSurplus)
	}
	sysUpTime, hasUpTime := uptimeOf(variables)
	at, wall := w.date(s, d, sysUpTime, hasUpTime)
	begun := len(walk.rows)
	err := walk.absorb(variables, at, wall)
	gained := len(walk.rows) - begun
	if repetitions > safeRepetitions && gained <= 1 && (errors.Is(err, errRowTooBig) || err == nil && !walk.ended()) {
		w.fault(faultMisread)
		d.pace.misread()
		return nil
	}
	if err == nil && len(variables) == 1+walk.most {
		d.pace.full(repetitions)
	}
	return err
}

// leaveOutRefused asks each column for its next row alone, and leaves those out that
// the agent answers with an error. It returns whether the walk can go on without them.
func (w *worker) leaveOutRefused(s *session, oids []string) bool {
	walk := &w.walk
	var refused columnSet
	for i, c := range walk.cursors {
		_, err := s.bulk([]string{oids[0], oids[1+i]}, 1)
		switch {
		case err == nil:
		case !isStatus(err) || walk.names(c.column):
			return false
		default:
			refused.add(c.column)
		}
	}
	for c := range columnCount {
		if refused.has(c) {
			w.fault(faultColumnRefused)
			walk.leaveOut(c)
		}
	}
	return refused != 0
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
