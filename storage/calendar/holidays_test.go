package calendar

import (
	"slices"
	"sync"
	"testing"
	"time"
)

func TestCountries(t *testing.T) {
	for _, test := range []struct {
		country, zone string
		closed, open  []string
	}{
		{"US", "America/New_York", []string{"2026-11-26", "2026-07-03", "2026-07-04", "2021-12-31", "2022-01-01"}, []string{"2026-07-06"}},
		{"GB", "Europe/London", []string{"2026-12-25", "2026-12-28", "2022-06-03", "2021-12-27", "2021-12-28"}, []string{"2026-12-29", "2026-06-03"}},
		{"DE", "Europe/Berlin", []string{"2026-04-03", "2026-10-03"}, []string{"2026-06-04", "2026-11-01"}},
		{"DE-BY", "Europe/Berlin", []string{"2026-10-03", "2026-06-04", "2026-11-01"}, []string{"2026-10-31"}},
		{"CH-ZH", "Europe/Zurich", []string{"2026-08-01"}, []string{"2026-06-04"}},
		{"AU-NSW", "Australia/Sydney", []string{"2026-01-26"}, []string{"2026-11-03"}},
	} {
		calendar, err := New(Config{TimeZone: test.zone, Hours: []string{"00:00-24:00"}, Holidays: []string{test.country}})
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range test.closed {
			noon := local(t, test.zone, day+" 12:00")
			if name, closed := calendar.Holiday(noon); !closed || len(calendar.Scheduled(noon, noon.Add(time.Hour))) > 0 {
				t.Errorf("%s, %s: %q is no holiday", test.country, day, name)
			}
		}
		for _, day := range test.open {
			noon := local(t, test.zone, day+" 12:00")
			if name, closed := calendar.Holiday(noon); closed || len(calendar.Scheduled(noon, noon.Add(time.Hour))) != 1 {
				t.Errorf("%s, %s: is %q", test.country, day, name)
			}
		}
	}
}

// Every country answers, by as many callers as like.
func TestEveryCountry(t *testing.T) {
	if codes := Countries(); !slices.Contains(codes, "JP") || !slices.IsSorted(codes) {
		t.Errorf("the codes are %v", codes)
	}
	var callers sync.WaitGroup
	for range 2 {
		callers.Go(func() {
			for _, code := range Countries() {
				add, err := countryOf(code)
				if err != nil {
					t.Error(err)
					continue
				}
				all := map[date]string{}
				add(2026, all)
				if _, newYear := all[date{2026, 1, 1}]; len(all) < 5 || !newYear {
					t.Errorf("%s has %d holidays in 2026, New Year %t", code, len(all), newYear)
				}
			}
		})
	}
	callers.Wait()
}
