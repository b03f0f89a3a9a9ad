package storetest

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/clickhouse"
	"mimamori/storage/embedded/embeddedtest"
)

// Begin is the first moment of the world: midnight UTC ten days ago, within the
// retention of every table. End is a week later.
var (
	Begin = time.Now().UTC().Truncate(24 * time.Hour).Add(-10 * 24 * time.Hour)
	End   = Begin.Add(7 * 24 * time.Hour)
)

// The names of the world: acme has two sites, zen one, and both have a router.
const (
	Acme   = "acme"
	Zen    = "zen"
	Tokyo  = "tokyo"
	Osaka  = "osaka"
	Berlin = "berlin"
	Router = "router"
	Switch = "switch"
	Uplink = "Gi0/0"
	Floor  = "Gi0/1"
	Path   = "tokyo to osaka"
	Box    = "box" // the appliance of each site

	Runbook = "https://wiki.partner.example/acme/tokyo" // of tokyo; the partner's own
)

// The ids of the world.
var (
	AcmeID        = sample.CustomerID(Acme)
	ZenID         = sample.CustomerID(Zen)
	TokyoID       = sample.SiteID(Acme, Tokyo)
	OsakaID       = sample.SiteID(Acme, Osaka)
	BerlinID      = sample.SiteID(Zen, Berlin)
	TokyoRouterID = sample.DeviceID(Acme, Tokyo, Router)
	TokyoSwitchID = sample.DeviceID(Acme, Tokyo, Switch)
	OsakaRouterID = sample.DeviceID(Acme, Osaka, Router)
	ZenRouterID   = sample.DeviceID(Zen, Berlin, Router)
	UplinkID      = sample.InterfaceID(TokyoRouterID, Uplink)
	FloorID       = sample.InterfaceID(TokyoSwitchID, Floor)
	ZenUplinkID   = sample.InterfaceID(ZenRouterID, Uplink)
	PathID        = sample.PathID(Acme, Tokyo, Path)
)

