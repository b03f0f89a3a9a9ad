package snmp

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/replay"
	"mimamori/ingest/snmp/wire"
)

// walkOf is a recorded walk of a device with the interfaces.
func walkOf(t testing.TB, interfaces int) *replay.Walk {
	t.Helper()
	var text strings.Builder
	line := func(oid, kind, format string, arguments ...any) {
		fmt.Fprintf(&text, "%s = %s: "+format+"\n", append([]any{oid, kind}, arguments...)...)
	}
	line(oidSysObjectID, "OID", ".1.3.6.1.4.1.32473.1")
	line(oidSysUpTime, "Timeticks", "(1234567) 3:25:45.67")
	line(oidSysName, "STRING", "%q", "edge-1")
	for i := 1; i <= interfaces; i++ {
		for c := range columnCount {
			oid := fmt.Sprintf("%s%d", columnPrefix[c], i)
			switch c {
			case ifName, ifDescr:
				line(oid, "STRING", "\"port-%d\"", i)
			case ifHCInOctets, ifHCOutOctets:
				line(oid, "Counter64", "%d", i<<40)
			case ifHCInUcastPkts, ifHCOutUcastPkts, ifHCInMulticastPkts, ifHCOutMulticastPkts, ifHCInBroadcastPkts, ifHCOutBroadcastPkts:
				line(oid, "Counter64", "%d", i<<33)
			case ifInOctets, ifOutOctets, ifInErrors, ifOutErrors, ifInDiscards, ifOutDiscards:
				line(oid, "Counter32", "%d", i)
			case ifOperStatus, ifAdminStatus:
				line(oid, "INTEGER", "1")
			default: // which agents are free not to have
			}
		}
	}
	walk, err := replay.Read(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	return walk
}

// runAgent runs an agent until the test or the function it returns ends it.
func runAgent(t testing.TB, config replay.Config) (agent *replay.Agent, end func()) {
	t.Helper()
	if config.Walk == nil {
		config.Walk = walkOf(t, 2)
	}
	agent, err := replay.New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := agent.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	end = func() { cancel(); <-done }
	t.Cleanup(end)
	return agent, end
}

var noc = inventory.SNMPUser{Name: "noc", Auth: "SHA-256", AuthPassword: authPassword, Privacy: "AES-128", PrivacyPassword: privacyPassword}

// TestOneEngineIDOnTwoDevices polls two devices that were copied: their clocks and
// passwords are not.
func TestOneEngineIDOnTwoDevices(t *testing.T) {
	other := noc
	other.AuthPassword, other.PrivacyPassword = "another password", "and one more of them"
	users := []inventory.SNMPUser{noc, other}
	var agents [2]*replay.Agent
	var ports []uint16
	for i, user := range users {
		agents[i], _ = runAgent(t, replay.Config{
			Users: []inventory.SNMPUser{user}, EngineID: []byte("\x80\x00\x7e\xd9\x04same"),
			Boots: uint32(3 + 40*i), EngineTime: uint32(100_000 * i),
		})
		ports = append(ports, agents[i].Addr().Port())
	}
	registry := prometheus.NewRegistry()
	p, err := New(quickConfig(), stationOf(ports...), new(collector).emit, slog.New(slog.DiscardHandler), registry)
	if err != nil {
		t.Fatal(err)
	}
	w, devices := &worker{Poller: p}, p.devices
	for i, d := range devices {
		d.inventory.SNMP = &inventory.SNMP{Version: inventory.SNMPv3, Port: ports[i], User: &users[i]}
	}
	resynchronised := func() float64 {
		return metric(t, registry, "mimamori_snmp_agent_faults_total", faultResynchronised)
	}
	pollBoth := func() {
		for i, d := range devices {
			w.poll(t.Context(), d, time.Now().UnixMilli())
			if d.result != resultOK {
				t.Errorf("the poll of device %d ended %s", i, d.result)
			}
		}
	}
	for range 3 {
		pollBoth()
	}
	if n := resynchronised(); n != 0 {
		t.Errorf("resynchronised %v times: the devices disturb each other", n)
	}
	agents[1].Reboot()
	pollBoth()
	pollBoth()
	if n := resynchronised(); n != 1 {
		t.Errorf("resynchronised %v times after one of them was rebooted", n)
	}
	if first, second := devices[0].memory.engine, devices[1].memory.engine; first.boots != 3 || second.boots != 44 || first.id != second.id {
		t.Errorf("engines %x of %d boots and %x of %d", first.id, first.boots, second.id, second.boots)
	}
}

// TestKnownEngineIsNotAskedAgain counts the requests of a poll: none of them asks who
// the engine is.
func TestKnownEngineIsNotAskedAgain(t *testing.T) {
	agent, _ := runAgent(t, replay.Config{Users: []inventory.SNMPUser{noc}})
	s := newSingleAt(t, quickConfig(), nil, agent.Addr().Port())
	count := func() uint64 {
		before := agent.Counts().Requests
		s.poll()
		s.wantResult(resultOK)
		return agent.Counts().Requests - before
	}
	count()
	count()
	plain := count()
	s.asUser(noc)
	if first := count(); first != plain+1 {
		t.Errorf("%d requests to an unknown engine, by version 2c there are %d", first, plain)
	}
	if second := count(); second != plain {
		t.Errorf("%d requests to a known engine, by version 2c there are %d", second, plain)
	}
}

// TestClockRunsBackwards has a device replaced by its like, which was started fewer
// times.
func TestClockRunsBackwards(t *testing.T) {
	config := replay.Config{Users: []inventory.SNMPUser{noc}, Boots: 50, EngineTime: 1_000_000}
	agent, end := runAgent(t, config)
	s := newSingleAt(t, quickConfig(), nil, agent.Addr().Port())
	s.asUser(noc)
	s.poll()
	s.wantResult(resultOK)
	end()
	config.Boots, config.EngineTime, config.Address = 2, 7, agent.Addr().String()
	runAgent(t, config)
	s.poll()
	s.wantResult(resultOK)
	if boots := s.device.memory.engine.boots; boots != 2 {
		t.Errorf("%d boots", boots)
	}
}

func TestAnswersFromAnotherAddress(t *testing.T) {
	for _, version := range []string{inventory.SNMPv1, inventory.SNMPv2c, inventory.SNMPv3} {
		t.Run(version, func(t *testing.T) {
			agent, _ := runAgent(t, replay.Config{Users: []inventory.SNMPUser{noc}, Quirks: replay.Quirks{AnswerFrom: netip.MustParseAddr("127.0.0.2")}})
			cfg := quickConfig()
			s := newSingleAt(t, cfg, nil, agent.Addr().Port())
			s.device.inventory.SNMP.Version = version
			if version == inventory.SNMPv3 {
				s.asUser(noc)
			}
			s.poll()
			s.wantResult(resultTimeout)
			for range 2 {
				s.poll()
				s.wantResult(resultOK)
			}
			if s.fault(faultOtherAddress) == 0 {
				t.Error("it was not counted")
			}
			if s.interfaces.Len() != 2 {
				t.Errorf("%d rows", s.interfaces.Len())
			}
		})
	}
}

// TestRefusalIsHeardAgain: a device that was tried through an unconnected socket and
// answers by itself is asked through a connected one, which hears that nothing listens.
func TestRefusalIsHeardAgain(t *testing.T) {
	agent, end := runAgent(t, replay.Config{})
	s := newSingleAt(t, quickConfig(), nil, agent.Addr().Port())
	s.device.memory.anywhere = true
	s.poll()
	s.wantResult(resultOK)
	if s.device.memory.anywhere {
		t.Error("its answers are still taken from anywhere")
	}
	end()
	s.poll()
	s.wantResult(resultRefused)
	s.poll()
	s.wantResult(resultRefused)
}

// changed is a copy with one octet changed.
func changed(datagram []byte, at int) []byte {
	other := slices.Clone(datagram)
	other[(at+len(other))%len(other)] ^= 0x01
	return other
}

// TestTheWaitGoesOn sends all sorts of things before the answer: each is counted, none
// costs a retry.
func TestTheWaitGoesOn(t *testing.T) {
	for _, c := range []struct {
		name    string
		version string
		bad     func(request, answer []byte) []byte
		fault   string
		reason  wire.Reason
	}{
		{"text", "2c", func(_, _ []byte) []byte { return []byte("hello") }, "", wire.BadType},
		{"nothing", "2c", func(_, _ []byte) []byte { return nil }, "", wire.Truncated},
		{"cut", "2c", func(_, answer []byte) []byte { return answer[:len(answer)-1] }, "", wire.Truncated},
		{"trailing", "2c", func(_, answer []byte) []byte { return append(slices.Clone(answer), 0) }, "", wire.Trailing},
		{"the request", "2c", func(request, _ []byte) []byte { return slices.Clone(request) }, faultStray, ""},
		{"another request-id", "2c", func(_, answer []byte) []byte {
			place, length := requestID(answer)
			return changed(answer, place+length-1)
		}, faultStray, ""},
		{"another version", "3", func(_, _ []byte) []byte {
			return []byte{0x30, 24, 2, 1, 1, 4, 6, 'p', 'u', 'b', 'l', 'i', 'c', 0xa2, 11, 2, 1, 1, 2, 1, 0, 2, 1, 0, 0x30, 0}
		}, faultStray, ""},
		{"changed on its way", "3", func(_, answer []byte) []byte { return changed(answer, -1) }, faultNotAuthentic, ""},
		{"of another message-id", "3", func(_, answer []byte) []byte {
			var h wire.Header
			wire.Read(answer, &h)
			at := bytes.Index(answer, binary.BigEndian.AppendUint32([]byte{2, 4}, uint32(h.MessageID)))
			return changed(answer, at+2)
		}, faultStray, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			agent, _ := runAgent(t, replay.Config{Users: []inventory.SNMPUser{noc}})
			var meddling atomic.Bool
			m := newMeddler(t, agent.Addr(), func(request, answer []byte) [][]byte {
				if !meddling.Load() {
					return [][]byte{answer}
				}
				return [][]byte{c.bad(request, answer), answer}
			})
			cfg := quickConfig()
			cfg.Timeout = 5 * time.Second
			s := newSingleAt(t, cfg, nil, m.port())
			if c.version == inventory.SNMPv3 {
				s.asUser(noc)
			}
			s.poll()
			meddling.Store(true)
			s.poll()
			s.wantResult(resultOK)
			if n := metric(t, s.registry, "mimamori_snmp_retries_total", ""); n != 0 {
				t.Errorf("%v requests were repeated", n)
			}
			for _, fault := range []string{faultStray, faultNotAuthentic} {
				if counted := s.fault(fault) > 0; counted != (fault == c.fault) {
					t.Errorf("%s counted: %v", fault, counted)
				}
			}
			if c.reason != "" && metric(t, s.registry, "mimamori_snmp_malformed_datagrams_total", string(c.reason)) == 0 {
				t.Errorf("%s was not counted", c.reason)
			}
		})
	}
}

