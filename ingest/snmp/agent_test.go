package snmp

import (
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gosnmp/gosnmp"
)

// agent is an SNMP v2c agent on a UDP socket of its own. Its faults are switched
// on by its fields.
type agent struct {
	conn *net.UDPConn
	done sync.WaitGroup

	mu       sync.Mutex
	objects  map[string]gosnmp.SnmpPDU
	order    []string // sorted OIDs, nil when objects have changed
	requests []request

	deaf         bool // answers nothing
	lose         int  // answers to lose, from now on
	loseFrom     int  // lose every GETBULK answer of this many values and more
	tooBigFrom   int  // answers of this many values and more are tooBig
	truncateAt   int  // values that fit into an answer
	status       gosnmp.SNMPError
	garbage      bool
	descending   bool // GETBULK answers begin at the first row again and again
	stuck        bool // GETBULK answers what was asked and not its successor
	before       func(*request)
	after        func(*request) // once the values are read
	distort      func(*request, []gosnmp.SnmpPDU) []gosnmp.SnmpPDU
	refuse       func(*request) gosnmp.SNMPError
	large        *largeTable // answers for the interface tables, where there is one
	cache        map[string][]byte
	cacheAnswers bool
}

type request struct {
	kind        gosnmp.PDUType
	oids        []string
	repetitions int
}

func newAgent(t testing.TB) *agent {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{conn: conn, objects: map[string]gosnmp.SnmpPDU{}, cache: map[string][]byte{}}
	a.done.Go(a.serve)
	t.Cleanup(func() {
		_ = conn.Close()
		a.done.Wait()
	})
	a.set(oidSysUpTime, gosnmp.TimeTicks, uint32(1_000_000))
	a.set(oidSysObjectID, gosnmp.ObjectIdentifier, ".1.3.6.1.4.1.32473.1")
	a.set(oidSysName, gosnmp.OctetString, "edge-1")
	a.set(oidSysDescr, gosnmp.OctetString, "A router")
	return a
}

func (a *agent) port() uint16 { return a.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// change runs a change of the agent between two of its answers.
func (a *agent) change(change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
}

func (a *agent) set(oid string, kind gosnmp.Asn1BER, value any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.put(oid, kind, value)
}

func (a *agent) put(oid string, kind gosnmp.Asn1BER, value any) {
	a.objects[oid] = gosnmp.SnmpPDU{Name: oid, Type: kind, Value: value}
	a.order = nil
}

func (a *agent) remove(prefix string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.objects, func(oid string, _ gosnmp.SnmpPDU) bool { return strings.HasPrefix(oid, prefix) })
	a.order = nil
}

// asked returns the requests since the last call.
func (a *agent) asked() []request {
	a.mu.Lock()
	defer a.mu.Unlock()
	asked := a.requests
	a.requests = nil
	return asked
}

func compareOIDs(a, b string) int {
	return slices.Compare(numbers(a), numbers(b))
}

func numbers(oid string) []int {
	var all []int
	for part := range strings.SplitSeq(strings.Trim(oid, "."), ".") {
		n, _ := strconv.Atoi(part)
		all = append(all, n)
	}
	return all
}

func (a *agent) sorted() []string {
	if a.order == nil {
		a.order = slices.SortedFunc(maps.Keys(a.objects), compareOIDs)
	}
	return a.order
}

func (a *agent) serve() {
	buffer := make([]byte, 65536)
	for {
		n, from, err := a.conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if answer := a.answer(buffer[:n]); answer != nil {
			_, _ = a.conn.WriteToUDPAddrPort(answer, from)
		}
	}
}

func (a *agent) answer(message []byte) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cacheAnswers {
		return a.cached(message)
	}
	return a.build(message)
}