// Open starts an engine and returns a store that holds the world, and how it is
// reached.
func Open(tb testing.TB) (*clickhouse.Store, clickhouse.Config) {
	tb.Helper()
	endpoint := embeddedtest.Start(tb)
	config := clickhouse.DefaultConfig()
	config.Address, config.Password, config.Protocol, config.Database = endpoint.Address, endpoint.Token, clickhouse.ProtocolHTTP, endpoint.Database
	store, err := clickhouse.Open(tb.Context(), config, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	Fill(tb, store)
	return store, config
}

// Fill writes the world to a store that has its tables.
func Fill(tb testing.TB, store *clickhouse.Store) {
	tb.Helper()
	w := world{tb: tb, store: store}
	w.names()
	w.outages()
	w.traffic()
	w.voice()
	w.log()
	w.notifications()
	w.pings()
	w.health()
	w.blindSpots()
	w.maintenance()
	w.alarms()
}

// RollUp adds up what is in a store of Open: availability of the whole world, traffic,
// voice and the log of the first two days.
func RollUp(tb testing.TB, store *clickhouse.Store) {
	tb.Helper()
	for _, all := range []storage.RollUp{
		{Customer: AcmeID, Sites: []sample.ID{TokyoID, OsakaID}, FromMs: at(0), ToMs: at(2 * day)},
		{Customer: ZenID, Sites: []sample.ID{BerlinID}, FromMs: at(0), ToMs: at(2 * day)},
	} {
		hours := errors.Join(store.RollUpHours(tb.Context(), all), store.RollUpLog(tb.Context(), all))
		all.ToMs = End.UnixMilli()
		if err := errors.Join(hours, store.RollUpDays(tb.Context(), all)); err != nil {
			tb.Fatal(err)
		}
	}
}

type world struct {
	tb     testing.TB
	store  *clickhouse.Store
	offset int64 // of the last message
}

// at is a moment of the world.
func at(after time.Duration) int64 { return Begin.Add(after).UnixMilli() }

const day = 24 * time.Hour

func (w *world) names() {
	registry := storage.Registry{
		Customers: []storage.Customer{{ID: AcmeID, Name: Acme}, {ID: ZenID, Name: Zen}},
		Sites: []storage.Site{
			{
				ID: TokyoID, Customer: AcmeID, Name: Tokyo, Runbook: Runbook,
				Contact: storage.Contact{Name: "Sato, facilities", Phone: "+81 3 5550 0100", Mail: "sato@acme.example", Hours: "Mon-Fri 8-18, else the guard"},
			}, {ID: OsakaID, Customer: AcmeID, Name: Osaka}, {ID: BerlinID, Customer: ZenID, Name: Berlin},
		},
		Appliances: []storage.Appliance{
			{ID: TokyoID + 1, Customer: AcmeID, Site: TokyoID, Name: Box}, {ID: OsakaID + 1, Customer: AcmeID, Site: OsakaID, Name: Box},
			{ID: BerlinID + 1, Customer: ZenID, Site: BerlinID, Name: Box},
		},
	}
	w.check(w.store.SaveRegistry(w.tb.Context(), registry))
	w.raw(AcmeID, TokyoID, 0, &sample.Devices{
		Device: []sample.ID{TokyoRouterID, TokyoSwitchID}, Behind: []sample.ID{0, TokyoRouterID}, Name: []string{Router, Switch},
		Address: []string{"10.0.0.1", "10.0.0.2"}, SysObjectID: make([]string, 2), SysName: make([]string, 2), SysDescr: make([]string, 2),
	})
	w.raw(AcmeID, OsakaID, 0, oneDevice(OsakaRouterID, "10.0.1.1"))
	w.raw(ZenID, BerlinID, 0, oneDevice(ZenRouterID, "10.0.0.1")) // an address of acme's too
	w.raw(AcmeID, TokyoID, 0, &sample.InterfaceIdentities{
		Device: []sample.ID{TokyoRouterID, TokyoSwitchID}, Interface: []sample.ID{UplinkID, FloorID}, IfIndex: []uint32{1, 1}, IfType: []uint32{6, 6},
		MTU: []uint32{1500, 1500}, Name: []string{Uplink, Floor}, Alias: []string{"to the carrier", "first floor"},
		Description: make([]string, 2), PhysAddress: make([]string, 2), SpeedBps: []uint64{100e6, 1e9},
	})
	w.raw(ZenID, BerlinID, 0, &sample.InterfaceIdentities{
		Device: []sample.ID{ZenRouterID}, Interface: []sample.ID{ZenUplinkID}, IfIndex: []uint32{1}, IfType: []uint32{6}, MTU: []uint32{1500},
		Name: []string{Uplink}, Alias: make([]string, 1), Description: make([]string, 1), PhysAddress: make([]string, 1), SpeedBps: []uint64{50e6},
	})
	w.raw(AcmeID, TokyoID, 0, &sample.Paths{Path: []sample.ID{PathID}, Name: []string{Path}, Target: []string{"192.0.2.1:862"}, Codec: []string{"G.711"}})
}

func oneDevice(id sample.ID, address string) *sample.Devices {
	return &sample.Devices{
		Device: []sample.ID{id}, Behind: []sample.ID{0}, Name: []string{Router}, Address: []string{address},
		SysObjectID: make([]string, 1), SysName: make([]string, 1), SysDescr: make([]string, 1),
	}
}

// outages: all devices are seen from Begin on. The router in tokyo is down for 2 h on
// the first day, the switch behind it with it, for 10 min on the fourth, and degraded
// for 30 min on the second. The switch alone is down for 20 min on the sixth. Nobody
// reported of osaka for 6 h of the third. The router of zen was down for 1 h of the
// fifth and has been down again since an hour before End.
func (w *world) outages() {
	down := func(device, site, customer sample.ID, from, to time.Duration, state storage.State, cause storage.Cause, evidence string) storage.Interval {
		return storage.Interval{Customer: customer, Site: site, Device: device, FromMs: at(from), ToMs: at(to), State: state, Cause: cause,
			Evidence: evidence, Version: storage.Version{Offset: w.offset + 1}}
	}
	state := func(device, site, customer sample.ID, state storage.State, since time.Duration) storage.DeviceState {
		return storage.DeviceState{Customer: customer, Site: site, Appliance: site + 1, Device: device, Partition: partition, State: state, SinceMs: at(since), FirstSeenMs: at(0),
			WatermarkMs: End.UnixMilli(), LastSeenMs: End.UnixMilli(), Version: storage.Version{Offset: w.offset + 1}}
	}
	dead := state(ZenRouterID, BerlinID, ZenID, storage.StateDown, 7*day-time.Hour)
	dead.Cause, dead.LastSeenMs = storage.CauseNoAnswer, at(7*day-time.Hour)
	w.derive(&storage.Derived{
		Intervals: []storage.Interval{
			down(TokyoRouterID, TokyoID, AcmeID, 10*time.Hour, 12*time.Hour, storage.StateDown, storage.CauseNoAnswer, "3 rounds lost"),
			down(TokyoSwitchID, TokyoID, AcmeID, 10*time.Hour, 12*time.Hour, storage.StateDown, storage.CauseUnreachable, "behind router"),
			down(TokyoRouterID, TokyoID, AcmeID, day, day+30*time.Minute, storage.StateDegraded, storage.CauseNone, "loss 40 %"),
			down(OsakaRouterID, OsakaID, AcmeID, 2*day, 2*day+6*time.Hour, storage.StateUnknown, storage.CauseSilent, ""),
			down(TokyoRouterID, TokyoID, AcmeID, 3*day+time.Hour, 3*day+70*time.Minute, storage.StateDown, storage.CauseReboot, "sysUpTime fell"),
			down(ZenRouterID, BerlinID, ZenID, 4*day, 4*day+time.Hour, storage.StateDown, storage.CauseNoAnswer, "3 rounds lost"),
			down(TokyoSwitchID, TokyoID, AcmeID, 5*day, 5*day+20*time.Minute, storage.StateDown, storage.CauseNoAnswer, "3 rounds lost"),
		},
		DeviceStates: []storage.DeviceState{
			state(TokyoRouterID, TokyoID, AcmeID, storage.StateUp, 3*day+70*time.Minute), state(TokyoSwitchID, TokyoID, AcmeID, storage.StateUp, 5*day+20*time.Minute),
			state(OsakaRouterID, OsakaID, AcmeID, storage.StateUp, 2*day+6*time.Hour), dead,
		},
		Reboots: []storage.Reboot{{Customer: AcmeID, Site: TokyoID, Device: TokyoRouterID, AtMs: at(3*day + 70*time.Minute),
			Kind: storage.RebootDevice, Evidence: "sysUpTime fell", Version: storage.Version{Offset: w.offset + 1}}},
	})
}

// UplinkBps is what the uplink in tokyo receives in an hour of the day, bit/s: 10 Mb/s
// by night, 60 Mb/s from 9 to 18 h, 90 Mb/s from 11 to 12 h. It sends half of it.
func UplinkBps(hour int) uint64 {
	switch {
	case hour == 11:
		return 90e6
	case hour >= 9 && hour < 18:
		return 60e6
	}
	return 10e6
}

// traffic: polls every five minutes over the whole week. The floor of the switch
// carries 100 Mb/s each way, the uplink of zen 5 Mb/s in and 1 Mb/s out.
func (w *world) traffic() {
	w.derive(&storage.Derived{Links: []storage.Link{
		{Customer: AcmeID, Site: TokyoID, Device: TokyoRouterID, Interface: UplinkID, LinkProfile: storage.LinkProfile{Kind: storage.LinkWAN}, Version: storage.Version{Offset: w.offset + 1}},
		{Customer: AcmeID, Site: TokyoID, Device: TokyoSwitchID, Interface: FloorID, LinkProfile: storage.LinkProfile{Kind: storage.LinkLAN}, Version: storage.Version{Offset: w.offset + 1}},
		{Customer: ZenID, Site: BerlinID, Device: ZenRouterID, Interface: ZenUplinkID, LinkProfile: storage.LinkProfile{Kind: storage.LinkWAN}, Version: storage.Version{Offset: w.offset + 1}},
	}})
	const poll = 5 * time.Minute
	var u storage.Utilization
	add := func(customer, site, device, port sample.ID, end time.Duration, in, out, speed uint64) {
		u.Customer, u.Site, u.Device, u.Interface = append(u.Customer, customer), append(u.Site, site), append(u.Device, device), append(u.Interface, port)
		u.EndMs, u.IntervalMs = append(u.EndMs, at(end)), append(u.IntervalMs, uint32(poll.Milliseconds()))
		u.InBits, u.OutBits = append(u.InBits, in*300), append(u.OutBits, out*300)
		u.InPackets, u.OutPackets = append(u.InPackets, in/40), append(u.OutPackets, out/40)
		u.InBroadcast, u.OutBroadcast = append(u.InBroadcast, in/4000), append(u.OutBroadcast, 0)
		u.InMulticast, u.OutMulticast = append(u.InMulticast, 0), append(u.OutMulticast, 0)
		u.InErrors, u.OutErrors = append(u.InErrors, 3), append(u.OutErrors, 0)
		u.InDiscards, u.OutDiscards = append(u.InDiscards, 0), append(u.OutDiscards, 1)
		u.AdminStatus, u.OperStatus = append(u.AdminStatus, 1), append(u.OperStatus, 1)
		u.SpeedBps, u.Gap, u.Offset = append(u.SpeedBps, speed), append(u.Gap, storage.GapNone), append(u.Offset, w.offset+1)
	}
	for end := poll; end <= 7*day; end += poll {
		in := UplinkBps(int((end-poll)/time.Hour) % 24)
		add(AcmeID, TokyoID, TokyoRouterID, UplinkID, end, in, in/2, 100e6)
		add(AcmeID, TokyoID, TokyoSwitchID, FloorID, end, 100e6, 100e6, 1e9)
		add(ZenID, BerlinID, ZenRouterID, ZenUplinkID, end, 5e6, 1e6, 50e6)
	}
	w.derive(&storage.Derived{Utilization: u})
}

// voice: the path is measured each minute of the first day. It rates R 90, MOS 4.3,
// but R 60, MOS 3.1 in the hour from 11 to 12.
func (w *world) voice() {
	var minutes []storage.VoiceMinute
	for minute := range 24 * 60 {
		r, mos, band, lost := 90.0, 4.3, "very satisfied", uint32(0)
		if minute/60 == 11 {
			r, mos, band, lost = 60, 3.1, "nearly all dissatisfied", 60
		}
		minutes = append(minutes, storage.VoiceMinute{
			Customer: AcmeID, Site: TokyoID, Path: PathID, MinuteMs: at(time.Duration(minute) * time.Minute), CoveredMs: 60_000, Codec: "G.711",
			Sent: 3000, Received: 3000 - lost, Lost: lost, LossPct: float64(lost) / 30, DelayMs: 40, RTTMeanMs: 20, RTTMinMs: 18, PDV99Ms: 4, JitterMs: 1.5,
			JitterBufferMs: 20, PacketMs: 20, BurstR: 1, Ie: 0, Bpl: 25.1, Scale: "nb", R: r, MOS: mos, MOSLQ: mos, Band: band, ITU: true,
			Model: "test", Version: storage.Version{Offset: w.offset + 1},
		})
	}
	w.derive(&storage.Derived{VoiceMinutes: minutes})
}

// log: the router in tokyo says that its uplink is down at 10 h and up at 12 h of the
// first day; zen has a line of its own, and somebody unknown in tokyo too. None
// is added up yet.
func (w *world) log() {
	lines := func(n int) *sample.Syslog {
		return &sample.Syslog{
			Device: make([]sample.ID, n), OffsetMs: make([]uint32, n), Sequence: make([]uint64, n), Format: make([]sample.SyslogFormat, n), Facility: make([]uint8, n),
			Severity: make([]uint8, n), StampedMs: make([]int64, n), Source: make([]string, n), Hostname: make([]string, n), AppName: make([]string, n),
			ProcessID: make([]string, n), MessageID: make([]string, n), Mnemonic: make([]string, n), Message: make([]string, n), Raw: make([]string, n), Complaint: make([]string, n), Occurrences: slices.Repeat([]uint32{1}, n), Relayed: make([]uint8, n),
		}
	}
	tokyo := lines(3)
	tokyo.Device = []sample.ID{TokyoRouterID, TokyoRouterID, 0}
	tokyo.OffsetMs = []uint32{0, uint32((2 * time.Hour).Milliseconds()), 500}
	tokyo.Sequence = []uint64{1, 2, 3}
	tokyo.Facility, tokyo.Severity = []uint8{23, 23, sample.FacilityUnknown}, []uint8{3, 5, sample.SeverityUnknown}
	tokyo.Source = []string{"10.0.0.1", "10.0.0.1", "10.0.0.99"}
	tokyo.Mnemonic = []string{"LINK-3-UPDOWN", "LINK-3-UPDOWN", ""}
	tokyo.Message = []string{"Interface Gi0/0, changed state to down", "Interface Gi0/0, changed state to up", ""}
	tokyo.Raw[2] = "hello"
	w.raw(AcmeID, TokyoID, 10*time.Hour, tokyo)
	zen := lines(1)
	zen.Device, zen.Sequence, zen.Facility, zen.Severity = []sample.ID{ZenRouterID}, []uint64{1}, []uint8{23}, []uint8{4}
	zen.Message = []string{"secret of zen"}
	w.raw(ZenID, BerlinID, 10*time.Hour, zen)
	marked := func(customer, site sample.ID, hour time.Duration) storage.DirtyRange {
		return storage.DirtyRange{Customer: customer, Site: site, Entity: site, Figure: storage.RollUpLog, FromMs: at(hour), ToMs: at(hour + time.Hour),
			Partition: partition, Version: storage.Version{Offset: w.offset + 1}}
	}
	w.derive(&storage.Derived{Dirty: []storage.DirtyRange{marked(AcmeID, TokyoID, 10*time.Hour), marked(AcmeID, TokyoID, 12*time.Hour), marked(ZenID, BerlinID, 10*time.Hour)}})
}

// pings: at 10 h of the first day a router lets nobody through to the switch in tokyo,
// and packets to the router of zen go in circles.
func (w *world) pings() {
	for _, lost := range []struct {
		customer, site, device sample.ID
		kind, code             uint8
		from                   string
	}{
		{AcmeID, TokyoID, TokyoSwitchID, 3, 13, "10.0.0.9"},
		{ZenID, BerlinID, ZenRouterID, 11, 0, "10.0.0.8"},
	} {
		round := &sample.Pings{
			Device: []sample.ID{lost.device}, OffsetMs: []uint32{0}, IntervalMs: []uint32{30_000}, Attempt: []uint8{1}, Sent: []uint8{3}, Received: []uint8{0},
			ICMPError: []uint8{lost.kind}, ICMPCode: []uint8{lost.code}, ErrorFrom: []string{lost.from}, Duplicates: []uint8{0}, Reordered: []uint8{0}, ReplyTTL: []uint8{0},
		}
		round.RTT.Append()
		w.raw(lost.customer, lost.site, 10*time.Hour, round)
	}
}

// notifications: the switch in tokyo says at 10 h of the first day that its port 3 went
// down, and that it came up at 10:05; a trap of nobody known came to zen.
func (w *world) notifications() {
	w.raw(AcmeID, TokyoID, 10*time.Hour, &sample.Notifications{
		Device: []sample.ID{TokyoSwitchID, TokyoSwitchID}, OffsetMs: []uint32{0, uint32((5 * time.Minute).Milliseconds())}, Sequence: []uint64{1, 2},
		Version: []uint8{2, 2}, Inform: []uint8{0, 1}, TrapOID: []string{"1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"}, Name: []string{"linkDown", "linkUp"},
		Severity: []uint8{4, 6}, SysUpTime: []uint32{100, 30100}, Source: []string{"10.0.0.2", "10.0.0.2"}, Agent: []string{"", ""}, Enterprise: []string{"", ""},
		IfIndex: []uint32{3, 3}, InterfaceName: []string{"Gi0/3", "Gi0/3"}, Variables: []string{"1.3.6.1.2.1.2.2.1.1.3=3", "1.3.6.1.2.1.2.2.1.1.3=3"}, Complaint: []string{"", ""},
	})
	w.raw(ZenID, BerlinID, 10*time.Hour, &sample.Notifications{
		Device: []sample.ID{0}, OffsetMs: []uint32{0}, Sequence: []uint64{1}, Version: []uint8{1}, Inform: []uint8{0}, TrapOID: []string{"1.3.6.1.4.1.32473.0.7"},
		Name: []string{"1.3.6.1.4.1.32473.0.7"}, Severity: []uint8{sample.SeverityUnknown}, SysUpTime: []uint32{0}, Source: []string{"10.9.9.9"}, Agent: []string{"10.9.9.8"},
		Enterprise: []string{"1.3.6.1.4.1.32473"}, IfIndex: []uint32{0}, InterfaceName: []string{""}, Variables: []string{""}, Complaint: []string{""},
	})
}

// health: one reading of a temperature and of a fan of the router in tokyo at noon of
// the first and the second day: 40, then 60 degrees and critical; the fan turns.
func (w *world) health() {
	temperature, fan := sample.ID(1001), sample.ID(1002)
	w.raw(AcmeID, TokyoID, 0, &sample.HealthIdentities{
		Device: []sample.ID{TokyoRouterID, TokyoRouterID}, Sensor: []sample.ID{temperature, fan},
		SensorKind: []sample.SensorKind{sample.SensorTemperature, sample.SensorFan}, Name: []string{"inlet", "fan 1"}, Source: []string{"ENTITY-SENSOR-MIB", "ENTITY-SENSOR-MIB"},
	})
	for i, milli := range []int64{40_000, 60_000} {
		status := sample.SensorOK
		if i == 1 {
			status = sample.SensorCritical
		}
		w.raw(AcmeID, TokyoID, time.Duration(i)*day+12*time.Hour, &sample.Health{
			Device: []sample.ID{TokyoRouterID, TokyoRouterID}, Sensor: []sample.ID{temperature, fan}, OffsetMs: []uint32{0, 0},
			SensorKind: []sample.SensorKind{sample.SensorTemperature, sample.SensorFan}, Status: []sample.SensorStatus{status, sample.SensorOK},
			Measured: []uint8{1, 1}, ValueMilli: []int64{milli, 3_000_000},
		})
	}
}

// blindSpots: now, not in the week, the appliances of tokyo and berlin report. The router
// in tokyo is polled well, the switch turns the credentials down since an hour ago, and
// the router in berlin does not answer. The appliance of osaka was never heard.
func (w *world) blindSpots() {
	now := time.Since(Begin).Truncate(time.Minute) - time.Minute
	poll := func(customer, site, device sample.ID, result sample.Outcome, good time.Duration, detail string) {
		w.raw(customer, site, now, &sample.Outcomes{
			Device: []sample.ID{device}, OffsetMs: []uint32{0}, StartedMs: []int64{at(0)}, IntervalMs: []uint32{60_000}, HoldsMs: []uint32{3_600_000},
			Asked: []sample.Asked{sample.AskedSNMP}, Result: []sample.Outcome{result}, SinceMs: []int64{at(now - time.Hour)}, GoodMs: []int64{at(good)},
			Interfaces: []uint32{1}, Sensors: []uint32{2}, Profile: []string{"generic"}, Version: []string{"2c"}, Notes: []string{""}, Detail: []string{detail},
		})
	}
	poll(AcmeID, TokyoID, TokyoRouterID, sample.OutcomeOK, now, "")
	poll(AcmeID, TokyoID, TokyoSwitchID, sample.OutcomeCredentials, now-2*time.Hour, "the community is not known")
	poll(ZenID, BerlinID, ZenRouterID, sample.OutcomeTimeout, now-2*time.Hour, "no answer within 2s")
	for customer, site := range map[sample.ID]sample.ID{AcmeID: TokyoID, ZenID: BerlinID} {
		w.raw(customer, site, now, &sample.Heartbeats{
			OffsetMs: []uint32{0}, IntervalMs: []uint32{3_600_000}, Sequence: []uint64{1},
			BacklogBlocks: []uint32{0}, BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0}, Version: []string{""}, SentBytes: []uint64{0}, SentMs: []uint32{0},
		})
	}
	// That of tokyo says what it runs and sends, that of berlin is older.
	w.raw(AcmeID, TokyoID, now, &sample.Heartbeats{
		OffsetMs: []uint32{1}, IntervalMs: []uint32{3_600_000}, Sequence: []uint64{2},
		BacklogBlocks: []uint32{0}, BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0}, Version: []string{"1.2"}, SentBytes: []uint64{125_000}, SentMs: []uint32{10_000},
	})
}

