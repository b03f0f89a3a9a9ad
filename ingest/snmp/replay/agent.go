package replay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mimamori/ingest/inventory"
)

// Config says what an agent has, who may ask it, and what is wrong with it.
type Config struct {
	// Walk is what the agent has. It may be shared by agents.
	Walk *Walk
	// Address to listen on, host:port. Empty is a free port of 127.0.0.1.
	Address string
	// Versions that are answered: 1, 2c, 3. Empty is all of them.
	Versions []string
	// Community of versions 1 and 2c. Empty is public.
	Community string
	// Users of version 3.
	Users []inventory.SNMPUser
	// EngineID of the agent (RFC 3411, snmpEngineID). Empty is that of the walk, and
	// one of our own where the walk has none.
	EngineID []byte
	// Boots is snmpEngineBoots at the start. 0 is 1.
	Boots uint32
	// EngineTime is snmpEngineTime at the start, in seconds.
	EngineTime uint32
	// CounterRate is by how much every counter grows in a second. 0: they stand still.
	CounterRate uint64
	// Now is a clock that never goes back. Without it the agent has the machine's.
	Now func() time.Duration
	// Quirks of the agent.
	Quirks Quirks
}

// Agent answers requests from a walk.
type Agent struct {
	config     Config
	connection *net.UDPConn
	answers    *net.UDPConn // what answers are sent by

	mu       sync.Mutex
	given    *Walk
	walk     *Walk // what is seen of it
	quirks   quirks
	engineID []byte
	users    map[string]*user
	boots    uint32
	began    time.Duration // when the agent was last started
	rebooted bool
	counts   Counts
	reports  map[string]uint32

	// Of the present request.
	elapsed time.Duration
	request message
	places  []asked
	reply   answer
	salt    uint64

	pdu, scoped, sealed, message []byte
}

// Counts is what an agent did since it was made.
type Counts struct {
	// Requests in a version that is answered; by 1 and 2c of the right community.
	Requests uint64
	// Answers and reports that were made, those that LoseEvery loses among them.
	Answers uint64
	// Variables in the answers that were sent, each answer once; an error has none.
	Variables uint64
	// Octets of what was sent, each answer once.
	Octets uint64
}

// defaultEngineID is made of the enterprise for documentation and a text (RFC 3411).
var defaultEngineID = []byte("\x80\x00\x7e\xd9\x04replay")

// New returns an agent that has its sockets already; Run makes it answer. The error
// says which part of the configuration cannot be used.
func New(config Config) (*Agent, error) {
	a := &Agent{config: config, boots: max(config.Boots, 1), users: map[string]*user{}, reports: map[string]uint32{}}
	if config.Now == nil {
		start := time.Now()
		a.config.Now = func() time.Duration { return time.Since(start) }
	}
	if config.Community == "" {
		a.config.Community = "public"
	}
	if config.Walk == nil {
		return nil, errors.New("replay a walk: there is none")
	}
	a.given = config.Walk
	a.engineID = slices.Clone(config.EngineID)
	if len(a.engineID) == 0 {
		a.engineID = engineIDOf(config.Walk)
	}
	for _, each := range config.Users {
		user, err := newUser(each, a.engineID)
		if err != nil {
			return nil, fmt.Errorf("replay a walk: %w", err)
		}
		a.users[user.name] = user
	}
	if err := a.SetQuirks(config.Quirks); err != nil {
		return nil, err
	}
	a.began = a.config.Now()
	return a, a.listen()
}

func engineIDOf(walk *Walk) []byte {
	walk.sort()
	place, exact := walk.find(mustEncode(".1.3.6.1.6.3.10.2.1.1.0"))
	if exact && walk.objects[place].kind() == TypeString {
		o := &walk.objects[place]
		if _, content, _, ok := element(o.variable[o.value:]); ok && len(content) >= 5 && len(content) <= 32 {
			return content
		}
	}
	return defaultEngineID
}

func (a *Agent) listen() error {
	address := a.config.Address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listened, err := net.ListenPacket("udp", address)
	if err != nil {
		return fmt.Errorf("replay a walk: %w", err)
	}
	a.connection = listened.(*net.UDPConn)
	a.answers = a.connection
	if from := a.config.Quirks.AnswerFrom; from.IsValid() {
		port := a.Addr().Port()
		a.answers, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, port)))
		if err != nil {
			return errors.Join(fmt.Errorf("replay a walk: answer from another address: %w", err), a.connection.Close())
		}
	}
	return nil
}

// Addr is where the agent listens.
func (a *Agent) Addr() netip.AddrPort {
	address := a.connection.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
}

