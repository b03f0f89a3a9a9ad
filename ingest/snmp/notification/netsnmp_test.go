package notification

import (
	"strings"
	"testing"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
)

// linkDown are the arguments of a notification of version 2 after the agent's address.
var linkDown = []string{"4711", "1.3.6.1.6.3.1.1.5.3",
	"1.3.6.1.2.1.2.2.1.1.3", "i", "3", "1.3.6.1.2.1.2.2.1.2.3", "s", "GigabitEthernet0/3", "1.3.6.1.2.1.31.1.1.1.1.3", "s", "Gi0/3", "1.3.6.1.2.1.2.2.1.8.3", "i", "2"}

func TestTrapsOfVersion1(t *testing.T) {
	s := run(t, DefaultConfig(), inventory.Notifications{})
	send := func(arguments ...string) {
		t.Helper()
		if err := tool(t, "snmptrap", append([]string{"-v1", "-c", "public", s.address}, arguments...)...); err != nil {
			t.Fatal(err)
		}
	}
	send("1.3.6.1.4.1.32473.1", "127.0.0.2", "2", "0", "4711", "1.3.6.1.2.1.2.2.1.1.7", "i", "7")
	send("1.3.6.1.4.1.318", "192.0.2.9", "6", "5", "0")
	send("1.3.6.1.4.1.32473.1", "0.0.0.0", "6", "12", "0", "1.3.6.1.4.1.32473.1.1", "s", "hot")
	send("1.3.6.1.2.1.33.2", "0.0.0.0", "6", "1", "0")
	rows := s.wait(t, 4)
	for i, want := range []struct {
		device     sample.ID
		oid, name  string
		severity   uint8
		agent, ent string
		variables  string
	}{
		{routerID, "1.3.6.1.6.3.1.1.5.3", "linkDown", warning, "127.0.0.2", "1.3.6.1.4.1.32473.1", "1.3.6.1.2.1.2.2.1.1.7=7"},
		{hostID, "1.3.6.1.4.1.318.0.5", "upsOnBattery", critical, "192.0.2.9", "1.3.6.1.4.1.318", ""},
		{hostID, "1.3.6.1.4.1.32473.1.0.12", "1.3.6.1.4.1.32473.1.0.12", sample.SeverityUnknown, "", "1.3.6.1.4.1.32473.1", "1.3.6.1.4.1.32473.1.1=hot"},
		{hostID, "1.3.6.1.2.1.33.2.0.1", "upsTrapOnBattery", critical, "", "1.3.6.1.2.1.33.2", ""},
	} {
		if rows.Device[i] != want.device || rows.TrapOID[i] != want.oid || rows.Name[i] != want.name || rows.Severity[i] != want.severity ||
			rows.Agent[i] != want.agent || rows.Enterprise[i] != want.ent || rows.Variables[i] != want.variables ||
			rows.Source[i] != "127.0.0.1" || rows.Version[i] != 1 || rows.Inform[i] != 0 || rows.Complaint[i] != "" {
			t.Errorf("row %d: device %d, %q, %q, severity %d, agent %q, enterprise %q, %q, source %q, version %d, complaint %q; want %+v", i, rows.Device[i], rows.TrapOID[i], rows.Name[i],
				rows.Severity[i], rows.Agent[i], rows.Enterprise[i], rows.Variables[i], rows.Source[i], rows.Version[i], rows.Complaint[i], want)
		}
	}
	if rows.SysUpTime[0] != 4711 || rows.IfIndex[0] != 7 {
		t.Errorf("sysUpTime %d, ifIndex %d", rows.SysUpTime[0], rows.IfIndex[0])
	}
	if n := value(s.metrics.anyCommunity); n != 4 {
		t.Errorf("%v of whatever community, want 4", n)
	}
}

