package inventory

import (
	"errors"
	"strings"
	"testing"

	"mimamori/ingest/sample"
)

func valid() Config {
	return Config{Customers: []Customer{{Name: "Aoba Foods", Sites: []Site{{
		Name:      "Sendai",
		Appliance: Appliance{Name: "sendai-1", Syslog: &Syslog{UDP: "0.0.0.0:514"}},
		Devices: []Device{
			{Name: "rt-edge-1", Address: "192.0.2.1", SNMP: &SNMP{Community: "public"}},
			{Name: "sw-core-1", Address: "192.0.2.2", Behind: "rt-edge-1"},
		},
		Paths: []Path{{Name: "to Osaka", Target: "192.0.2.9"}},
	}}}}}
}

func TestStations(t *testing.T) {
	config := valid()
	if err := config.Validate(); err != nil {
		t.Fatal(err)
	}
	stations := config.Stations()
	if len(stations) != 1 {
		t.Fatalf("%d stations, want 1", len(stations))
	}
	station := stations[0]
	router, core := station.Devices[0], station.Devices[1]
	switch {
	case router.SNMP.Port != 161:
		t.Errorf("SNMP port %d, want the default 161", router.SNMP.Port)
	case config.Customers[0].Sites[0].Devices[0].SNMP.Port != 0:
		t.Error("filling in defaults changed the configuration")
	case core.BehindID != router.ID || router.BehindID != 0:
		t.Error("sw-core-1 is not behind rt-edge-1")
	case router.ID != sample.DeviceID("Aoba Foods", "Sendai", "rt-edge-1"):
		t.Error("the device's id is not that of its names")
	case station.Paths[0].Target != "192.0.2.9:862" || station.Paths[0].Codec != "G.711":
		t.Errorf("path %+v, want the STAMP port and G.711", station.Paths[0])
	}
}

func TestValidateNamesThePlaceAndTheRemedy(t *testing.T) {
	site := func(change func(*Site)) Config {
		config := valid()
		change(&config.Customers[0].Sites[0])
		return config
	}
	cases := []struct {
		name   string
		config Config
		path   string
		reason string
	}{
		{"customer without a name", Config{Customers: []Customer{{}}}, "$.customers[0]", "add name:"},
		{"two customers of one name", Config{Customers: []Customer{{Name: "a"}, {Name: "a"}}}, "$.customers[1].name", "rename one"},
		{"no appliance", site(func(s *Site) { s.Appliance.Name = "" }), "$.customers[0].sites[0]", "add appliance:"},
		{"syslog without port", site(func(s *Site) { s.Appliance.Syslog.UDP = "0.0.0.0" }), "$.customers[0].sites[0].appliance.syslog.udp", "0.0.0.0:514"},
		{"syslog nowhere", site(func(s *Site) { s.Appliance.Syslog = &Syslog{} }), "$.customers[0].sites[0].appliance.syslog", "listens nowhere"},
		{"syslog with TLS and no key", site(func(s *Site) { s.Appliance.Syslog.TLS = &SyslogTLS{CertificateFile: "c.pem"} }), "$.customers[0].sites[0].appliance.syslog.tls", "key_file"},
		{"syslog of a relay that is a name", site(func(s *Site) { s.Appliance.Syslog.Relays = []string{"relay"} }), "$.customers[0].sites[0].appliance.syslog.relays[0]", "IP address"},
		{"syslog in no zone", site(func(s *Site) { s.Appliance.Syslog.TimeZone = "Asia/Atlantis" }), "$.customers[0].sites[0].appliance.syslog.time_zone", "Asia/Tokyo"},
		{"syslog in no charset", site(func(s *Site) { s.Appliance.Syslog.Charset = "Klingon" }), "$.customers[0].sites[0].appliance.syslog.charset", "Shift_JIS"},
		{"syslog in a charset like ASCII", site(func(s *Site) { s.Appliance.Syslog.Charset = "ISO-2022-JP" }), "$.customers[0].sites[0].appliance.syslog.charset", "told from it"},
		{"no address", site(func(s *Site) { s.Devices[0].Address = "" }), "$.customers[0].sites[0].devices[0]", "add address:"},
		{"bad address", site(func(s *Site) { s.Devices[0].Address = "192.0.2.300" }), "$.customers[0].sites[0].devices[0].address", "neither an IP address"},
		{"one address twice", site(func(s *Site) { s.Devices[1].Address = "192.0.2.1" }), "$.customers[0].sites[0].devices[1].address", "give each device its own"},
		{"no community", site(func(s *Site) { s.Devices[0].SNMP = &SNMP{} }), "$.customers[0].sites[0].devices[0].snmp", "add community:"},
		{"behind nobody", site(func(s *Site) { s.Devices[1].Behind = "rt" }), "$.customers[0].sites[0].devices[1].behind", "there is no device"},
		{"behind itself", site(func(s *Site) { s.Devices[0].Behind = "sw-core-1" }), "$.customers[0].sites[0].devices[0].behind", "behind itself"},
		{"nothing to ask", site(func(s *Site) { s.Devices[1].NoPing, s.Appliance.Syslog = true, nil }), "$.customers[0].sites[0].devices[1]", "neither pinged nor polled"},
		{"no target", site(func(s *Site) { s.Paths[0].Target = "" }), "$.customers[0].sites[0].paths[0].target", "not a host"},
		{"a phone in words", site(func(s *Site) { s.Contact.Phone = "ask the desk" }), "$.customers[0].sites[0].contact.phone", "+81 22 555 0100"},
		{"a phone with a command", site(func(s *Site) { s.Contact.Phone = "+81 22,,1;ext=2" }), "$.customers[0].sites[0].contact.phone", "telephone number"},
		{"mail without a host", site(func(s *Site) { s.Contact.Mail = "desk" }), "$.customers[0].sites[0].contact.mail", "desk@example.com"},
		{"mail with more", site(func(s *Site) { s.Contact.Mail = "desk@example.com?bcc=me@example.org" }), "$.customers[0].sites[0].contact.mail", "desk@example.com"},
		{"a contact without end", site(func(s *Site) { s.Contact.Name = strings.Repeat("x", 101) }), "$.customers[0].sites[0].contact.name", "use up to 100"},
		{"hours that ring a bell", site(func(s *Site) { s.Contact.Hours = "always\a" }), "$.customers[0].sites[0].contact.hours", "control characters"},
		{"a runbook that is a script", site(func(s *Site) { s.Runbook = " JavaScript:alert(1)" }), "$.customers[0].sites[0].runbook", "https://"},
		{"a runbook of a file", site(func(s *Site) { s.Runbook = "file:///etc/passwd" }), "$.customers[0].sites[0].runbook", "https://"},
		{"a runbook nowhere", site(func(s *Site) { s.Runbook = "https:///page" }), "$.customers[0].sites[0].runbook", "names no host"},
		{"a runbook with a password", site(func(s *Site) { s.Runbook = "https://me:secret@wiki.example.com/" }), "$.customers[0].sites[0].runbook", "leave it out"},
		{"a runbook without end", site(func(s *Site) { s.Runbook = strings.Repeat("x", 1001) }), "$.customers[0].sites[0].runbook", "use up to 1000"},
		{"bad port", site(func(s *Site) { s.Paths[0].Target = "192.0.2.9:99999" }), "$.customers[0].sites[0].paths[0].target", "not a port"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.config.Validate()
			var problem Problem
			if !errors.As(err, &problem) {
				t.Fatalf("got %v, want a Problem", err)
			}
			if problem.Path != c.path || !strings.Contains(problem.Reason, c.reason) {
				t.Fatalf("got %q, want path %s and %q", problem, c.path, c.reason)
			}
		})
	}
}

