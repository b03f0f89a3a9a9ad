package snmp

import (
	"encoding/binary"
	"log/slog"
	"strconv"
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/sample"
)

// variables makes the answer to a request of the bytes: any value under any name,
// mostly of the columns that were asked.
func variables(from []byte, oids []string) []gosnmp.SnmpPDU {
	take := func(n int) []byte {
		taken := make([]byte, n)
		from = from[copy(taken, from):]
		return taken
	}
	var all []gosnmp.SnmpPDU
	for i := 0; len(from) > 0 && len(all) < 500; i++ {
		shape := take(1)[0]
		var variable gosnmp.SnmpPDU
		oid := oids[i%len(oids)]
		if i > 0 && oids[0] == oidSysUpTimeObject {
			oid = oids[1+(i-1)%(len(oids)-1)] // which is asked once, the columns in turn
		}
		switch shape >> 5 {
		case 0:
			variable.Name = string(take(int(shape & 31)))
		case 1:
			variable.Name = oid + "." + strconv.FormatUint(binary.BigEndian.Uint64(take(8)), 10)
		case 2:
			variable.Name = oid + "." + strconv.Itoa(i) + ".1"
		case 3:
			variable.Name = oids[int(take(1)[0])%len(oids)] + "." + strconv.Itoa(i)
		case 4:
			variable.Name = strings.TrimSuffix(oid, ".0") + ".0"
		default:
			variable.Name = oid + "." + strconv.Itoa(1+max(0, i-1)/max(1, len(oids)-1)+int(shape&3))
		}
		variable.Type = gosnmp.Asn1BER(take(1)[0])
		switch kind := take(1)[0]; kind % 9 {
		case 0:
			variable.Type, variable.Value = gosnmp.Counter64, binary.BigEndian.Uint64(take(8))
		case 1:
			variable.Type, variable.Value = gosnmp.Counter32, uint(binary.BigEndian.Uint64(take(8)))
		case 2:
			variable.Value = binary.BigEndian.Uint32(take(4))
		case 3:
			variable.Type, variable.Value = gosnmp.Integer, int(binary.BigEndian.Uint64(take(8)))
		case 4, 5:
			variable.Type, variable.Value = gosnmp.OctetString, take(int(kind)%64)
		case 6:
			variable.Value = string(take(int(kind) % 64))
		case 7:
			variable.Value = float64(kind)
		}
		all = append(all, variable)
	}
	return all
}

// regular is the input that becomes the answer of an agent with three interfaces.
func regular(value byte) []byte {
	answer := []byte{0x80, byte(gosnmp.TimeTicks), 2, 0, 0, 0, value}
	for range 3 {
		for i := range counterColumns {
			switch {
			case i < 2:
				answer = append(answer, 0xa0, byte(gosnmp.OctetString), 4, 'p', 'o', 'r', 't')
			default:
				answer = append(answer, 0xa0, byte(gosnmp.Counter64), 0, 0, 0, 0, 0, 0, 0, 0, value)
			}
		}
	}
	return answer
}

// FuzzAnswers feeds two polls of a device with answers made of the input: nothing
// in them may panic, rows stand in order, and a walk comes to its end.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte{}, []byte{})
	f.Add(regular(1), regular(3))
	f.Add([]byte("\x80\x46\x04edge"), []byte("\x80\x46\x00\x00\x00\x00\x00\x00\x00\x00\x07\x81\x41\x01\xff\xff\xff\xff\xff\xff\xff\xff"))
	encoder, err := sample.NewEncoder()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		check := func(rows sample.Rows) {
			if _, err := encoder.Encode(nil, sample.Header{}, rows); err != nil {
				t.Fatalf("rows that cannot be sent: %v", err)
			}
		}
		p, err := New(DefaultConfig(), stationOf(161), func(_ int64, rows sample.Rows) { check(rows) }, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			t.Fatal(err)
		}
		w, d := &worker{Poller: p}, p.devices[0]
		for i, input := range [][]byte{first, second, first} {
			now := readClocks(variables(input, clockOIDs))
			now.at = int64(i) * 60_000
			readDescription(variables(input, describeOIDs))
			d.poll++
			if d.clocks == nil || now.restartedSince(d.clocks) {
				w.refresh(d, now.at)
			}
			d.clocks = &now
			d.breakOff()
			d.beginPass()
			var visited map[uint32]*interfaceState
			for _, columns := range [][]column{d.columns, identityColumns} {
				rows, complete := w.fuzzWalk(t, columns, input, now.at)
				if &columns[0] != &identityColumns[0] {
					w.account(d, rows, &now, !complete, 0)
					d.pass.useful.add(rows)
					visited = visitedBy(rows)
					w.endPass(d, complete)
				} else {
					w.identify(d, rows, visited)
				}
				w.join(rows, rows[len(rows)/2:])
			}
			w.handOn(0)
		}
	})
}

func (w *worker) fuzzWalk(t *testing.T, columns []column, input []byte, at int64) (rows []row, complete bool) {
	w.walk.start(columns, beforeFirst, wholeTable, nil, w.fault)
	for {
		before := w.walk.frontier
		oids := w.walk.request()
		if oids == nil {
			complete = true
			break
		}
		// The roots of the columns, as the walk's own progress is in its OIDs.
		roots := []string{oidSysUpTimeObject}
		for _, c := range w.walk.cursors {
			prefix := columnPrefix[c.column]
			roots = append(roots, prefix[:len(prefix)-1])
		}
		if err := w.walk.absorb(variables(input, roots), at, at); err != nil {
			break
		}
		if w.walk.frontier <= before {
			t.Fatalf("the walk stands still at %d", before)
		}
	}
	for i := 1; i < len(w.walk.rows); i++ {
		if w.walk.rows[i].index <= w.walk.rows[i-1].index {
			t.Fatalf("row %d follows row %d", w.walk.rows[i].index, w.walk.rows[i-1].index)
		}
	}
	return w.walk.rows, complete
}
