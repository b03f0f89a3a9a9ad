package fleet

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/ingest/voice"
)

func TestFpingReachesWhatIsUp(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	fping := program(t, "fping")
	plan := quietPlan(t, SiteOutage, DeviceOutage)
	for i := range plan.Incidents {
		plan.Incidents[i].From, plan.Incidents[i].To = 0, time.Hour
	}
	fleet, stop := start(t, plan, RunConfig{})
	down := map[string]bool{}
	eventually(t, "both outages", func() bool {
		clear(down)
		for _, device := range fleet.Truth().Devices {
			for _, span := range device.Down {
				if !span.Open || span.From.IsZero() {
					t.Errorf("a span that is over: %+v", span)
				}
				down[device.Customer+"/"+device.Site+"/"+device.Name] = true
			}
		}
		return len(down) == 1+len(plan.Sites[plan.Incidents[1].site].Devices)
	})
	var addresses []string
	want := map[string]bool{}
	for _, site := range plan.Sites {
		for _, device := range site.Devices {
			addresses = append(addresses, device.Address.String())
			if !down[site.Customer+"/"+site.Name+"/"+device.Name] {
				want[device.Address.String()] = true
			}
		}
	}
	// An address of nobody must not answer either: the kernel would.
	addresses = append(addresses, "127.200.1.1")
	output, _ := exec.Command(fping, append([]string{"-a", "-q", "-r0", "-t1000"}, addresses...)...).CombinedOutput()
	found := map[string]bool{}
	for _, line := range strings.Fields(string(output)) {
		found[line] = true
	}
	if len(found) != len(want) {
		t.Errorf("%d answer, %d are up", len(found), len(want))
	}
	for address := range found {
		if !want[address] {
			t.Errorf("%s answers", address)
		}
	}
	stop()
	for _, device := range fleet.Truth().Devices {
		for _, span := range device.Down {
			if !span.Open || !span.To.Equal(fleet.Truth().End) {
				t.Errorf("at the end %+v", span)
			}
			if behind := device.Behind != ""; span.Cause == CauseUnreachable && !behind {
				t.Errorf("%s is behind nothing and unreachable", device.Name)
			}
		}
	}
}

// A flap is two outages, and no agent answers during them.
func TestFlapIsJournaledAsItHappened(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	plan := quietPlan(t, Flap)
	plan.Incidents[0].From, plan.Incidents[0].To = 200*time.Millisecond, 1100*time.Millisecond
	fleet, stop := start(t, plan, RunConfig{})
	device := fleet.devices[fleet.bySite[plan.Incidents[0].site][plan.Incidents[0].device]]
	type sight struct {
		at time.Time
		up bool
	}
	var sights []sight
	eventually(t, "the flap is over", func() bool {
		before := time.Now()
		up := pingOnce(t, device.Address, 30*time.Millisecond)
		if up {
			before = time.Now()
		}
		sights = append(sights, sight{before, up})
		happened := fleet.Truth().Incidents
		return len(happened) == 1 && !happened[0].Open
	})
	stop()
	var spans []Span
	for _, entry := range fleet.Truth().Devices {
		if entry.ID == device.id {
			spans = entry.Down
		} else if len(entry.Down) > 0 {
			t.Errorf("%s was down too", entry.Name)
		}
	}
	if len(spans) != 2 {
		t.Fatalf("%d outages: %v", len(spans), spans)
	}
	answered, late := 0, 0
	for _, sight := range sights {
		inside := false
		edge := false
		for _, span := range spans {
			inside = inside || sight.at.After(span.From) && sight.at.Before(span.To)
			for _, end := range []time.Time{span.From, span.To} {
				edge = edge || sight.at.Sub(end).Abs() < 40*time.Millisecond
			}
		}
		switch {
		case sight.up && inside && !edge:
			t.Errorf("at %s it answered, outages %v", sight.at, spans)
		case sight.up:
			answered++
		case !inside && !edge:
			late++
		}
	}
	// A busy machine may answer later than this test waits, now and then.
	if answered <= late {
		t.Errorf("outside the outages %d pings were answered and %d were not", answered, late)
	}
}