// maintenance: a window of the first day from 11 to 13 h for tokyo, entered on the
// third.
func (w *world) maintenance() {
	w.check(w.store.SaveMaintenance(w.tb.Context(), calendar.Window{
		ID: "carrier", Customer: Acme, Site: Tokyo, From: Begin.Add(11 * time.Hour), To: Begin.Add(13 * time.Hour), TimeZone: "UTC",
		EnteredAt: Begin.Add(2 * day), By: "noc", Why: "carrier works", Reference: "CHG-1",
	}))
}

// partition is the one that all messages of the world come in.
const partition = 3

func (w *world) source() storage.Source {
	w.offset++
	return storage.Source{Incarnation: "world", Topic: "telemetry", Partition: partition, First: w.offset, Last: w.offset}
}

func (w *world) raw(customer, site sample.ID, slot time.Duration, rows sample.Rows) {
	w.tb.Helper()
	source := w.source()
	table := &storage.Table{Rows: rows}
	for range rows.Len() {
		table.Customer, table.Site, table.Appliance = append(table.Customer, customer), append(table.Site, site), append(table.Appliance, site+1)
		table.SlotMs, table.Offset = append(table.SlotMs, at(slot)), append(table.Offset, source.Last)
	}
	w.check(w.store.WriteRaw(w.tb.Context(), &storage.Batch{Source: source, Tables: map[sample.Kind]*storage.Table{rows.Kind(): table}}))
}

