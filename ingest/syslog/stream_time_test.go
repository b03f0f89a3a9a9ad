package syslog

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/inventory"
)

// piped runs a stream over a pipe, in a bubble of synctest.
func piped(t *testing.T, config Config, room Room) (sender net.Conn, s *site, ended func() ending) {
	t.Helper()
	s = &site{registry: prometheus.NewRegistry()}
	station := inventory.Station{Appliance: inventory.Appliance{Name: "a", Syslog: overTCP()}}
	receiver, err := New(config, station, s.emit, room, slog.New(slog.DiscardHandler), s.registry)
	if err != nil {
		t.Fatal(err)
	}
	sender, connection := net.Pipe()
	stream := &stream{
		Receiver: receiver, connection: connection, address: netip.MustParseAddr("192.0.2.1"),
		framer: newFramer(config.MaxMessageBytes), intake: &intake{Receiver: receiver, patient: true},
	}
	done := make(chan ending, 1)
	go func() {
		defer connection.Close()
		reason, _ := stream.run(t.Context())
		done <- reason
	}()
	return sender, s, func() ending { return <-done }
}

func TestStreamEndsASlowSender(t *testing.T) {
	for _, half := range []string{"<13>half", "70 <13>half"} {
		synctest.Test(t, func(t *testing.T) {
			sender, s, ended := piped(t, DefaultConfig(), nil)
			began := time.Now()
			write(t, sender, "<13>whole\n"+half)
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				// An octet now and then does not help.
				for {
					time.Sleep(time.Minute)
					if _, err := io.WriteString(sender, "."); err != nil {
						return
					}
				}
			}()
			if reason := ended(); reason != endedSlow || time.Since(began) != frameTime {
				t.Errorf("ended by %q after %s", reason, time.Since(began))
			}
			<-stopped
			if s.rows.Len() != 2 || !strings.HasPrefix(s.rows.Message[1], "half.") || !strings.Contains(s.rows.Complaint[1], "cut off: the rest did not come within 5m0s") {
				t.Errorf("%q, complaints %q", s.rows.Message, s.rows.Complaint)
			}
		})
	}
}

func TestStreamEndsALineWithoutAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sender, s, ended := piped(t, DefaultConfig(), nil)
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				if _, err := io.WriteString(sender, strings.Repeat("x", 5000)); err != nil {
					return
				}
				time.Sleep(10 * time.Second)
			}
		}()
		if reason := ended(); reason != endedSlow {
			t.Errorf("ended by %q", reason)
		}
		<-stopped
		if s.rows.Len() != 1 || len(s.rows.Raw[0]) != 8192 {
			t.Errorf("%d rows, the first of %d bytes", s.rows.Len(), len(s.rows.Raw[0]))
		}
	})
}

func TestStreamEndsWhenNothingComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := DefaultConfig()
		config.IdleTimeout = time.Hour
		sender, s, ended := piped(t, config, nil)
		time.Sleep(59 * time.Minute)
		write(t, sender, "<13>a\n")
		time.Sleep(batchLinger)
		synctest.Wait()
		if s.rows.Len() != 1 {
			t.Error("a row was not emitted in time")
		}
		began := time.Now()
		if reason := ended(); reason != endedIdle || time.Since(began) != time.Hour-batchLinger {
			t.Errorf("ended by %q after %s", reason, time.Since(began))
		}
	})
}

// TestSenderIsNotLateWhileThereIsNoRoom holds that time in which nothing is read is not
// the sender's.
func TestSenderIsNotLateWhileThereIsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		room := func(context.Context) time.Duration {
			if calls++; calls != 2 {
				return 0
			}
			time.Sleep(48 * time.Hour)
			return 48 * time.Hour
		}
		sender, s, ended := piped(t, DefaultConfig(), room)
		write(t, sender, "8 <13>")
		write(t, sender, "good")
		sender.Close()
		if reason := ended(); reason != "" || s.rows.Len() != 1 || s.rows.Message[0] != "good" {
			t.Errorf("ended by %q: %q", reason, s.rows.Message)
		}
	})
}

func TestStreamSlowsDownWhoSendsTooMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := DefaultConfig()
		config.RateLimit = RateLimit{MessagesPerSecond: 100, Burst: 100}
		sender, s, ended := piped(t, config, nil)
		began := time.Now()
		for range 600 {
			write(t, sender, "<13>a\n")
		}
		sender.Close()
		ended()
		if took := time.Since(began); s.rows.Len() != 600 || took < 4900*time.Millisecond || took > 5100*time.Millisecond {
			t.Errorf("%d messages took %s, want 600 in 5s", s.rows.Len(), took)
		}
	})
}
