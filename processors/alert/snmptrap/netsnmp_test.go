package snmptrap

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/processors/alert/notify"
)

const module = "MIMAMORI-ALARM-MIB::"

// objects are the variables of a notification, by the module's names and in its order.
var objects = []string{
	"Id", "Rule", "Severity", "Customer", "Site", "Entity", "Summary", "Value", "Since", "Devices", "Sequence", "Owner",
}

// expect holds what was received of raised and over against what was sent.
func expect(t *testing.T, got []received, how string) {
	t.Helper()
	if len(got) != 2 {
		t.Fatalf("%d notifications", len(got))
	}
	for i, want := range []struct{ name, severity, value, sequence string }{
		{"mimamoriAlarmRaised", "major", "97500", "1"},
		{"mimamoriAlarmCleared", "cleared", "-250", "2"},
	} {
		one := got[i]
		if one.name != module+want.name || one.how != how {
			t.Errorf("it is %q by %q, want %q by %q", one.name, one.how, module+want.name, how)
		}
		values := map[string]string{
			"Id": alarmID, "Rule": "LinkUtilization", "Severity": want.severity, "Customer": "青葉フーズ", "Site": "Sendai", "Entity": "rt-1 Gi0/1",
			"Summary": "rt-1 Gi0/1 sends 97.5 % of its line rate", "Value": want.value, "Since": "2026-11-22,6:4:5.0,+0:0", "Devices": "12 devices",
			"Sequence": want.sequence, "Owner": "hanako",
		}
		order := one.order
		if !strings.Contains(how, "v1") {
			if len(order) < 2 || order[0] != "SNMPv2-MIB::sysUpTime.0" || order[1] != "SNMPv2-MIB::snmpTrapOID.0" {
				t.Fatalf("the first variables are %q", order)
			}
			order = order[2:]
		}
		if len(order) != len(objects) {
			t.Fatalf("variables %q", order)
		}
		for at, object := range objects {
			name := module + "mimamoriAlarm" + object + ".0"
			if order[at] != name {
				t.Errorf("variable %d is %s, want %s", at, order[at], name)
			}
			if one.variables[name] != values[object] {
				t.Errorf("%s of %s is %q, want %q", object, want.name, one.variables[name], values[object])
			}
		}
	}
}

func TestVersions1And2c(t *testing.T) {
	for _, c := range []struct {
		version string
		inform  bool
		how     string
	}{
		{"1", false, "TRAP, SNMP v1"},
		{"2c", false, "TRAP2, SNMP v2c"},
		{"2c", true, "INFORM, SNMP v2c"},
	} {
		t.Run(c.how, func(t *testing.T) {
			desk := listen(t, "authCommunity log "+community)
			to, _ := open(t, Target{Address: desk.address, Version: c.version, Community: community, Inform: c.inform}, t.TempDir())
			deliver(t, to, raised())
			deliver(t, to, over())
			expect(t, desk.wait(2), c.how)
		})
	}
}

// users are those that Debian's net-snmp can be, as its createUser has them.
var users = []struct {
	user    User
	created string
	level   string
}{
	{User{Name: "sha256aes", Auth: "SHA-256", Privacy: "AES-128"}, "SHA-256 AUTH AES PRIVACY", "priv"},
	{User{Name: "md5des", Auth: "md5", Privacy: "des"}, "MD5 AUTH DES PRIVACY", "priv"},
	{User{Name: "sha1aes192", Auth: "SHA", Privacy: "AES-192"}, "SHA AUTH AES-192 PRIVACY", "priv"},
	{User{Name: "sha224aes256c", Auth: "SHA-224", Privacy: "AES-256-C"}, "SHA-224 AUTH AES-256-C PRIVACY", "priv"},
	{User{Name: "sha384aes192c", Auth: "SHA-384", Privacy: "AES-192-C"}, "SHA-384 AUTH AES-192-C PRIVACY", "priv"},
	{User{Name: "sha512aes256", Auth: "SHA-512", Privacy: "AES-256"}, "SHA-512 AUTH AES-256 PRIVACY", "priv"},
	{User{Name: "sha256", Auth: "sha256"}, "SHA-256 AUTH", "auth"},
	{User{Name: "nothing"}, "", "noauth"},
}

func withPasswords(user User) *User {
	if user.Auth != "" {
		user.AuthPassword = authPassword
	}
	if user.Privacy != "" {
		user.PrivacyPassword = privacyPassword
	}
	return &user
}

// userLines let snmptrapd take the users' notifications: traps from the engine, and
// informs.
func userLines(engine string) []string {
	passwords := strings.NewReplacer("AUTH", `"`+authPassword+`"`, "PRIVACY", `"`+privacyPassword+`"`)
	var lines []string
	for _, each := range users {
		created := each.user.Name + " " + passwords.Replace(each.created)
		lines = append(lines, "createUser "+created, "createUser -e "+engine+" "+created, "authUser log "+each.user.Name+" "+each.level)
	}
	return lines
}