func TestTrapsAndInformsOfVersion2c(t *testing.T) {
	s := run(t, DefaultConfig(), inventory.Notifications{Communities: []string{"public", "other"}})
	if err := tool(t, "snmptrap", append([]string{"-v2c", "-c", "public", "--clientaddr=127.0.0.2", s.address}, linkDown...)...); err != nil {
		t.Fatal(err)
	}
	if err := tool(t, "snmpinform", append([]string{"-v2c", "-c", "other", "-t", "2", "-r", "1", s.address}, linkDown...)...); err != nil {
		t.Errorf("the inform is not answered: %v", err)
	}
	if err := tool(t, "snmptrap", append([]string{"-v2c", "-c", "guessed", s.address}, linkDown...)...); err != nil {
		t.Fatal(err)
	}
	if err := tool(t, "snmpget", "-v2c", "-c", "public", "-t", "0.2", "-r", "0", s.address, "1.3.6.1.2.1.1.3.0"); err == nil {
		t.Error("a request is answered")
	}
	rows := s.wait(t, 2)
	if rows.Device[0] != routerID || rows.Source[0] != "127.0.0.2" || rows.Device[1] != hostID || rows.Inform[0] != 0 || rows.Inform[1] != 1 {
		t.Errorf("devices %v of %v, informs %v", rows.Device, rows.Source, rows.Inform)
	}
	for i := range 2 {
		if rows.Name[i] != "linkDown" || rows.Version[i] != 2 || rows.SysUpTime[i] != 4711 || rows.IfIndex[i] != 3 || rows.InterfaceName[i] != "Gi0/3" || rows.Complaint[i] != "" ||
			rows.Variables[i] != "1.3.6.1.2.1.2.2.1.1.3=3; 1.3.6.1.2.1.2.2.1.2.3=GigabitEthernet0/3; 1.3.6.1.2.1.31.1.1.1.1.3=Gi0/3; 1.3.6.1.2.1.2.2.1.8.3=2" {
			t.Errorf("row %d: %q, version %d, sysUpTime %d, interface %d %q, %q, complaint %q", i, rows.Name[i], rows.Version[i], rows.SysUpTime[i], rows.IfIndex[i], rows.InterfaceName[i], rows.Variables[i], rows.Complaint[i])
		}
	}
	if rows.Sequence[1] <= rows.Sequence[0] {
		t.Errorf("sequence %v does not rise", rows.Sequence)
	}
	until(t, func() bool { return s.dropped(unknownCommunity) == 1 && s.dropped(notNotification) == 1 })
}

// protected are the users that Debian's net-snmp can be.
var protected = []struct {
	user      inventory.SNMPUser
	arguments []string
}{
	{inventory.SNMPUser{Name: "nothing"}, []string{"-l", "noAuthNoPriv"}},
	{inventory.SNMPUser{Name: "md5", Auth: "MD5"}, []string{"-l", "authNoPriv", "-a", "MD5"}},
	{inventory.SNMPUser{Name: "sha1", Auth: "SHA-1"}, []string{"-l", "authNoPriv", "-a", "SHA"}},
	{inventory.SNMPUser{Name: "sha224", Auth: "SHA-224"}, []string{"-l", "authNoPriv", "-a", "SHA-224"}},
	{inventory.SNMPUser{Name: "sha256", Auth: "SHA-256"}, []string{"-l", "authNoPriv", "-a", "SHA-256"}},
	{inventory.SNMPUser{Name: "sha384", Auth: "SHA-384"}, []string{"-l", "authNoPriv", "-a", "SHA-384"}},
	{inventory.SNMPUser{Name: "sha512", Auth: "SHA-512"}, []string{"-l", "authNoPriv", "-a", "SHA-512"}},
	{inventory.SNMPUser{Name: "md5des", Auth: "MD5", Privacy: "DES"}, []string{"-l", "authPriv", "-a", "MD5", "-x", "DES"}},
	{inventory.SNMPUser{Name: "sha1aes", Auth: "SHA-1", Privacy: "AES-128"}, []string{"-l", "authPriv", "-a", "SHA", "-x", "AES"}},
	{inventory.SNMPUser{Name: "sha512aes", Auth: "SHA-512", Privacy: "AES-128"}, []string{"-l", "authPriv", "-a", "SHA-512", "-x", "AES"}},
	{inventory.SNMPUser{Name: "sha256aes256", Auth: "SHA-256", Privacy: "AES-256"}, []string{"-l", "authPriv", "-a", "SHA-256", "-x", "AES-256"}},
	{inventory.SNMPUser{Name: "sha1aes192", Auth: "SHA-1", Privacy: "AES-192"}, []string{"-l", "authPriv", "-a", "SHA", "-x", "AES-192"}},
}

const (
	authPassword    = "the long first"
	privacyPassword = "the long second"
)

func users() []inventory.SNMPUser {
	var all []inventory.SNMPUser
	for _, each := range protected {
		if each.user.Auth != "" {
			each.user.AuthPassword = authPassword
		}
		if each.user.Privacy != "" {
			each.user.PrivacyPassword = privacyPassword
		}
		all = append(all, each.user)
	}
	return all
}

