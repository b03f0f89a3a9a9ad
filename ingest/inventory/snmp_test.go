package inventory

import (
	"errors"
	"strings"
	"testing"
)

func TestHowAnAgentIsAsked(t *testing.T) {
	strong := SNMPUser{Name: "noc", Auth: "sha256", AuthPassword: "long enough", Privacy: "aes_256_c", PrivacyPassword: "long enough"}
	cases := []struct {
		name   string
		agent  SNMP
		path   string // of the problem, empty where there is none
		reason string
	}{
		{"version 2c", SNMP{Community: "public"}, "", ""},
		{"version 1", SNMP{Version: "1", Community: "public"}, "", ""},
		{"version 3", SNMP{User: &strong}, "", ""},
		{"nothing protects", SNMP{Version: "3", User: &SNMPUser{Name: "noc"}}, "", ""},
		{"no such version", SNMP{Version: "2", Community: "public"}, "at.version", "use 1, 2c or 3"},
		{"nobody asks", SNMP{}, "at", "add community:"},
		{"no user", SNMP{Version: "3", Community: "public"}, "at", "needs a user"},
		{"user of 2c", SNMP{Version: "2c", User: &strong}, "at.user", "set version: 3"},
		{"both", SNMP{Community: "public", User: &strong}, "at.community", "remove community:"},
		{"no name", SNMP{User: &SNMPUser{}}, "at.user.name", "1 to 32 characters"},
		{"no such protocol", SNMP{User: &SNMPUser{Name: "noc", Auth: "SHA-3", AuthPassword: "long enough"}}, "at.user.auth", "SHA-256"},
		{"no such encryption", SNMP{User: &SNMPUser{Name: "noc", Auth: "MD5", AuthPassword: "long enough", Privacy: "3DES", PrivacyPassword: "long enough"}}, "at.user.privacy", "AES-256-C"},
		{"privacy alone", SNMP{User: &SNMPUser{Name: "noc", Privacy: "AES", PrivacyPassword: "long enough"}}, "at.user.privacy", "add auth:"},
		{"short password", SNMP{User: &SNMPUser{Name: "noc", Auth: "MD5", AuthPassword: "short"}}, "at.user.auth_password", "8 or more"},
		{"password for nothing", SNMP{User: &SNMPUser{Name: "noc", AuthPassword: "long enough"}}, "at.user.auth_password", "add auth:"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			problems := c.agent.Problems("at")
			if c.path == "" {
				if len(problems) > 0 {
					t.Errorf("it is turned down: %v", problems)
				}
				return
			}
			if len(problems) != 1 {
				t.Fatalf("problems %v, want one", problems)
			}
			problem := Problem{}
			if !errors.As(problems[0], &problem) || problem.Path != c.path || !strings.Contains(problem.Reason, c.reason) {
				t.Errorf("problem %q, want the path %s and %q", problem, c.path, c.reason)
			}
		})
	}
}

func TestAnAgentResolved(t *testing.T) {
	written := SNMP{User: &SNMPUser{Name: "noc", Auth: "sha", Privacy: "Aes"}}
	resolved := written.Resolved()
	if resolved.Version != SNMPv3 || resolved.Port != 161 || resolved.User.Auth != "SHA-1" || resolved.User.Privacy != "AES-128" {
		t.Errorf("resolved to %+v with %+v", resolved, resolved.User)
	}
	if written.User.Auth != "sha" || written.Port != 0 {
		t.Error("filling in defaults changed the configuration")
	}
	if resolved := (&SNMP{Community: "public"}).Resolved(); resolved.Version != SNMPv2c {
		t.Errorf("version %q, want 2c where there is a community", resolved.Version)
	}
	if (*SNMP)(nil).Resolved() != nil {
		t.Error("a device without SNMP got some")
	}
}
