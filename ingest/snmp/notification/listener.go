package notification

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/netip"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/datagram"
	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/wire"
)

// A batch is emitted when the first of these is reached, or when an inform is to be
// answered.
const (
	batchRows   = 500
	batchLinger = 200 * time.Millisecond
)

// floodNoted is how often it is said at most that a source sends too much.
const floodNoted = time.Minute

// Listener receives the notifications of one station.
type Listener struct {
	config  Config
	station inventory.Station
	emit    func(slot int64, rows sample.Rows)
	logger  *slog.Logger
	metrics *metrics

	devices     map[netip.Addr]sample.ID
	communities map[string]bool
	shares      *shares
	security    *security
	decoder     decoder
	answered    answered
	seed        maphash.Seed
	reported    map[reason]uint32 // what the counters of reports stand at
	send        func([]byte, netip.AddrPort) error

	rows     sample.Notifications
	slot     int64     // of the rows gathered, Unix milliseconds
	due      time.Time // when the rows gathered are emitted
	sequence uint64
	flooded  time.Time // when a flood was last spoken of
}

// New returns a listener for the notifications of the station's appliance. It hands rows
// of sample.Notifications to emit, with the second they were received in as the slot;
// emit is called from one goroutine and must not keep the rows after it returns.
func New(config Config, station inventory.Station, emit func(slot int64, rows sample.Rows), logger *slog.Logger, registerer prometheus.Registerer) (*Listener, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("set up the listener for SNMP notifications: %w", err)
	}
	from := station.Appliance.Notifications
	if from == nil {
		return nil, errors.New("set up the listener for SNMP notifications: the appliance has none: add notifications: to the appliance in the inventory")
	}
	metrics, err := newMetrics(registerer)
	if err != nil {
		return nil, err
	}
	l := &Listener{
		config: config, station: station, emit: emit, logger: logger, metrics: metrics,
		communities: map[string]bool{}, shares: newShares(config), seed: maphash.MakeSeed(), reported: map[reason]uint32{},
		decoder: decoder{codec: gosnmp.GoSNMP{Version: gosnmp.Version2c}},
	}
	for _, community := range from.Communities {
		l.communities[community] = true
	}
	return l, nil
}

// Run receives until the context ends, emits what it has and returns nil. An address that
// cannot be listened on is an error.
func (l *Listener) Run(ctx context.Context) error {
	socket, err := l.listen(ctx)
	if err != nil {
		return err
	}
	defer socket.Close()
	return l.serve(ctx, socket)
}

func (l *Listener) listen(ctx context.Context) (*datagram.Socket, error) {
	return datagram.Listen(ctx, datagram.Config{
		What: "SNMP notifications", Address: l.station.Appliance.Notifications.Listen,
		Setting:     fmt.Sprintf("notifications.listen of appliance %q", l.station.Appliance.Name),
		BufferBytes: l.config.ReceiveBufferBytes, MaxBytes: 1<<16 - 1,
		Dropped: l.metrics.dropped.WithLabelValues(kernelDropped), Failed: l.metrics.errors,
	})
}

// start readies the listener for its first datagram.
func (l *Listener) start(ctx context.Context, now time.Time, send func([]byte, netip.AddrPort) error) {
	l.send = send
	l.devices = datagram.DevicesByAddress(ctx, "SNMP notifications", l.station.Devices, l.logger)
	l.security = newSecurity(newOwnEngine(l.station.ApplianceID, now), l.station.Appliance.Notifications.Users)
	// Notifications of an earlier run have lower numbers as long as they came at fewer
	// than 256 a microsecond.
	l.sequence = uint64(now.UnixMicro()) << 8
}

func (l *Listener) serve(ctx context.Context, socket *datagram.Socket) error {
	l.start(ctx, time.Now(), socket.Send)
	l.logger.Info("receiving SNMP notifications", "address", socket.LocalAddr().String(), "devices", len(l.devices),
		"users", len(l.security.users), "engine_id", fmt.Sprintf("%x", l.security.own.id))
	return socket.Receive(ctx, datagram.Handler{Take: l.take, Due: func() time.Time { return l.due }, Flush: l.flush})
}

// take takes a datagram, whose bytes it may change: the notification in it becomes a row,
// whatever else it is is counted, and who asked for an answer gets one.
func (l *Listener) take(octets []byte, from netip.AddrPort, now time.Time) {
	source := datagram.Plain(from.Addr())
	_, known := l.devices[source]
	if !l.shares.take(source, known, now) {
		l.drop(tooFast)
		if now.Sub(l.flooded) >= floodNoted {
			l.flooded = now
			l.logger.Warn("SNMP notifications are dropped: a source sends more than ingest.notification.source_rate", "source", source.String(), "device", known)
		}
		return
	}
	var header wire.Header
	if why := wire.Read(octets, &header); why != wire.Sound {
		l.drop(string(why))
		return
	}
	m := message{datagram: octets, header: &header, from: from, source: source, listed: known, now: now}
	if why := l.check(&m); why != taken {
		l.refuse(&m, why)
		return
	}
	l.keep(&m)
}

// message is a datagram on its way through the listener.
type message struct {
	datagram  []byte
	header    *wire.Header
	from      netip.AddrPort
	source    netip.Addr // of from, as devices are found by
	listed    bool       // the source is in the inventory
	now       time.Time
	sender    sender // of version 3
	complaint string
}

