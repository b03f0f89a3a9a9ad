package replay

import (
	"bytes"
	"strings"
	"testing"

	"mimamori/ingest/inventory"
)

// wantWalk checks that net-snmp reads back from an agent what the agent was given.
func wantWalk(t *testing.T, walk *Walk, printed string) {
	t.Helper()
	back, err := Read(strings.NewReader(printed))
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if back.Len() != walk.Len() {
		t.Fatalf("%d objects, want %d:\n%s", back.Len(), walk.Len(), printed)
	}
	for i := range walk.objects {
		want, got := walk.objects[i].variable, back.objects[i].variable
		if string(walk.objects[i].nameOctets()) == string(nameSysUpTime) {
			continue // it goes on
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: % x, want % x", dotted(walk.objects[i].nameOctets()), got, want)
		}
	}
}

func TestNetSNMPReadsTheWholeWalk(t *testing.T) {
	walk := recordedWalk(t)
	agent := start(t, Config{Walk: walk})
	for _, program := range []string{"snmpwalk", "snmpbulkwalk"} {
		printed, ok := netSNMP(t, agent, program, ask(version2, ".1")...)
		if !ok {
			t.Fatalf("%s: %s", program, printed)
		}
		wantWalk(t, walk, printed)
	}
	counts := agent.Counts()
	if counts.Requests == 0 || counts.Answers != counts.Requests || counts.Variables < uint64(2*walk.Len()) {
		t.Errorf("counts %+v", counts)
	}
}

func TestVersion1HasNoCounter64(t *testing.T) {
	walk := recordedWalk(t)
	agent := start(t, Config{Walk: walk, Versions: []string{"1"}})
	version1 := []string{"-v1", "-c", "public"}
	printed, ok := netSNMP(t, agent, "snmpwalk", ask(version1, ".1")...)
	if !ok {
		t.Fatal(printed)
	}
	seen := walk.Clone()
	for _, name := range []string{".1.3.6.1.2.1.31.1.1.1.6"} {
		if err := seen.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	wantWalk(t, seen, printed)
	printed, ok = netSNMP(t, agent, "snmpget", ask(version1, ".1.3.6.1.2.1.31.1.1.1.6.1")...)
	if ok || !strings.Contains(printed, "noSuchName") {
		t.Errorf("a Counter64 by version 1: %s", printed)
	}
	if printed, ok := netSNMP(t, agent, "snmpget", ask(version2, ".1.3.6.1.2.1.1.5.0")...); ok {
		t.Errorf("version 2c was answered: %s", printed)
	}
}

func TestNetSNMPAsksAsUser(t *testing.T) {
	walk := recordedWalk(t)
	var users []inventory.SNMPUser
	users = append(users, inventory.SNMPUser{Name: "open"}, inventory.SNMPUser{Name: "vrf", Auth: "SHA-256", AuthPassword: "authpassword", Context: "vrf-1"})
	for _, auth := range inventory.AuthProtocols {
		users = append(users, inventory.SNMPUser{Name: "signed-" + auth, Auth: auth, AuthPassword: "authpassword"})
		for _, privacy := range inventory.PrivacyProtocols {
			users = append(users, inventory.SNMPUser{
				Name: auth + "-" + privacy, Auth: auth, AuthPassword: "authpassword", Privacy: privacy, PrivacyPassword: "privpassword",
			})
		}
	}
	agent := start(t, Config{Walk: walk, Users: users, Boots: 7, EngineTime: 1000})
	for _, each := range users {
		t.Run(each.Name, func(t *testing.T) {
			printed, ok := netSNMP(t, agent, "snmpbulkwalk", ask(asUser(each), ".1")...)
			if strings.Contains(printed, "Invalid privacy protocol") {
				t.Skip("this net-snmp does not have the protocol")
			}
			if !ok {
				t.Fatal(printed)
			}
			wantWalk(t, walk, printed)
		})
	}
}

func TestNetSNMPIsToldWhatIsWrong(t *testing.T) {
	right := inventory.SNMPUser{Name: "noc", Auth: "SHA-1", AuthPassword: "authpassword", Privacy: "AES-128", PrivacyPassword: "privpassword"}
	agent := start(t, Config{Walk: recordedWalk(t), Boots: 5, Users: []inventory.SNMPUser{right, {Name: "signed", Auth: "MD5", AuthPassword: "authpassword"}}})
	change := func(change func(*inventory.SNMPUser)) inventory.SNMPUser {
		wrong := right
		change(&wrong)
		return wrong
	}
	for want, wrong := range map[string]inventory.SNMPUser{
		"Unknown user name":          change(func(u *inventory.SNMPUser) { u.Name = "nobody" }),
		"Authentication failure":     change(func(u *inventory.SNMPUser) { u.AuthPassword = "otherpassword" }),
		"Decryption error":           change(func(u *inventory.SNMPUser) { u.PrivacyPassword = "otherpassword" }),
		"Unsupported security level": {Name: "signed", Auth: "MD5", AuthPassword: "authpassword", Privacy: "DES", PrivacyPassword: "privpassword"},
		"authorizationError":         {Name: "noc", Auth: "SHA-1", AuthPassword: "authpassword"},
		"Bad context":                change(func(u *inventory.SNMPUser) { u.Context = "elsewhere" }),
	} {
		printed, ok := netSNMP(t, agent, "snmpget", ask(asUser(wrong), ".1.3.6.1.2.1.1.5.0")...)
		if ok || !strings.Contains(strings.ToLower(printed), strings.ToLower(want)) {
			t.Errorf("want %q, got %s", want, printed)
		}
	}
	printed, ok := netSNMP(t, agent, "snmpget", ask(version2[:1], "-c", "private", ".1.3.6.1.2.1.1.5.0")...)
	if ok || !strings.Contains(printed, "Timeout") {
		t.Errorf("a wrong community: %s", printed)
	}
	// An asker whose clock is another is told so, and asks again.
	printed, ok = netSNMP(t, agent, "snmpget", ask(asUser(right), "-Z", "3,99", ".1.3.6.1.2.1.1.5.0")...)
	if !ok {
		t.Errorf("a clock that is wrong: %s", printed)
	}
}
