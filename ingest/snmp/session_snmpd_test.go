package snmp

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
)

const (
	authPassword    = "authenticate me"
	privacyPassword = "encrypt this please"
)

// everyUser is a user of each authentication with each privacy.
func everyUser() []inventory.SNMPUser {
	all := []inventory.SNMPUser{{Name: "nobody"}}
	for _, auth := range inventory.AuthProtocols {
		user := inventory.SNMPUser{Name: auth, Auth: auth, AuthPassword: authPassword}
		all = append(all, user)
		for _, privacy := range inventory.PrivacyProtocols {
			user.Name, user.Privacy, user.PrivacyPassword = auth+"/"+privacy, privacy, privacyPassword
			all = append(all, user)
		}
	}
	return all
}

// created returns the lines by which net-snmp's agent has the users.
func created(users ...inventory.SNMPUser) []string {
	var lines []string
	for _, user := range users {
		line, level := fmt.Sprintf("createUser %q", user.Name), "noauth"
		if user.Auth != "" {
			line, level = line+fmt.Sprintf(" %s %q", strings.Replace(user.Auth, "SHA-1", "SHA", 1), user.AuthPassword), "auth"
		}
		if user.Privacy != "" {
			line, level = line+fmt.Sprintf(" %s %q", strings.Replace(user.Privacy, "AES-128", "AES", 1), user.PrivacyPassword), "priv"
		}
		lines = append(lines, line, fmt.Sprintf("rouser %q %s", user.Name, level))
	}
	return lines
}

// asUser makes the device one of version 3.
func (s *single) asUser(user inventory.SNMPUser) {
	s.device.inventory.SNMP = &inventory.SNMP{Version: inventory.SNMPv3, Port: s.device.inventory.SNMP.Port, User: &user}
	s.device.memory.engine = nil
}

func patientConfig() Config {
	cfg := quickConfig()
	cfg.Timeout = 2 * time.Second
	return cfg
}

func TestNetSNMPTakesEveryProtocol(t *testing.T) {
	users := everyUser()
	agent := newSnmpd(t, created(users...)...)
	s := newSingleAt(t, patientConfig(), nil, agent.port)
	s.asUser(users[0])
	eventually(t, "snmpd answers", 20*time.Second, func() bool {
		s.poll()
		return s.device.result == resultOK
	})
	for _, user := range users {
		t.Run(user.Name, func(t *testing.T) {
			s.asUser(user)
			for range 2 { // once with discovery, once without
				s.poll()
				if s.device.result != resultOK || s.uptimes.Len() != 1 {
					t.Fatalf("the poll ended %s with %d rows", s.device.result, s.uptimes.Len())
				}
			}
		})
	}
	if n := s.fault(faultResynchronised) + s.fault(faultStray) + s.fault(faultNotAuthentic); n != 0 {
		t.Errorf("%v irregularities", n)
	}
}

func TestNetSNMPVersions(t *testing.T) {
	agent := newSnmpd(t, "rocommunity public 127.0.0.1", "sysName real-agent")
	for _, version := range []string{inventory.SNMPv1, inventory.SNMPv2c} {
		t.Run(version, func(t *testing.T) {
			s := newSingleAt(t, patientConfig(), nil, agent.port)
			s.device.inventory.SNMP.Version = version
			eventually(t, "snmpd answers", 20*time.Second, func() bool {
				s.poll()
				return s.device.result == resultOK
			})
			if !slices.Contains(s.identities.Name, "lo") || s.devices.Len() != 1 || s.devices.SysName[0] != "real-agent" {
				t.Errorf("identities %v, devices %v", s.identities.Name, s.devices.SysName)
			}
		})
	}
}

// TestNetSNMPVersion1 holds a session of version 1 to what one of version 2c says.
func TestNetSNMPVersion1(t *testing.T) {
	agent := newSnmpd(t, "rocommunity public 127.0.0.1", "sysName real-agent")
	s := newSingleAt(t, patientConfig(), nil, agent.port)
	eventually(t, "snmpd answers", 20*time.Second, func() bool {
		s.poll()
		return s.device.result == resultOK
	})
	const absent, last = ".1.3.6.1.2.1.1.99.0", ".2.5"
	answers := map[string][3][]gosnmp.SnmpPDU{}
	for _, version := range []string{inventory.SNMPv1, inventory.SNMPv2c} {
		s.device.inventory.SNMP.Version = version
		c := s.session()
		var answer [3][]gosnmp.SnmpPDU
		var err error
		if answer[0], err = c.get([]string{absent, oidSysName, absent, oidSysObjectID, absent}); err != nil {
			t.Fatal(err)
		}
		if answer[1], err = c.next([]string{last, oidSysUpTimeObject, last}); err != nil {
			t.Fatal(err)
		}
		if answer[2], err = c.bulk([]string{oidSysUpTimeObject, last, ".1.3.6.1.2.1.1.5"}, 1); err != nil {
			t.Fatal(err)
		}
		c.close()
		answers[version] = answer
	}
	for i, want := range answers[inventory.SNMPv2c] {
		got := answers[inventory.SNMPv1][i]
		if len(got) != len(want) {
			t.Fatalf("request %d: %d values, want %d", i, len(got), len(want))
		}
		for j := range want {
			if exceptional(got[j]) != exceptional(want[j]) || !exceptional(want[j]) && got[j].Name != want[j].Name {
				t.Errorf("request %d: %+v, want %+v", i, got[j], want[j])
			}
		}
	}
}

