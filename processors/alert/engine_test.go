package alert

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
	"mimamori/storage/calendar"
)

// expect holds what was told against what should be.
func (w *world) expect(what ...string) {
	w.t.Helper()
	if told := w.told(); !slices.Equal(told, what) {
		w.t.Fatalf("at %s told\n  %s\nwanted\n  %s", w.at.Sub(monday), strings.Join(told, "\n  "), strings.Join(what, "\n  "))
	}
}

func TestOutageIsRaisedOnceAndCleared(t *testing.T) {
	w := newWorld(t)
	w.pass(10 * time.Second)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(59 * time.Second)
	w.expect()
	w.pass(2 * time.Second)
	w.expect("raised DeviceDown acme/tokyo device/edge")
	w.pass(20 * time.Minute)
	w.expect()
	w.up("acme", "tokyo", "edge")
	w.pass(2 * time.Second)
	w.expect("cleared DeviceDown acme/tokyo device/edge")
	w.pass(2 * time.Hour)
	w.expect()
	if len(w.kept) != 0 {
		t.Errorf("%d alarms are kept for ever", len(w.kept))
	}
}

func TestBlipPagesNobody(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(time.Minute - time.Second)
	w.up("acme", "tokyo", "edge")
	w.pass(time.Hour)
	w.expect()
}

// Rounds come each 20 s: the one that was answered again may be on its way while nothing newer was lost.
func TestBlipEndsBetweenTwoRounds(t *testing.T) {
	w := newWorld(t)
	w.site("acme", "osaka", 2)
	began := w.at
	lost := func(after time.Duration) {
		for _, node := range w.nodes {
			node.Unanswered = began.Add(after)
		}
	}
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.down("acme", "osaka", "switch", "", storage.CauseNoAnswer)
	w.down("acme", "osaka", "router", "", storage.CauseNoAnswer)
	for _, after := range []time.Duration{0, 20 * time.Second, 40 * time.Second} {
		lost(after)
		w.pass(20 * time.Second)
	}
	w.pass(3 * time.Second)
	w.expect()
	lost(time.Minute)
	w.pass(time.Second)
	w.expect("raised DeviceDown acme/tokyo device/edge", "raised SiteDown acme/osaka site/osaka")
}

// An appliance whose rows are late is judged as of its newest: that the device has been back for long may
// be on its way.
func TestLateApplianceRaisesNothingThatMayBeOver(t *testing.T) {
	w := newWorld(t)
	w.site("acme", "osaka", 3)
	w.pass(10 * time.Second)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	late := w.at
	for range 50 {
		w.at = w.at.Add(time.Second)
		w.appliances[0].LastHeartbeat, w.appliances[1].LastHeartbeat = late, w.at
		if err := w.look(); err != nil {
			t.Fatal(err)
		}
	}
	for range 60 {
		w.at = w.at.Add(time.Second)
		w.appliances[1].LastHeartbeat = w.at
		if err := w.look(); err != nil {
			t.Fatal(err)
		}
	}
	w.expect()
}

func TestRestartRaisesAndClearsNothingTwice(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge")
	w.restart()
	w.pass(2 * time.Minute)
	w.expect()
	w.up("acme", "tokyo", "edge")
	w.pass(2 * time.Second)
	w.expect("cleared DeviceDown acme/tokyo device/edge")
	w.restart()
	w.pass(2 * time.Minute)
	w.expect()
}

func TestUnknownRaisesAndClearsNothing(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge")
	w.down("acme", "tokyo", "other", "", storage.CauseSilent)
	for _, node := range w.nodes {
		node.State, node.Cause = storage.StateUnknown, storage.CauseSilent
	}
	w.appliances[0].Silent, w.appliances[0].SilentSince = true, w.at
	w.site("acme", "osaka", 1) // somebody is heard
	w.pass(5 * time.Minute)
	w.expect("raised ApplianceSilent acme/tokyo appliance/box")
}