// TestUnprotectedAnswerIsNotTaken answers a request that must be authentic without a
// digest, or by version 2c, as somebody would who saw it pass.
func TestUnprotectedAnswerIsNotTaken(t *testing.T) {
	authentic := noc
	authentic.Privacy, authentic.PrivacyPassword = "", ""
	agent, _ := runAgent(t, replay.Config{Users: []inventory.SNMPUser{authentic}})
	for _, version := range []gosnmp.SnmpVersion{gosnmp.Version3, gosnmp.Version2c} {
		var forging atomic.Bool
		m := newMeddler(t, agent.Addr(), func(request, answer []byte) [][]byte {
			var h wire.Header
			if !forging.Load() || wire.Read(request, &h) != wire.Sound {
				return [][]byte{answer}
			}
			packet := gosnmp.SnmpPacket{
				Version: version, SecurityModel: gosnmp.UserSecurityModel, MsgID: uint32(h.MessageID),
				SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: "noc", AuthoritativeEngineID: string(h.EngineID), AuthoritativeEngineBoots: 99},
				ContextEngineID:    string(h.EngineID), PDUType: gosnmp.GetResponse, RequestID: uint32(h.RequestID),
				Variables: []gosnmp.SnmpPDU{{Name: oidSysUpTime, Type: gosnmp.TimeTicks, Value: uint32(1)}},
			}
			forged, err := packet.MarshalMsg()
			if err != nil {
				panic(err)
			}
			return [][]byte{forged}
		})
		s := newSingleAt(t, quickConfig(), nil, m.port())
		s.asUser(authentic)
		s.poll()
		s.wantResult(resultOK)
		forging.Store(true)
		s.poll()
		if s.device.result == resultOK || s.uptimes.Len() != 0 || s.fault(faultStray) == 0 {
			t.Errorf("version %s: the poll ended %s with %d rows", version, s.device.result, s.uptimes.Len())
		}
		forging.Store(false)
		s.poll()
		s.wantResult(resultOK)
	}
}

