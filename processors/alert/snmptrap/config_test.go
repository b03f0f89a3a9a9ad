package snmptrap

import (
	"strings"
	"testing"
	"time"
)

func TestValidate(t *testing.T) {
	good := Target{Receiver: "noc", Address: "192.0.2.10", Community: community}
	user := User{Name: "noc", Auth: "SHA-256", AuthPassword: authPassword, Privacy: "AES", PrivacyPassword: privacyPassword}
	if err := (Config{Targets: []Target{good, {Receiver: "noc", Address: "192.0.2.11", User: &user, Inform: true, Retries: retries(0)}}}).Validate(); err != nil {
		t.Fatal(err)
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	target := func(change func(*Target)) Target {
		changed := good
		change(&changed)
		return changed
	}
	for says, wrong := range map[string]Target{
		"targets[1].receiver:":               target(func(c *Target) { c.Receiver = "" }),
		"targets[1].address:":                target(func(c *Target) { c.Address = "192.0.2.11:trap" }),
		"targets[1].version:":                target(func(c *Target) { c.Version = "v2" }),
		"targets[1].community:":              target(func(c *Target) { c.Community = "" }),
		"has 128 bytes":                      target(func(c *Target) { c.Community = strings.Repeat("c", 128) }),
		"version 3 has no communities":       target(func(c *Target) { c.Version, c.User = "3", &user }),
		"targets[1].user: version 3":         target(func(c *Target) { c.Version = "3" }),
		"targets[1].user: version 2c":        target(func(c *Target) { c.Version, c.User = "2c", &user }),
		"targets[1].inform:":                 target(func(c *Target) { c.Version, c.Inform = "1", true }),
		"targets[1].timeout:":                target(func(c *Target) { c.Timeout = time.Minute }),
		"targets[1].retries:":                target(func(c *Target) { c.Retries = retries(11) }),
		"targets[1].enterprise:":             target(func(c *Target) { c.Enterprise = "1.3.6.1.2.1" }),
		"\"1.3.6.1.4.1.04\"":                 target(func(c *Target) { c.Enterprise = "1.3.6.1.4.1.04" }),
		"targets[1].user.name:":              withUser(User{}),
		"targets[1].user.context:":           withUser(User{Name: "u", Context: strings.Repeat("c", 33)}),
		"targets[1].user.auth:":              withUser(User{Name: "u", Auth: "SHA-3", AuthPassword: authPassword}),
		"targets[1].user.privacy:":           withUser(User{Name: "u", Privacy: "AES", PrivacyPassword: privacyPassword}),
		"targets[1].user.auth_password:":     withUser(User{Name: "u", Auth: "SHA", AuthPassword: "seven 7"}),
		"targets[1].user.privacy_password:":  withUser(User{Name: "u", PrivacyPassword: privacyPassword}),
		"target of receiver \"noc\" already": target(func(c *Target) { c.Address = "192.0.2.10:162" }),
	} {
		err := Config{Targets: []Target{good, wrong}}.Validate()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
			continue
		}
		for _, secret := range []string{community, authPassword, privacyPassword, "seven 7"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error says a secret: %v", err)
			}
		}
	}
}

func withUser(user User) Target {
	return Target{Receiver: "noc", Address: "192.0.2.11", User: &user}
}

func TestEndpoint(t *testing.T) {
	for address, want := range map[string]struct {
		host string
		port uint16
	}{
		"192.0.2.10":          {"192.0.2.10", 162},
		"192.0.2.10:1162":     {"192.0.2.10", 1162},
		"nms.example.org":     {"nms.example.org", 162},
		"nms.example.org:162": {"nms.example.org", 162},
		"2001:db8::1":         {"2001:db8::1", 162},
		"[2001:db8::1]":       {"2001:db8::1", 162},
		"[2001:db8::1]:1162":  {"2001:db8::1", 1162},
	} {
		if host, port, err := endpoint(address); err != nil || host != want.host || port != want.port {
			t.Errorf("%s is %s and %d, %v; want %v", address, host, port, err, want)
		}
	}
	for _, address := range []string{"", ":162", "host:0", "host:65536", "host:", "udp://host", "a b", "user@host", "a:b:162"} {
		if host, port, err := endpoint(address); err == nil {
			t.Errorf("%q is taken for %q and %d", address, host, port)
		}
	}
}