// as are the arguments of a user.
func as(user inventory.SNMPUser, arguments []string) []string {
	all := append([]string{"-v3", "-u", user.Name, "-t", "2", "-r", "1"}, arguments...)
	if user.Auth != "" {
		all = append(all, "-A", authPassword)
	}
	if user.Privacy != "" {
		all = append(all, "-X", privacyPassword)
	}
	return all
}

func TestTrapsAndInformsOfVersion3(t *testing.T) {
	s := run(t, DefaultConfig(), inventory.Notifications{Users: users()})
	for _, each := range protected {
		t.Run(each.user.Name, func(t *testing.T) {
			s.lock.Lock()
			before := s.rows.Len()
			s.lock.Unlock()
			if err := tool(t, "snmptrap", append(append(as(each.user, each.arguments), "-e", "0x80007ed9030011223344", s.address), linkDown...)...); err != nil {
				t.Fatal(err)
			}
			s.wait(t, before+1)
			if err := tool(t, "snmpinform", append(append(as(each.user, each.arguments), s.address), linkDown...)...); err != nil {
				t.Errorf("the inform is not answered: %v", err)
			}
			rows := s.wait(t, before+2)
			for i := range 2 {
				if i := before + i; rows.Name[i] != "linkDown" || rows.Version[i] != 3 || rows.Device[i] != hostID || rows.InterfaceName[i] != "Gi0/3" || rows.Complaint[i] != "" {
					t.Errorf("row %d: %q, version %d, device %d, %q, complaint %q", i, rows.Name[i], rows.Version[i], rows.Device[i], rows.InterfaceName[i], rows.Complaint[i])
				}
			}
			if rows.Inform[before] != 0 || rows.Inform[before+1] != 1 {
				t.Errorf("informs %v", rows.Inform)
			}
		})
	}
	for _, why := range reasons {
		if n := s.dropped(why); n != 0 {
			t.Errorf("%v dropped for %s", n, why)
		}
	}
}

func TestWhoIsNotBelieved(t *testing.T) {
	s := run(t, DefaultConfig(), inventory.Notifications{Users: users()})
	engine := []string{"-e", "0x80007ed9030011223344", s.address}
	for _, c := range []struct {
		name      string
		arguments []string
		why       reason
	}{
		{"an unknown user", []string{"-u", "stranger", "-l", "noAuthNoPriv"}, unknownUser},
		{"a wrong password", []string{"-u", "sha256", "-l", "authNoPriv", "-a", "SHA-256", "-A", "not the password"}, wrongDigest},
		{"another protocol", []string{"-u", "sha256", "-l", "authNoPriv", "-a", "SHA", "-A", authPassword}, wrongDigest},
		{"a wrong password of privacy", []string{"-u", "sha1aes", "-l", "authPriv", "-a", "SHA", "-A", authPassword, "-x", "AES", "-X", "not the password"}, "decryption"},
		{"less protection than the user has", []string{"-u", "sha256", "-l", "noAuthNoPriv"}, unsupportedLevel},
		{"more protection than the user has", []string{"-u", "nothing", "-l", "authNoPriv", "-a", "SHA", "-A", authPassword}, unsupportedLevel},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := s.dropped(c.why)
			if err := tool(t, "snmptrap", append(append(append([]string{"-v3"}, c.arguments...), engine...), linkDown...)...); err != nil {
				t.Fatal(err)
			}
			until(t, func() bool { return s.dropped(c.why) == before+1 })
			// An inform's sender is told, and says that it failed.
			if err := tool(t, "snmpinform", append(append([]string{"-v3", "-t", "0.3", "-r", "0"}, append(c.arguments, s.address)...), linkDown...)...); err == nil {
				t.Error("the inform is taken")
			}
			until(t, func() bool { return s.dropped(c.why) >= before+2 })
		})
	}
	if rows := s.wait(t, 0); rows.Len() != 0 {
		t.Errorf("%d rows", rows.Len())
	}
	// Encrypted is more than needed to be believed, not encrypted is told.
	if err := tool(t, "snmptrap", append(append([]string{"-v3", "-u", "sha1aes", "-l", "authNoPriv", "-a", "SHA", "-A", authPassword}, engine...), linkDown...)...); err != nil {
		t.Fatal(err)
	}
	if rows := s.wait(t, 1); !strings.Contains(rows.Complaint[0], "not encrypted") {
		t.Errorf("complaint %q", rows.Complaint[0])
	}
}
