package snmp

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gosnmp/gosnmp"

	"mimamori/ingest/inventory"
	"mimamori/ingest/sample"
	"mimamori/ingest/snmp/replay"
)

// pollAt polls in the slot that begins so long after the hour.
func (s *single) pollAt(after time.Duration) {
	s.t.Helper()
	s.clear()
	s.worker.poll(s.t.Context(), s.device, 1_760_000_400_000+after.Milliseconds())
}

// wantOutcome checks that the poll said so and nothing else of its outcome.
func (s *single) wantOutcome(result sample.Outcome, interfaces uint32) {
	s.t.Helper()
	if s.outcomes.Len() != 1 {
		s.t.Errorf("%d rows of the outcome, want one", s.outcomes.Len())
		return
	}
	if got := s.outcomes.Result[0]; got != result || s.outcomes.Interfaces[0] != interfaces {
		s.t.Errorf("the outcome is %d with %d interfaces, want %d with %d", got, s.outcomes.Interfaces[0], result, interfaces)
	}
}

func (s *single) wantNoOutcome() {
	s.t.Helper()
	if s.outcomes.Len() != 0 {
		s.t.Errorf("an outcome is said without need: %+v", s.outcomes)
	}
}

func TestOutcomesOfAPoll(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*agent)
		want   sample.Outcome
		detail string
	}{
		{"it is well", func(*agent) {}, sample.OutcomeOK, ""},
		{"silent", func(a *agent) { a.deaf = true }, sample.OutcomeTimeout, "no answer"},
		{"nothing listens", func(a *agent) { _ = a.conn.Close() }, sample.OutcomeRefused, "refused"},
		{"error status", func(a *agent) { a.status = gosnmp.GenErr }, sample.OutcomeAgentError, "GenErr"},
		{"a view of the system alone", func(a *agent) { a.putTables(true) }, sample.OutcomeNothing, ""},
		{"interfaces without counters of octets", func(a *agent) {
			maps.DeleteFunc(a.objects, func(oid string, _ gosnmp.SnmpPDU) bool {
				return slices.ContainsFunc([]column{ifInOctets, ifHCInOctets}, func(c column) bool { return strings.HasPrefix(oid, columnPrefix[c]) })
			})
			a.order = nil
		}, sample.OutcomeNothing, ""},
		{"its tables begin again and again", func(a *agent) { a.descending = true }, sample.OutcomeIncomplete, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSingle(t, quickConfig())
			s.agent.tables(true, manyPorts(60)...)
			s.agent.change(func() { c.change(s.agent) })
			before := time.Now().UnixMilli()
			s.poll()
			if s.outcomes.Len() != 1 || s.outcomes.Result[0] != c.want || !strings.Contains(s.outcomes.Detail[0], c.detail) {
				t.Fatalf("%+v, want result %d with %q", s.outcomes, c.want, c.detail)
			}
			if (s.outcomes.GoodMs[0] >= before) != (c.want == sample.OutcomeOK) || s.outcomes.SinceMs[0] < before {
				t.Errorf("since %d, good %d, the poll began %d", s.outcomes.SinceMs[0], s.outcomes.GoodMs[0], before)
			}
			if s.outcomes.Profile[0] != "generic" {
				t.Errorf("the profile is %q", s.outcomes.Profile[0])
			}
			if strings.Contains(s.outcomes.Detail[0], "public") {
				t.Errorf("the community is told: %s", s.outcomes.Detail[0])
			}
		})
	}
}