// TestAnswersInAnotherName signs answers with the user's key, but as another user or of
// another engine, as one with the same password or a copied device could.
func TestAnswersInAnotherName(t *testing.T) {
	user := noc
	user.Privacy, user.PrivacyPassword = "", ""
	agent, _ := runAgent(t, replay.Config{Users: []inventory.SNMPUser{user}})
	for name, forge := range map[string]func(*gosnmp.UsmSecurityParameters){
		"user":   func(p *gosnmp.UsmSecurityParameters) { p.UserName = "other" },
		"engine": func(p *gosnmp.UsmSecurityParameters) { p.AuthoritativeEngineID += "!" },
	} {
		t.Run(name, func(t *testing.T) {
			var forging atomic.Bool
			m := newMeddler(t, agent.Addr(), func(request, answer []byte) [][]byte {
				var h wire.Header
				if !forging.Load() || wire.Read(request, &h) != wire.Sound {
					return [][]byte{answer}
				}
				parameters, level := wire.Security(user)
				parameters.SecretKey, _ = new(wire.Passwords).Localise(user, string(h.EngineID))
				parameters.AuthoritativeEngineID, parameters.AuthoritativeEngineBoots = string(h.EngineID), 99
				forge(parameters)
				packet := gosnmp.SnmpPacket{
					Version: gosnmp.Version3, MsgFlags: level, SecurityModel: gosnmp.UserSecurityModel, MsgID: uint32(h.MessageID),
					SecurityParameters: parameters, ContextEngineID: string(h.EngineID), PDUType: gosnmp.GetResponse, RequestID: uint32(h.RequestID),
					Variables: []gosnmp.SnmpPDU{{Name: oidSysUpTime, Type: gosnmp.TimeTicks, Value: uint32(1)}},
				}
				forged, err := packet.MarshalMsg()
				if err != nil {
					panic(err)
				}
				return [][]byte{forged}
			})
			s := newSingleAt(t, quickConfig(), nil, m.port())
			s.asUser(user)
			s.poll()
			s.wantResult(resultOK)
			forging.Store(true)
			c := s.session()
			defer c.close()
			if found, err := c.get(clockOIDs); err == nil || s.fault(faultNotAuthentic) == 0 {
				t.Errorf("%v was taken for an answer, error %v", found, err)
			}
		})
	}
}

