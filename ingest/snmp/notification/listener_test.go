package notification

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// trap is a message of version 1 or 2c.
func trap(tb testing.TB, version gosnmp.SnmpVersion, kind gosnmp.PDUType, header gosnmp.SnmpTrap, variables ...gosnmp.SnmpPDU) []byte {
	tb.Helper()
	packet := gosnmp.SnmpPacket{Version: version, Community: "public", PDUType: kind, Variables: variables, SnmpTrap: header, RequestID: 1}
	message, err := packet.MarshalMsg()
	if err != nil {
		tb.Fatal(err)
	}
	return message
}

func uptime(ticks uint32) gosnmp.SnmpPDU {
	return gosnmp.SnmpPDU{Name: "." + sysUpTime, Type: gosnmp.TimeTicks, Value: ticks}
}

func trapOID(oid string) gosnmp.SnmpPDU {
	return gosnmp.SnmpPDU{Name: "." + snmpTrapOID, Type: gosnmp.ObjectIdentifier, Value: "." + oid}
}

func text(oid, value string) gosnmp.SnmpPDU {
	return gosnmp.SnmpPDU{Name: "." + oid, Type: gosnmp.OctetString, Value: value}
}

func address(oid, value string) gosnmp.SnmpPDU {
	return gosnmp.SnmpPDU{Name: "." + oid, Type: gosnmp.IPAddress, Value: value}
}

func TestWhatANotificationSays(t *testing.T) {
	const v2, v2Trap = gosnmp.Version2c, gosnmp.SNMPv2Trap
	long := strings.Repeat("日", 300)
	for _, c := range []struct {
		name    string
		message []byte
		want    sample.Notifications // of which the columns that are there are compared
	}{
		{"no OID", trap(t, v2, v2Trap, gosnmp.SnmpTrap{}, uptime(5), text("1.3.6.1.4.1.32473.1", "x")),
			sample.Notifications{TrapOID: []string{""}, Name: []string{""}, Severity: []uint8{sample.SeverityUnknown}, Variables: []string{"1.3.6.1.4.1.32473.1=x"}, Complaint: []string{"it has no snmpTrapOID"}}},
		{"in another order", trap(t, v2, v2Trap, gosnmp.SnmpTrap{}, trapOID(standard+"1"), uptime(5)),
			sample.Notifications{Name: []string{"coldStart"}, SysUpTime: []uint32{5}, Complaint: []string{"snmpTrapOID is not its second variable; sysUpTime is not its first variable"}}},
		{"through a relay", trap(t, v2, v2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"4"), address(snmpTrapAddress, "127.0.0.2"),
			text(snmpTrapCommunity, "secret"), gosnmp.SnmpPDU{Name: "." + snmpTrapEnterprise, Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.4.1.9"}),
			sample.Notifications{Device: []sample.ID{routerID}, Agent: []string{"127.0.0.2"}, Enterprise: []string{"1.3.6.1.4.1.9"}, Variables: []string{""}, Source: []string{"192.0.2.7"}, Complaint: []string{""}}},
		{"through a relay, of nobody known", trap(t, v2, v2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"4"), address(snmpTrapAddress, "198.51.100.1")),
			sample.Notifications{Device: []sample.ID{0}, Agent: []string{"198.51.100.1"}}},
		{"only ifDescr", trap(t, v2, v2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"4"), text(ifDescr+"12", "Port 12\x00")),
			sample.Notifications{IfIndex: []uint32{12}, InterfaceName: []string{"Port 12"}}},
		{"octets", trap(t, v2, v2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"4"), text("1.3.6.1.4.1.32473.1", "\x00\x1b\xff"), text("1.3.6.1.4.1.32473.2", "héllo"),
			gosnmp.SnmpPDU{Name: ".1.3.6.1.4.1.32473.3", Type: gosnmp.Counter64, Value: uint64(1<<64 - 1)}, gosnmp.SnmpPDU{Name: ".1.3.6.1.4.1.32473.4", Type: gosnmp.Integer, Value: -5},
			gosnmp.SnmpPDU{Name: ".1.3.6.1.4.1.32473.5", Type: gosnmp.Null}),
			sample.Notifications{Variables: []string{"1.3.6.1.4.1.32473.1=0x001bff; 1.3.6.1.4.1.32473.2=héllo; 1.3.6.1.4.1.32473.3=18446744073709551615; 1.3.6.1.4.1.32473.4=-5; 1.3.6.1.4.1.32473.5=null"}, Complaint: []string{""}}},
		{"a long value", trap(t, v2, v2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"4"), text("1.3.6.1.4.1.32473.1", long)),
			sample.Notifications{Variables: []string{"1.3.6.1.4.1.32473.1=" + strings.Repeat("日", longestValue/3) + "..."}, Complaint: []string{"not all of its variables are kept"}}},
		{"generic-trap of 9", trap(t, gosnmp.Version1, gosnmp.Trap, gosnmp.SnmpTrap{Enterprise: ".1.3.6.1.4.1.32473", AgentAddress: "0.0.0.0", GenericTrap: 9, SpecificTrap: 3, Timestamp: 77}),
			sample.Notifications{TrapOID: []string{"1.3.6.1.4.1.32473.0.3"}, SysUpTime: []uint32{77}, Agent: []string{""}, Complaint: []string{"generic-trap is 9, taken for enterpriseSpecific"}}},
		{"version 2 in version 1", trap(t, gosnmp.Version1, v2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"2")),
			sample.Notifications{Version: []uint8{1}, Name: []string{"warmStart"}, Complaint: []string{"its PDU is of another version than its message"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := started(t, inventory.Notifications{})
			s.take(c.message, anywhere, noon.Add(1234*time.Millisecond))
			if s.count() != 1 {
				t.Fatal("it is not taken")
			}
			got := s.rows
			for _, column := range []struct {
				name      string
				got, want any
			}{
				{"device", got.Device, c.want.Device}, {"version", got.Version, c.want.Version}, {"trap OID", got.TrapOID, c.want.TrapOID}, {"name", got.Name, c.want.Name},
				{"severity", got.Severity, c.want.Severity}, {"sysUpTime", got.SysUpTime, c.want.SysUpTime}, {"source", got.Source, c.want.Source}, {"agent", got.Agent, c.want.Agent},
				{"enterprise", got.Enterprise, c.want.Enterprise}, {"ifIndex", got.IfIndex, c.want.IfIndex}, {"interface", got.InterfaceName, c.want.InterfaceName},
				{"variables", got.Variables, c.want.Variables}, {"complaint", got.Complaint, c.want.Complaint},
			} {
				if want := fmt.Sprint(column.want); want != "[]" && fmt.Sprint(column.got) != want {
					t.Errorf("%s %q, want %q", column.name, column.got, want)
				}
			}
			if got.OffsetMs[0] != 234 {
				t.Errorf("offset %d ms, want 234", got.OffsetMs[0])
			}
		})
	}
}