func (w *world) derive(derived *storage.Derived) {
	w.tb.Helper()
	w.check(w.store.WriteDerived(w.tb.Context(), w.source(), derived))
}

func (w *world) check(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

// alarms: the router in tokyo was raised and has cleared, and so was the load of the uplink; the site in berlin is down since an hour before
// the end and takes a device of acme with it; the centre itself was silent for a minute.
func (w *world) alarms() {
	moment := func(after time.Duration) time.Time { return Begin.Add(after) }
	device := func(customer, site, name string) storage.Entity {
		return storage.Entity{Customer: customer, Site: site, Device: name, Name: name}
	}
	berlin := storage.RaisedAlarm{
		Entity: storage.Entity{Customer: Zen, Site: Berlin, Name: Berlin}, AlarmID: "00000000000000c3", Rule: "SiteDown", Kind: "SiteDown", Severity: "critical", About: "site/" + Berlin,
		Since: moment(7*day - time.Hour), Raised: moment(7*day - time.Hour + time.Minute), Devices: 3, Own: 2, Summary: "site berlin is down: 2 devices", Version: 1,
	}
	seen := berlin
	seen.Version, seen.Acknowledged = 2, storage.AlarmAcknowledgement{Owner: "sato", Reason: "carrier called", By: "noc", Until: moment(7*day + time.Hour)}
	uplink := storage.RaisedAlarm{
		Entity: storage.Entity{Customer: Acme, Site: Tokyo, Device: Router, Name: Router + " " + Uplink}, AlarmID: "00000000000000a2", Rule: "LinkSaturated", Kind: "LinkSaturated", Severity: "minor",
		About: "interface/" + Router + "/" + Uplink, Since: moment(11 * time.Hour), Raised: moment(11*time.Hour + 10*time.Minute), Cleared: moment(12*time.Hour + 5*time.Minute), Flapping: true, Value: 96.5,
		Summary: "router Gi0/0 is at 96.5 %", Version: 3,
	}
	w.check(w.store.SaveAlarms(w.tb.Context(), []storage.RaisedAlarm{
		{Entity: device(Acme, Tokyo, Router), AlarmID: "00000000000000a1", Rule: "DeviceDown", Kind: "DeviceDown", Severity: "major", About: "device/" + Router, Since: moment(10 * time.Hour),
			Raised: moment(10*time.Hour + time.Minute), Cleared: moment(12 * time.Hour), Devices: 1, Own: 1, Summary: "router does not answer", Version: 1},
		uplink, berlin, seen,
		{Entity: storage.Entity{Name: "centre"}, AlarmID: "00000000000000e1", Rule: "CentreSilent", Kind: "CentreSilent", Severity: "critical", About: "centre", Since: moment(6 * day), Raised: moment(6*day + time.Minute),
			Cleared: moment(6*day + 2*time.Minute), Summary: "nothing arrives", Version: 1},
	}))
}
