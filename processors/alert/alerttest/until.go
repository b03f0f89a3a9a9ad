package alerttest

import (
	"testing"
	"time"
)

// patience is how long a test waits for what must come about, on a machine that is busy.
const patience = 30 * time.Second

// Until waits for a condition, and ends the test where it does not come about.
func Until(t testing.TB, what string, done func() bool) {
	t.Helper()
	ticks := time.NewTicker(5 * time.Millisecond)
	defer ticks.Stop()
	for deadline := time.Now().Add(patience); !done(); <-ticks.C {
		if time.Now().After(deadline) {
			t.Fatalf("in %s it did not come about: %s", patience, what)
		}
	}
}