func TestCentreRaisesOneAlarm(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		w.site("acme", fmt.Sprint("branch-", i), 3)
	}
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(10 * time.Second)
	for range 600 { // nothing arrives any more
		w.at = w.at.Add(time.Second)
		for i := range w.appliances {
			if w.at.Sub(w.appliances[i].LastHeartbeat) > 30*time.Second {
				w.appliances[i].Silent, w.appliances[i].SilentSince = true, w.appliances[i].LastHeartbeat
			}
		}
		if err := w.look(); err != nil {
			t.Fatal(err)
		}
	}
	w.expect("raised CentreSilent / centre")
	for i := range w.appliances {
		w.appliances[i].Silent = false
	}
	w.up("acme", "tokyo", "edge")
	w.pass(5 * time.Minute)
	w.expect("cleared CentreSilent / centre")
}

func TestWhatStandsBehindIsCounted(t *testing.T) {
	w := newWorld(t)
	w.sites[0].Devices = 20
	for i := range 9 {
		w.down("acme", "tokyo", fmt.Sprint("switch-", i), "edge", storage.CauseUnreachable)
	}
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	if w.put[0].Impact.Devices != 9 || !strings.Contains(w.put[0].Summary, "9 devices behind it cannot be reached") {
		t.Errorf("the alarm says %q", w.put[0].Summary)
	}
	w.expect("raised DeviceDown acme/tokyo device/edge")
	// The root is back; seven of nine come back with their next poll.
	w.up("acme", "tokyo", "edge")
	w.pass(20 * time.Second)
	for i := range 7 {
		w.up("acme", "tokyo", fmt.Sprint("switch-", i))
	}
	w.pass(30 * time.Second)
	w.expect("cleared DeviceDown acme/tokyo device/edge")
	w.pass(time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/switch-7", "raised DeviceDown acme/tokyo device/switch-8")
}

func TestSiteIsOneAlarm(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.down("acme", "tokyo", "a", "edge", storage.CauseUnreachable)
	w.down("acme", "tokyo", "b", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	if !strings.Contains(w.put[0].Summary, "b, edge") {
		t.Errorf("the alarm says %q", w.put[0].Summary)
	}
	w.expect("raised SiteDown acme/tokyo site/tokyo")
	w.up("acme", "tokyo", "a")
	w.up("acme", "tokyo", "edge")
	w.pass(2 * time.Second)
	w.expect("cleared SiteDown acme/tokyo site/tokyo")
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/b")
}

func TestMaintenanceMutes(t *testing.T) {
	w := newWorld(t)
	w.windows = []calendar.Window{{ID: "1", Customer: "acme", From: w.at, To: w.at.Add(time.Hour), EnteredAt: w.at.Add(-time.Hour), TimeZone: "UTC"}}
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.nodes["acme/tokyo/edge"].Maintenance = true
	w.paths = []storage.PathStatus{badPath("acme", "tokyo", "to osaka", 2.1)}
	for range 12 {
		w.paths[0].Latest.MinuteMs = w.at.UnixMilli()
		w.pass(5 * time.Minute)
		w.expect()
	}
	w.nodes["acme/tokyo/edge"].Maintenance = false
	w.pass(time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge", "raised VoiceQualityLow acme/tokyo path/to osaka")
}

// What happened while a window was open is not raised when it ends.
func TestWhatHappenedInMaintenance(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Second)
	w.windows = []calendar.Window{{ID: "1", Customer: "acme", From: w.at, To: w.at.Add(10 * time.Minute), EnteredAt: w.at.Add(-time.Hour), TimeZone: "UTC"}}
	w.pass(9 * time.Minute)
	w.reboots = []storage.RebootEvent{{Entity: storage.Entity{Customer: "acme", Site: "tokyo", Device: "edge"}, At: w.at, Kind: storage.RebootDevice}}
	w.pass(20 * time.Minute)
	w.expect()
}

// A window that begins while an alarm is raised neither clears nor raises it.
func TestMaintenanceBeginsWhileRaised(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge")
	w.nodes["acme/tokyo/edge"].Maintenance = true
	w.pass(10 * time.Minute)
	if raised := w.engine.Alarms(); len(raised) != 1 || !raised[0].Muted {
		t.Errorf("it is %+v", raised)
	}
	w.nodes["acme/tokyo/edge"].Maintenance = false
	w.pass(10 * time.Minute)
	w.expect()
}

func badPath(customer, site, name string, mos float64) storage.PathStatus {
	return storage.PathStatus{Entity: storage.Entity{Customer: customer, Site: site, Name: name}, Measured: true, Latest: storage.VoiceMinute{Sent: 3000, MOS: mos, Scale: "nb", R: 50}}
}

func TestHysteresis(t *testing.T) {
	w := newWorld(t)
	minutes := func(mos float64, minutes int) {
		for range minutes {
			w.paths = []storage.PathStatus{badPath("acme", "tokyo", "to osaka", mos)}
			w.paths[0].Latest.MinuteMs = w.at.UnixMilli()
			w.pass(time.Minute)
		}
	}
	minutes(3.5, 2)
	minutes(3.7, 1) // between: it begins anew
	minutes(3.5, 3)
	w.expect()
	minutes(3.5, 2)
	w.expect("raised VoiceQualityLow acme/tokyo path/to osaka")
	minutes(3.7, 30)
	w.expect()
	minutes(4.2, 2)
	w.expect()
	minutes(4.2, 3)
	w.expect("cleared VoiceQualityLow acme/tokyo path/to osaka")
}

func TestFlappingIsHeld(t *testing.T) {
	w := newWorld(t)
	for i := range 6 {
		w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
		w.pass(2 * time.Minute)
		if i < 3 {
			w.expect("raised DeviceDown acme/tokyo device/edge")
		} else {
			w.expect()
		}
		w.up("acme", "tokyo", "edge")
		w.pass(2 * time.Minute)
		if i < 2 {
			w.expect("cleared DeviceDown acme/tokyo device/edge")
		} else {
			w.expect()
		}
	}
	w.pass(14 * time.Minute)
	last := w.put[len(w.put)-1]
	if !last.Flapping || last.Swallowed != 7 {
		t.Errorf("flapping %v with %d swallowed", last.Flapping, last.Swallowed)
	}
	w.expect("cleared DeviceDown acme/tokyo device/edge")
}

func TestEventsClearByThemselves(t *testing.T) {
	w := newWorld(t)
	w.pass(time.Second)
	reboot := func(ago time.Duration) {
		w.reboots = append(w.reboots, storage.RebootEvent{Entity: storage.Entity{Customer: "acme", Site: "tokyo", Device: "edge"}, At: w.at.Add(-ago), Kind: storage.RebootDevice, Evidence: "sysUpTime fell"})
	}
	reboot(20 * time.Minute) // of a backlog
	w.pass(2 * time.Minute)
	w.expect()
	reboot(4 * time.Minute) // found by the next poll
	w.pass(2 * time.Minute)
	w.expect("raised DeviceRebooted acme/tokyo device/edge")
	w.restart()
	w.pass(5 * time.Minute)
	reboot(time.Second)
	w.pass(10 * time.Minute)
	w.expect()
	w.pass(6 * time.Minute)
	if w.put[0].Events != 2 {
		t.Errorf("counts %d", w.put[0].Events)
	}
	w.expect("cleared DeviceRebooted acme/tokyo device/edge")
}

// A store that is away for a while raises nothing, then one alarm.
func TestStoreAway(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge")
	w.fails = errors.New("away")
	if err := w.look(); err == nil {
		t.Fatal("nobody is told")
	}
	w.expect()
	w.fails = nil
	w.pass(time.Second)
	w.expect()
}

// What could not be kept is not handed on, and both are made up for.
func TestLedgerAway(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.unkept = errors.New("disk full")
	w.pass(2 * time.Minute)
	w.expect()
	w.unkept = nil
	w.pass(time.Second)
	if len(w.kept) != 1 {
		t.Errorf("%d alarms are kept", len(w.kept))
	}
	if len(w.put) != 1 {
		t.Errorf("%d alarms are handed on", len(w.put))
	}
}

// Ten thousand devices at 50 sites of five customers behind one router: one alarm that names
// the root and the impact; when it is back, those that stay down.
func TestStorm(t *testing.T) {
	w := newWorld(t)
	w.config.Ways = []Way{{Through: Place{"acme", "tokyo", "hub"}}}
	for c := range 5 {
		customer := fmt.Sprint("customer-", c)
		w.config.Ways[0].Sites = append(w.config.Ways[0].Sites, SitePlace{Customer: customer, Site: "branch-*"})
		for s := range 10 {
			w.site(customer, fmt.Sprint("branch-", s), 200)
		}
	}
	w.pass(10 * time.Second)
	for c := range 5 {
		for s := range 10 {
			for d := range 200 {
				w.down(fmt.Sprint("customer-", c), fmt.Sprint("branch-", s), fmt.Sprint("device-", d), "", storage.CauseNoAnswer)
			}
		}
	}
	w.pass(5 * time.Second) // children are noticed before their root
	w.down("acme", "tokyo", "hub", "", storage.CauseNoAnswer)
	w.pass(75 * time.Second)
	if got := w.put[0]; got.Impact.Devices != 10_000 || got.Impact.Sites != 50 || got.Impact.Customers["customer-3"] != 2000 {
		t.Errorf("the impact is %d devices at %d sites, %v", got.Impact.Devices, got.Impact.Sites, got.Impact.Customers)
	}
	w.expect("raised DeviceDown acme/tokyo device/hub")
	w.up("acme", "tokyo", "hub")
	w.pass(10 * time.Second)
	var stay []string
	for name := range w.nodes {
		if strings.HasPrefix(name, "customer-1/branch-3/") && len(stay) < 30 {
			stay = append(stay, "raised DeviceDown customer-1/branch-3 device/"+name[len("customer-1/branch-3/"):])
			continue
		}
		delete(w.nodes, name)
	}
	w.pass(30 * time.Second)
	w.expect("cleared DeviceDown acme/tokyo device/hub")
	w.pass(time.Minute)
	slices.Sort(stay)
	w.expect(stay...)
}

// What travels with an alarm may take seconds to be gathered.
func TestAcknowledgedWhileHandedOn(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	word := Acknowledgement{Owner: "sato", Reason: "seen on the wall", By: "noc-2", At: w.at, Until: w.at.Add(time.Hour)}
	handed := []string{}
	w.pass(time.Second)
	w.heard = func() {
		for _, a := range w.engine.Alarms() {
			handed = append(handed, string(a.State)+" "+a.Acknowledged.Owner)
			if a.Acknowledged.Owner != "" {
				w.heard = nil
			} else if _, err := w.engine.Acknowledge(t.Context(), a.ID, word); err != nil {
				t.Error(err)
			}
		}
	}
	w.pass(2 * time.Minute)
	if want := []string{"raised ", "raised sato"}; !slices.Equal(handed, want) { // the second with the next look, not only after half a minute
		t.Errorf("handed on as %q", handed)
	}
}

func TestAcknowledge(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	id := w.put[0].ID
	word := Acknowledgement{Owner: "sato", Reason: "carrier called", By: "noc-2", At: w.at, Until: w.at.Add(time.Hour)}
	for name, wrong := range map[string]Acknowledgement{
		"owner":  {Reason: word.Reason, At: w.at, Until: word.Until},
		"reason": {Owner: word.Owner, At: w.at, Until: word.Until},
		"end":    {Owner: word.Owner, Reason: word.Reason, At: w.at, Until: w.at},
	} {
		if _, err := w.engine.Acknowledge(t.Context(), id, wrong); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	if _, err := w.engine.Acknowledge(t.Context(), "0000000000000000", word); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no alarm: %v", err)
	}
	if _, err := w.engine.Acknowledge(t.Context(), id, word); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.pass(time.Minute)
	if raised := w.engine.Alarms(); len(raised) != 1 || raised[0].Acknowledged != word || !raised[0].Acknowledged.InForce(w.at) {
		t.Errorf("after a restart it is %+v", raised)
	}
	if len(w.audit) != 1 || w.audit[0].Owner != "sato" || w.audit[0].By != "noc-2" || w.audit[0].Rule != "DeviceDown" {
		t.Errorf("the audit log says %+v", w.audit)
	}
	// The next outage is another.
	w.up("acme", "tokyo", "edge")
	w.pass(time.Minute)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	if raised := w.engine.Alarms(); len(raised) != 1 || raised[0].Acknowledged.Owner != "" || raised[0].ID != id {
		t.Errorf("the next is %+v", raised)
	}
}
