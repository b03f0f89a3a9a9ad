package alert

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mimamori/storage"
)

// centre is a world whose appliances report without a pause, and whose centre has read what they send up to a
// time of its own: nothing newer is known.
type centre struct {
	*world
	read map[int]time.Time // of the partitions that lag; of the others all is read
}

func newCentre(t *testing.T) *centre {
	c := &centre{world: newWorld(t), read: map[int]time.Time{}}
	c.site("acme", "osaka", 3)
	c.site("umbrella", "kobe", 3)
	for partition := range c.appliances { // each in a partition of its own
		c.streams = append(c.streams, storage.Stream{Partition: partition})
	}
	c.streams = append(c.streams, storage.Stream{Logs: true})
	return c
}

// run lets time pass with a look each second; the store knows what was read and no more.
func (c *centre) run(length time.Duration) {
	c.t.Helper()
	if c.engine == nil {
		c.restart()
	}
	for end := c.at.Add(length); c.at.Before(end); {
		c.at = c.at.Add(time.Second)
		for i := range c.streams {
			c.streams[i].Step = 10 * time.Second
			c.streams[i].Read = c.at.Truncate(10 * time.Second)
			if read, late := c.read[i]; late {
				c.streams[i].Read = read
			}
		}
		for i := range c.appliances {
			a := &c.appliances[i]
			a.Read = c.streams[i].Read
			a.LastHeartbeat = a.Read
			a.Heard = a.Read
		}
		if err := c.look(); err != nil {
			c.t.Fatal(err)
		}
	}
}

// lag lets every partition be behind by so much from now on, and go on.
func (c *centre) lag(by, length time.Duration) {
	c.t.Helper()
	for end := c.at.Add(length); c.at.Before(end); {
		for i := range c.streams {
			c.read[i] = c.at.Add(-by).Truncate(10 * time.Second)
		}
		c.run(time.Second)
	}
	clear(c.read)
}

// A centre that begins with a backlog of minutes, as after every restart, and catches up is told as nothing.
func TestCentreCatchesUp(t *testing.T) {
	c := newCentre(t)
	for behind := 5 * time.Minute; behind > 0; behind -= 10 * time.Second {
		c.lag(behind, time.Second)
	}
	c.run(time.Minute)
	c.expect()
}

// A centre that reads what appliances send two minutes late is one alarm, and it is its own. What fails meanwhile
// is told as soon as it is read.
func TestCentreIsLate(t *testing.T) {
	c := newCentre(t)
	c.run(10 * time.Second)
	c.lag(2*time.Minute, 30*time.Second)
	c.expect()
	c.lag(2*time.Minute, 2*time.Minute)
	if len(c.put) != 1 || !strings.Contains(c.put[0].Summary, "the centre is 1m5") || !strings.Contains(c.put[0].Summary, "telemetry-0, telemetry-1, telemetry-2, logs-0") {
		t.Errorf("the alarm says %+v", c.put)
	}
	c.expect("raised CentreBehind / centre")
	c.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	c.nodes["acme/tokyo/edge"].Since = c.at.Add(-3 * time.Minute)
	c.nodes["acme/tokyo/edge"].Unanswered = c.at.Add(-2 * time.Minute)
	c.lag(2*time.Minute, 10*time.Second)
	c.expect("raised DeviceDown acme/tokyo device/edge")
	if late := c.at.Sub(c.nodesUntil); late < 2*time.Minute { // the store takes devices for unknown of which it has nothing new
		t.Errorf("the devices were asked for as of %s ago, of which nothing is read", late)
	}
	c.run(10 * time.Second)
	c.expect("cleared CentreBehind / centre")
}

// One partition that nobody reads is the centre's own failure, not that of the appliances which send through it.
func TestPartitionWithoutAnOwner(t *testing.T) {
	c := newCentre(t)
	c.run(10 * time.Second)
	c.read[1] = c.at.Truncate(10 * time.Second)
	c.run(time.Hour)
	if len(c.put) != 1 || !strings.Contains(c.put[0].Summary, "with telemetry-1:") {
		t.Errorf("the alarm says %+v", c.put)
	}
	c.expect("raised CentreBehind / centre")
	delete(c.read, 1)
	c.run(time.Minute)
	c.expect("cleared CentreBehind / centre")
}

// A lag that is over before it has lasted is told to nobody.
func TestShortLag(t *testing.T) {
	c := newCentre(t)
	c.run(10 * time.Second)
	c.read[0] = c.at.Truncate(10 * time.Second)
	c.run(100 * time.Second)
	delete(c.read, 0)
	c.run(time.Minute)
	c.expect()
}

// While this program was held, or the machine slept, nothing was watched.
func TestNothingIsHeldAgainstASleep(t *testing.T) {
	c := newCentre(t)
	c.run(10 * time.Second)
	for i := range c.streams {
		c.read[i] = c.at.Truncate(10 * time.Second)
	}
	c.at = c.at.Add(time.Hour)
	c.run(20 * time.Second)
	clear(c.read)
	c.run(time.Minute)
	c.expect()
}

