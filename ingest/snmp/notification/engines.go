package notification

import (
	"encoding/binary"
	"net/netip"
	"time"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/wire"
)

const (
	timeWindow  = 150        // seconds (RFC 3414, section 2.2.3)
	lastBoots   = 1<<31 - 1  // an engine that has booted so often is never believed again
	bootsEpoch  = 1767225600 // 2026-01-01, Unix seconds
	enterprise  = 32473      // of documentation (RFC 5612)
	byOctets    = 5          // format of an engine id (RFC 3411, SnmpEngineID)
	mostEngines = 4096
)

// ownEngine is the SNMP engine of an appliance, which is authoritative for informs. Its
// id follows from the appliance's, so it is the same after a restart and on another
// machine. snmpEngineBoots must rise with each start and nothing is kept on disk, so it
// is the second of the start: seconds since 2026, which last until 2094.
type ownEngine struct {
	id      string
	boots   uint32
	started time.Time
}

func newOwnEngine(appliance sample.ID, now time.Time) ownEngine {
	id := binary.BigEndian.AppendUint32(nil, 1<<31|enterprise)
	id = append(id, byOctets)
	id = binary.BigEndian.AppendUint64(id, appliance)
	boots := min(max(now.Unix()-bootsEpoch, 1), lastBoots-1)
	return ownEngine{id: string(id), boots: uint32(boots), started: now}
}

// time is snmpEngineTime: seconds since boots rose.
func (e *ownEngine) time(now time.Time) uint32 {
	return uint32(min(max(now.Sub(e.started)/time.Second, 0), lastBoots))
}

// inWindow is RFC 3414, section 3.2, step 7a.
func (e *ownEngine) inWindow(header *wire.Header, now time.Time) bool {
	apart := int64(header.EngineTime) - int64(e.time(now))
	return e.boots != lastBoots && header.EngineBoots == e.boots && apart >= -timeWindow && apart <= timeWindow
}

// engineKey tells engines apart. Devices copied from one image are known to have one
// engine id: their addresses tell them apart. The own engine has no address.
type engineKey struct {
	source netip.Addr
	id     string
}

// engine is what is known of a sender's engine: since an authentic message of it came,
// its clock and the keys of the users who spoke.
type engine struct {
	keys    map[string]keys
	boots   uint32
	time    uint32 // the latest received, seconds
	heardAt time.Time
}

// keys of a user on an engine.
type keys struct{ authentication, privacy []byte }

// engines are the engines that authentic messages came from, the latest mostEngines.
type engines struct {
	passwords wire.Passwords
	known     map[engineKey]*engine
}

// authentic returns the keys of the header's user on the engine where the datagram was
// made with them. Nothing is kept of a message that is not authentic, and no more done
// than to hash it: anybody can send one.
func (e *engines) authentic(at engineKey, user *inventory.SNMPUser, datagram []byte, header *wire.Header) (keys, bool) {
	if known, ok := e.known[at]; ok {
		if have, ok := known.keys[user.Name]; ok {
			return have, wire.Authentic(datagram, header, user.Auth, have.authentication)
		}
	}
	unencrypted := *user
	unencrypted.Privacy = ""
	have := keys{}
	have.authentication, _ = e.passwords.Localise(unencrypted, at.id)
	if !wire.Authentic(datagram, header, user.Auth, have.authentication) {
		return keys{}, false
	}
	_, have.privacy = e.passwords.Localise(*user, at.id)
	return have, true
}

// heard keeps the clock of an engine and its user's keys after an authentic message, and
// says whether it is in the time window (RFC 3414, section 3.2, step 7b). Of an engine
// that is not known yet any clock is believed; at an address that the inventory does not
// list, only where the engine is not known at another by another clock: anybody may send
// again from there what he heard.
func (e *engines) heard(at engineKey, listed bool, user string, have keys, header *wire.Header, now time.Time) bool {
	known, ok := e.known[at]
	if !ok {
		if !listed && !e.plausible(at.id, header, now) {
			return false
		}
		e.makeRoom()
		known = &engine{keys: map[string]keys{}, boots: header.EngineBoots, time: header.EngineTime, heardAt: now}
		e.known[at] = known
	}
	known.keys[user] = have
	if header.EngineBoots > known.boots || (header.EngineBoots == known.boots && header.EngineTime > known.time) {
		known.boots, known.time, known.heardAt = header.EngineBoots, header.EngineTime, now
	}
	return known.inWindow(header, now)
}

// inWindow says whether the clock of a message is not behind that of its engine.
func (e *engine) inWindow(header *wire.Header, now time.Time) bool {
	switch {
	case header.EngineBoots == lastBoots || header.EngineBoots < e.boots:
		return false
	case header.EngineBoots > e.boots:
		return true
	}
	return int64(header.EngineTime) >= int64(e.time)+int64(now.Sub(e.heardAt)/time.Second)-timeWindow
}

// plausible says whether a clock is one that the engine of the id has at any of its
// addresses, or the engine is known at none.
func (e *engines) plausible(id string, header *wire.Header, now time.Time) bool {
	met := false
	for at, known := range e.known {
		if at.id != id {
			continue
		}
		if met = true; known.inWindow(header, now) {
			return true
		}
	}
	return !met
}

// keep remembers the keys of a user on the own engine, whose clock is nobody else's.
func (e *engines) keep(at engineKey, user string, have keys) {
	known, ok := e.known[at]
	if !ok {
		known = &engine{keys: map[string]keys{}}
		e.known[at] = known
	}
	known.keys[user] = have
}

// makeRoom forgets the engine that was silent for longest where there are as many as may
// be.
func (e *engines) makeRoom() {
	if len(e.known) < mostEngines {
		return
	}
	var oldest engineKey
	var since time.Time
	for at, known := range e.known {
		if at.source.IsValid() && (since.IsZero() || known.heardAt.Before(since)) {
			oldest, since = at, known.heardAt
		}
	}
	delete(e.known, oldest)
}