// session opens a session with the device.
func (s *single) session() *session {
	s.t.Helper()
	c, err := open(s.t.Context(), s.device.inventory, &s.device.memory, s.worker.cfg.Timeout, 1, s.worker.metrics)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func TestNetSNMPRestarts(t *testing.T) {
	user := inventory.SNMPUser{Name: "noc", Auth: "SHA-256", AuthPassword: authPassword, Privacy: "AES-128", PrivacyPassword: privacyPassword}
	agent := newSnmpd(t, created(user)...)
	s := newSingleAt(t, patientConfig(), nil, agent.port)
	s.asUser(user)
	eventually(t, "snmpd answers", 20*time.Second, func() bool {
		s.poll()
		return s.device.result == resultOK
	})
	before := *s.device.memory.engine
	agent.stop()
	agent.start()
	eventually(t, "snmpd answers again", 20*time.Second, func() bool {
		s.poll()
		return s.device.result == resultOK
	})
	after := *s.device.memory.engine
	if after.id != before.id || after.boots != before.boots+1 || s.fault(faultResynchronised) != 1 {
		t.Errorf("engine %x of %d boots, before %x of %d; resynchronised %v times", after.id, after.boots, before.id, before.boots, s.fault(faultResynchronised))
	}

	// A device in its place, with another engine.
	agent.stop()
	if err := os.RemoveAll(filepath.Join(agent.dir, "kept")); err != nil {
		t.Fatal(err)
	}
	agent.configure(append(created(user), "exactEngineID 0x"+hex.EncodeToString([]byte("\x80\x00\x7e\xd9\x04another")))...)
	agent.start()
	eventually(t, "the other answers", 20*time.Second, func() bool {
		s.poll()
		return s.device.result == resultOK
	})
	if id := s.device.memory.engine.id; id != "\x80\x00\x7e\xd9\x04another" {
		t.Errorf("engine %x", id)
	}
}

func TestNetSNMPRefuses(t *testing.T) {
	good := inventory.SNMPUser{Name: "noc", Auth: "SHA-1", AuthPassword: authPassword, Privacy: "AES-128", PrivacyPassword: privacyPassword}
	authentic := inventory.SNMPUser{Name: "reader", Auth: "SHA-1", AuthPassword: authPassword}
	agent := newSnmpd(t, append(created(good, authentic), "rocommunity public 127.0.0.1")...)
	s := newSingleAt(t, patientConfig(), nil, agent.port)
	s.asUser(good)
	eventually(t, "snmpd answers", 20*time.Second, func() bool {
		s.poll()
		return s.device.result == resultOK
	})
	for _, c := range []struct {
		name   string
		change func(*inventory.SNMPUser)
		says   string
	}{
		{"unknown user", func(u *inventory.SNMPUser) { u.Name = "other" }, "no user of this name"},
		{"wrong password", func(u *inventory.SNMPUser) { u.AuthPassword = "let me in please" }, "digest wrong"},
		{"wrong protocol", func(u *inventory.SNMPUser) { u.Auth = "SHA-512" }, "digest wrong"},
		{"wrong privacy password", func(u *inventory.SNMPUser) { u.PrivacyPassword = "let me in please" }, "answers nothing to the user"},
		{"no such level", func(u *inventory.SNMPUser) { u.Name = "reader" }, "security level"},
		{"too low a level", func(u *inventory.SNMPUser) { u.Privacy = "" }, "authorizationError"},
	} {
		t.Run(c.name, func(t *testing.T) {
			user := good
			c.change(&user)
			s.asUser(user)
			if c.says == "answers nothing to the user" { // which is waited for
				defer func(timeout time.Duration) { s.worker.cfg.Timeout = timeout }(s.worker.cfg.Timeout)
				s.worker.cfg.Timeout = time.Second
			}
			began := time.Now()
			s.poll()
			s.wantResult(resultCredentials)
			if s.device.silent {
				t.Error("a device that answers is taken for silent")
			}
			if took := time.Since(began); took > s.worker.cfg.Timeout && c.says != "answers nothing to the user" {
				t.Errorf("it took %s: the report was not heard", took)
			}
			session := s.session()
			defer session.close()
			_, err := session.get(clockOIDs)
			if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.says)) {
				t.Errorf("%v does not say %q", err, c.says)
			}
			if err != nil && (strings.Contains(err.Error(), user.AuthPassword) || strings.Contains(err.Error(), user.PrivacyPassword) && user.PrivacyPassword != "") {
				t.Errorf("%v has a password", err)
			}
		})
	}
	s.asUser(good)
	s.poll()
	s.wantResult(resultOK)
}

func TestNetSNMPDoesNotKnowTheCommunity(t *testing.T) {
	agent := newSnmpd(t, "rocommunity public 127.0.0.1")
	cfg := quickConfig()
	s := newSingleAt(t, cfg, nil, agent.port)
	eventually(t, "snmpd answers", 20*time.Second, func() bool {
		s.poll()
		return s.device.result == resultOK
	})
	s.device.inventory.SNMP.Community = "secret-word"
	session := s.session()
	defer session.close()
	_, err := session.get(clockOIDs)
	if classify(err) != resultTimeout || !strings.Contains(err.Error(), "community") || strings.Contains(err.Error(), "secret-word") {
		t.Errorf("%v", err)
	}
}