func TestManyVariablesAreBounded(t *testing.T) {
	all := []gosnmp.SnmpPDU{uptime(5), trapOID(standard + "3")}
	for i := range 500 {
		all = append(all, text(fmt.Sprintf("1.3.6.1.4.1.32473.%d", i), strings.Repeat("x", 100)))
	}
	s, _ := started(t, inventory.Notifications{})
	s.take(trap(t, gosnmp.Version2c, gosnmp.SNMPv2Trap, gosnmp.SnmpTrap{}, all...), anywhere, noon)
	if s.count() != 1 || len(s.rows.Variables[0]) > longestVariables || s.rows.Complaint[0] != "not all of its variables are kept" {
		t.Errorf("%d bytes of variables, complaint %q", len(s.rows.Variables[0]), s.rows.Complaint[0])
	}
}

func TestAFloodDrownsNobodyElse(t *testing.T) {
	config := DefaultConfig()
	config.SourceRate, config.SourceBurst = 10, 50
	s := inert(t, config, inventory.Notifications{})
	s.start(t.Context(), noon, nil)
	message := trap(t, gosnmp.Version2c, gosnmp.SNMPv2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"3"))
	router := netip.MustParseAddrPort("127.0.0.2:50000")
	for i := range 5000 { // in a second
		s.take(message, anywhere, noon.Add(time.Duration(i)*200*time.Microsecond))
	}
	if n := s.count(); n < 59 || n > 60 || s.dropped(tooFast) != float64(5000-n) {
		t.Errorf("%d of the flood are taken and %v dropped, want 50 at once and 10 a second", n, s.dropped(tooFast))
	}
	// A flood from ever new addresses.
	for i := range 20_000 {
		s.take(message, netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}), 1), noon.Add(time.Second))
	}
	if n := len(s.shares.strangers); n > mostStrangers {
		t.Errorf("%d strangers are remembered", n)
	}
	before := s.count()
	s.take(message, router, noon.Add(time.Second))
	if s.count() != before+1 {
		t.Error("a device of the inventory is not heard")
	}
	// Strangers that went silent are forgotten.
	s.take(message, second, noon.Add(time.Minute))
	if n := len(s.shares.strangers); n > 2 || s.count() != before+2 {
		t.Errorf("%d strangers are remembered after a minute", n)
	}
}

func TestEachNotificationHasOneName(t *testing.T) {
	seen, names := map[string]bool{}, map[string]bool{}
	for _, each := range notifications {
		if seen[each.oid] || names[each.name] || each.name == "" || each.severity > 7 {
			t.Errorf("%+v", each)
		}
		seen[each.oid], names[each.name] = true, true
	}
	for oid, want := range map[string]string{"1.3.6.1.2.1.15.7.0.2": "bgpBackwardTransition", "1.3.6.1.2.1.15.7.2": "bgpBackwardTransition", "1.3.6.1.4.1.9.0.0": "reload", "": "", "5": "5"} {
		if name, _ := nameOf(oid); name != want {
			t.Errorf("%q is %q, want %q", oid, name, want)
		}
	}
}