// TestSaltsAreUsedOnce looks at what encrypts requests, repeated ones included: the same
// salt by the same clock would show what two of them have in common (RFC 3826, 3.1.2.1).
func TestSaltsAreUsedOnce(t *testing.T) {
	agent, _ := runAgent(t, replay.Config{Users: []inventory.SNMPUser{noc}})
	var mu sync.Mutex
	times := map[string]int{}
	m := newMeddler(t, agent.Addr(), func(request, answer []byte) [][]byte {
		var h wire.Header
		mu.Lock()
		defer mu.Unlock()
		if wire.Read(request, &h) == wire.Sound && h.Encrypted != nil {
			if times[string(h.Salt)]++; len(times) == 2 {
				return nil // it is asked once more
			}
		}
		return [][]byte{answer}
	})
	s := newSingleAt(t, quickConfig(), nil, m.port())
	s.asUser(noc)
	for range 2 {
		s.poll()
		s.wantResult(resultOK)
	}
	mu.Lock()
	defer mu.Unlock()
	if metric(t, s.registry, "mimamori_snmp_retries_total", "") == 0 || len(times) < 5 {
		t.Errorf("%d encrypted requests, none of them repeated", len(times))
	}
	for salt, n := range times {
		if n != 1 {
			t.Errorf("the salt %x was used %d times", salt, n)
		}
	}
}

// TestAnUnprotectedReportSetsNoClock reports to a request that its time is wrong, without
// a digest: no message is made by the clock that the report says.
func TestAnUnprotectedReportSetsNoClock(t *testing.T) {
	agent, _ := runAgent(t, replay.Config{Users: []inventory.SNMPUser{noc}, Boots: 3})
	var forging, believed atomic.Bool
	m := newMeddler(t, agent.Addr(), func(request, answer []byte) [][]byte {
		var h wire.Header
		if wire.Read(request, &h) != wire.Sound {
			return nil
		}
		if h.EngineBoots == 99 {
			believed.Store(true)
		}
		if len(h.EngineID) == 0 || !forging.CompareAndSwap(true, false) {
			return [][]byte{answer}
		}
		packet := gosnmp.SnmpPacket{
			Version: gosnmp.Version3, SecurityModel: gosnmp.UserSecurityModel, MsgID: uint32(h.MessageID),
			SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: "noc", AuthoritativeEngineID: string(h.EngineID), AuthoritativeEngineBoots: 99},
			ContextEngineID:    string(h.EngineID), PDUType: gosnmp.Report,
			Variables: []gosnmp.SnmpPDU{{Name: reportNotInTime, Type: gosnmp.Counter32, Value: uint32(1)}},
		}
		forged, err := packet.MarshalMsg()
		if err != nil {
			panic(err)
		}
		return [][]byte{forged}
	})
	cfg := quickConfig()
	cfg.Timeout = time.Second
	s := newSingleAt(t, cfg, nil, m.port())
	s.asUser(noc)
	s.poll()
	s.wantResult(resultOK)
	forging.Store(true)
	s.poll()
	s.wantResult(resultOK)
	if forging.Load() || believed.Load() || s.device.memory.engine.boots != 3 {
		t.Errorf("forged: %t, the clock of the report was used: %t, %d boots", !forging.Load(), believed.Load(), s.device.memory.engine.boots)
	}
}

