package inventory

import (
	"fmt"
	"slices"
	"strings"
)

// The versions of SNMP, as Version of a Station's devices says them.
const (
	SNMPv1  = "1"
	SNMPv2c = "2c"
	SNMPv3  = "3"
)

// AuthProtocols and PrivacyProtocols are the protocols of SNMP v3 by their names in a
// Station, the weakest first.
var (
	AuthProtocols    = []string{"MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"}
	PrivacyProtocols = []string{"DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C"}
)

// shortest is the shortest password of SNMP v3 (RFC 3414, section 11.2).
const shortest = 8

// protocol returns a protocol's name however it is written: sha256 is SHA-256, AES is
// AES-128, SHA is SHA-1. It is empty where there is no such protocol.
func protocol(known []string, written string) string {
	plain := func(name string) string {
		return strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name))
	}
	asked := plain(written)
	switch asked {
	case "SHA":
		asked = "SHA1"
	case "AES":
		asked = "AES128"
	}
	if i := slices.IndexFunc(known, func(name string) bool { return plain(name) == asked }); i >= 0 {
		return known[i]
	}
	return ""
}

// Resolved returns a copy with defaults filled in and the names of protocols as they
// stand in AuthProtocols and PrivacyProtocols; nil for nil.
func (s *SNMP) Resolved() *SNMP {
	if s == nil {
		return nil
	}
	agent := *s
	if agent.Port == 0 {
		agent.Port = 161
	}
	if agent.User != nil {
		user := agent.User.Resolved()
		agent.User = &user
	}
	if agent.Version == "" {
		agent.Version = SNMPv2c
		if agent.User != nil {
			agent.Version = SNMPv3
		}
	}
	return &agent
}

// Resolved returns the user with the names of protocols as they stand in AuthProtocols
// and PrivacyProtocols.
func (u SNMPUser) Resolved() SNMPUser {
	u.Auth = protocol(AuthProtocols, u.Auth)
	u.Privacy = protocol(PrivacyProtocols, u.Privacy)
	return u
}

// Problems returns what is wrong with how an agent is to be asked; each is a Problem
// whose path begins with the one given.
func (s *SNMP) Problems(at string) []error {
	switch s.Version {
	case "", SNMPv1, SNMPv2c, SNMPv3:
	default:
		return []error{Problem{at + ".version", fmt.Sprintf("%q is no version of SNMP: use 1, 2c or 3", s.Version)}}
	}
	if s.Version != SNMPv3 && s.User == nil {
		if s.Community == "" {
			return []error{Problem{at, "there is no community: add community: (versions 1 and 2c) or user: (version 3), or remove snmp:"}}
		}
		return nil
	}
	switch {
	case s.User == nil:
		return []error{Problem{at, "version 3 needs a user: add user: with a name"}}
	case s.Version == SNMPv1 || s.Version == SNMPv2c:
		return []error{Problem{at + ".user", fmt.Sprintf("version %s has no users: remove user:, or set version: 3", s.Version)}}
	case s.Community != "":
		return []error{Problem{at + ".community", "version 3 has no communities: remove community:, or user: for version 2c"}}
	}
	return s.User.Problems(at + ".user")
}

// Problems returns what is wrong with a user; each is a Problem whose path begins with
// the one given.
func (u *SNMPUser) Problems(at string) []error {
	var problems []error
	report := func(path, format string, arguments ...any) {
		problems = append(problems, Problem{at + path, fmt.Sprintf(format, arguments...)})
	}
	if u.Name == "" || len(u.Name) > 32 {
		report(".name", "a user's name has 1 to 32 characters: %q has %d", u.Name, len(u.Name))
	}
	if u.Auth != "" && protocol(AuthProtocols, u.Auth) == "" {
		report(".auth", "%q is no authentication protocol: use one of %s", u.Auth, strings.Join(AuthProtocols, ", "))
	}
	if u.Privacy != "" && protocol(PrivacyProtocols, u.Privacy) == "" {
		report(".privacy", "%q is no encryption: use one of %s", u.Privacy, strings.Join(PrivacyProtocols, ", "))
	}
	if u.Privacy != "" && u.Auth == "" {
		report(".privacy", "there is no privacy without authentication in SNMP v3: add auth:")
	}
	for _, password := range []struct{ key, protocol, value string }{
		{"auth", u.Auth, u.AuthPassword}, {"privacy", u.Privacy, u.PrivacyPassword},
	} {
		switch {
		case password.protocol == "" && password.value != "":
			report("."+password.key+"_password", "a password without a protocol protects nothing: add %s:, or remove it", password.key)
		case password.protocol != "" && len(password.value) < shortest:
			report("."+password.key+"_password", "the password has %d characters: SNMP v3 asks for %d or more", len(password.value), shortest)
		}
	}
	return problems
}
