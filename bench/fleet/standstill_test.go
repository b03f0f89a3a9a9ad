package fleet

import (
	"testing"
	"time"
)

func TestStandstills(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		passed time.Duration
		stood  bool
	}{
		"as it should be":            {glance, false},
		"a little late":              {glance + standstill - 1, false},
		"stood still":                {glance + standstill, true},
		"two ticks at once":          {0, false},
		"the clock was set back":     {-2 * time.Second, true},
		"the clock was set a little": {-standstill + glance + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			stood, was := standstillBetween(at, at.Add(test.passed))
			if was != test.stood {
				t.Fatalf("a standstill is %t, %s after the glance before", was, test.passed)
			}
			if was && (stood.To.Sub(stood.From) != test.passed.Abs() || stood.From.After(at)) {
				t.Errorf("it lasted from %s to %s", stood.From, stood.To)
			}
		})
	}
}
