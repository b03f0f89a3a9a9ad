package snmptrap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"
	"github.com/prometheus/client_golang/prometheus"
)

// value of a counter, of all its labels together.
func value(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() == name {
			for _, one := range family.GetMetric() {
				sum += one.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func silent(t *testing.T) net.PacketConn {
	t.Helper()
	receiver, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { receiver.Close() })
	if err := receiver.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return receiver
}

func TestNoPacketIsTooLong(t *testing.T) {
	receiver := silent(t)
	number := strings.Repeat(".4294967295", longestEnterprise-6)
	longest := strings.Repeat("n", longestName)
	for name, target := range map[string]Target{
		"version 1":  {Version: "1", Community: strings.Repeat("c", longestCommunity)},
		"version 2c": {Community: strings.Repeat("c", longestCommunity)},
		"version 3": {User: &User{
			Name: longest, Context: longest, Auth: "SHA-512", AuthPassword: authPassword, Privacy: "DES", PrivacyPassword: privacyPassword,
		}},
	} {
		for _, enterprise := range []string{"", "1.3.6.1.4.1" + number} {
			t.Run(fmt.Sprintf("%s, enterprise %q", name, enterprise), func(t *testing.T) {
				target.Address, target.Enterprise = receiver.LocalAddr().String(), enterprise
				to, registry := open(t, target, t.TempDir())
				alarm := raised()
				long := strings.Repeat("守", 100)
				for _, label := range []string{"alertname", "customer", "site", "entity"} {
					alarm.Labels[label] = long
				}
				alarm.Annotations["summary"], alarm.Annotations["owner"] = long, long
				deliver(t, to, alarm)
				datagram := make([]byte, 65536)
				length, _, err := receiver.ReadFrom(datagram)
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%d octets", length)
				if length > longestPacket || length < longestPacket-150 {
					t.Errorf("the packet has %d octets, want %d at most and not much less", length, longestPacket)
				}
				if got := value(t, registry, "mimamori_alert_snmp_shortened_total"); got != 1 {
					t.Errorf("%v are counted as shortened, want 1", got)
				}
				if target.User != nil {
					return
				}
				packet, err := gosnmp.Default.SnmpDecodePacket(datagram[:length])
				if err != nil {
					t.Fatal(err)
				}
				texts := map[int]int{}
				variables := packet.Variables[len(packet.Variables)-len(objects):]
				for at, object := range variables {
					if octets, ok := object.Value.([]byte); ok {
						texts[at] = len(octets)
					}
				}
				if texts[6] >= 100 || enterprise == "" && texts[5] != longestText {
					t.Errorf("the summary has %d bytes, the entity %d: the summary goes first", texts[6], texts[5])
				}
			})
		}
	}
}

// A receiver that does not answer holds up nobody for longer than its context lasts.
func TestAnAttemptEndsWithItsContext(t *testing.T) {
	receiver := silent(t)
	for name, target := range map[string]Target{
		"version 2c": {Community: community},
		"version 3":  {User: withPasswords(users[0].user)},
	} {
		t.Run(name, func(t *testing.T) {
			target.Address, target.Inform = receiver.LocalAddr().String(), true
			to, _ := open(t, target, t.TempDir())
			to.target.Timeout = time.Hour
			ctx, cancel := context.WithCancelCause(t.Context())
			stopped := errors.New("it is stopped")
			first, second := make(chan error, 1), make(chan error, 1)
			go func() {
				retry, err := to.Deliver(ctx, group(raised()))
				first <- fmt.Errorf("retry %v: %w", retry, err)
			}()
			if _, _, err := receiver.ReadFrom(make([]byte, 65536)); err != nil { // it is under way
				t.Fatal(err)
			}
			go func() {
				retry, err := to.Deliver(ctx, group(over()))
				second <- fmt.Errorf("retry %v: %w", retry, err)
			}()
			cancel(stopped)
			for _, ended := range []chan error{first, second} {
				select {
				case err := <-ended:
					if !errors.Is(err, stopped) || !strings.HasPrefix(err.Error(), "retry true") {
						t.Errorf("it ends with %v", err)
					}
				case <-time.After(10 * time.Second):
					t.Fatal("it goes on")
				}
			}
		})
	}
}

// With retries used up an inform without an answer is to be tried again later, and with it
// those behind it, which have used no number.
func TestNoAnswer(t *testing.T) {
	receiver := silent(t)
	to, _ := open(t, Target{Address: receiver.LocalAddr().String(), Community: community, Inform: true, Timeout: 100 * time.Millisecond, Retries: retries(1)}, t.TempDir())
	for range 2 {
		retry, err := try(t, to, raised(), raised(), over())
		if err == nil || !retry || !strings.Contains(err.Error(), alarmID) {
			t.Errorf("retry %v, error %v", retry, err)
		}
	}
	var sequences []string
	for range 4 {
		datagram := make([]byte, 65536)
		length, _, err := receiver.ReadFrom(datagram)
		if err != nil {
			t.Fatal(err)
		}
		packet, err := gosnmp.Default.SnmpDecodePacket(datagram[:length])
		if err != nil {
			t.Fatal(err)
		}
		sequences = append(sequences, fmt.Sprint(packet.Variables[12].Value))
	}
	if want := []string{"1", "1", "2", "2"}; !slices.Equal(sequences, want) {
		t.Errorf("sequence numbers %q were sent, want %q", sequences, want)
	}
}

// Groups come at the same time, and their numbers in order: one waits for the other.
func TestOneAfterTheOther(t *testing.T) {
	receiver := silent(t)
	to, _ := open(t, Target{Address: receiver.LocalAddr().String(), Community: community, Inform: true}, t.TempDir())
	to.target.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := to.Deliver(ctx, group(raised()))
		first <- err
	}()
	if _, _, err := receiver.ReadFrom(make([]byte, 65536)); err != nil { // it is under way
		t.Fatal(err)
	}
	short, end := context.WithTimeout(ctx, 100*time.Millisecond)
	defer end()
	if retry, err := to.Deliver(short, group(over())); !errors.Is(err, context.DeadlineExceeded) || !retry {
		t.Errorf("retry %v, error %v", retry, err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the first ends with %v", err)
	}
	if err := receiver.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if length, _, err := receiver.ReadFrom(make([]byte, 65536)); err == nil {
		t.Errorf("%d octets came out of turn", length)
	}
}

// A receiver that answers with an error has not taken it.
func TestAnAnswerThatIsAnError(t *testing.T) {
	receiver := silent(t)
	go func() {
		datagram := make([]byte, 65536)
		length, from, err := receiver.ReadFrom(datagram)
		if err != nil {
			return
		}
		packet, err := gosnmp.Default.SnmpDecodePacket(datagram[:length])
		if err != nil {
			return
		}
		packet.PDUType, packet.Error = gosnmp.GetResponse, gosnmp.AuthorizationError
		if answer, err := packet.MarshalMsg(); err == nil {
			_, _ = receiver.WriteTo(answer, from)
		}
	}()
	to, _ := open(t, Target{Address: receiver.LocalAddr().String(), Community: community, Inform: true}, t.TempDir())
	if retry, err := try(t, to, raised()); err == nil || !retry || !strings.Contains(err.Error(), "AuthorizationError") {
		t.Errorf("retry %v, error %v", retry, err)
	}
}
