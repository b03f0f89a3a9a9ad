package clickhouse

import (
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// testWallOfQuality holds what the wall says of voice, links, silence and the present,
// and since when.
func testWallOfQuality(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	path, port := sample.PathID("acme", "tokyo", "a"), sample.InterfaceID(router, "Gi0/0")
	write(t, store, 2, 2, table(&sample.Paths{Path: []sample.ID{path}, Name: []string{"a"}, Target: []string{"192.0.2.1:862"}, Codec: []string{"G.711"}}, at(0), 2, acme),
		table(&sample.InterfaceIdentities{Device: []sample.ID{router}, Interface: []sample.ID{port}, IfIndex: []uint32{1}, IfType: []uint32{6}, MTU: []uint32{1500},
			Name: []string{"Gi0/0"}, Alias: []string{""}, Description: []string{""}, PhysAddress: []string{""}, SpeedBps: []uint64{100}}, at(0), 2, acme))
	derived := &storage.Derived{
		DeviceStates: []storage.DeviceState{state(router, storage.StateUp, 0, 3), state(toggle, storage.StateUp, 0, 3)},
		Links:        []storage.Link{{Customer: acme, Site: acmeTokyo, Device: router, Interface: port, LinkProfile: storage.LinkProfile{Kind: storage.LinkWAN, RxBps: 50}, Version: storage.Version{Offset: 3}}},
	}
	for minute := range 60 {
		mos := 4.3
		if minute >= 40 || minute == 5 {
			mos = 2.9
		}
		derived.VoiceMinutes = append(derived.VoiceMinutes, storage.VoiceMinute{Customer: acme, Site: acmeTokyo, Path: path, MinuteMs: at(time.Duration(minute) * time.Minute),
			CoveredMs: 60_000, Sent: 10, Received: 10, MOS: mos, R: 60, Scale: "nb", Version: storage.Version{Offset: 3}})
		in := uint64(10)
		if minute >= 50 {
			in = 49 // of the 50 that come in at most
		}
		u := &derived.Utilization
		u.Customer, u.Site, u.Device, u.Interface = append(u.Customer, acme), append(u.Site, acmeTokyo), append(u.Device, router), append(u.Interface, port)
		u.EndMs, u.IntervalMs, u.SpeedBps = append(u.EndMs, at(time.Duration(minute+1)*time.Minute)), append(u.IntervalMs, 60_000), append(u.SpeedBps, 100)
		u.InBits, u.OutBits = append(u.InBits, in*60), append(u.OutBits, 60)
		for _, column := range []*[]uint64{&u.InPackets, &u.OutPackets, &u.InBroadcast, &u.OutBroadcast, &u.InMulticast, &u.OutMulticast, &u.InErrors, &u.OutErrors, &u.InDiscards, &u.OutDiscards} {
			*column = append(*column, 0)
		}
		u.AdminStatus, u.OperStatus = append(u.AdminStatus, 1), append(u.OperStatus, 1)
		u.Gap, u.Offset = append(u.Gap, storage.GapNone), append(u.Offset, 3)
	}
	derive(t, store, 3, 3, derived)
	beats := func(until time.Duration) {
		t.Helper()
		for i, customer := range []sample.ID{acme, zen} {
			write(t, store, 4+until.Milliseconds()+int64(i), 4+until.Milliseconds()+int64(i), table(heartbeat(1), at(until), 4+until.Milliseconds()+int64(i), customer))
		}
	}
	beats(time.Hour - 5*time.Second)
	stands := func(to time.Duration) storage.Standing {
		t.Helper()
		query := ask()
		query.To, query.Customer = noon.Add(to), "acme"
		all, err := store.Customers(t.Context(), query)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, error %v", all, err)
		}
		return all[0]
	}
	if got := stands(time.Hour); got.Concern != storage.ConcernVoice || got.Worst != "a" || got.WorstValue != 2.9 || !got.Since.Equal(noon.Add(40*time.Minute)) ||
		got.Utilization != 98 || got.Silent != 0 || !got.AsOf.Equal(noon.Add(time.Hour)) {
		t.Errorf("with bad voice and a full link: %+v", got)
	}
	// The voice is mended.
	var mended storage.Derived
	for minute := 40; minute < 60; minute++ {
		mended.VoiceMinutes = append(mended.VoiceMinutes, storage.VoiceMinute{Customer: acme, Site: acmeTokyo, Path: path, MinuteMs: at(time.Duration(minute) * time.Minute),
			CoveredMs: 60_000, Sent: 10, Received: 10, MOS: 4.1, R: 80, Scale: "nb", Version: storage.Version{Epoch: 1, Offset: 3}})
	}
	derive(t, store, 5, 5, &mended)
	if got := stands(time.Hour); got.Concern != storage.ConcernLink || got.Worst != "router Gi0/0" || got.WorstValue != 98 || got.State() != "degraded" || !got.Since.Equal(noon.Add(50*time.Minute)) || got.MOS != 4.1 {
		t.Errorf("with a full link: %+v", got)
	}
	// Nobody reports any more: nothing stays green.
	if got := stands(2 * time.Hour); got.Unknown != 2 || got.Up != 0 || got.Silent != 1 || got.Concern != storage.ConcernSilent || got.Rated || got.Measured || !got.AsOf.Equal(noon.Add(time.Hour-5*time.Second)) {
		t.Errorf("in silence: %+v", got)
	}
	boxes, err := store.Appliances(t.Context(), storage.Query{Scope: storage.OnlyCustomers(acme), From: noon, To: noon.Add(2 * time.Hour)})
	if err != nil || len(boxes) != 1 || !boxes[0].Silent || !boxes[0].SilentSince.Equal(noon.Add(time.Hour-5*time.Second)) {
		t.Errorf("the silent appliance is %+v, error %v", boxes, err)
	}
}