// check says why a message is not taken.
func (l *Listener) check(m *message) reason {
	if m.header.Version == wire.Version3 {
		var why reason
		if m.sender, why, m.complaint = l.security.open(m); why != taken {
			return why
		}
	} else if len(l.communities) > 0 && !l.communities[string(m.header.Community)] {
		return unknownCommunity
	}
	switch m.header.Type {
	case pduTrapV1, pduTrap, pduInform:
		return taken
	}
	return notNotification
}

// refuse counts a message that is not taken and reports to who asked for it. A message
// that only looks for the engine of this appliance is no loss.
func (l *Listener) refuse(m *message, why reason) {
	looking := why == unknownEngine && len(m.header.EngineID) == 0 && m.header.Flags&wire.FlagReportable != 0
	if !looking {
		l.drop(why)
	}
	if m.header.Version != wire.Version3 || m.header.Flags&wire.FlagReportable == 0 || reportOIDs[why] == "" {
		return
	}
	l.reported[why]++
	report, err := l.security.report(why, l.reported[why], m.header, m.sender, m.now)
	if err == nil {
		err = l.send(report, m.from)
	}
	if err == nil {
		l.metrics.reports.WithLabelValues(why).Inc()
	}
}

// keep makes a row of a message and acknowledges it where it is an inform.
func (l *Listener) keep(m *message) {
	said, packet, why := l.decoder.decode(m.header.PDU)
	if why != taken {
		l.drop(why)
		return
	}
	if m.complaint != "" {
		said.complain(m.complaint)
	}
	if (m.header.Type == pduTrapV1) != (m.header.Version == wire.Version1) {
		said.complain("its PDU is of another version than its message")
	}
	inform := m.header.Type == pduInform
	if inform && l.answered.seen(l.keyOf(m), m.now) {
		l.metrics.repeated.Inc()
	} else {
		l.add(m, &said)
	}
	if inform {
		l.flush()
		l.acknowledge(m, packet)
	}
}

func (l *Listener) keyOf(m *message) uint64 {
	var hash maphash.Hash
	hash.SetSeed(l.seed)
	address := m.source.As16()
	_, _ = hash.Write(address[:])
	_, _ = hash.Write(m.header.PDU)
	return hash.Sum64()
}

// acknowledge answers an inform.
func (l *Listener) acknowledge(m *message, packet *gosnmp.SnmpPacket) {
	var response []byte
	var err error
	if m.header.Version == wire.Version3 {
		response, err = l.security.respondV3(m.header, m.sender, packet.Variables, m.now)
	} else {
		response = respond(m.datagram, m.header)
	}
	if err == nil {
		err = l.send(response, m.from)
	}
	if err != nil {
		l.metrics.unanswered.Inc()
	}
}

// add adds a row to those gathered.
func (l *Listener) add(m *message, said *notification) {
	received := m.now.UnixMilli()
	slot := received - received%1000
	if l.rows.Len() > 0 && (slot != l.slot || l.rows.Len() >= batchRows) {
		l.flush()
	}
	if l.rows.Len() == 0 {
		l.slot, l.due = slot, m.now.Add(batchLinger)
	}
	device := deviceOf(l.devices, m.source, said.agent)
	version, inform, kind := versionOf(m.header), uint8(0), "trap"
	if m.header.Type == pduInform {
		inform, kind = 1, "inform"
	}
	l.metrics.received.WithLabelValues(versionNames[version], kind).Inc()
	if device == 0 {
		l.metrics.unknownSource.Inc()
	}
	if said.complaint != "" {
		l.metrics.odd.Inc()
	}
	if version != 3 && len(l.communities) == 0 {
		l.metrics.anyCommunity.Inc()
	}
	agent := ""
	if said.agent.IsValid() {
		agent = said.agent.String()
	}
	l.sequence++

	rows := &l.rows
	rows.Device = append(rows.Device, device)
	rows.OffsetMs = append(rows.OffsetMs, uint32(received-slot))
	rows.Sequence = append(rows.Sequence, l.sequence)
	rows.Version = append(rows.Version, version)
	rows.Inform = append(rows.Inform, inform)
	rows.TrapOID = append(rows.TrapOID, said.trapOID)
	rows.Name = append(rows.Name, said.name)
	rows.Severity = append(rows.Severity, said.severity)
	rows.SysUpTime = append(rows.SysUpTime, said.sysUpTime)
	rows.Source = append(rows.Source, m.source.String())
	rows.Agent = append(rows.Agent, agent)
	rows.Enterprise = append(rows.Enterprise, said.enterprise)
	rows.IfIndex = append(rows.IfIndex, said.ifIndex)
	rows.InterfaceName = append(rows.InterfaceName, said.interfaceName)
	rows.Variables = append(rows.Variables, said.variables)
	rows.Complaint = append(rows.Complaint, said.complaint)
}

var versionNames = [...]string{"", "1", "2c", "3"}

func (l *Listener) flush() {
	if l.rows.Len() > 0 {
		l.emit(l.slot, &l.rows)
	}
	sample.Truncate(&l.rows, 0)
	l.due = time.Time{}
}

func (l *Listener) drop(why reason) { l.metrics.dropped.WithLabelValues(why).Inc() }