// A restart while nothing arrives neither clears nor doubles what is raised for it.
func TestRestartWhileNothingArrives(t *testing.T) {
	c := newCentre(t)
	c.run(10 * time.Second)
	for i := range c.streams {
		c.read[i] = c.at.Truncate(10 * time.Second)
	}
	c.run(5 * time.Minute)
	c.expect("raised CentreSilent / centre")
	c.restart()
	c.run(5 * time.Minute)
	c.expect()
	clear(c.read)
	c.run(5 * time.Second)
	c.expect("cleared CentreSilent / centre")
}

// A clock that is ahead says of no appliance that others are heard.
func TestClockAheadHidesNoSilence(t *testing.T) {
	c := newCentre(t)
	c.run(10 * time.Second)
	stopped := c.at
	for range 300 { // the line of the centre is cut
		c.at = c.at.Add(time.Second)
		for i := range c.streams {
			c.streams[i].Read = c.at.Truncate(10 * time.Second)
		}
		for i := range c.appliances {
			a := &c.appliances[i]
			a.Read, a.Silent, a.SilentSince = c.streams[i].Read, c.at.Sub(a.LastHeartbeat) > 35*time.Second, stopped
		}
		c.appliances[0].LastHeartbeat, c.appliances[0].Silent = c.at, false // it said so four minutes before
		c.appliances[2].SilentSince = stopped.Add(-15 * time.Second)
		if err := c.look(); err != nil {
			t.Fatal(err)
		}
	}
	c.expect("raised CentreSilent / centre")
}

// What is not read yet clears nothing: neither a link nor the rate of the log.
func TestLagClearsNothing(t *testing.T) {
	c := newCentre(t)
	at := storage.Entity{Customer: "acme", Site: "osaka", Device: "sw", Name: "Gi0/1"}
	rates := []storage.SyslogRate{{LogSubject: storage.LogSubject{Entity: storage.Entity{Customer: "acme", Site: "tokyo", Device: "noisy"}}, Messages: 5000}}
	for range 15 {
		c.links = []storage.InterfaceStatus{{LinkUtilization: storage.LinkUtilization{Entity: at}, Polled: c.at, LastInErrors: 50, LastInPackets: 50}}
		c.rates = rates
		c.run(time.Minute)
	}
	c.expect("raised LinkErrors acme/osaka interface/sw/Gi0/1", "raised SyslogRate acme/tokyo device/noisy")
	stopped := c.at
	c.read[1], c.read[3] = c.at.Truncate(10*time.Second), c.at.Truncate(10*time.Second)
	for c.at.Sub(stopped) < time.Hour {
		if c.at.Sub(stopped) > lately { // the store has no poll of late
			c.links = nil
		}
		c.run(10 * time.Second)
	}
	c.expect("raised CentreBehind / centre")
	if c.ratesUntil.After(stopped) {
		t.Errorf("the rate was asked for as of %s, which is not read", c.ratesUntil)
	}
	c.links, c.rates = nil, nil
	clear(c.read)
	c.run(15 * time.Minute)
	c.expect("cleared CentreBehind / centre", "cleared LinkErrors acme/osaka interface/sw/Gi0/1", "cleared SyslogRate acme/tokyo device/noisy")
}

// What is reached through a device elsewhere waits until it is read whether that is up.
func TestWayThatIsNotReadYet(t *testing.T) {
	c := newCentre(t)
	c.config.Ways = []Way{{Through: Place{"acme", "tokyo", "hub"}, Sites: []SitePlace{{Customer: "acme", Site: "osaka"}}}}
	c.run(10 * time.Second)
	failed := c.at
	c.read[0] = failed.Truncate(10 * time.Second)
	for i := range 3 {
		c.down("acme", "osaka", fmt.Sprint("device-", i), "", storage.CauseNoAnswer)
	}
	c.run(50 * time.Second)
	c.run(40 * time.Second)
	c.expect()
	c.down("acme", "tokyo", "hub", "", storage.CauseNoAnswer)
	c.nodes["acme/tokyo/hub"].Since = failed
	clear(c.read)
	c.run(time.Minute)
	c.expect("raised DeviceDown acme/tokyo device/hub")
}

// What was so longer ago than anything counts is not raised while the centre reads on.
func TestLongPastIsNotRaised(t *testing.T) {
	c := newCentre(t)
	c.run(10 * time.Second)
	c.lag(time.Hour, 2*time.Minute)
	c.told()
	c.down("acme", "tokyo", "edge", "", storage.CauseNoAnswer)
	c.nodes["acme/tokyo/edge"].Since = c.at.Add(-70 * time.Minute)
	c.nodes["acme/tokyo/edge"].Unanswered = c.at.Add(-time.Hour)
	c.lag(time.Hour, time.Minute)
	c.up("acme", "tokyo", "edge")
	c.run(time.Minute)
	c.expect("cleared CentreBehind / centre")
}
