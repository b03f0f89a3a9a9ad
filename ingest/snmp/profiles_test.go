package snmp

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// acmeWalk is a device of the family that docs/profiles.md describes.
const acmeWalk = `.1.3.6.1.2.1.1.1.0 = STRING: "ACME Gateway 7"
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.32473.1.9
.1.3.6.1.2.1.1.3.0 = Timeticks: (8640000) 1 day, 0:00:00.00
.1.3.6.1.2.1.1.5.0 = STRING: "gw"
.1.3.6.1.4.1.32473.1.2.1.0 = INTEGER: 83
.1.3.6.1.4.1.32473.1.2.2.0 = INTEGER: 4000
.1.3.6.1.4.1.32473.1.2.3.0 = INTEGER: 2000
.1.3.6.1.4.1.32473.1.2.4.0 = INTEGER: 1000
.1.3.6.1.4.1.32473.1.3.1.2.1 = INTEGER: 1
.1.3.6.1.4.1.32473.1.3.1.2.2 = INTEGER: 3
.1.3.6.1.4.1.32473.1.3.1.3.1 = INTEGER: 1234
.1.3.6.1.4.1.32473.1.3.1.3.2 = INTEGER: 0
.1.3.6.1.4.1.32473.1.3.1.4.1 = STRING: "PSU left"
.1.3.6.1.4.1.32473.1.3.1.4.2 = STRING: "PSU right"
.1.3.6.1.4.1.32473.1.4.1.2.192.0.2.7 = INTEGER: 1
.1.3.6.1.4.1.32473.1.4.1.2.192.0.2.8 = INTEGER: 2
.1.3.6.1.4.1.32473.1.4.1.3.192.0.2.7 = INTEGER: 1
.1.3.6.1.4.1.32473.1.4.1.3.192.0.2.8 = INTEGER: 2
.1.3.6.1.4.1.32473.1.4.1.4.192.0.2.7 = STRING: "Osaka"
.1.3.6.1.4.1.32473.1.4.1.4.192.0.2.8 = STRING: "Kobe"
.1.3.6.1.4.1.32473.1.5.1.2.1 = Gauge32: 0
.1.3.6.1.4.1.32473.1.5.1.2.2 = Gauge32: 12
.1.3.6.1.4.1.32473.1.5.1.2.9 = Gauge32: 99
`