func (a *agent) build(message []byte) []byte {
	decoder := gosnmp.GoSNMP{Version: gosnmp.Version2c}
	packet, err := decoder.SnmpDecodePacket(message)
	if err != nil || packet.Community != "public" {
		return nil
	}
	asked := request{kind: packet.PDUType, repetitions: int(packet.MaxRepetitions)}
	for _, variable := range packet.Variables {
		asked.oids = append(asked.oids, variable.Name)
	}
	a.requests = append(a.requests, asked)
	if a.before != nil {
		a.before(&asked)
	}
	if a.deaf {
		return nil
	}
	if a.lose > 0 {
		a.lose--
		return nil
	}
	if a.garbage {
		return []byte("this is no SNMP message")
	}
	packet.Logger = gosnmp.Logger{}
	switch packet.PDUType {
	case gosnmp.GetRequest:
		packet.Variables = a.get(asked.oids)
	case gosnmp.GetBulkRequest:
		packet.Variables = a.bulk(asked.oids, int(packet.NonRepeaters), asked.repetitions)
		if a.loseFrom > 0 && len(packet.Variables) >= a.loseFrom {
			return nil
		}
	default:
		return nil
	}
	if a.after != nil {
		a.after(&asked)
	}
	packet.PDUType = gosnmp.GetResponse
	packet.NonRepeaters, packet.MaxRepetitions = 0, 0
	if a.truncateAt > 0 && len(packet.Variables) > a.truncateAt {
		packet.Variables = packet.Variables[:a.truncateAt]
	}
	if a.distort != nil {
		packet.Variables = a.distort(&asked, packet.Variables)
	}
	packet.Error = a.status
	if a.refuse != nil {
		packet.Error = a.refuse(&asked)
	}
	if a.tooBigFrom > 0 && len(packet.Variables) >= a.tooBigFrom {
		packet.Error = gosnmp.TooBig
	}
	if packet.Error != gosnmp.NoError {
		packet.Variables = nil
	}
	encoded, err := packet.MarshalMsg()
	if err != nil {
		panic(err)
	}
	return encoded
}

func (a *agent) get(oids []string) []gosnmp.SnmpPDU {
	var found []gosnmp.SnmpPDU
	for _, oid := range oids {
		variable, ok := a.objects[oid]
		if !ok {
			variable = gosnmp.SnmpPDU{Name: oid, Type: gosnmp.NoSuchInstance}
		}
		found = append(found, variable)
	}
	return found
}

func (a *agent) next(oid string) gosnmp.SnmpPDU {
	if a.large != nil {
		if variable, ok := a.large.next(oid); ok {
			return variable
		}
	}
	order := a.sorted()
	place, found := slices.BinarySearchFunc(order, oid, compareOIDs)
	if found {
		place++
	}
	if place == len(order) {
		return gosnmp.SnmpPDU{Name: oid, Type: gosnmp.EndOfMibView}
	}
	return a.objects[order[place]]
}

func (a *agent) bulk(oids []string, nonRepeaters, repetitions int) []gosnmp.SnmpPDU {
	var found []gosnmp.SnmpPDU
	for _, oid := range oids[:nonRepeaters] {
		found = append(found, a.next(oid))
	}
	repeated := slices.Clone(oids[nonRepeaters:])
	if a.descending {
		for i, oid := range repeated {
			for c := range columnCount {
				if index, ok := instance(oid, c); ok && index > 2 {
					repeated[i] = strings.TrimSuffix(columnPrefix[c], ".")
				}
			}
		}
	}
	for range repetitions {
		for i, oid := range repeated {
			variable := a.next(oid)
			if same, ok := a.objects[oid]; ok && a.stuck {
				variable = same
			}
			found = append(found, variable)
			repeated[i] = variable.Name
		}
	}
	return found
}

// cached answers as build does, but repeats the answer to a request it has seen,
// so that a benchmark measures the poller and not the agent.
func (a *agent) cached(message []byte) []byte {
	place, length := requestID(message)
	key := append(slices.Clone(message[:place]), message[place+length:]...)
	if known, ok := a.cache[string(key)]; ok {
		at, size := requestID(known)
		if size == length {
			copy(known[at:at+size], message[place:place+length])
			return known
		}
	}
	built := a.build(message)
	a.cache[string(key)] = built
	return built
}

