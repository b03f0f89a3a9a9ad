package voice

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

// scripted is a reflector that does to each packet what a test says.
type scripted struct {
	conn *net.UDPConn
	done chan struct{}
}

// script starts one. answer is called for each packet in the order they come, from 0, with
// what a stateless reflector would answer, to be changed; it returns how many copies
// are sent.
func script(t *testing.T, answer func(number int, reply *ReflectorPacket) int) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := scripted{conn, make(chan struct{})}
	t.Cleanup(func() { _ = conn.Close(); <-s.done })
	go func() {
		defer close(s.done)
		buffer := make([]byte, maxPacketSize)
		for number := 0; ; number++ {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			now := NTPTimestamp(time.Now().UnixNano())
			var request SenderPacket
			if request.Unmarshal(buffer[:n]) != nil {
				t.Errorf("%d octets are no packet", n)
			}
			reply := ReflectorPacket{
				Sequence: request.Sequence, SSID: request.SSID, T2: now, T3: now, T1: request.T1, TTL: 255,
				Error: NewErrorEstimate(true, false, time.Millisecond), SenderSequence: request.Sequence, SenderError: request.Error,
			}
			for range answer(number, &reply) {
				_, _ = conn.WriteToUDPAddrPort(reply.Marshal(nil), from)
			}
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// g711 is half a minute of G.711 as telephones send it.
func g711() Once {
	config := DefaultConfig()
	return Once{Codec: "G.711", For: 30 * time.Second, Interval: config.PacketInterval, Timeout: config.Timeout, DSCP: config.DSCP}
}

// measureOnce measures n packets, 2 ms apart.
func measureOnce(t *testing.T, to netip.AddrPort, n int, change func(*Once)) *Session {
	t.Helper()
	once := g711()
	once.Target, once.Interval, once.For, once.Timeout = to.String(), 2*time.Millisecond, time.Duration(n)*2*time.Millisecond, 200*time.Millisecond
	if change != nil {
		change(&once)
	}
	session, err := Measure(t.Context(), once, nil)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

func TestMeasureKeepsEveryPacket(t *testing.T) {
	t.Parallel()
	to, _ := startReflector(t, "127.0.0.1:0")
	session := measureOnce(t, to, 100, func(once *Once) { once.Interval, once.For = 5*time.Millisecond, 500*time.Millisecond })
	if session.Sent() != 100 || session.Count(InTime) != 100 || len(session.Arrivals) != 100 || session.Duplicates() != 0 || session.Strangers != 0 {
		t.Fatalf("%d sent, %d in time, %+v", session.Sent(), session.Count(InTime), session)
	}
	began := session.Exchanges[0].Sent
	for i, exchange := range session.Exchanges {
		if exchange.RTT <= 0 || exchange.RTT != exchange.Forward+exchange.Backward || exchange.DSCP != 46 || *exchange.DSCPThere != 46 || exchange.TTLThere != 255 || exchange.Odd {
			t.Errorf("packet %d: %+v", i, exchange)
		}
		// At its place and not one interval after the one before: nothing accumulates.
		if early := time.Duration(i)*5*time.Millisecond - exchange.Sent.Sub(began); early > time.Millisecond {
			t.Errorf("packet %d was sent %s before its time", i, early)
		}
	}
	// The promptest of the last packets left at its time: what was late was caught up.
	late := time.Hour
	for i := 80; i < 100; i++ {
		late = min(late, session.Exchanges[i].Sent.Sub(began)-time.Duration(i)*5*time.Millisecond)
	}
	if late > 3*time.Millisecond {
		t.Errorf("the last packets were all sent %s late or more", late)
	}
	if there, back, known := session.LostWays(); !known || there != 0 || back != 0 {
		t.Errorf("lost %d and %d, %t", there, back, known)
	}
}

func TestMeasureTellsTheFates(t *testing.T) {
	t.Parallel()
	to := script(t, func(number int, reply *ReflectorPacket) int {
		switch {
		case number == 20:
			return 3
		case number == 30:
			reply.T1++ // answers nothing
		case number%10 == 5:
			return 0
		}
		return 1
	})
	session := measureOnce(t, to, 50, nil)
	if session.Count(Missing) != 6 || session.Duplicates() != 2 || session.Exchanges[20].Copies != 2 || session.Strangers != 1 || session.Reordered() != 0 {
		t.Errorf("%d missing, %d duplicates, %d strangers", session.Count(Missing), session.Duplicates(), session.Strangers)
	}
	if _, _, known := session.LostWays(); known {
		t.Error("a stateless reflector tells on which way packets were lost")
	}
}

func TestMeasureOverdueAnswers(t *testing.T) {
	t.Parallel()
	to := script(t, func(number int, _ *ReflectorPacket) int {
		if number == 0 {
			<-time.After(300 * time.Millisecond) // packets wait behind it
		}
		return 1
	})
	session := measureOnce(t, to, 10, nil)
	if session.Count(Overdue) == 0 || session.Count(Overdue)+session.Count(InTime) != 10 || session.Exchanges[0].Fate != Overdue {
		t.Errorf("%d overdue, %d in time", session.Count(Overdue), session.Count(InTime))
	}
}

// TestMeasureTellsTheWays loses packets before and behind a reflector that counts.
func TestMeasureTellsTheWays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		there, back func(number int) bool
		lost        [2]int
	}{
		{"none", nil, nil, [2]int{}},
		{"there", func(n int) bool { return n%10 == 3 }, nil, [2]int{5, 0}},
		{"back", nil, func(n int) bool { return n%10 == 3 }, [2]int{0, 5}},
		{"both", func(n int) bool { return n%10 == 3 }, func(n int) bool { return n%25 == 7 }, [2]int{5, 2}},
		{"at the end there", func(n int) bool { return n >= 40 && n < 50 }, nil, [2]int{10, 0}},
		{"at the end back", nil, func(n int) bool { return n >= 40 && n < 50 }, [2]int{0, 10}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			count := uint32(0)
			to := script(t, func(number int, reply *ReflectorPacket) int {
				if test.there != nil && test.there(number) {
					return 0
				}
				reply.Sequence = count
				count++
				if test.back != nil && test.back(number) {
					return 0
				}
				return 1
			})
			session := measureOnce(t, to, 50, nil)
			there, back, known := session.LostWays()
			if !known || there != test.lost[0] || back != test.lost[1] {
				t.Errorf("lost %d there and %d back (%t), want %v", there, back, known, test.lost)
			}
		})
	}
}

