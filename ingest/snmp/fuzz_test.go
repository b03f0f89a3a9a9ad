package snmp

import (
	"encoding/binary"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/replay"
	"mimamori/ingest/snmp/wire"
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
		if w.walk.frontier <= before && !slices.ContainsFunc(w.walk.cursors, w.walk.exhausted) {
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

// fuzzedAgent answers each request with the datagram of the moment, and then as an
// agent does.
func fuzzedAgent(f *testing.F) (port uint16, say func(datagram, variables []byte)) {
	agent, _ := runAgent(f, replay.Config{Users: []inventory.SNMPUser{noc}})
	var mu sync.Mutex
	var datagram, variables []byte
	m := newMeddler(f, agent.Addr(), func(request, answer []byte) [][]byte {
		mu.Lock()
		defer mu.Unlock()
		return [][]byte{datagram, fitting(request, variables), answer}
	})
	return m.port(), func(a, b []byte) {
		mu.Lock()
		defer mu.Unlock()
		datagram, variables = slices.Clone(a), slices.Clone(b)
	}
}

// fitting is an answer to the request, with the octets for what follows its id.
func fitting(request, octets []byte) []byte {
	var h wire.Header
	if wire.Read(request, &h) != wire.Sound || h.Version == wire.Version3 {
		return octets
	}
	element := func(kind byte, content []byte) []byte {
		return append([]byte{kind, 0x82, byte(len(content) >> 8), byte(len(content))}, content...)
	}
	id := binary.BigEndian.AppendUint32([]byte{2, 4}, uint32(h.RequestID))
	pdu := element(wire.Response, append(id, octets...))
	return element(0x30, append([]byte{2, 1, byte(h.Version), 4, 0}, pdu...))
}

// FuzzSession has a session answered with the input, as a datagram and as what an
// answer holds, before the answer comes: nothing panics, it comes to its end, and what
// it takes for an answer is one.
func FuzzSession(f *testing.F) {
	f.Add([]byte("hello"), []byte{2, 1, 0, 2, 1, 0, 0x30, 0})
	f.Add([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, []byte{2, 1, 2, 2, 1, 1, 0x30, 8, 0x30, 6, 6, 2, 0x2b, 6, 5, 0})
	f.Add([]byte{}, []byte{2, 1, 0, 2, 1, 0, 0x30, 12, 0x30, 10, 6, 2, 0x2b, 6, 0x44, 4, 0x9f, 0x78, 4, 0})
	port, say := fuzzedAgent(f)
	metrics, err := newMetrics(nil)
	if err != nil {
		f.Fatal(err)
	}
	passwords := new(wire.Passwords)
	f.Fuzz(func(t *testing.T, datagram, variables []byte) {
		if len(datagram) > 60_000 || len(variables) > 60_000 {
			return
		}
		say(datagram, variables)
		for _, agent := range []inventory.SNMP{
			{Version: inventory.SNMPv1, Community: "public"}, {Version: inventory.SNMPv2c, Community: "public"}, {Version: inventory.SNMPv3, User: &noc},
		} {
			agent.Port = port
			device := &inventory.StationDevice{Device: inventory.Device{Address: "127.0.0.1", SNMP: &agent}}
			s, err := open(t.Context(), device, &memory{passwords: passwords}, time.Second, 0, metrics)
			if err != nil {
				t.Fatal(err)
			}
			for _, ask := range []func() ([]gosnmp.SnmpPDU, error){
				func() ([]gosnmp.SnmpPDU, error) { return s.get(clockOIDs) },
				func() ([]gosnmp.SnmpPDU, error) { return s.bulk(clockOIDs, 3) },
			} {
				if _, err := ask(); err != nil && !isStatus(err) {
					t.Errorf("version %s: %v", agent.Version, err)
				}
			}
			s.close()
		}
	})
}