func TestWhatIsSetUpWrong(t *testing.T) {
	build := func(config Config, station inventory.Station) error {
		_, err := New(config, station, nil, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
		return err
	}
	broken := Config{}
	if err := build(broken, station(inventory.Notifications{})); err == nil || strings.Count(err.Error(), "notification: ") != 3 {
		t.Errorf("a broken configuration: %v", err)
	}
	if err := build(DefaultConfig(), inventory.Station{}); err == nil || !strings.Contains(err.Error(), "add notifications:") {
		t.Errorf("no address: %v", err)
	}
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := inert(t, DefaultConfig(), inventory.Notifications{Listen: taken.LocalAddr().String()})
	if err := s.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "give another address: notifications.listen of appliance") {
		t.Errorf("an address that is taken: %v", err)
	}
}

// What the kernel holds when the listener is told to stop is read.
func TestTheListenerDrains(t *testing.T) {
	s := run(t, DefaultConfig(), inventory.Notifications{})
	socket, err := net.Dial("udp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	message := trap(t, gosnmp.Version2c, gosnmp.SNMPv2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"3"))
	for range 300 {
		if _, err := socket.Write(message); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s.wait(t, 300)
}

// FuzzTake gives the listener any datagram: it must neither fail, nor keep what is no
// text, nor answer more than once.
func FuzzTake(f *testing.F) {
	f.Add(trap(f, gosnmp.Version2c, gosnmp.SNMPv2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"3"), text(ifName+"3", "Gi0/3")))
	f.Add(trap(f, gosnmp.Version2c, gosnmp.InformRequest, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"3")))
	f.Add(trap(f, gosnmp.Version1, gosnmp.Trap, gosnmp.SnmpTrap{Enterprise: ".1.3.6.1.4.1.9", AgentAddress: "192.0.2.1", GenericTrap: 6, SpecificTrap: 1}))
	open := inventory.SNMPUser{Name: "open"}
	f.Add(letter{user: open, engine: senderEngine, kind: gosnmp.SNMPv2Trap}.bytes(f))
	f.Add(letter{user: open, engine: newOwnEngine(0x1122334455667788, noon).id, kind: gosnmp.InformRequest, reportable: true}.bytes(f))
	f.Add(letter{user: strong, engine: senderEngine, kind: gosnmp.SNMPv2Trap}.bytes(f))
	f.Add(letter{user: inventory.SNMPUser{}, kind: gosnmp.GetRequest, reportable: true}.bytes(f))
	s, sent := started(f, inventory.Notifications{Users: []inventory.SNMPUser{open, strong}})
	now := noon
	f.Fuzz(func(t *testing.T, datagram []byte) {
		if len(datagram) > 1<<16 {
			return
		}
		now, *sent = now.Add(time.Second), nil
		sample.Truncate(&s.rows, 0)
		s.take(datagram, anywhere, now)
		for i := range s.Listener.rows.Len() {
			rows := &s.Listener.rows
			for _, each := range []string{rows.TrapOID[i], rows.Name[i], rows.Variables[i], rows.InterfaceName[i], rows.Complaint[i], rows.Enterprise[i]} {
				if strings.ToValidUTF8(each, "") != each || len(each) > longestVariables {
					t.Fatalf("%q is no text", each)
				}
			}
		}
		if len(*sent) > 1 {
			t.Fatalf("%d answers to one datagram", len(*sent))
		}
	})
}

func BenchmarkTake(b *testing.B) {
	config := DefaultConfig()
	config.SourceRate = 100_000
	config.SourceBurst = 1_000_000
	own := newOwnEngine(0x1122334455667788, noon)
	for _, c := range []struct {
		name    string
		message []byte
	}{
		{"v2c", trap(b, gosnmp.Version2c, gosnmp.SNMPv2Trap, gosnmp.SnmpTrap{}, uptime(5), trapOID(standard+"3"), text(ifDescr+"3", "GigabitEthernet0/3"), text(ifName+"3", "Gi0/3"))},
		{"v3 authPriv", letter{user: strong, engine: senderEngine, boots: 1, time: 1, kind: gosnmp.SNMPv2Trap}.bytes(b)},
		{"v3 inform", letter{user: strong, engine: own.id, boots: own.boots, kind: gosnmp.InformRequest, reportable: true}.bytes(b)},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := New(config, station(inventory.Notifications{Users: []inventory.SNMPUser{strong}}), func(int64, sample.Rows) {}, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
			if err != nil {
				b.Fatal(err)
			}
			s.start(b.Context(), noon, func([]byte, netip.AddrPort) error { return nil })
			buffer := make([]byte, len(c.message))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				copy(buffer, c.message)
				s.take(buffer, anywhere, noon.Add(time.Duration(i%1000)*time.Millisecond))
				s.shares.others, s.shares.strangers[anywhere.Addr()] = bucket{}, &bucket{}
			}
			if n := value(s.metrics.dropped.WithLabelValues(tooFast)); n > 0 {
				b.Fatalf("%v dropped", n)
			}
		})
	}
}
