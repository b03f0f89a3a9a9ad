package fleet

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"

	"mimamori/ingest/voice"
)

// sharedPlan returns a small plan for the machine's own network namespace, on ports
// of the test's own.
func sharedPlan(t *testing.T) *Plan {
	t.Helper()
	config := sized(60, 3).InSharedNamespace()
	config.AgentPort, config.ReflectorPort, config.SyslogPort, config.NotificationPort = 26161, 28620, 25514, 26162
	config.ScriptStart = time.Hour
	return mustPlan(t, config)
}

// A fleet in the machine's own network namespace answers there, and hears nothing
// that does not come by the loopback interface.
func TestSharedFleetAnswersOnLoopbackAlone(t *testing.T) {
	plan := sharedPlan(t)
	fleet, _ := start(t, plan, RunConfig{})
	for name, connection := range map[string]*net.UDPConn{
		"agents": fleet.agents.connection, "reflectors": fleet.reflectors.connection, "syslog": fleet.chatter.connection,
	} {
		raw, err := connection.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var bound string
		if err := control(raw, func(fd int) (err error) {
			bound, err = unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
			return err
		}); err != nil || bound != loopbackName {
			t.Errorf("the socket of the %s is bound to %q: %v", name, bound, err)
		}
	}

	site := &plan.Sites[0]
	client := gosnmp.GoSNMP{
		Target: site.Devices[0].Address.String(), Port: plan.Config.AgentPort, Community: site.Community,
		Version: gosnmp.Version2c, Timeout: 2 * time.Second, Retries: 2,
	}
	if err := client.Connect(); err != nil {
		t.Fatal(err)
	}
	defer client.Conn.Close()
	if answer, err := client.Get([]string{"1.3.6.1.2.1.1.3.0"}); err != nil || len(answer.Variables) != 1 || answer.Variables[0].Type != gosnmp.TimeTicks {
		t.Errorf("an agent answers %+v: %v", answer, err)
	}

	from := slices.IndexFunc(plan.Sites, func(site Site) bool { return len(site.Paths) > 0 })
	sender, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(plan.Sites[from].Paths[0].Target))
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	probe := voice.SenderPacket{T1: voice.NTPTimestamp(time.Now().UnixNano()), Error: voice.NewErrorEstimate(true, false, time.Millisecond)}
	buffer := make([]byte, 1500)
	eventually(t, "an answer of a reflector", func() bool { // a path may lose packets
		if _, err := sender.Write(probe.Marshal(nil)); err != nil {
			t.Fatal(err)
		}
		if err := sender.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		_, err := sender.Read(buffer)
		return err == nil
	})
}

// A reboot there is known by the agents alone: it begins when one has just been
// asked.
func TestSharedRebootFollowsAPollOfTheAgent(t *testing.T) {
	plan := sharedPlan(t)
	for _, incident := range plan.Incidents {
		if incident.Kind == Reboot {
			incident.From = 0
			plan.Incidents = []Incident{incident}
			break
		}
	}
	fleet, _ := start(t, plan, RunConfig{})
	device := fleet.devices[fleet.bySite[plan.Incidents[0].site][plan.Incidents[0].device]]
	round := time.NewTicker(1500 * time.Millisecond)
	defer round.Stop()
	var polls []time.Time
	eventually(t, "the reboot", func() bool {
		<-round.C
		polls = append(polls, time.Now())
		device.lastAsked.Store(polls[len(polls)-1].UnixNano())
		happened := fleet.Truth().Incidents
		return len(happened) == 1 && !happened[0].Open
	})
	for _, entry := range fleet.Truth().Devices {
		if entry.ID != device.id {
			continue
		}
		if len(entry.Down) != 1 || entry.Down[0].Cause != CauseReboot {
			t.Fatalf("the truth has %+v", entry.Down)
		}
		began := entry.Down[0].From
		if !slices.ContainsFunc(polls, func(poll time.Time) bool {
			return began.Sub(poll) >= quiet && began.Sub(poll) < 2*quiet+100*time.Millisecond
		}) {
			t.Errorf("it began at %s, the agent was asked at %s", began, polls)
		}
	}
}

// Two fleets on the same ports would answer for each other.
func TestSharedPortsAreOfOneFleet(t *testing.T) {
	plan := sharedPlan(t)
	start(t, plan, RunConfig{})
	second, err := New(plan, RunConfig{}, slog.New(slog.NewTextHandler(io.Discard, nil)), prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Run(t.Context()); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("a second fleet on the same ports: %v", err)
	}
}

// Root pings loopback; where nothing answers pings, nobody does.
func TestMayPing(t *testing.T) {
	if os.Geteuid() == 0 && os.Getenv(insideVariable) == "" {
		if err := MayPing(); err != nil {
			t.Errorf("root may not ping: %v", err)
		}
	}
	if !inNamespace(t) {
		return
	}
	if err := MayPing(); err == nil {
		t.Error("a ping was answered where the kernel ignores them")
	}
}
