package spool

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRoomIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSpool(t, func(c *Config) { c.MaxBytes = 1 << 20 })
		quarter := block(strings.Repeat(".", 256<<10-recordHeader))
		s.Put(quarter)
		s.Put(quarter)
		if waited := s.Room(t.Context()); waited != 0 {
			t.Errorf("with just half taken: waited %s", waited)
		}
		s.Put(quarter)
		s.Put(quarter)
		taken := s.Take(t.Context(), Telemetry, 2)
		time.AfterFunc(3*time.Second, func() { s.Delivered(taken[:1]) })
		time.AfterFunc(5*time.Second, func() { s.Delivered(taken[1:]) })
		others := make(chan time.Duration, 2)
		for range cap(others) {
			go func() { others <- s.Room(t.Context()) }()
		}
		// What is under way counts until it has arrived.
		if waited := s.Room(t.Context()); waited != 5*time.Second {
			t.Errorf("waited %s, want 5s", waited)
		}
		for range cap(others) {
			if waited := <-others; waited != 5*time.Second {
				t.Errorf("another waited %s, want 5s", waited)
			}
		}
	})
}

func TestWaitingForRoomEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newSpool(t, func(c *Config) { c.MaxBytes = 1 << 20 })
		s.Put(block(strings.Repeat(".", 900<<10)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if waited := s.Room(ctx); waited != time.Second {
			t.Errorf("until the context ended: %s", waited)
		}
		if waited := s.Room(ctx); waited != 0 {
			t.Errorf("after the context ended: %s", waited)
		}
		time.AfterFunc(2*time.Second, s.Finish)
		if waited := s.Room(t.Context()); waited != 2*time.Second {
			t.Errorf("until the spool was closed: %s", waited)
		}
	})
}
