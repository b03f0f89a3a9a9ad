package clickhouse

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// told is one row of how the polls of a device end. Times are after noon.
type told struct {
	device  sample.ID
	started time.Duration
	result  sample.Outcome
	since   time.Duration
	good    time.Duration
	asked   sample.Asked // both unless given
	detail  string
}

func outcomes(all ...told) *sample.Outcomes {
	rows := new(sample.Outcomes)
	for _, r := range all {
		if r.asked == 0 {
			r.asked = sample.AskedSNMP | sample.AskedPing
		}
		good := int64(0)
		if r.good != 0 {
			good = at(r.good)
		}
		rows.Device = append(rows.Device, r.device)
		rows.OffsetMs = append(rows.OffsetMs, 500)
		rows.StartedMs = append(rows.StartedMs, at(r.started))
		rows.IntervalMs = append(rows.IntervalMs, 60_000)
		rows.HoldsMs = append(rows.HoldsMs, 3_600_000)
		rows.Asked = append(rows.Asked, r.asked&7)
		rows.Result = append(rows.Result, r.result)
		rows.SinceMs = append(rows.SinceMs, at(r.since))
		rows.GoodMs = append(rows.GoodMs, good)
		rows.Interfaces = append(rows.Interfaces, 4)
		rows.Sensors = append(rows.Sensors, 2)
		rows.Profile = append(rows.Profile, "generic")
		rows.Version = append(rows.Version, "2c")
		rows.Notes = append(rows.Notes, "too_big")
		rows.Detail = append(rows.Detail, r.detail)
	}
	return rows
}

func heartbeat(sequence uint64) *sample.Heartbeats {
	return &sample.Heartbeats{OffsetMs: []uint32{0}, IntervalMs: []uint32{10_000}, Sequence: []uint64{sequence},
		BacklogBlocks: []uint32{0}, BacklogBytes: []uint64{0}, DroppedBlocks: []uint64{0}, Version: []string{""}, SentBytes: []uint64{0}, SentMs: []uint32{0}}
}

func ping(device sample.ID, received uint8) *sample.Pings {
	rows := &sample.Pings{Device: []sample.ID{device}, OffsetMs: []uint32{100}, IntervalMs: []uint32{60_000}, Attempt: []uint8{1},
		Sent: []uint8{5}, Received: []uint8{received}, ICMPError: []uint8{0},
		ICMPCode: []uint8{0}, ErrorFrom: []string{""}, Duplicates: []uint8{0}, Reordered: []uint8{0}, ReplyTTL: []uint8{64}}
	rows.RTT.Append(make([]uint32, received)...)
	return rows
}

// blindWorld writes rows one message after another.
type blindWorld struct {
	t      *testing.T
	store  *Store
	offset int64
}

func (w *blindWorld) say(after time.Duration, customer sample.ID, rows sample.Rows) {
	w.offset++
	write(w.t, w.store, 100+w.offset, 100+w.offset, table(rows, at(after), 100+w.offset, customer))
}

// alive: the appliance reports and its devices answer pings up to a time.
func (w *blindWorld) alive(customer sample.ID, until time.Duration, answering ...sample.ID) {
	for minute := max(0, until-5*time.Minute); minute <= until; minute += time.Minute {
		w.say(minute, customer, heartbeat(uint64(w.offset)+1))
		for _, device := range answering {
			w.say(minute, customer, ping(device, 5))
		}
	}
}

// blind returns the blind spots at a time in short: what, of whom, why, since, last good.
func (w *blindWorld) blind(after time.Duration, change func(*storage.Query)) (spots []string, found storage.BlindSpots) {
	w.t.Helper()
	query := storage.Query{Scope: storage.EveryCustomer(), From: noon.Add(after - 24*time.Hour), To: noon.Add(after)}
	if change != nil {
		change(&query)
	}
	found, err := w.store.BlindSpots(w.t.Context(), query, false)
	if err != nil {
		w.t.Fatal(err)
	}
	if change == nil {
		w.viewed(query.To, found)
	}
	for i := range found.Spots {
		spot := &found.Spots[i]
		spots = append(spots, fmt.Sprintf("%s %s/%s %s since %s good %s", spot.What, spot.Site, spot.Device+spot.Name, spot.Reason, minutes(spot.Since), minutes(spot.LastGood)))
	}
	return spots, found
}