// TestADeviceMayBeKnownByWhatItSends: where something is received, nothing need be asked.
func TestADeviceMayBeKnownByWhatItSends(t *testing.T) {
	for _, receiving := range []Appliance{{Name: "a", Syslog: &Syslog{UDP: "0.0.0.0:514"}}, {Name: "a", Notifications: &Notifications{}}} {
		config := valid()
		site := &config.Customers[0].Sites[0]
		site.Appliance, site.Devices[1].NoPing = receiving, true
		if err := config.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// TestWhomToCall takes contacts and runbooks as people write them.
func TestWhomToCall(t *testing.T) {
	for _, site := range []Site{
		{},
		{Contact: Contact{Name: "Sato Hanako, \u65bd\u8a2d\u7ba1\u7406", Phone: "+81 22 555 0100", Mail: "sato.h@aoba.example.co.jp", Hours: "Mon-Fri 8-18; else the guard, +81 22 555 0199"}},
		{Contact: Contact{Phone: "(022) 555-0100 ext. 12"}, Runbook: "https://wiki.example.com/sites/sendai#power"},
		{Contact: Contact{Phone: "110"}, Runbook: "Note: the router is in the cellar.\nAsk the guard for the key."},
		{Runbook: "http://10.0.0.1:8080/"},
	} {
		config := valid()
		into := &config.Customers[0].Sites[0]
		into.Contact, into.Runbook = site.Contact, site.Runbook
		if err := config.Validate(); err != nil {
			t.Errorf("%+v: %v", site, err)
		}
		if station := config.Stations()[0]; station.Contact != site.Contact || station.Runbook != site.Runbook {
			t.Errorf("the station has %+v and %q", station.Contact, station.Runbook)
		}
	}
}

func TestALoopOfWaysEnds(t *testing.T) {
	config := valid()
	site := &config.Customers[0].Sites[0]
	site.Devices = append(site.Devices, Device{Name: "a", Address: "192.0.2.3", Behind: "b"}, Device{Name: "b", Address: "192.0.2.4", Behind: "c"},
		Device{Name: "c", Address: "192.0.2.5", Behind: "b"})
	if err := config.Validate(); err == nil || !strings.Contains(err.Error(), "behind itself") {
		t.Fatalf("got %v", err)
	}
}