// TestMeasureReflectorBeginsAnew: what it counted before is not taken for loss.
func TestMeasureReflectorBeginsAnew(t *testing.T) {
	t.Parallel()
	to := script(t, func(number int, reply *ReflectorPacket) int {
		reply.Sequence = uint32(number % 30)
		if number%10 == 3 {
			return 0
		}
		return 1
	})
	session := measureOnce(t, to, 50, nil)
	if there, back, known := session.LostWays(); known && (there != 0 || back != 5) {
		t.Errorf("lost %d there and %d back", there, back)
	}
}

// TestMeasureReflectorCountsOn: what it counted in a measurement before says nothing of this.
func TestMeasureReflectorCountsOn(t *testing.T) {
	t.Parallel()
	to := script(t, func(number int, reply *ReflectorPacket) int {
		reply.Sequence = uint32(3 + number)
		if number%10 == 3 {
			return 0
		}
		return 1
	})
	session := measureOnce(t, to, 50, nil)
	if there, back, known := session.LostWays(); known || session.Count(Missing) != 5 {
		t.Errorf("%d lost: %d there and %d back", session.Count(Missing), there, back)
	}
}

func TestMeasureClocks(t *testing.T) {
	t.Parallel()
	const ahead = 3 * time.Hour
	to := script(t, func(number int, reply *ReflectorPacket) int {
		reply.T2 = NTPTimestamp(time.Now().Add(ahead).UnixNano())
		reply.T3 = reply.T2
		return 1
	})
	session := measureOnce(t, to, 20, nil)
	offset, ok := session.Offset()
	if !ok || (offset-ahead).Abs() > 50*time.Millisecond {
		t.Errorf("the clock is ahead by %s, want %s", offset, ahead)
	}
	if session.Count(InTime) != 20 || session.Exchanges[3].RTT > time.Second {
		t.Errorf("%+v", session.Exchanges[3])
	}
	session.Stepped = time.Second
	if session.Synchronised() {
		t.Error("a clock that was set is synchronised")
	}
}

