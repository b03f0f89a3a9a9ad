package notification

import (
	"net/netip"

	"mimamori/ingest/inventory"
	"mimamori/ingest/snmp/wire"
)

// security decides whose messages of version 3 are believed (RFC 3414, section 3.2).
type security struct {
	own     ownEngine
	users   map[string]*inventory.SNMPUser
	engines engines
}

func newSecurity(own ownEngine, users []inventory.SNMPUser) *security {
	s := &security{own: own, users: make(map[string]*inventory.SNMPUser, len(users)), engines: engines{known: map[engineKey]*engine{}}}
	for i := range users {
		s.users[users[i].Name] = &users[i]
	}
	return s
}

// sender is who a message of version 3 is from: what an answer to it needs.
type sender struct {
	user *inventory.SNMPUser
	keys keys
}

const levels = wire.FlagAuthentic | wire.FlagEncrypted

// open checks a message and decrypts it in place; the header has its PDU afterwards.
// Where it is dropped the sender is whom a report may be for. complaint is what is odd
// about one that is taken.
func (s *security) open(m *message) (from sender, why reason, complaint string) {
	header := m.header
	// An engine id has 5 to 32 octets (RFC 3411, SnmpEngineID); that of a message which
	// looks for ours has none.
	if len(header.EngineID) < 5 {
		return from, unknownEngine, ""
	}
	own := string(header.EngineID) == s.own.id
	user, ok := s.users[string(header.User)]
	if !ok {
		return from, s.lost(header, own, unknownUser), ""
	}
	from.user = user
	flags := header.Flags & levels
	if flags&wire.FlagAuthentic != 0 && user.Auth == "" || flags&wire.FlagEncrypted != 0 && user.Privacy == "" ||
		flags&wire.FlagAuthentic == 0 && user.Auth != "" {
		return from, s.lost(header, own, unsupportedLevel), ""
	}
	if flags&wire.FlagAuthentic != 0 {
		at := engineKey{m.source, string(header.EngineID)}
		if own {
			at.source = netip.Addr{}
		}
		if from.keys, ok = s.engines.authentic(at, user, m.datagram, header); !ok {
			return from, s.lost(header, own, wrongDigest), ""
		}
		var inWindow bool
		if own {
			s.engines.keep(at, user.Name, from.keys)
			inWindow = s.own.inWindow(header, m.now)
		} else {
			inWindow = s.engines.heard(at, m.listed, user.Name, from.keys, header, m.now)
		}
		if !inWindow {
			return from, notInTimeWindow, ""
		}
	}
	if flags&wire.FlagEncrypted != 0 {
		if why := header.Decrypt(user.Privacy, from.keys.privacy); why != wire.Sound {
			return from, string(why), ""
		}
	} else if user.Privacy != "" {
		complaint = "it is not encrypted, though its user has privacy"
	}
	if header.Type == pduInform && !own {
		return from, unknownEngine, ""
	}
	return from, taken, complaint
}

// lost is why a message is dropped that wants a report and takes another engine for
// ours: of that, before all, its sender must hear.
func (s *security) lost(header *wire.Header, own bool, why reason) reason {
	if !own && header.Flags&wire.FlagReportable != 0 {
		return unknownEngine
	}
	return why
}
