package snmp

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
)

const (
	// operationRequests is how many requests the operations of a device may take in one
	// poll. A shadow router with 1,000 of them takes 530.
	operationRequests = 600
	// maxOperations is how many jitter operations are read of a device.
	maxOperations = 4000
	// operationsAgain is when operations are looked for again on a device that had none,
	// milliseconds.
	operationsAgain = 5 * 60_000
	// oldestResult is how long ago an operation may have run whose result is handed on,
	// milliseconds: one that was stopped keeps its last.
	oldestResult = 60 * 60_000
	// operationGrid is what the time of an operation is rounded down to for its slot,
	// milliseconds, or the interval where that is shorter; an operation runs less often.
	// Datings of one result differ by milliseconds, so that after a restart of the
	// appliance it is told for the same slot, unless it ran just at the edge of one.
	operationGrid = 10_000
	// How many operations one request asks for. IOS takes requests of up to 1,500 octets
	// and drops longer ones without a word.
	definitionsAtOnce = 2
	resultsAtOnce     = 2
	timesAtOnce       = 40
	typesAtOnce       = 40
)

const (
	faultBadOperation      = "bad_operation"       // a result of an IP SLA operation that cannot be: left out, or the value blank
	faultOperationFailed   = "operation_failed"    // an IP SLA operation that did not come to send: it has no row
	faultOperationUnread   = "operation_unread"    // an IP SLA operation the agent answers with an error for
	faultOperationsLeft    = "operations_left"     // more new results than one poll may read: the rest comes first in the next
	faultTooManyOperations = "too_many_operations" // more IP SLA operations than are read
)

// errOperations: the operations of a device took as many requests as they may.
var errOperations = fmt.Errorf("%w: its IP SLA operations take more than %d requests", errIncomplete, operationRequests)

// deviceOperations is what is kept of a device's jitter operations between two polls.
type deviceOperations struct {
	refresh  uint32 // the refresh they were last looked for in
	searchAt int64  // when they are looked for again where there are none, milliseconds on the poller's clock
	search   operationSearch
	all      []*operation // by rising index
	reached  string       // index of the last whose result a poll read that could not read all; the next begins behind it
}

// operationSearch is a search for operations, which may take several polls.
type operationSearch struct {
	under, listed bool
	reached       string // index the list was read up to
	found         []*operation
}

// operation is a jitter operation of a device, a voice path.
type operation struct {
	index     string
	defined   bool // the fields up to the next blank line are known
	tag       string
	target    string // host:port
	codec     string // as in processors/voice, empty for none
	packets   uint32 // sent in one run, 0 unknown
	interval  uint32 // milliseconds between packets, 0 unknown
	dscp      uint8
	unit      uint64 // microseconds in the unit of its times
	host      string
	malformed bool

	id   sample.ID
	name string

	read  bool   // the field below holds a result
	ticks uint32 // sysUpTime of the last result handed on
}

// same says whether an operation is still what it was.
func (o *operation) same(other *operation) bool {
	return o.name == other.name && o.target == other.target && o.codec == other.codec && o.packets == other.packets &&
		o.interval == other.interval && o.dscp == other.dscp && o.unit == other.unit
}

// askOperations reads the results of a device's IP SLA jitter operations that are new
// since the last poll and hands them on. It comes last, in what is left of the poll's
// time; whatever comes of it, the poll is a success, and the error says what could not be
// read. What an operation measured while nobody asked is lost, and its minutes are
// missing.
func (w *worker) askOperations(s *session, d *device, slot int64) error {
	if !d.profile.IPSLA || !d.clocks.hasSysUpTime {
		return nil
	}
	budget := operationRequests
	err := w.searchOperations(s, d, &budget, slot)
	if err == nil {
		err = w.readOperations(s, d, &budget)
	}
	if errors.Is(err, errOperations) {
		w.fault(faultOperationsLeft)
	}
	w.metrics.operations.WithLabelValues(string(classify(err))).Inc()
	if err != nil {
		return fmt.Errorf("not all IP SLA operations could be read: %w", err)
	}
	return nil
}