func TestMeasureEndsWithItsContext(t *testing.T) {
	t.Parallel()
	to, _ := startReflector(t, "127.0.0.1:0")
	ctx, cancel := context.WithCancel(t.Context())
	once := g711()
	once.Target, once.For, once.Interval, once.Timeout = to.String(), time.Hour, 10*time.Millisecond, 500*time.Millisecond
	began := time.Now()
	session, err := Measure(ctx, once, func(now Progress) {
		if now.Sent < 50 || now.Answered == 0 || now.RTT <= 0 {
			t.Errorf("%+v", now)
		}
		cancel()
	})
	if err != nil || session.Sent() < 50 || session.Sent() != session.Count(InTime) || time.Since(began) > 10*time.Second {
		t.Errorf("%v, %d sent, %d in time, after %s", err, session.Sent(), session.Count(InTime), time.Since(began))
	}
}

func TestMeasureWithKeys(t *testing.T) {
	t.Parallel()
	const text = "000102030405060708090a0b0c0d0e0f"
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	// One that answers without a key is not believed.
	session := measureOnce(t, script(t, func(int, *ReflectorPacket) int { return 1 }), 5, func(once *Once) { once.Key = key })
	if session.Count(Missing) != 5 || session.Strangers != 5 {
		t.Errorf("%+v", session)
	}
}

func TestMeasureNobody(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host)})
		if err != nil {
			missing(t, "an address %s: %v", host, err)
		}
		to := conn.LocalAddr().(*net.UDPAddr).AddrPort()
		_ = conn.Close()
		session := measureOnce(t, to, 10, nil)
		if session.Count(Missing) != 10 || session.Complaints[Complaint{From: netip.MustParseAddr(host), Reason: "port unreachable"}] < 5 {
			t.Errorf("%+v", session)
		}
	}
}

func TestOnceTargets(t *testing.T) {
	for target, want := range map[string]string{
		"192.0.2.1": "192.0.2.1 862", "192.0.2.1:64364": "192.0.2.1 64364", "2001:db8::1": "2001:db8::1 862", "[2001:db8::1]": "2001:db8::1 862",
		"[2001:db8::1]:1862": "2001:db8::1 1862", "probe.example": "probe.example 862", "probe.example:863": "probe.example 863",
	} {
		host, port, err := Once{Target: target}.target()
		if got := fmt.Sprint(host, " ", port); err != nil || got != want {
			t.Errorf("%s is %s (%v), want %s", target, got, err, want)
		}
	}
	for _, target := range []string{"", ":862", "host:", "host:0", "host:70000", "host:name", "a:b:c", "1::2::3"} {
		if host, port, err := (Once{Target: target}).target(); err == nil {
			t.Errorf("%q is taken for %s port %d", target, host, port)
		}
	}
}

func TestSessionReordered(t *testing.T) {
	for want, arrivals := range [][]int{{0, 1, 2, 5}, {1, 0, 2, 3}, {3, 0, 2, 4}, {3, 2, 1, 0}} {
		if got := (&Session{Arrivals: arrivals}).Reordered(); got != want {
			t.Errorf("%v: %d, want %d", arrivals, got, want)
		}
	}
}