func minutes(moment time.Time) string {
	if moment.IsZero() {
		return "-"
	}
	return fmt.Sprint(moment.Sub(noon).Minutes())
}

func (w *blindWorld) want(got []string, want ...string) {
	w.t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("blind are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func testBlindSpots(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	w := &blindWorld{t: t, store: store}

	// Nobody has reported yet.
	got, found := w.blind(0, nil)
	w.want(got, "appliance tokyo/box appliance_never_heard since - good -", "appliance osaka/box appliance_never_heard since - good -")
	if found.Devices != 0 {
		t.Errorf("%d devices, want none", found.Devices)
	}

	// The appliances start. In their first two minutes nothing is blind.
	for customer, devices := range map[sample.ID][]sample.ID{acme: {router, toggle}, zen: {zenRouter}} {
		for _, device := range devices {
			w.say(-time.Minute, customer, outcomes(told{device: device, result: sample.OutcomePending}))
		}
		w.alive(customer, time.Minute)
	}
	got, found = w.blind(90*time.Second, nil)
	w.want(got)
	if found.Devices != 3 || found.Summary() != "" {
		t.Errorf("%d devices, summary %q", found.Devices, found.Summary())
	}
	// After two intervals a device without any poll is. Pings have more time.
	w.alive(acme, 3*time.Minute)
	w.alive(zen, 3*time.Minute)
	got, found = w.blind(3*time.Minute+time.Second, nil)
	w.want(got, "snmp tokyo/router not_polled since 0 good -", "snmp tokyo/switch not_polled since 0 good -", "snmp osaka/router not_polled since 0 good -")
	if summary := found.Summary(); summary != "3 of 3 devices tell nothing of themselves" {
		t.Errorf("summary %q", summary)
	}

	// The router is well; the switch refuses us; the router of zen answers SNMP, no ping.
	w.say(4*time.Minute, acme, outcomes(told{device: router, result: sample.OutcomeOK, since: 4 * time.Minute, good: 4 * time.Minute}))
	w.say(4*time.Minute, acme, outcomes(told{device: toggle, result: sample.OutcomeCredentials, since: 4 * time.Minute, detail: "wrong digest"}))
	w.say(4*time.Minute, zen, outcomes(told{device: zenRouter, result: sample.OutcomeOK, since: 4 * time.Minute, good: 4 * time.Minute}))
	for minute := range 10 {
		w.say(time.Duration(minute)*time.Minute, zen, ping(zenRouter, 0))
	}
	w.alive(acme, 10*time.Minute, router, toggle)
	w.alive(zen, 10*time.Minute)
	got, found = w.blind(10*time.Minute+time.Second, nil)
	w.want(got, "snmp tokyo/switch credentials since 4 good -", "ping osaka/router no_ping since "+minutes(noon.Add(100*time.Millisecond))+" good -")
	first := found.Spots[0]
	if first.Address != "10.0.0.2" || first.Detail != "wrong digest" || first.Profile != "generic" || first.Version != "2c" || first.Notes != "too_big" || first.Devices != 1 {
		t.Errorf("%+v", first)
	}
	if found.Devices != 3 || found.Blind() != 1 {
		t.Errorf("%d blind of %d, want 1 of 3", found.Blind(), found.Devices)
	}

	// A short time asked about knows as much of the present.
	got, _ = w.blind(10*time.Minute+time.Second, func(query *storage.Query) { query.From = query.To.Add(-time.Second) })
	w.want(got, "snmp tokyo/switch credentials since 4 good -", "ping osaka/router no_ping since "+minutes(noon.Add(100*time.Millisecond))+" good -")

	// Names and scope.
	got, _ = w.blind(10*time.Minute+time.Second, func(query *storage.Query) { query.Scope = storage.OnlyCustomers(zen) })
	w.want(got, "ping osaka/router no_ping since "+minutes(noon.Add(100*time.Millisecond))+" good -")
	got, _ = w.blind(10*time.Minute+time.Second, func(query *storage.Query) { query.Device = "router"; query.Customer = "acme" })
	w.want(got)

	// The switch fails in another way, after a restart of the appliance which no longer has
	// the router: since when it fails stays known, and the router is not missed.
	w.say(11*time.Minute, acme, outcomes(told{device: router, result: sample.OutcomeNothing, since: 11 * time.Minute, good: 10 * time.Minute}))
	w.say(12*time.Minute, acme, outcomes(told{device: toggle, started: 12 * time.Minute, result: sample.OutcomePending, since: 12 * time.Minute}))
	w.say(13*time.Minute, acme, outcomes(told{device: toggle, started: 12 * time.Minute, result: sample.OutcomeTimeout, since: 13 * time.Minute}))
	w.alive(acme, 15*time.Minute, toggle)
	acmeAlone := func(query *storage.Query) { query.Customer = "acme" }
	got, _ = w.blind(11*time.Minute+30*time.Second, acmeAlone)
	w.want(got, "snmp tokyo/router nothing since 11 good 10", "snmp tokyo/switch credentials since 4 good -")
	got, _ = w.blind(15*time.Minute+time.Second, acmeAlone)
	w.want(got, "snmp tokyo/switch timeout since 4 good -")

	// A row that is never repeated is no longer believed. Of a silent appliance there is one spot.
	w.alive(acme, 3*time.Hour, toggle)
	got, _ = w.blind(3*time.Hour+time.Second, acmeAlone)
	w.want(got, "snmp tokyo/switch not_polled since "+minutes(noon.Add(13*time.Minute+500*time.Millisecond))+" good -")
	got, found = w.blind(4*time.Hour, func(query *storage.Query) { query.Customer, query.Device = "acme", "switch" })
	w.want(got, "appliance tokyo/box appliance_silent since 180 good 180")
	testClockSpots(t, w, acmeAlone)
	if _, err := store.BlindSpots(t.Context(), storage.Query{}, false); err == nil {
		t.Error("a query without a scope is answered")
	}
	got, _ = w.blind(4*time.Hour, func(query *storage.Query) { query.Customer, query.Device = "acme", "nobody" })
	w.want(got)
}

// testBlindSpotsDown: a device that answered pings within the day and does so no more is
// down, which is no blind spot; what is pinged seldom is looked for longer.
func testBlindSpotsDown(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	w := &blindWorld{t: t, store: store}
	seldom := func(received uint8) *sample.Pings {
		rows := ping(toggle, received)
		rows.IntervalMs[0] = 1_800_000
		return rows
	}
	w.say(0, acme, outcomes(told{device: router, result: sample.OutcomeNotAsked, asked: sample.AskedPing}, told{device: toggle, result: sample.OutcomeNotAsked, asked: sample.AskedPing}))
	w.alive(acme, time.Minute, router)
	for minute := 2; minute < 50; minute++ {
		w.say(time.Duration(minute)*time.Minute, acme, ping(router, 0))
	}
	w.say(5*time.Minute, acme, seldom(5))
	w.say(35*time.Minute, acme, seldom(0))
	w.alive(acme, 50*time.Minute)
	acmeAlone := func(query *storage.Query) { query.Customer = "acme" }
	got, _ := w.blind(50*time.Minute+time.Second, acmeAlone)
	w.want(got)
	// A day after the last answer nobody knows that there ever was one.
	later := 24*time.Hour + 2*time.Minute
	w.say(20*time.Hour, acme, outcomes(told{device: router, result: sample.OutcomeNotAsked, asked: sample.AskedPing}, told{device: toggle, result: sample.OutcomeNotAsked, asked: sample.AskedPing}))
	for minute := range 5 {
		w.say(later-time.Duration(minute)*time.Minute, acme, ping(router, 0))
	}
	w.alive(acme, later)
	got, _ = w.blind(later+time.Second, acmeAlone)
	w.want(got, "ping tokyo/router no_ping since "+minutes(noon.Add(3*time.Minute+100*time.Millisecond))+" good -",
		"ping tokyo/switch not_pinged since "+minutes(noon.Add(35*time.Minute+100*time.Millisecond))+" good "+minutes(noon.Add(5*time.Minute+100*time.Millisecond)))
}

// testBlindSpotsUnasked: what the inventory asks for decides what is missed.
func testBlindSpotsUnasked(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	w := &blindWorld{t: t, store: store}
	w.say(-time.Minute, acme, outcomes(told{device: router, result: sample.OutcomeNotAsked, asked: sample.AskedPing}))
	w.say(-time.Minute, acme, outcomes(told{device: toggle, result: sample.OutcomeNotAsked, asked: 8})) // none of the two
	w.say(-time.Minute, zen, outcomes(told{device: zenRouter, result: sample.OutcomePending}))
	w.say(time.Minute, zen, outcomes(told{device: zenRouter, result: sample.OutcomeIncomplete, since: time.Minute}))
	w.alive(acme, 10*time.Minute, router)
	w.alive(zen, 10*time.Minute) // no ping at all: its name does not resolve
	got, found := w.blind(10*time.Minute+time.Second, nil)
	w.want(got, "snmp tokyo/switch nothing_asked since 0 good -", "snmp osaka/router incomplete since 1 good -", "ping osaka/router not_pinged since 0 good -")
	if found.Blind() != 0 {
		t.Errorf("%d blind, want none: nobody wants to know more of the switch than it sends", found.Blind())
	}
	query := storage.Query{Scope: storage.EveryCustomer(), From: noon.Add(-time.Hour), To: noon.Add(10*time.Minute + time.Second)}
	all, err := store.BlindSpots(t.Context(), query, true)
	if err != nil || len(all.Spots) != 4 || all.Spots[0].Reason != storage.BlindNotAsked {
		t.Errorf("%+v, %v", all, err)
	}
	// An appliance that the configuration no longer lists is not missed.
	if err := store.SaveRegistry(t.Context(), storage.Registry{Appliances: []storage.Appliance{{ID: zenBox, Customer: zen, Site: zenOsaka, Name: "box"}}}); err != nil {
		t.Fatal(err)
	}
	got, found = w.blind(10*time.Minute+time.Second, nil)
	w.want(got, "snmp osaka/router incomplete since 1 good -", "ping osaka/router not_pinged since 0 good -")
	if found.Devices != 1 {
		t.Errorf("%d devices, want 1", found.Devices)
	}
}

// viewed holds that the view says of a moment what was found.
func (w *blindWorld) viewed(at time.Time, found storage.BlindSpots) {
	w.t.Helper()
	text, err := os.ReadFile("migrations/0046_blind_spots_read.sql")
	if err != nil {
		w.t.Fatal(err)
	}
	_, sql, begins := strings.Cut(string(text), "SQL SECURITY INVOKER\nAS ")
	sql, _, ends := strings.Cut(sql, "\nCOMMENT 'What is not seen now")
	const now = "toUnixTimestamp64Milli(now64(3, 'UTC'))"
	if !begins || !ends || !strings.Contains(sql, now) {
		w.t.Fatal("the text of the view v_blind_spots is not where it was")
	}
	sql = strings.ReplaceAll(sql, now, fmt.Sprintf("toInt64(%d)", at.UnixMilli()))
	var got, want []string
	var site, device, appliance, what, reason string
	var devices uint64
	var since, good *time.Time
	moment := func(at *time.Time) time.Time {
		if at == nil {
			return time.Time{}
		}
		return *at
	}
	err = w.store.query(w.t.Context(), "viewed", "SELECT site, device, appliance, what, reason, devices, since, last_good FROM ("+sql+")", nil,
		[]any{&site, &device, &appliance, &what, &reason, &devices, &since, &good}, func() {
			if device != "" {
				appliance = ""
			}
			got = append(got, fmt.Sprintln(what, site, device+appliance, reason, devices, minutes(moment(since)), minutes(moment(good))))
		})
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range found.Spots {
		if spot := &found.Spots[i]; spot.Reason != storage.BlindClockOff && spot.Reason != storage.BlindClockRefused {
			want = append(want, fmt.Sprintln(spot.What, spot.Site, spot.Device+spot.Name, spot.Reason, spot.Devices, minutes(spot.Since), minutes(spot.LastGood)))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.t.Errorf("the view says\n%s\nand the store\n%s", strings.Join(got, ""), strings.Join(want, ""))
	}
}