// TestOutcomeOfCredentials asks an agent of version 3 with the wrong password.
func TestOutcomeOfCredentials(t *testing.T) {
	user := inventory.SNMPUser{Name: "noc", Auth: "SHA-256", AuthPassword: "the right one"}
	agent, err := replay.New(replay.Config{Walk: replay.NewWalk(), Users: []inventory.SNMPUser{user}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	s := newSingleAt(t, quickConfig(), newAgent(t), agent.Addr().Port())
	wrong := user
	wrong.AuthPassword = "the wrong one"
	s.device.inventory.SNMP.Version, s.device.inventory.SNMP.User = inventory.SNMPv3, &wrong
	s.poll()
	s.wantOutcome(sample.OutcomeCredentials, 0)
	if sent := metric(t, s.registry, "mimamori_snmp_requests_total", ""); sent != 2 {
		t.Errorf("%v requests, want the one for the engine and one", sent)
	}
	if s.outcomes.Version[0] != "3" || strings.Contains(s.outcomes.Detail[0], wrong.AuthPassword) || s.outcomes.Detail[0] == "" {
		t.Errorf("%+v", s.outcomes)
	}
}

func TestAnOutcomeIsSaidWhenItChanges(t *testing.T) {
	cfg := quickConfig()
	cfg.Timeout, cfg.Retries = 50*time.Millisecond, 0
	s := newSingle(t, cfg)
	s.agent.tables(true, manyPorts(3)...)
	s.pollAt(0)
	s.wantOutcome(sample.OutcomeOK, 3)
	good := s.outcomes.GoodMs[0]
	s.pollAt(10 * time.Second)
	s.wantNoOutcome()
	// An outage and its end follow at once; a device that flaps says so once a minute.
	said := 0
	for second := 20; second < 20+10*60; second += 10 {
		s.agent.change(func() { s.agent.deaf = !s.agent.deaf })
		s.pollAt(time.Duration(second) * time.Second)
		switch said += s.outcomes.Len(); second {
		case 20:
			s.wantOutcome(sample.OutcomeTimeout, 3)
			if s.outcomes.GoodMs[0] < good || s.outcomes.GoodMs[0] > s.outcomes.SinceMs[0] {
				t.Errorf("good %d, since %d", s.outcomes.GoodMs[0], s.outcomes.SinceMs[0])
			}
		case 30:
			s.wantOutcome(sample.OutcomeOK, 3)
		case 40:
			s.wantNoOutcome()
		}
	}
	if said < 8 || said > 12 {
		t.Errorf("%d rows in 10 minutes of flapping, want about one a minute", said)
	}
	// Once it has settled the last word is the true one.
	s.agent.change(func() { s.agent.deaf = false })
	for minute := 12; minute < 20; minute++ {
		s.pollAt(time.Duration(minute) * time.Minute)
	}
	if s.device.outcome.said != s.device.outcome.yield || s.device.outcome.said.result != sample.OutcomeOK {
		t.Errorf("last said is %+v, it is %+v", s.device.outcome.said, s.device.outcome.yield)
	}
	// What it yields is part of it.
	s.agent.tables(true, manyPorts(4)...)
	s.pollAt(20 * time.Minute)
	s.wantOutcome(sample.OutcomeOK, 4)
}

func TestAnOutcomeIsRepeatedEachHourWithItsFaults(t *testing.T) {
	s := newSingle(t, quickConfig())
	s.agent.tables(true, manyPorts(30)...)
	s.pollAt(0)
	s.agent.change(func() { s.agent.tooBigFrom = 30 })
	repeated, slots := 0, 0
	for minute := 1; minute <= 180; minute++ {
		s.pollAt(time.Duration(minute) * time.Minute)
		slots++
		if s.outcomes.Len() == 0 {
			continue
		}
		repeated++
		if repeated == 1 && !strings.Contains(s.outcomes.Notes[0], faultTooBig) { // a busy machine may have others
			t.Errorf("the faults are %q", s.outcomes.Notes[0])
		}
		if s.outcomes.HoldsMs[0] != 3_600_000 || s.outcomes.IntervalMs[0] != 60_000 || s.outcomes.Asked[0] != sample.AskedSNMP|sample.AskedPing {
			t.Errorf("%+v", s.outcomes)
		}
	}
	if repeated != 3 {
		t.Errorf("repeated %d times in three hours", repeated)
	}
}

// TestWhatIsExpectedIsSaidAtTheStart: every device has a row before it is polled, and
// those that nobody asks have one each hour.
func TestWhatIsExpectedIsSaidAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		station := inventory.Station{Devices: []inventory.StationDevice{
			{ID: 7, Device: inventory.Device{Name: "printer", Address: "192.0.2.1"}},
			{ID: 8, Device: inventory.Device{Name: "forgotten", Address: "192.0.2.2", NoPing: true}},
		}}
		c := new(collector)
		p, err := New(DefaultConfig(), station, c.emit, slog.New(slog.DiscardHandler), nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error, 1)
		go func() { stopped <- p.Run(ctx) }()
		time.Sleep(3*time.Hour + time.Minute) // of the test's own clock
		cancel()
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		if c.outcomes.Len() != 2*4 {
			t.Fatalf("%d rows in three hours, want those of the start and three of each device", c.outcomes.Len())
		}
		for i := range c.outcomes.Device {
			asked := sample.AskedPing
			if c.outcomes.Device[i] == 8 {
				asked = 0
			}
			if c.outcomes.Result[i] != sample.OutcomeNotAsked || c.outcomes.Asked[i] != asked || c.outcomes.StartedMs[i] != c.outcomes.StartedMs[0] {
				t.Errorf("row %d: %+v", i, c.outcomes)
			}
		}
	})
}

func TestADetailTellsNoSecrets(t *testing.T) {
	agent := &inventory.SNMP{Community: "s3cret", User: &inventory.SNMPUser{AuthPassword: "sesame open", PrivacyPassword: "abracadabra"}}
	got := detail(errors.New("s3cret,\nsesame open and abracadabra: "+strings.Repeat("\u65e5", 400)), agent)
	if !strings.HasPrefix(got, "***, *** and ***: \u65e5") || len(got) > longestDetail || strings.ContainsRune(got, '\uFFFD') {
		t.Errorf("%q", got)
	}
}
