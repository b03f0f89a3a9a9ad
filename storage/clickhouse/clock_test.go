package clickhouse

import (
	"testing"
	"time"

	"mimamori/storage"
)

// testClockSpots: an appliance whose clock is wrong is a blind spot for as long as that is
// heard of it. One that is silent because nothing of it is taken is that one spot.
func testClockSpots(t *testing.T, w *blindWorld, acmeAlone func(*storage.Query)) {
	tell := func(after, skew time.Duration, refused bool) {
		t.Helper()
		w.offset++
		source := storage.Source{Incarnation: "i", Topic: "telemetry", First: 100 + w.offset, Last: 100 + w.offset}
		clock := storage.ApplianceClock{Customer: acme, Site: acmeTokyo, Appliance: acmeBox, AtMs: at(after), SkewMs: skew.Milliseconds(), Refused: refused, Offset: 100 + w.offset}
		if err := w.store.WriteDerived(t.Context(), source, &storage.Derived{Clocks: []storage.ApplianceClock{clock}}); err != nil {
			t.Fatal(err)
		}
	}
	tell(239*time.Minute, 40*time.Second, false)
	tell(239*time.Minute+30*time.Second, 58*time.Minute, true)
	got, found := w.blind(4*time.Hour, acmeAlone)
	w.want(got, "appliance tokyo/box clock_refused since 180 good 180")
	if len(found.Spots) == 1 && (found.Spots[0].Detail != "its clock is 58m0s ahead of the centre's" || found.Spots[0].Partial()) {
		t.Errorf("%+v", found.Spots[0])
	}
	got, _ = w.blind(4*time.Hour+10*time.Minute, acmeAlone)
	w.want(got, "appliance tokyo/box appliance_silent since 180 good 180")

	tell(3*time.Hour, -2*time.Minute, false)
	got, found = w.blind(3*time.Hour+time.Second, acmeAlone)
	w.want(got, "appliance tokyo/box clock_off since 180 good -", "snmp tokyo/switch not_polled since "+minutes(noon.Add(13*time.Minute+500*time.Millisecond))+" good -")
	if len(found.Spots) == 2 && (found.Spots[0].Detail != "its clock is 2m0s behind the centre's" || !found.Spots[0].Partial()) {
		t.Errorf("%+v", found.Spots[0])
	}
}