func TestVersion3(t *testing.T) {
	directory := t.TempDir()
	first, _ := open(t, Target{Address: "192.0.2.1", Community: community}, directory) // draws the engine's id
	lines := userLines(engineID(first))
	for _, each := range users {
		for _, inform := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, inform %v", each.user.Name, inform), func(t *testing.T) {
				desk := listen(t, lines...)
				// A receiver of its own counts from 1, also at a port that another had before.
				receiver := fmt.Sprintf("%s, %v", each.user.Name, inform)
				to, _ := open(t, Target{Receiver: receiver, Address: desk.address, User: withPasswords(each.user), Inform: inform, Timeout: 5 * time.Second}, directory)
				if engineID(to) != engineID(first) {
					t.Fatalf("the engine is %s after a start, and was %s", engineID(to), engineID(first))
				}
				deliver(t, to, raised())
				deliver(t, to, over())
				how := "TRAP2, SNMP v3"
				if inform {
					how = "INFORM, SNMP v3"
				}
				expect(t, desk.wait(2), how)
			})
		}
	}
}

// A receiver takes what has fewer boots for something old that is sent again.
func TestTrapsAfterARestart(t *testing.T) {
	directory := t.TempDir()
	first, _ := open(t, Target{Address: "192.0.2.1", Community: community}, directory)
	desk := listen(t, userLines(engineID(first))...)
	target := Target{Address: desk.address, User: withPasswords(users[0].user)}
	for start := range 3 {
		to, _ := open(t, target, directory)
		if want := uint32(start + 2); to.engine.text.Boots != want {
			t.Errorf("boots are %d, want %d", to.engine.text.Boots, want)
		}
		deliver(t, to, raised(), over())
	}
	for i, one := range desk.wait(6) {
		if got, want := one.variables[module+"mimamoriAlarmSequence.0"], fmt.Sprint(i+1); got != want {
			t.Errorf("sequence number %s, want %s", got, want)
		}
	}
}

func TestAReceiverThatStarts(t *testing.T) {
	desk := listen(t, append(userLines("0x80007ed9051122334455667788"), "authCommunity log "+community)...)
	for _, target := range []Target{
		{Community: community},
		{User: withPasswords(users[0].user)},
	} {
		target.Address, target.Inform, target.Timeout = desk.address, true, 2*time.Second
		to, registry := open(t, target, t.TempDir())
		deliver(t, to, raised())
		desk.stop()
		if retry, err := try(t, to, raised()); err == nil || !retry {
			t.Errorf("nobody listens: retry %v, error %v", retry, err)
		}
		desk.start() // with another engine's boots and clock
		deliver(t, to, over())
		if got := value(t, registry, "mimamori_alert_snmp_notifications_total"); got != 2 {
			t.Errorf("%v are counted, want 2", got)
		}
	}
	for i, want := range []string{"1", "3", "1", "3"} {
		if got := desk.wait(4)[i].variables[module+"mimamoriAlarmSequence.0"]; got != want {
			t.Errorf("sequence number %s, want %s: the one that failed may have been received", got, want)
		}
	}
}

func TestWhoIsNotBelieved(t *testing.T) {
	desk := listen(t, append(userLines("0x80007ed9051122334455667788"), "authCommunity log "+community)...)
	user := *withPasswords(users[0].user)
	wrong := func(change func(*User)) *User {
		changed := user
		change(&changed)
		return &changed
	}
	for _, c := range []struct {
		name   string
		target Target
		says   string
	}{
		{"another community", Target{Community: "kept from view"}, "takes our community"},
		{"an unknown user", Target{User: wrong(func(u *User) { u.Name = "stranger" })}, "does not know the user"},
		{"a wrong password", Target{User: wrong(func(u *User) { u.AuthPassword = "kept from view" })}, "auth_password"},
		{"another protocol", Target{User: wrong(func(u *User) { u.Auth = "SHA-512" })}, "auth_password"},
		{"a wrong password of privacy", Target{User: wrong(func(u *User) { u.PrivacyPassword = "kept from view" })}, ""},
		{"more than the user has", Target{User: &User{Name: "nothing", Auth: "SHA-256", AuthPassword: "kept from view"}}, "protected by"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.target.Address, c.target.Inform, c.target.Timeout, c.target.Retries = desk.address, true, 300*time.Millisecond, retries(1)
			to, registry := open(t, c.target, t.TempDir())
			retry, err := try(t, to, raised())
			if err == nil {
				t.Fatal("it is taken")
			}
			t.Log(err)
			if !retry || !strings.Contains(err.Error(), c.says) {
				t.Errorf("retry %v, %v; want %q", retry, err, c.says)
			}
			for _, secret := range []string{community, authPassword, privacyPassword, "kept from view"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error says a secret: %v", err)
				}
			}
			if got := value(t, registry, "mimamori_alert_snmp_notifications_total"); got != 0 {
				t.Errorf("%v are counted", got)
			}
		})
	}
	desk.wait(0)
}