// Run answers until the context ends, and closes the sockets. It may be called once.
func (a *Agent) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { a.close() })
	defer func() {
		stop()
		a.close()
	}()
	buffer := make([]byte, 65536)
	for {
		n, from, err := a.connection.ReadFromUDPAddrPort(buffer)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("replay a walk: receive: %w", err)
		}
		a.serve(ctx, buffer[:n], from)
	}
}

func (a *Agent) close() {
	_ = a.connection.Close()
	if a.answers != a.connection {
		_ = a.answers.Close()
	}
}

func (a *Agent) serve(ctx context.Context, datagram []byte, from netip.AddrPort) {
	a.mu.Lock()
	defer a.mu.Unlock()
	message := a.handle(datagram)
	if message == nil {
		return
	}
	if a.quirks.Delay > 0 {
		delay := time.NewTimer(a.quirks.Delay)
		defer delay.Stop()
		a.mu.Unlock() // whoever changes the agent does not wait
		select {
		case <-ctx.Done():
		case <-delay.C:
		}
		a.mu.Lock()
	}
	for range 1 + a.quirks.Duplicates {
		_, _ = a.answers.WriteToUDPAddrPort(message, from) // an answer may be lost
	}
}

// handle returns the answer to a datagram; nil is none.
func (a *Agent) handle(datagram []byte) []byte {
	m := &a.request
	if m.parse(datagram) != nil || !a.answersVersion(m.version) {
		return nil
	}
	a.elapsed = a.config.Now() - a.began
	a.reply.count = 0
	var message []byte
	switch {
	case m.version == version3:
		message = a.secured(m, datagram)
	case string(m.community) == a.config.Community:
		a.respond(m, maxDatagram)
		if !a.reply.silent {
			a.pdu = appendPDU(a.pdu[:0], tagResponse, a.requestID(m), a.reply.status, a.reply.index, a.reply.variables)
			a.message = appendMessage(a.message[:0], m.version, m.community, a.pdu)
			message = a.message
		}
	default:
		return nil
	}
	a.counts.Requests++
	if message == nil {
		return nil
	}
	a.counts.Answers++
	if every(a.counts.Answers, a.quirks.LoseEvery) {
		return nil
	}
	a.counts.Variables += uint64(a.reply.count)
	a.counts.Octets += uint64(len(message))
	if every(a.counts.Answers, a.quirks.GarbageEvery) {
		return []byte("\x30\x82this is no SNMP message")
	}
	return message
}

var versionNames = map[int]string{version1: inventory.SNMPv1, version2c: inventory.SNMPv2c, version3: inventory.SNMPv3}

func (a *Agent) answersVersion(version int) bool {
	if len(a.config.Versions) == 0 {
		return true
	}
	return slices.Contains(a.config.Versions, versionNames[version])
}

// requestID is the request-id of an answer.
func (a *Agent) requestID(m *message) []byte {
	if !every(a.counts.Answers+1, a.quirks.WrongIDEvery) {
		return m.requestID
	}
	other := slices.Clone(m.requestID)
	other[len(other)-1] ^= 0x55
	return other
}

// engineTime is snmpEngineTime.
func (a *Agent) engineTime() uint32 {
	seconds := uint32((a.config.Now() - a.began) / time.Second)
	if a.rebooted {
		return seconds
	}
	return a.config.EngineTime + seconds
}

// Reboot restarts the agent: its clocks and counters begin at 0, and snmpEngineBoots
// is one more.
func (a *Agent) Reboot() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.boots++
	a.began, a.rebooted = a.config.Now(), true
}

// SetWalk gives the agent other objects.
func (a *Agent) SetWalk(walk *Walk) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.given = walk
	a.look()
}

// SetQuirks gives the agent other faults, all but AnswerFrom.
func (a *Agent) SetQuirks(to Quirks) error {
	encoded, err := to.encoded()
	if err != nil {
		return fmt.Errorf("replay a walk: a quirk: %w", err)
	}
	if _, err := encodeNames(to.Without); err != nil {
		return fmt.Errorf("replay a walk: a quirk: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.quirks = encoded
	a.look()
	return nil
}

// look takes what is seen of the walk.
func (a *Agent) look() {
	a.given.sort()
	a.walk = a.given
	if len(a.quirks.Without) == 0 {
		return
	}
	a.walk = a.given.Clone()
	for _, prefix := range a.quirks.Without {
		_ = a.walk.Remove(prefix) // SetQuirks has read the name
	}
}

// Counts returns what the agent did.
func (a *Agent) Counts() Counts {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts
}