// searchOperations looks for operations where that is due: when everything is read anew,
// and every few minutes until there are any.
func (w *worker) searchOperations(s *session, d *device, budget *int, slot int64) error {
	o := &d.operations
	if !o.search.under {
		if o.refresh == d.refreshes && (len(o.all) > 0 || d.clocks.at < o.searchAt) {
			return nil
		}
		o.refresh, o.searchAt = d.refreshes, d.clocks.at+operationsAgain
		o.search = operationSearch{under: true}
	}
	if err := w.listOperations(s, &o.search, budget); err != nil {
		return err
	}
	var undefined []*operation
	for _, each := range o.search.found {
		if !each.defined {
			undefined = append(undefined, each)
		}
	}
	err := w.getOperations(s, undefined, definitionObjects, definitionsAtOnce, budget, func(each *operation, values []gosnmp.SnmpPDU, _ gosnmp.SnmpPDU) {
		each.define(values)
		if each.malformed {
			w.fault(faultBadOperation)
		}
	})
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(o.search.found, func(each *operation) bool { return !each.defined })
	o.search = operationSearch{}
	w.nameOperations(d, found)
	w.announceOperations(d, found, slot)
	return nil
}

// listOperations reads which operations are of type jitter.
func (w *worker) listOperations(s *session, search *operationSearch, budget *int) error {
	repetitions := min(typesAtOnce, w.cfg.MaxRepetitions)
	for !search.listed {
		if *budget--; *budget < 0 {
			return errOperations
		}
		oid := rttMonCtrlAdminRttType + search.reached
		variables, err := s.bulk([]string{oidSysUpTimeObject, strings.TrimSuffix(oid, ".")}, repetitions)
		if isStatus(err) && repetitions > 1 {
			repetitions /= 2
			continue
		}
		if err != nil {
			search.under = !isStatus(err) // an agent that fails over the table is asked again later
			return err
		}
		if len(variables) < 2 {
			return fmt.Errorf("%w: an answer was empty", errIncomplete)
		}
		for _, variable := range variables[1:] {
			index, within := strings.CutPrefix(variable.Name, rttMonCtrlAdminRttType)
			if !within || exceptional(variable) {
				search.listed = true
				break
			}
			if len(index) > maxInstance || !follows(index, search.reached) {
				w.fault(faultNonIncreasing)
				search.listed = true // what came so far is good
				break
			}
			search.reached = index
			if kind, ok := number(variable); !ok || kind != rttTypeJitter {
				continue
			}
			if len(search.found) == maxOperations {
				w.fault(faultTooManyOperations)
				search.listed = true
				break
			}
			search.found = append(search.found, &operation{index: index})
		}
	}
	return nil
}

// nameOperations gives each operation the name of its path: the device's with its tag,
// or its target where it has none. Of several with one name the first keeps it, and the
// others bear their numbers too.
func (w *worker) nameOperations(d *device, operations []*operation) {
	taken := map[string]bool{}
	for i := range w.station.Paths {
		taken[w.station.Paths[i].Name] = true
	}
	for _, each := range operations {
		each.name = d.inventory.Name + " " + cmp.Or(each.tag, each.host, "operation "+each.index)
		if taken[each.name] {
			each.name += " #" + each.index
		}
		taken[each.name] = true
		each.id = sample.PathID(w.station.Customer, w.station.Site, each.name)
	}
}

// announceOperations takes over the operations of a search and says which are new or
// not what they were.
func (w *worker) announceOperations(d *device, found []*operation, slot int64) {
	known := map[string]*operation{}
	for _, each := range d.operations.all {
		known[each.index] = each
	}
	paths := new(sample.Paths)
	for _, each := range found {
		if earlier := known[each.index]; earlier != nil && earlier.same(each) {
			each.read, each.ticks = earlier.read, earlier.ticks
			continue
		}
		paths.Path = append(paths.Path, each.id)
		paths.Name = append(paths.Name, each.name)
		paths.Target = append(paths.Target, each.target)
		paths.Codec = append(paths.Codec, each.codec)
	}
	d.operations.all = found
	if paths.Len() > 0 {
		w.metrics.count(paths)
		w.emit(slot, paths)
	}
}