func TestAnEnterpriseOfOnesOwn(t *testing.T) {
	desk := listen(t, "authCommunity log "+community)
	desk.stop()
	content, err := os.ReadFile("../../../docs/MIMAMORI-ALARM-MIB.txt")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^mimamori OBJECT IDENTIFIER ::= \{ enterprises 32473 \}$`)
	if len(line.FindAll(content, -1)) != 1 {
		t.Fatal("the module has not the one line that is to be changed")
	}
	changed := t.TempDir()
	content = line.ReplaceAll(content, []byte("mimamori OBJECT IDENTIFIER ::= { enterprises 4242 7 }"))
	if err := os.WriteFile(filepath.Join(changed, "MIMAMORI-ALARM-MIB.txt"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	desk.modules = mibs(t, changed)
	desk.start()
	to, _ := open(t, Target{Address: desk.address, Community: community, Inform: true, Enterprise: "1.3.6.1.4.1.4242.7"}, t.TempDir())
	deliver(t, to, raised())
	deliver(t, to, over())
	expect(t, desk.wait(2), "INFORM, SNMP v2c")
}

// What devices say must not reach the terminal that snmptrapd's output is read on.
func TestWhatDevicesSay(t *testing.T) {
	desk := listen(t, "authCommunity log "+community)
	to, registry := open(t, Target{Address: desk.address, Community: community, Inform: true}, t.TempDir())
	alarm := raised()
	alarm.Annotations["summary"] = "a\x1b[31mred\r\nSNMPv2-MIB::sysUpTime.0 = 1\u2028\u202etxt \xff" + strings.Repeat("守", 200)
	deliver(t, to, alarm)
	got := desk.wait(1)[0].variables[module+"mimamoriAlarmSummary.0"]
	if start := "a [31mred  SNMPv2-MIB::sysUpTime.0 = 1  txt \uFFFD守"; !strings.HasPrefix(got, start) || !strings.HasSuffix(got, "守") || len(got) > 255 || len(got) < 253 {
		t.Errorf("%d bytes: %q", len(got), got)
	}
	if got := value(t, registry, "mimamori_alert_snmp_shortened_total"); got != 1 {
		t.Errorf("%v are counted as shortened, want 1", got)
	}
}

func TestThroughTheNotifier(t *testing.T) {
	desk := listen(t, "authCommunity log "+community)
	config := notify.DefaultConfig()
	config.Data = t.TempDir()
	config.File = filepath.Join(t.TempDir(), "alertmanager.yml")
	text := "route: {receiver: noc, group_wait: 0s, group_interval: 1s}\nreceivers: [{name: noc}]\n"
	if err := os.WriteFile(config.File, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	to, registry := open(t, Target{Address: desk.address, Community: community, Inform: true}, filepath.Join(config.Data, "snmp"))
	notifier, err := notify.New(config, nil, to.logger, registry)
	if err != nil {
		t.Fatal(err)
	}
	if err := notifier.Add(to.Receiver(), Kind, true, to); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- notifier.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	put := func(alarm notify.Member) {
		t.Helper()
		if err := notifier.Put(t.Context(), alarm.Alert); err != nil {
			t.Fatal(err)
		}
	}
	put(raised())
	desk.wait(1)
	end := over()
	end.EndsAt = time.Now()
	put(end)
	expect(t, desk.wait(2), "INFORM, SNMP v2c")
}

func TestSeverities(t *testing.T) {
	desk := listen(t, "authCommunity log "+community)
	to, _ := open(t, Target{Address: desk.address, Community: community, Inform: true}, t.TempDir())
	names := []string{"critical", "major", "minor", "warning", "of no such severity"}
	var alarms []notify.Member
	for _, name := range names {
		alarm := raised()
		alarm.Labels["severity"] = name
		alarms = append(alarms, alarm)
	}
	deliver(t, to, alarms...)
	var got []string
	for _, one := range desk.wait(len(names)) {
		got = append(got, one.variables[module+"mimamoriAlarmSeverity.0"])
	}
	if want := []string{"critical", "major", "minor", "warning", "indeterminate"}; !slices.Equal(got, want) {
		t.Errorf("severities %q, want %q", got, want)
	}
}
