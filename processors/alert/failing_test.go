package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"mimamori/storage"
)

// silence lets an appliance fall silent, so that its devices are unknown, while another site is heard.
func (w *world) silence() {
	for _, node := range w.nodes {
		node.State, node.Cause = storage.StateUnknown, storage.CauseSilent
	}
	w.appliances[0].Silent, w.appliances[0].SilentSince = true, w.at
	w.site("acme", "osaka", 1)
}

// Who lists alarms or acknowledges one does not wait for a store that is slow.
func TestPeopleDoNotWaitForTheStore(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.asked = make(chan struct{})
	looked := make(chan error)
	w.at = w.at.Add(time.Minute)
	w.appliances[0].LastHeartbeat = w.at
	go func() { looked <- w.look() }()
	<-w.asked
	done := make(chan error)
	go func() {
		raised := w.engine.Alarms()
		if len(raised) != 1 {
			done <- errors.New("it is not listed")
			return
		}
		_, err := w.engine.Acknowledge(context.WithoutCancel(t.Context()), raised[0].ID, Acknowledgement{Owner: "sato", Reason: "on site", At: w.at, Until: w.at.Add(time.Hour)})
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for the store")
	}
	w.asked <- struct{}{}
	if err := <-looked; err != nil {
		t.Fatal(err)
	}
	if raised := w.engine.Alarms(); raised[0].Acknowledged.Owner != "sato" {
		t.Error("the look undid what was said meanwhile")
	}
}

// A store that answers some questions and not others is one alarm, however long that lasts, and what can
// be judged is.
func TestStoreThatFailsHalfWay(t *testing.T) {
	w := newWorld(t)
	w.pass(10 * time.Second)
	w.ratesFail = errors.New("memory limit exceeded")
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(10 * time.Minute)
	w.expect("raised CentreSilent / centre", "raised DeviceDown acme/tokyo device/edge")
	w.ratesFail = nil
	w.pass(time.Minute)
	w.expect("cleared CentreSilent / centre")
}