// readOperations reads the results that are new, beginning where the last poll had to
// stop.
func (w *worker) readOperations(s *session, d *device, budget *int) error {
	o := &d.operations
	if len(o.all) == 0 {
		return nil
	}
	var fresh []*operation
	err := w.getOperations(s, o.all, timeObjects, timesAtOnce, budget, func(each *operation, values []gosnmp.SnmpPDU, uptime gosnmp.SnmpPDU) {
		if w.isNew(each, values[resultTime], uptime) {
			fresh = append(fresh, each)
		}
	})
	if err != nil {
		return err
	}
	if from := slices.IndexFunc(fresh, func(each *operation) bool { return follows(each.index, o.reached) }); o.reached != "" && from > 0 {
		fresh = slices.Concat(fresh[from:], fresh[:from])
	}
	var results []operationResult
	err = w.getOperations(s, fresh, resultObjects, resultsAtOnce, budget, func(each *operation, values []gosnmp.SnmpPDU, uptime gosnmp.SnmpPDU) {
		o.reached = each.index
		if !w.isNew(each, values[resultTime], uptime) {
			return
		}
		ticks, _ := number(values[resultTime])
		each.read, each.ticks = true, uint32(ticks)
		result, fault := each.interpret(values)
		if fault != "" {
			w.fault(fault)
		}
		if result.sent == 0 {
			return
		}
		now, _ := number(uptime)
		_, wall := w.date(s, d, uint32(now), true)
		result.slot = w.operationSlot(wall - 10*int64(uint32(now)-uint32(ticks)))
		results = append(results, result)
	})
	if err == nil {
		o.reached = ""
	}
	w.handOnOperations(results)
	return err
}

// isNew says whether the time of an operation's latest result is one whose result was
// not handed on, and not too long ago to be of use: before the agent's start it lies in
// the future, and a roll-over of sysUpTime in between changes nothing.
func (w *worker) isNew(o *operation, at, uptime gosnmp.SnmpPDU) bool {
	ticks, ok := number(at)
	now, known := number(uptime)
	if !ok || !known || ticks == 0 || o.read && uint32(ticks) == o.ticks {
		return false
	}
	return int64(uint32(now)-uint32(ticks))*10 <= oldestResult
}

// operationSlot returns the slot of an operation that ran at a time, Unix milliseconds.
func (w *worker) operationSlot(wall int64) int64 {
	grid := min(operationGrid, w.cfg.Interval.Milliseconds())
	return wall - wall%grid
}

// handOnOperations emits results, slot by slot.
func (w *worker) handOnOperations(results []operationResult) {
	slices.SortStableFunc(results, func(a, b operationResult) int { return cmp.Compare(a.slot, b.slot) })
	rows := new(sample.Voice)
	for i := range results {
		results[i].appendTo(rows)
		if i+1 < len(results) && results[i+1].slot == results[i].slot {
			continue
		}
		w.metrics.count(rows)
		w.emit(results[i].slot, rows)
		sample.Truncate(rows, 0)
	}
}

// getOperations asks for objects of operations and hands on what each answered, in the
// order of the objects, with sysUpTime of the same answer. What the agent does not have
// is an exception in its place.
func (w *worker) getOperations(s *session, operations []*operation, objects []string, atOnce int, budget *int, take func(*operation, []gosnmp.SnmpPDU, gosnmp.SnmpPDU)) error {
	var oids []string
	for len(operations) > 0 {
		part := operations[:min(atOnce, len(operations))]
		oids = append(oids[:0], oidSysUpTime)
		for _, each := range part {
			for _, object := range objects {
				oids = append(oids, object+each.index)
			}
		}
		if *budget--; *budget < 0 {
			return errOperations
		}
		variables, err := s.get(oids)
		if isStatus(err) && len(part) > 1 {
			atOnce = len(part) / 2
			continue
		}
		if isStatus(err) {
			w.fault(faultOperationUnread)
			operations = operations[1:]
			continue
		}
		if err != nil {
			return err
		}
		values := make([]gosnmp.SnmpPDU, len(oids))
		for i, oid := range oids {
			values[i] = gosnmp.SnmpPDU{Name: oid, Type: gosnmp.NoSuchInstance}
			if i < len(variables) && variables[i].Name == oid {
				values[i] = variables[i]
			}
		}
		for i, each := range part {
			take(each, values[1+i*len(objects):][:len(objects)], values[0])
		}
		operations = operations[len(part):]
	}
	return nil
}
