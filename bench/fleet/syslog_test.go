package fleet

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestEverySyslogLineComesOnceFromItsDevice(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	plan := quietPlan(t, SyslogBurst)
	incident := &plan.Incidents[0]
	incident.From, incident.To = quietStart+2*listenerCheck, quietStart+2*listenerCheck+2*time.Second
	type heard struct {
		source netip.Addr
		text   string
		stream bool
	}
	var mutex sync.Mutex
	var lines []heard
	hear := func(from netip.Addr, text string, stream bool) {
		mutex.Lock()
		defer mutex.Unlock()
		lines = append(lines, heard{from, text, stream})
	}
	// One appliance does not listen: nothing must be sent there.
	for i := range plan.Sites {
		if i == (incident.site+1)%len(plan.Sites) {
			continue
		}
		receiver, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(plan.Sites[i].Syslog))
		if err != nil {
			t.Fatal(err)
		}
		defer receiver.Close()
		go func() {
			buffer := make([]byte, 2048)
			for {
				n, from, err := receiver.ReadFromUDPAddrPort(buffer)
				if err != nil {
					return
				}
				hear(from.Addr(), string(buffer[:n]), false)
			}
		}()
		if plan.Sites[i].Streams {
			hearStreams(t, plan.Sites[i].Syslog, hear)
		}
	}
	fleet, stop := start(t, plan, RunConfig{})
	eventually(t, "the burst", func() bool {
		happened := fleet.Truth().Incidents
		return len(happened) == 1 && !happened[0].Open
	})
	for number := range fleet.devices {
		fleet.chatter.say(t.Context(), number)
	}
	fleet.Quiesce()
	want := map[string]netip.Addr{}
	repeats := 0
	for i, device := range fleet.Truth().Devices {
		for _, line := range device.Syslog {
			if _, twice := want[line.Token]; twice {
				t.Errorf("token %s twice", line.Token)
			}
			want[line.Token] = fleet.devices[i].Address
			if relay := plan.Sites[fleet.devices[i].site].Relay; relay.IsValid() && fleet.devices[i].role == roleCamera {
				want[line.Token] = relay
			}
			repeats += line.Occurrences - 1
		}
		if n := len(device.Syslog); fleet.devices[i].site == (incident.site+1)%len(plan.Sites) && n > 0 {
			t.Errorf("%s sent %d lines to nobody", device.Name, n)
		}
	}
	eventually(t, "every line", func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		return len(lines) >= len(want)
	})
	stop()
	if len(want) < burstLines+20 {
		t.Errorf("%d lines in the truth", len(want))
	}
	mutex.Lock()
	defer mutex.Unlock()
	streamed, relayed := 0, 0
	for _, line := range lines {
		if line.stream {
			streamed++
		}
		if line.source.As4()[3] == 254 {
			relayed++
		}
		if said := repeat.FindStringSubmatch(line.text); said != nil {
			times, _ := strconv.Atoi(said[1])
			repeats -= times - 1
		}
		_, token, _ := strings.Cut(line.text, "id=")
		if source, known := want[token]; !known || source != line.source {
			t.Errorf("from %s, the truth has %s: %s", line.source, source, line.text)
		}
		delete(want, token)
	}
	if len(want) > 0 {
		t.Errorf("%d lines did not come", len(want))
	}
	if streamed == 0 || relayed == 0 || repeats != 0 {
		t.Errorf("%d lines over TCP, %d of a relay, and the truth has %d repeats more than the lines", streamed, relayed, repeats)
	}
}

var repeat = regexp.MustCompile("last message repeated ([0-9]+) times")

// hearStreams takes connections until the test ends, and hands on the lines that come by
// octet counting.
func hearStreams(t *testing.T, at netip.AddrPort, hear func(from netip.Addr, text string, stream bool)) {
	t.Helper()
	listener, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				reader := bufio.NewReader(connection)
				for {
					var octets int
					if _, err := fmt.Fscanf(reader, "%d ", &octets); err != nil {
						return
					}
					text := make([]byte, octets)
					if _, err := io.ReadFull(reader, text); err != nil {
						return
					}
					hear(connection.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap(), string(text), true)
				}
			}()
		}
	}()
}