func TestGarbageSaysSo(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.change(func() { s.agent.garbage = true })
	c := s.session()
	defer c.close()
	_, err := c.get(clockOIDs)
	if err == nil || !strings.Contains(err.Error(), "no SNMP message") {
		t.Errorf("%v", err)
	}
}

// TestVersion1AsksOnceForWhatItLacks: the clocks an agent lacks cost a request each,
// but not in every poll.
func TestVersion1AsksOnceForWhatItLacks(t *testing.T) {
	agent, _ := runAgent(t, replay.Config{Walk: walkOf(t, 0)})
	s := newSingleAt(t, quickConfig(), nil, agent.Addr().Port())
	polls := func(version string) (requests uint64) {
		s.device.inventory.SNMP.Version = version
		for range 4 {
			before := agent.Counts().Requests
			s.poll()
			s.wantResult(resultOK)
			requests = agent.Counts().Requests - before
		}
		return requests
	}
	if v1, v2c := polls(inventory.SNMPv1), polls(inventory.SNMPv2c); v1 > v2c+2 { // of ifXTable and ifTable
		t.Errorf("%d requests by version 1, %d by version 2c", v1, v2c)
	}
}

// TestErrorIndexThatIsNone has an agent answer noSuchName without saying for which
// object: each is asked alone.
func TestErrorIndexThatIsNone(t *testing.T) {
	agent, _ := runAgent(t, replay.Config{})
	m := newMeddler(t, agent.Addr(), func(_, answer []byte) [][]byte {
		noSuchName := []byte{2, 1, 2, 2, 1}
		if at := bytes.Index(answer, noSuchName); at > 0 {
			answer[at+len(noSuchName)] = 0
		}
		return [][]byte{answer}
	})
	s := newSingleAt(t, quickConfig(), nil, m.port())
	s.device.inventory.SNMP.Version = inventory.SNMPv1
	c := s.session()
	defer c.close()
	variables, err := c.get([]string{".1.3.6.1.2.1.1.99.0", oidSysName, ".1.3.6.1.2.1.1.98.0"})
	if err != nil || len(variables) != 3 || !exceptional(variables[0]) || string(variables[1].Value.([]byte)) != "edge-1" || !exceptional(variables[2]) {
		t.Errorf("%+v, %v", variables, err)
	}
}

func TestHosts(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1", "localhost"} {
		t.Run(host, func(t *testing.T) {
			agent, err := replay.New(replay.Config{Walk: walkOf(t, 0), Address: net.JoinHostPort(host, "0")})
			if err != nil {
				t.Skipf("this machine has no %s: %v", host, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- agent.Run(ctx) }()
			defer func() { cancel(); <-done }()
			for _, anywhere := range []bool{false, true} {
				s := newSingleAt(t, quickConfig(), nil, agent.Addr().Port())
				s.device.inventory.Address, s.device.memory.anywhere = host, anywhere
				s.poll()
				s.wantResult(resultOK)
			}
		})
	}
	s := newSingleAt(t, quickConfig(), nil, 161)
	s.device.inventory.Address = "no-such-host.invalid"
	s.poll()
	s.wantResult(resultError)
}

// TestPanicIsAReason has values read from what was not found sound before.
func TestPanicIsAReason(t *testing.T) {
	header := wire.Header{PDU: []byte{0xa2, 22, 2, 1, 1, 2, 1, 0, 2, 1, 0, 0x30, 11, 0x30, 9, 6, 3, 0x2b, 6, 1, 2, 0, 0, 0}}
	if answer, reason := decode(&header); answer != nil || reason != wire.Panicked {
		t.Errorf("%+v, %q", answer, reason)
	}
}