// pingOnce sends an echo request and waits for its reply.
func pingOnce(t *testing.T, to netip.Addr, wait time.Duration) bool {
	t.Helper()
	raw, err := net.ListenIP("ip4:icmp", &net.IPAddr{IP: net.IPv4zero})
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	request := []byte{echoRequestType, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n'} // of odd length
	putChecksum(request)
	if _, err := raw.WriteTo(request, &net.IPAddr{IP: to.AsSlice()}); err != nil {
		t.Fatal(err)
	}
	if err := raw.SetReadDeadline(time.Now().Add(wait)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1500)
	for {
		n, from, err := raw.ReadFrom(buffer)
		if err != nil {
			return false
		}
		if buffer[0] == echoReplyType && from.String() == to.String() && bytes.Equal(buffer[4:n], request[4:]) {
			return true
		}
	}
}

// A reboot between two rounds of pings: no round is missed, and sysUpTime begins
// again when the truth says it did.
func TestRebootFallsBetweenTwoPings(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	plan := quietPlan(t, Reboot)
	plan.Incidents[0].From = 300 * time.Millisecond
	fleet, stop := start(t, plan, RunConfig{})
	device := fleet.devices[fleet.bySite[plan.Incidents[0].site][plan.Incidents[0].device]]
	round := time.NewTicker(1500 * time.Millisecond)
	defer round.Stop()
	eventually(t, "the reboot is over", func() bool {
		<-round.C
		if !pingOnce(t, device.Address, 500*time.Millisecond) {
			t.Error("a ping was missed")
		}
		happened := fleet.Truth().Incidents
		return len(happened) == 1 && !happened[0].Open
	})
	ticks := device.state.Load().uptime(since(fleet.journal.start, time.Now()))
	booted := time.Now().Add(-time.Duration(ticks) * 10 * time.Millisecond)
	stop()
	truth := fleet.Truth()
	for _, entry := range truth.Devices {
		if entry.ID != device.id {
			continue
		}
		if len(entry.Down) != 1 || entry.Down[0].Cause != CauseReboot || entry.Down[0].To.Sub(booted).Abs() > 50*time.Millisecond {
			t.Fatalf("booted %s, the truth has %+v", booted, entry.Down)
		}
		if lasted := entry.Down[0].To.Sub(entry.Down[0].From); lasted < rebootDown || lasted > rebootDown+300*time.Millisecond {
			t.Errorf("it took %s", lasted)
		}
		for _, port := range truth.Interfaces {
			if reset := len(port.Unmeasurable) == 1; reset != (port.Device == device.id) {
				t.Errorf("%s of %s was reset: %v", port.Name, port.Host, port.Unmeasurable)
			}
		}
	}
}

// The reflector's journal must be what a sender measures.
func TestVoiceTruthIsWhatASenderMeasures(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	plan := quietPlan(t, VoiceImpairment)
	incident := &plan.Incidents[0]
	incident.From, incident.To = 0, time.Hour
	fleet, stop := start(t, plan, RunConfig{})
	planned := plan.Sites[incident.site].Paths[incident.item]
	eventually(t, "the path is impaired", func() bool { return len(fleet.Truth().Incidents) == 1 })

	sender, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(planned.Target))
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	const packets = 2000
	rtts := make([]time.Duration, packets) // 0 lost
	var forward time.Duration              // all ways out
	done := make(chan struct{})
	var mutex sync.Mutex
	received := 0
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, err := sender.Read(buffer)
			if err != nil {
				return
			}
			now := time.Now().UnixNano()
			var reply voice.ReflectorPacket
			if err := reply.Unmarshal(buffer[:n]); err != nil || n != 172 || reply.SSID != 7 || reply.TTL != 64 || !reply.Error.Synchronised() {
				t.Errorf("%d octets, %+v: %v", n, reply, err)
				continue
			}
			rtt := now - reply.T1.UnixNano(false) - (reply.T3.UnixNano(false) - reply.T2.UnixNano(false))
			mutex.Lock()
			if rtts[reply.SenderSequence] != 0 {
				t.Errorf("%d came twice", reply.SenderSequence)
			}
			rtts[reply.SenderSequence] = time.Duration(rtt)
			forward += time.Duration(reply.T2.UnixNano(false) - reply.T1.UnixNano(false))
			received++
			mutex.Unlock()
		}
	}()
	pace := time.NewTicker(2 * time.Millisecond)
	defer pace.Stop()
	estimate := voice.NewErrorEstimate(true, false, time.Millisecond)
	for i := range uint32(packets) {
		probe := voice.SenderPacket{Sequence: i, T1: voice.NTPTimestamp(time.Now().UnixNano()), Error: estimate, SSID: 7}
		packet := probe.Marshal(nil)
		packet = append(packet, make([]byte, 172-len(packet))...)
		if _, err := sender.Write(packet); err != nil {
			t.Fatal(err)
		}
		<-pace.C
	}
	journal := func() (seen, dropped uint32, all []VoiceMinute) {
		for _, path := range fleet.Truth().Paths {
			if path.ID == sample.PathID(incident.Customer, incident.Site, planned.Name) {
				all = path.Minutes
			}
		}
		for _, minute := range all {
			seen += minute.Seen
			dropped += minute.Dropped
		}
		return seen, dropped, all
	}
	eventually(t, "every answer", func() bool {
		seen, dropped, _ := journal()
		mutex.Lock()
		defer mutex.Unlock()
		return seen == packets && received == packets-int(dropped)
	})
	sender.Close()
	<-done
	stop()

	_, dropped, minutes := journal()
	var sum, wantSum, wantForward time.Duration
	runs, wantRuns := map[uint32]uint32{}, map[uint32]uint32{}
	run := uint32(0)
	for _, rtt := range rtts {
		if rtt == 0 {
			run++
			continue
		}
		if run > 0 {
			runs[run]++
		}
		run = 0
		sum += rtt
	}
	if run > 0 {
		runs[run]++
	}
	histogram := uint32(0)
	for _, minute := range minutes {
		wantSum += time.Duration(minute.SumDelayUs) * time.Microsecond
		wantForward += time.Duration(minute.SumForwardUs) * time.Microsecond
		for i := 0; i < len(minute.RunLengths); i += 2 {
			wantRuns[minute.RunLengths[i]] += minute.RunLengths[i+1]
		}
		for i := 0; i < len(minute.Delays); i += 2 {
			histogram += minute.Delays[i+1]
		}
		if minute.NotArrived+minute.OutOfOrder+minute.Unanswered > 0 {
			t.Errorf("%+v", minute)
		}
	}
	if fmt.Sprint(runs) != fmt.Sprint(wantRuns) {
		t.Errorf("loss runs %v, the truth has %v", runs, wantRuns)
	}
	if received := packets - dropped; histogram != received {
		t.Errorf("%d in the histogram, %d came back", histogram, received)
	}
	mean, wantMean := sum/time.Duration(packets-dropped), wantSum/time.Duration(packets-dropped)
	t.Logf("dropped %d of %d, mean round trip %s, truth %s, runs %v", dropped, packets, mean, wantMean, runs)
	// A busy machine adds to what this sender measures, never takes away.
	if off := mean - wantMean; off < 0 || off > mean/4 {
		t.Errorf("mean round trip %s, the truth added %s", mean, wantMean)
	}
	if off := forward - wantForward; off < 0 || off > forward/4 || wantForward > wantSum*3/5 {
		t.Errorf("all ways out took %s, the truth has %s out of %s", forward, wantForward, wantSum)
	}
	if dropped < packets/40 || dropped > packets/5 || mean < voiceImpairment.Delay {
		t.Errorf("%d of %d dropped, mean %s: that is no impaired path", dropped, packets, mean)
	}
}

