package schedule

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestEachEntityOnceAnIntervalAtItsOffset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 61*time.Second)
		defer cancel()
		offsets := []time.Duration{7 * time.Second, 0, 3 * time.Second}
		var rounds []Round
		err := Run(ctx, 10*time.Second, offsets, func(round Round) {
			if late := time.Since(round.Due); late != 0 {
				t.Errorf("entity %d fired %s late", round.Entity, late)
			}
			rounds = append(rounds, round)
		}, func(n int) { t.Errorf("%d rounds skipped", n) })
		if err != nil {
			t.Fatal(err)
		}
		if len(rounds) != 3*6+1 {
			t.Fatalf("%d rounds in 61 s, want 19", len(rounds))
		}
		for _, round := range rounds {
			if round.Slot.UnixMilli()%10_000 != 0 {
				t.Errorf("slot %s is not aligned", round.Slot)
			}
			if round.Due.Sub(round.Slot) != offsets[round.Entity] {
				t.Errorf("entity %d due %s after its slot, want %s", round.Entity, round.Due.Sub(round.Slot), offsets[round.Entity])
			}
		}
	})
}

func TestASlowFireSkipsAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
		defer cancel()
		skipped, fired := 0, 0
		err := Run(ctx, 10*time.Second, []time.Duration{0, 5 * time.Second}, func(Round) {
			if fired++; fired == 2 {
				<-time.After(45 * time.Second) // the machine sleeps
			}
		}, func(n int) { skipped += n })
		if err != nil {
			t.Fatal(err)
		}
		if skipped == 0 || fired+skipped < 19 || fired+skipped > 21 {
			t.Fatalf("fired %d, skipped %d: want about 20 rounds accounted for", fired, skipped)
		}
	})
}

func TestOffsetsSpreadEvenly(t *testing.T) {
	const interval = 5 * time.Second
	buckets := make([]int, 10)
	for id := uint64(1); id <= 10_000; id++ {
		offset := Offset(id*0x9e3779b97f4a7c15, interval)
		if offset < 0 || offset >= interval {
			t.Fatalf("offset %s is outside the interval", offset)
		}
		buckets[offset*10/interval]++
	}
	for i, n := range buckets {
		if n < 850 || n > 1150 {
			t.Errorf("tenth %d of the interval has %d of 10,000 entities", i, n)
		}
	}
}

func TestRunEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- Run(ctx, time.Hour, []time.Duration{30 * time.Minute}, func(Round) {}, nil) }()
		synctest.Wait()
		began := time.Now()
		cancel()
		if err := <-done; err != nil || time.Since(began) != 0 {
			t.Fatalf("ended after %s with %v", time.Since(began), err)
		}
	})
}

func TestTooShortAnIntervalIsRefused(t *testing.T) {
	if err := Run(t.Context(), 0, nil, nil, nil); err == nil {
		t.Fatal("an interval of 0 was accepted")
	}
}

func TestSlotsCountFromTheUnixEpoch(t *testing.T) {
	at := time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)
	if slot := Slot(at, 7*time.Second); slot.Unix()%7 != 0 || slot.After(at) || at.Sub(slot) >= 7*time.Second {
		t.Fatalf("the slot of %s is %s", at, slot)
	}
}

func TestAClockThatWasSetIsNoticed(t *testing.T) {
	due := time.Date(2026, 5, 1, 3, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		now  time.Time
		want outcome
	}{
		{due.Add(-10 * time.Second), fired}, {due, fired}, {due.Add(10 * time.Second), fired},
		{due.Add(11 * time.Second), late}, {due.Add(-11 * time.Second), setBack}, {due.Add(-time.Hour), setBack},
	} {
		if got, ahead := judge(c.now, due, 10*time.Second); got != c.want || (got == fired && ahead != due.Sub(c.now)) {
			t.Errorf("%s before it is due: outcome %d, %s ahead; want %d", due.Sub(c.now), got, ahead, c.want)
		}
	}
}