// TestTheExampleOfTheDocument polls a device with the profile that docs/profiles.md
// shows.
func TestTheExampleOfTheDocument(t *testing.T) {
	document, err := os.ReadFile("../../docs/profiles.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(document), "<!-- acme.yaml -->\n```yaml\n")
	example, _, found := strings.Cut(rest, "```\n")
	if !found {
		t.Fatal("the document has no example")
	}
	cfg := AloneConfig()
	cfg.Timeout, cfg.Profiles = time.Second, t.TempDir()
	if err := os.WriteFile(filepath.Join(cfg.Profiles, "acme.yaml"), []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	const want = `profile acme
cpu | CPU | unknown | 17 percent | ACME-GATEWAY-MIB
memory | Memory | unknown | 25 percent | ACME-GATEWAY-MIB
power | PSU left | ok | 123.4 watts | ACME-GATEWAY-MIB
power | PSU right | critical | - | ACME-GATEWAY-MIB
state | Tunnel to 192.0.2.7 Osaka | ok | - | ACME-GATEWAY-MIB
state | Tunnel to 192.0.2.8 Kobe | warning | - | ACME-GATEWAY-MIB
calls | H.323 calls | unknown | 0 count | ACME-GATEWAY-MIB
calls | SIP calls | unknown | 12 count | ACME-GATEWAY-MIB
note: the agent has no interfaces, or shows none to this community or user
`
	if got := sensorLines(answerOf(t, cfg, []byte(acmeWalk))); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestProfilesThatAreWrongAreNamed(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Profiles = t.TempDir()
	if err := cfg.Validate(); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
	for name, text := range map[string]string{"one.yaml": "ip_sla: x\n", "two.yaml": "tables: 7\n"} {
		if err := os.WriteFile(filepath.Join(cfg.Profiles, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err := cfg.Validate()
	for _, want := range []string{"snmp: profiles: " + filepath.Join(cfg.Profiles, "one.yaml") + ":1: ip_sla", "snmp: profiles: " + filepath.Join(cfg.Profiles, "two.yaml") + ":1: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := New(cfg, inventory.Station{}, func(int64, sample.Rows) {}, slog.New(slog.DiscardHandler), nil); err == nil {
		t.Error("a poller was made of profiles that are wrong")
	}
	cfg.Profiles = filepath.Join(cfg.Profiles, "away")
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "snmp: profiles: read the folder of device profiles") {
		t.Errorf("got %v", err)
	}
}

func TestAProfileThatDoesNotExistIsNamed(t *testing.T) {
	of := inventory.Config{Customers: []inventory.Customer{{Sites: []inventory.Site{{Devices: []inventory.Device{
		{Name: "a", SNMP: &inventory.SNMP{Profile: "cisco-ios"}}, {Name: "b"}, {Name: "c", SNMP: &inventory.SNMP{Profile: "cisko"}},
	}}}}}}
	err := DefaultConfig().CheckProfiles(of)
	const want = `$.customers[0].sites[0].devices[2].snmp.profile: there is no device profile "cisko": use one of cisco, cisco-asa, cisco-ios, `
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

// A device that says it is something else gets another profile, and what it was asked
// before is forgotten.
func TestTheProfileFollowsTheDescription(t *testing.T) {
	s := newHealthy(t)
	s.agent.set(".1.3.6.1.4.1.12356.101.4.1.3.0", gosnmp.Gauge32, uint(12))
	s.poll()
	if s.device.profile.Name != "generic" || s.health.Len() != 0 {
		t.Errorf("it has the profile %s and %d sensors", s.device.profile.Name, s.health.Len())
	}
	s.agent.set(oidSysObjectID, gosnmp.ObjectIdentifier, ".1.3.6.1.4.1.12356.101.1.1005")
	s.device.refreshAt = s.worker.clock(time.Now())
	s.poll()
	if s.device.profile.Name != "fortigate" || s.health.Len() != 1 {
		t.Errorf("it has the profile %s and %d sensors", s.device.profile.Name, s.health.Len())
	}
	named := newHealthy(t)
	named.device.inventory.SNMP.Profile = "generic"
	named.agent.set(oidSysObjectID, gosnmp.ObjectIdentifier, ".1.3.6.1.4.1.12356.101.1.1005")
	named.poll()
	if named.device.profile.Name != "generic" {
		t.Errorf("the inventory names generic, it has %s", named.device.profile.Name)
	}
}

// A table of a cluster says nothing of a unit that stands alone.
func TestATableThatMeansNothingIsLeftOut(t *testing.T) {
	s := newHealthy(t)
	s.agent.set(oidSysObjectID, gosnmp.ObjectIdentifier, ".1.3.6.1.4.1.12356.101.1.1005")
	s.agent.set(".1.3.6.1.4.1.12356.101.13.2.1.1.12.1", gosnmp.Integer, 0)
	s.agent.set(".1.3.6.1.4.1.12356.101.13.2.1.1.11.1", gosnmp.OctetString, "fgt")
	for mode, want := range map[int]int{1: 0, 3: 1} {
		s.agent.set(".1.3.6.1.4.1.12356.101.13.1.1.0", gosnmp.Integer, mode)
		s.device.health.forget()
		s.poll()
		if s.health.Len() != want {
			t.Errorf("mode %d: %d sensors, want %d", mode, s.health.Len(), want)
		}
	}
}

func TestSkippedColumnsAreNotAsked(t *testing.T) {
	cfg := quickConfig()
	cfg.Profiles = t.TempDir()
	text := "match:\n  - sys_object_id: 1.3.6.1.4.1.32473\nskip: [1.3.6.1.2.1.31.1.1.1.18]\nmax_repetitions: 3\n"
	if err := os.WriteFile(filepath.Join(cfg.Profiles, "acme.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSingle(t, cfg)
	s.agent.tables(true, manyPorts(12)...)
	for range 2 {
		s.poll()
		s.wantResult(resultOK)
		s.device.refreshAt = s.worker.clock(time.Now())
	}
	if s.interfaces.Len() != 12 {
		t.Errorf("%d interfaces", s.interfaces.Len())
	}
	for _, request := range s.agent.asked() {
		if slices.ContainsFunc(request.oids, func(oid string) bool { return strings.HasPrefix(oid+".", columnPrefix[ifAlias]) }) {
			t.Errorf("ifAlias is asked: %v", request.oids)
		}
		if request.repetitions > 3 {
			t.Errorf("%d repetitions are asked", request.repetitions)
		}
	}
}

// A route reflector has more neighbours than are read: those that are have names, what
// is left out is counted, and the other sensors are all there.
func TestManyNeighbours(t *testing.T) {
	s := newHealthy(t)
	s.agent.set(".1.3.6.1.2.1.25.3.3.1.2.1", gosnmp.Integer, 10)
	for i := range maxTableSensors + 200 {
		address := fmt.Sprintf("10.1.%d.%d", i/250, i%250)
		s.agent.set(".1.3.6.1.2.1.15.3.1.2."+address, gosnmp.Integer, 6)
		s.agent.set(".1.3.6.1.2.1.15.3.1.3."+address, gosnmp.Integer, 2)
		s.agent.set(".1.3.6.1.2.1.15.3.1.9."+address, gosnmp.Integer, 64512)
		s.agent.set(".1.3.6.1.2.1.15.3.1.16."+address, gosnmp.Gauge32, uint(4000))
	}
	names := map[sample.ID]string{}
	for poll := range 4 {
		s.poll()
		found := s.sensorsOf(names)
		if found["10.1.0.0 AS 64512"] != (said{sample.SensorBGPPeer, sample.SensorOK, 4_000_000, false}) || found["CPU"].milli != 10_000 {
			t.Errorf("poll %d: %+v and %+v", poll, found["10.1.0.0 AS 64512"], found["CPU"])
		}
		if s.health.Len() != maxTableSensors+2 || s.fault(faultTooManySensors) != float64(poll+1) {
			t.Errorf("poll %d: %d sensors, %v times too many", poll, s.health.Len(), s.fault(faultTooManySensors))
		}
	}
}