// requestID returns where the request-id's value is in a message.
func requestID(message []byte) (place, length int) {
	enter := func() {
		place++
		if message[place] > 0x80 {
			place += int(message[place] & 0x7f)
		}
		place++
	}
	skip := func() { place += 2 + int(message[place+1]) }
	enter() // the message
	skip()  // version
	skip()  // community
	enter() // the PDU
	return place + 2, int(message[place+1])
}

// port is an interface of the agent, in absolute numbers.
type port struct {
	index                 int
	name, descr, alias    string
	phys                  byte // last octet of ifPhysAddress; 0 for the index
	in, out               uint64
	inPackets, outPackets uint64
	inErrors              uint32
	discontinuity         uint32
}

// tables replaces the agent's interface tables. Without hc there is no ifXTable.
func (a *agent) tables(hc bool, ports ...port) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.putTables(hc, ports...)
}

func (a *agent) putTables(hc bool, ports ...port) {
	maps.DeleteFunc(a.objects, func(oid string, _ gosnmp.SnmpPDU) bool {
		return strings.HasPrefix(oid, ".1.3.6.1.2.1.2.2.") || strings.HasPrefix(oid, ".1.3.6.1.2.1.31.")
	})
	a.order = nil
	for _, p := range ports {
		put := func(c column, kind gosnmp.Asn1BER, value any) {
			a.put(columnPrefix[c]+strconv.Itoa(p.index), kind, value)
		}
		descr := p.descr
		if descr == "" {
			descr = "Port " + p.name
		}
		put(ifDescr, gosnmp.OctetString, descr)
		put(ifType, gosnmp.Integer, 6)
		put(ifMtu, gosnmp.Integer, 1500)
		put(ifSpeed, gosnmp.Gauge32, uint(1_000_000_000))
		phys := p.phys
		if phys == 0 {
			phys = byte(p.index)
		}
		put(ifPhysAddress, gosnmp.OctetString, []byte{2, 0, 0, 0, 0, phys})
		put(ifAdminStatus, gosnmp.Integer, 1)
		put(ifOperStatus, gosnmp.Integer, 2)
		put(ifInOctets, gosnmp.Counter32, uint32(p.in))
		put(ifOutOctets, gosnmp.Counter32, uint32(p.out))
		put(ifInUcastPkts, gosnmp.Counter32, uint32(p.inPackets))
		put(ifOutUcastPkts, gosnmp.Counter32, uint32(p.outPackets))
		put(ifInNUcastPkts, gosnmp.Counter32, uint32(p.inPackets/10))
		put(ifOutNUcastPkts, gosnmp.Counter32, uint32(p.outPackets/10))
		put(ifInErrors, gosnmp.Counter32, p.inErrors)
		put(ifOutErrors, gosnmp.Counter32, uint32(0))
		put(ifInDiscards, gosnmp.Counter32, uint32(0))
		put(ifOutDiscards, gosnmp.Counter32, uint32(0))
		if !hc {
			continue
		}
		put(ifName, gosnmp.OctetString, p.name)
		put(ifAlias, gosnmp.OctetString, p.alias)
		put(ifHighSpeed, gosnmp.Gauge32, uint(1000))
		put(ifCounterDiscontinuityTime, gosnmp.TimeTicks, p.discontinuity)
		put(ifHCInOctets, gosnmp.Counter64, p.in)
		put(ifHCOutOctets, gosnmp.Counter64, p.out)
		put(ifHCInUcastPkts, gosnmp.Counter64, p.inPackets)
		put(ifHCOutUcastPkts, gosnmp.Counter64, p.outPackets)
		put(ifHCInMulticastPkts, gosnmp.Counter64, p.inPackets/20)
		put(ifHCOutMulticastPkts, gosnmp.Counter64, p.outPackets/20)
		put(ifHCInBroadcastPkts, gosnmp.Counter64, p.inPackets/40)
		put(ifHCOutBroadcastPkts, gosnmp.Counter64, p.outPackets/40)
	}
}
