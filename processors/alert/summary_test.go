package alert

import (
	"strings"
	"testing"
)

func TestNumbersAreReadable(t *testing.T) {
	for value, want := range map[float64]string{0: "0", 3.5999: "3.6", 95.128: "95.13", 12345.6: "12346", 1e7: "10000000"} {
		if got := number(value); got != want {
			t.Errorf("%g is %s, want %s", value, got, want)
		}
	}
}

// What is below its target does not read as if it were not.
func TestAvailabilityIsRoundedDown(t *testing.T) {
	w := newWorld(t)
	w.promises = []Promise{{Customer: "acme", Entity: "customer/acme", Name: "acme", From: monday, Percent: 99.94996, Target: 99.95}}
	w.pass(1e9)
	if told := w.put[0].Summary; !strings.Contains(told, "99.949 %") || !strings.Contains(told, "99.95 % is promised") {
		t.Errorf("it says %q", told)
	}
}