// One question that is asked seldom and fails once is asked again before it is an alarm; a device that is down meanwhile
// does not wait for it.
func TestSeldomQuestionFailsOnce(t *testing.T) {
	w := newWorld(t)
	w.promisesFail = errors.New("timeout")
	w.pass(time.Second)
	w.promisesFail = nil
	w.pass(4 * time.Minute)
	w.expect()
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(time.Minute)
	w.asked = make(chan struct{})
	looked := make(chan error)
	for range 15 { // until the log's rates are due
		w.at = w.at.Add(time.Second)
		w.appliances[0].LastHeartbeat = w.at
		go func() { looked <- w.look() }()
		select {
		case <-w.asked:
			if raised := w.engine.Alarms(); len(raised) != 1 || raised[0].State != Raised {
				t.Errorf("while the log's rates are asked for there is %+v", raised)
			}
			w.expect("raised DeviceDown acme/tokyo device/edge")
			w.asked <- struct{}{}
			<-looked
			return
		case err := <-looked:
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Error("the log's rates were not asked for")
}

// A ledger that fails is no failure of the store.
func TestLedgerAwayIsNotTheStore(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(10 * time.Second)
	w.unkept = errors.New("disk full")
	w.pass(10 * time.Minute)
	w.unkept = nil
	w.pass(time.Second)
	w.expect("raised DeviceDown acme/tokyo device/edge")
}

func TestStoreAwayIsOneAlarm(t *testing.T) {
	w := newWorld(t)
	w.pass(10 * time.Second)
	w.fails = errors.New("away")
	w.pass(10 * time.Minute)
	w.expect("raised CentreSilent / centre")
	w.fails = nil
	w.pass(time.Minute)
	w.expect("cleared CentreSilent / centre")
}

// What somebody said is kept where the ledger failed before.
func TestWordIsNotUndoneByWhatCouldNotBeKept(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.down("acme", "tokyo", "far", "edge", storage.CauseUnreachable)
	w.pass(2 * time.Minute)
	w.unkept = errors.New("disk full")
	w.up("acme", "tokyo", "far") // changes what the alarm says
	w.pass(time.Second)
	w.unkept = nil
	word := Acknowledgement{Owner: "sato", Reason: "on site", At: w.at, Until: w.at.Add(time.Hour)}
	if _, err := w.engine.Acknowledge(t.Context(), w.engine.Alarms()[0].ID, word); err != nil {
		t.Fatal(err)
	}
	w.pass(2 * time.Second)
	w.restart()
	if raised := w.engine.Alarms(); raised[0].Acknowledged.Owner != "sato" {
		t.Errorf("after a restart it is %+v", raised[0])
	}
}

// A site that is down and whose appliance then falls silent is still down for all that is known.
func TestSilenceClearsNoSite(t *testing.T) {
	w := newWorld(t)
	for _, device := range []string{"edge", "a", "b"} {
		w.down("acme", "tokyo", device, "", storage.CauseNoAnswer)
	}
	w.pass(2 * time.Minute)
	w.expect("raised SiteDown acme/tokyo site/tokyo")
	w.silence()
	w.pass(10 * time.Minute)
	w.expect("raised ApplianceSilent acme/tokyo appliance/box")
	w.appliances[0].Silent = false
	clear(w.nodes)
	w.pass(10 * time.Second)
	w.expect("cleared ApplianceSilent acme/tokyo appliance/box", "cleared SiteDown acme/tokyo site/tokyo")
}

// Of a link, a sensor and a path that are not measured any more nobody knows that they are well.
func TestSilenceClearsNothingMeasured(t *testing.T) {
	w := newWorld(t)
	at := storage.Entity{Customer: "acme", Site: "tokyo", Device: "sw/1", Name: "Gi0/1"}
	measured := func() {
		w.links = []storage.InterfaceStatus{{LinkUtilization: storage.LinkUtilization{Entity: at}, Polled: w.at, LastInErrors: 50, LastInPackets: 50}}
		w.sensors = []storage.SensorHealth{{Entity: at, At: w.at, Status: 3}}
		w.paths = []storage.PathStatus{badPath("acme", "tokyo", "to osaka", 2)}
		w.paths[0].Latest.MinuteMs = w.at.UnixMilli()
	}
	for range 15 {
		measured()
		w.pass(time.Minute)
	}
	raised := []string{"raised HealthThreshold acme/tokyo sensor/sw/1/Gi0/1", "raised LinkErrors acme/tokyo interface/sw/1/Gi0/1", "raised VoiceQualityLow acme/tokyo path/to osaka"}
	w.expect(raised...)
	w.down("acme", "tokyo", "sw/1", "", storage.CauseNoAnswer)
	w.silence()
	w.links, w.sensors, w.paths[0].Measured = nil, nil, false
	w.pass(time.Hour)
	w.expect("raised ApplianceSilent acme/tokyo appliance/box")
	w.appliances[0].Silent = false
	clear(w.nodes)
	w.paths = nil
	w.pass(15 * time.Minute)
	w.expect("cleared ApplianceSilent acme/tokyo appliance/box", "cleared HealthThreshold acme/tokyo sensor/sw/1/Gi0/1", "cleared LinkErrors acme/tokyo interface/sw/1/Gi0/1", "cleared VoiceQualityLow acme/tokyo path/to osaka")
}

// An appliance that is silent for longer than heartbeats are looked for is still silent.
func TestSilenceIsNotForgotten(t *testing.T) {
	w := newWorld(t)
	w.pass(10 * time.Second)
	w.silence()
	w.pass(2 * time.Minute)
	w.expect("raised ApplianceSilent acme/tokyo appliance/box")
	w.appliances[0].LastHeartbeat = time.Time{}
	w.pass(time.Minute)
	w.expect()
}

// A device that leaves the inventory while it is down is nobody's concern any more.
func TestDeviceLeavesTheInventory(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "東京/\"edge\" <1>", "", storage.CauseNoAnswer)
	w.site("umbrella", "tokyo", 3)
	w.down("umbrella", "tokyo", "東京/\"edge\" <1>", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/東京/\"edge\" <1>", "raised DeviceDown umbrella/tokyo device/東京/\"edge\" <1>")
	w.up("acme", "tokyo", "東京/\"edge\" <1>")
	w.pass(2 * time.Second)
	w.expect("cleared DeviceDown acme/tokyo device/東京/\"edge\" <1>")
}

// A clock that is put back by an hour stops neither the looks nor what was begun.
func TestClockPutBack(t *testing.T) {
	w := newWorld(t)
	w.rates = []storage.SyslogRate{{LogSubject: storage.LogSubject{Entity: storage.Entity{Customer: "acme", Site: "tokyo", Device: "noisy"}}, Messages: 5000}}
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.reboots = []storage.RebootEvent{{Entity: storage.Entity{Customer: "acme", Site: "tokyo", Device: "other"}, At: w.at, Kind: storage.RebootDevice}}
	w.pass(10 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge", "raised DeviceRebooted acme/tokyo device/other", "raised SyslogRate acme/tokyo device/noisy")
	w.rates = nil
	w.pass(time.Minute)
	w.at = w.at.Add(-time.Hour)
	w.up("acme", "tokyo", "edge")
	w.pass(2 * time.Second)
	for _, a := range w.put {
		if a.State == Cleared && a.Cleared.Before(a.Raised) {
			t.Errorf("%s cleared before it was raised", a.Entity)
		}
	}
	w.expect("cleared DeviceDown acme/tokyo device/edge")
	w.down("acme", "tokyo", "second", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/second")
	w.pass(5 * time.Minute)
	w.expect("cleared SyslogRate acme/tokyo device/noisy")
}

// A restart just after a root is back does not raise what was counted under it and waits for its next poll.
func TestRestartBetweenRootAndChildren(t *testing.T) {
	w := newWorld(t)
	w.sites[0].Devices = 20
	for _, device := range []string{"a", "b", "c"} {
		w.down("acme", "tokyo", device, "edge", storage.CauseUnreachable)
	}
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(5 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge")
	w.up("acme", "tokyo", "edge")
	w.pass(5 * time.Second)
	w.restart()
	w.pass(20 * time.Second)
	w.up("acme", "tokyo", "a")
	w.up("acme", "tokyo", "b")
	w.pass(time.Minute)
	w.expect("cleared DeviceDown acme/tokyo device/edge", "raised DeviceDown acme/tokyo device/c")
}

// Ways that form a circle end, and one alarm stands for all that is down in them.
func TestWaysThatFormACircle(t *testing.T) {
	w := newWorld(t)
	w.site("acme", "osaka", 3)
	w.config.Ways = []Way{
		{Through: Place{"acme", "tokyo", "hub"}, Sites: []SitePlace{{Customer: "acme", Site: "osaka"}}},
		{Through: Place{"acme", "osaka", "hub"}, Sites: []SitePlace{{Customer: "acme", Site: "tokyo"}}},
	}
	w.down("acme", "tokyo", "hub", "", storage.CauseNoAnswer)
	w.down("acme", "tokyo", "switch", "", storage.CauseNoAnswer)
	w.down("acme", "osaka", "hub", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/osaka device/hub")
}

// What is reached through a device that is itself behind another is counted under that one.
func TestWayBehindAnother(t *testing.T) {
	w := newWorld(t)
	w.site("acme", "osaka", 1)
	w.config.Ways = []Way{{Through: Place{"acme", "tokyo", "hub"}, Sites: []SitePlace{{Customer: "acme", Site: "osaka"}}}}
	w.down("acme", "tokyo", "core", "", storage.CauseNoAnswer)
	w.down("acme", "tokyo", "hub", "core", storage.CauseUnreachable)
	w.down("acme", "osaka", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/core")
}

// A severity that the file changed counts from the next time on.
func TestRulesChangedBetweenRuns(t *testing.T) {
	w := newWorld(t)
	w.site("umbrella", "tokyo", 3)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.down("umbrella", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.expect("raised DeviceDown acme/tokyo device/edge", "raised DeviceDown umbrella/tokyo device/edge")
	rule := ruleOf("DeviceDown")
	rule.Severity, rule.Customers = Minor, []string{"acme"}
	w.config.Rules = []Rule{rule}
	w.restart()
	w.pass(2 * time.Second)
	w.expect("cleared DeviceDown umbrella/tokyo device/edge")
	if got := w.engine.Alarms()[0].Severity; got != Major {
		t.Errorf("the open alarm became %s", got)
	}
	w.up("acme", "tokyo", "edge")
	w.pass(2 * time.Second)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	if got := w.engine.Alarms()[0].Severity; got != Minor {
		t.Errorf("the next is %s", got)
	}
	w.config.Rules[0].Off = true
	w.told()
	w.restart()
	w.pass(2 * time.Second)
	w.expect("cleared DeviceDown acme/tokyo device/edge")
}

func TestPauseIsBounded(t *testing.T) {
	w := newWorld(t)
	w.restart()
	var pauses []time.Duration
	for _, took := range []time.Duration{0, 2 * time.Second, time.Minute} {
		pauses = append(pauses, w.engine.pause(took))
	}
	if want := []time.Duration{time.Second, 2 * time.Second, 15 * time.Second}; !slices.Equal(pauses, want) {
		t.Errorf("pauses %v, want %v", pauses, want)
	}
}

func TestSlowLooksRest(t *testing.T) {
	w := newWorld(t)
	w.restart()
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	w.engine.due(at, at)
	w.engine.rests = rest{at, 40 * time.Second}
	if err := w.engine.look(t.Context(), at.Add(16*time.Second)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		after time.Duration
		links bool
	}{{20 * time.Second, false}, {41 * time.Second, true}, {42 * time.Second, false}, {-time.Hour, true}} {
		due := w.engine.due(at.Add(test.after), at.Add(test.after))
		_, devices := due["DeviceDown"]
		if _, links := due["LinkSaturated"]; !devices || links != test.links {
			t.Errorf("%s after a slow look devices are due: %v, links: %v, want true and %v", test.after, devices, links, test.links)
		}
	}
}

// When what kept everything from arriving is over, appliances are heard again one after the other.
func TestCentreIsBackOneByOne(t *testing.T) {
	w := newWorld(t)
	for i := range 19 {
		w.site("acme", fmt.Sprint("branch-", i), 3)
	}
	w.pass(10 * time.Second)
	for range 600 {
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
	for i := range 19 { // the last stays away
		w.appliances[i].Silent = false
		w.pass(2 * time.Second)
	}
	w.expect("cleared CentreSilent / centre")
	w.pass(time.Minute)
	w.expect("raised ApplianceSilent acme/branch-18 appliance/box")
}

// A device that answers pings and tells nothing by SNMP says nothing of its links and sensors either.
func TestBlindnessClearsNothingMeasured(t *testing.T) {
	w := newWorld(t)
	at := storage.Entity{Customer: "acme", Site: "tokyo", Device: "sw/1", Name: "Gi0/1"}
	for range 15 {
		w.links = []storage.InterfaceStatus{{LinkUtilization: storage.LinkUtilization{Entity: at}, Polled: w.at, LastInErrors: 50, LastInPackets: 50}}
		w.sensors = []storage.SensorHealth{{Entity: at, At: w.at, Status: 3}}
		w.pass(time.Minute)
	}
	w.expect("raised HealthThreshold acme/tokyo sensor/sw/1/Gi0/1", "raised LinkErrors acme/tokyo interface/sw/1/Gi0/1")
	w.links, w.sensors = nil, nil
	device := at
	device.Name = ""
	w.spots = []storage.BlindSpot{{Entity: device, What: storage.BlindSNMP, Reason: storage.BlindTimeout, State: storage.StateUp, Since: w.at}}
	w.pass(time.Hour)
	w.expect("raised BlindSpot acme/tokyo device/sw/1")
	w.spots[0].Reason = storage.BlindIncomplete // what is missing now is well
	w.pass(15 * time.Minute)
	w.expect("cleared BlindSpot acme/tokyo device/sw/1", "cleared HealthThreshold acme/tokyo sensor/sw/1/Gi0/1", "cleared LinkErrors acme/tokyo interface/sw/1/Gi0/1")
}

// However many links are full at once, each has its alarm until it is well.
func TestMoreLinksThanOneQuestionIsAbout(t *testing.T) {
	w := newWorld(t)
	const full = linksAtOnce + 5
	for range 12 {
		w.links = w.links[:0]
		for n := range full {
			at := storage.Entity{Customer: "acme", Site: "tokyo", Device: "core", Name: fmt.Sprint("Gi", n)}
			w.links = append(w.links, storage.InterfaceStatus{LinkUtilization: storage.LinkUtilization{Entity: at}, Polled: w.at, LastInErrors: 50, LastInPackets: 50})
		}
		w.pass(time.Minute)
	}
	if raised := len(w.engine.Alarms()); raised != full {
		t.Errorf("%d alarms are raised, want %d", raised, full)
	}
}

// What was raised once and, when it came again, was over before it was raised is not kept for ever.
func TestWhatWasOverBeforeItWasRaisedAgainIsForgotten(t *testing.T) {
	w := newWorld(t)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(2 * time.Minute)
	w.up("acme", "tokyo", "edge")
	w.pass(40 * time.Minute)
	w.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	w.pass(30 * time.Second)
	w.up("acme", "tokyo", "edge")
	w.expect("cleared DeviceDown acme/tokyo device/edge", "raised DeviceDown acme/tokyo device/edge")
	w.pass(2 * time.Hour)
	if len(w.kept) != 0 {
		t.Errorf("%d alarms are kept for ever", len(w.kept))
	}
}
