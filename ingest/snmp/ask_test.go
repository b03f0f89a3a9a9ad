package snmp

import (
	"fmt"
	"strings"
	"testing"
)

// Interfaces whose counters may roll over are named, at most three of them; one that
// never carried anything is none of them.
func TestNarrowCountersAreNoted(t *testing.T) {
	for _, test := range []struct {
		octets []int // in and out of each interface
		want   string
	}{
		{[]int{0, 0}, ""},
		{[]int{7, 0, 9}, "Fa1, Fa3:"},
		{[]int{1, 2, 3, 4, 5}, "Fa1, Fa2, Fa3 and 2 more:"},
	} {
		var walk strings.Builder
		walk.WriteString(".1.3.6.1.2.1.1.3.0 = Timeticks: (100) 0:00:01.00\n")
		walk.WriteString(".1.3.6.1.2.1.2.2.1.5.99 = Gauge32: 100000000\n.1.3.6.1.2.1.2.2.1.10.99 = Counter32: 7\n.1.3.6.1.2.1.2.2.1.16.99 = Counter32: 7\n") // without a name
		for i, octets := range test.octets {
			for _, column := range []string{"2.1.2.%d = STRING: \"Fa%[1]d\"", "2.1.5.%d = Gauge32: 100000000", "2.1.10.%d = Counter32: %[2]d", "2.1.16.%d = Counter32: %[2]d"} {
				fmt.Fprintf(&walk, ".1.3.6.1.2.1.2."+column+"%.0[2]d\n", i+1, octets)
			}
		}
		answer := answerOf(t, AloneConfig(), []byte(walk.String()))
		if len(answer.Interfaces) != len(test.octets)+1 {
			t.Fatalf("%d interfaces in\n%s", len(answer.Interfaces), walk.String())
		}
		got := strings.Replace(strings.Join(answer.Notes, "; "), faultNotes[faultNoName], "", 1)
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%v: the notes are %q, want %q", test.octets, got, test.want)
		}
	}
}