func TestUplinkIsCutAndRestored(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	directory := t.TempDir()
	brokerSocket := filepath.Join(directory, "broker")
	broker, err := net.Listen("unix", brokerSocket)
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	go func() {
		for {
			connection, err := broker.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(connection, connection); connection.Close() }()
		}
	}()
	plan := quietPlan(t, ApplianceSilence)
	incident := &plan.Incidents[0]
	incident.From, incident.To = 700*time.Millisecond, 1400*time.Millisecond
	fleet, stop := start(t, plan, RunConfig{BrokerSocket: brokerSocket, UplinkDirectory: directory})

	works := func(connection net.Conn) bool {
		if connection.SetDeadline(time.Now().Add(5*time.Second)) != nil {
			return false
		}
		if _, err := fmt.Fprintln(connection, "block"); err != nil {
			return false
		}
		line, err := bufio.NewReader(connection).ReadString('\n')
		return err == nil && line == "block\n"
	}
	dial := func(appliance string) (net.Conn, bool) {
		connection, err := net.Dial("unix", UplinkSocket(directory, appliance))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { connection.Close() })
		return connection, works(connection)
	}
	held, ok := dial(incident.Entity)
	if !ok {
		t.Fatal("nothing comes back before the cut")
	}
	other, _ := dial(plan.Sites[(incident.site+1)%len(plan.Sites)].Appliance)
	eventually(t, "the cut", func() bool { return len(fleet.Truth().Silences) == 1 })
	if works(held) {
		t.Error("a connection outlives the cut")
	}
	if _, ok := dial(incident.Entity); ok {
		t.Error("a new connection is relayed during the cut")
	}
	if !works(other) {
		t.Error("another appliance is cut too")
	}
	eventually(t, "the end of the cut", func() bool { return !fleet.Truth().Silences[0].Open })
	if _, ok := dial(incident.Entity); !ok {
		t.Error("nothing comes back after the cut")
	}
	stop()
	silence := fleet.Truth().Silences[0]
	if silence.Appliance != incident.Entity || silence.To.Sub(silence.From) < 700*time.Millisecond {
		t.Errorf("the truth has %+v", silence)
	}
}
