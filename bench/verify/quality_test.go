package verify

import (
	"testing"
	"time"

	"mimamori/bench/fleet"
)

// TestAStandstillExcusesOnlyItsMinutes loses a part of the second of two minutes, in which the machine stood still or not.
func TestAStandstillExcusesOnlyItsMinutes(t *testing.T) {
	for name, test := range map[string]struct {
		stood []float64 // seconds, each for two
		ok    bool
	}{
		"never":                     {nil, false},
		"in it":                     {[]float64{150}, true},
		"near its beginning":        {[]float64{111}, true},
		"in the first alone":        {[]float64{80}, false},
		"long before":               {[]float64{10}, false},
		"soon after its end":        {[]float64{189}, true},
		"long after its end":        {[]float64{191}, false},
		"in it, and the first, too": {[]float64{80, 150}, true},
	} {
		t.Run(name, func(t *testing.T) {
			truth, store, _ := happened()
			path := &truth.Paths[0]
			later := path.Minutes[0]
			later.Minute = later.Minute.Add(time.Minute)
			path.Minutes = append(path.Minutes, later)
			lost := store.voice[0]
			lost.MinuteMs, lost.MOS = lost.MinuteMs+60_000, lost.MOS+0.5
			store.voice = append(store.voice, lost)
			for _, at := range test.stood {
				truth.Standstills = append(truth.Standstills, fleet.Standstill{From: second(at), To: second(at + 2)})
			}
			checks, err := Voice(t.Context(), store, truth, options, second(181))
			if err != nil {
				t.Fatal(err)
			}
			if len(checks) != 1 || checks[0].OK != test.ok {
				t.Errorf("%+v", checks)
			}
		})
	}
}
