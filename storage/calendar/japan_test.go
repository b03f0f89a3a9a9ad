package calendar

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rickar/cal/v2/jp"
)

func japaneseYear(year int) string {
	all := map[date]string{}
	japan(year, all)
	var days []string
	for _, day := range slices.SortedFunc(maps.Keys(all), date.compare) {
		days = append(days, fmt.Sprintf("%d/%d", day.month, day.day))
	}
	return strings.Join(days, " ")
}

// The days off of each year as the Cabinet Office announced them, with the accession
// of 2019, the moves for the games of 2020 and 2021, and the substitutes of each year.
func TestJapaneseHolidays(t *testing.T) {
	for year, want := range map[int]string{
		2009: "1/1 1/12 2/11 3/20 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23",
		2015: "1/1 1/12 2/11 3/21 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23",
		2018: "1/1 1/8 2/11 2/12 3/21 4/29 4/30 5/3 5/4 5/5 7/16 8/11 9/17 9/23 9/24 10/8 11/3 11/23 12/23 12/24",
		2019: "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 10/22 11/3 11/4 11/23",
		2020: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23",
		2021: "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23",
		2022: "1/1 1/10 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/18 8/11 9/19 9/23 10/10 11/3 11/23",
		2023: "1/1 1/2 1/9 2/11 2/23 3/21 4/29 5/3 5/4 5/5 7/17 8/11 9/18 9/23 10/9 11/3 11/23",
		2024: "1/1 1/8 2/11 2/12 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/22 9/23 10/14 11/3 11/4 11/23",
		2025: "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/21 8/11 9/15 9/23 10/13 11/3 11/23 11/24",
		2026: "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
		2027: "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23",
		// Before the amendments of 2007.
		1973: "1/1 1/15 2/11 3/21 4/29 4/30 5/3 5/5 9/15 9/23 9/24 10/10 11/3 11/23", // no substitute on 2/12 yet
		1985: "1/1 1/15 2/11 3/21 4/29 5/3 5/5 5/6 9/15 9/16 9/23 10/10 11/3 11/4 11/23",
		1986: "1/1 1/15 2/11 3/21 4/29 5/3 5/5 9/15 9/23 10/10 11/3 11/23 11/24",
		1988: "1/1 1/15 2/11 3/20 3/21 4/29 5/3 5/4 5/5 9/15 9/23 10/10 11/3 11/23",
		1998: "1/1 1/15 2/11 3/21 4/29 5/3 5/4 5/5 7/20 9/15 9/23 10/10 11/3 11/23 12/23",
	} {
		if got := japaneseYear(year); got != want {
			t.Errorf("%d:\ngot  %s\nwant %s", year, got, want)
		}
	}
}

// TestJapaneseHolidaysAgreeWithTheLibrary holds the rules against the library's until
// 2099, but for what it is known to lack: the two moved Mountain Days, the
// birthday of 2019 that was none, and days off between holidays after 2032.
func TestJapaneseHolidaysAgreeWithTheLibrary(t *testing.T) {
	known := map[string]bool{"2019-12-23": true, "2020-08-10": true, "2020-08-11": true, "2021-08-08": true, "2021-08-09": true, "2021-08-11": true}
	for year := 2007; year <= 2099; year++ {
		ours, theirs := map[date]string{}, map[date]string{}
		japan(year, ours)
		listed(jp.Holidays, year, theirs)
		for _, pair := range []struct {
			has, lacks map[date]string
			who        string
		}{{ours, theirs, "the library lacks"}, {theirs, ours, "we lack"}} {
			for day, name := range pair.has {
				_, both := pair.lacks[day]
				text := day.midnight().Format(time.DateOnly)
				if !both && !known[text] && (year <= 2032 || name != "citizens' holiday") {
					t.Errorf("%s %s (%s)", pair.who, text, name)
				}
			}
		}
	}
}

// solarLongitude is the apparent longitude of the sun in degrees, whole turns not taken off (J. Meeus,
// Astronomical Algorithms, chapter 25, to 0.01 degrees).
func solarLongitude(at time.Time) float64 {
	const degree = math.Pi / 180
	days := at.Sub(time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC)).Hours() / 24
	c := days / 36525
	mean := 280.46646 + 36000.76983*c + 0.0003032*c*c
	anomaly := (357.52911 + 35999.05029*c - 0.0001537*c*c) * degree
	centre := (1.914602-0.004817*c-0.000014*c*c)*math.Sin(anomaly) + (0.019993-0.000101*c)*math.Sin(2*anomaly) + 0.000289*math.Sin(3*anomaly)
	node := (125.04 - 1934.136*c) * degree
	return mean + centre - 0.00569 - 0.00478*math.Sin(node)
}

// TestEquinoxes holds the formula against the sun: the equinox falls on that day in
// Japan, give or take the quarter of an hour to which the sun is computed here.
func TestEquinoxes(t *testing.T) {
	japan := time.FixedZone("JST", 9*60*60)
	for year := 1980; year <= 2099; year++ {
		for _, test := range []struct {
			name      string
			day       date
			longitude float64
		}{
			{"vernal", date{year, time.March, vernalEquinox(year)}, 0},
			{"autumnal", date{year, time.September, autumnalEquinox(year)}, 180},
		} {
			midnight := time.Date(test.day.year, test.day.month, test.day.day, 0, 0, 0, 0, japan)
			slack := 20 * time.Minute
			before := math.Remainder(solarLongitude(midnight.Add(-slack))-test.longitude, 360)
			after := math.Remainder(solarLongitude(midnight.Add(24*time.Hour+slack))-test.longitude, 360)
			if before >= 0 || after <= 0 {
				t.Errorf("%s equinox of %d is not on %v: %.3f to %.3f degrees from it", test.name, year, test.day, before, after)
			}
		}
	}
}
