package clickhouse

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

func TestPlan(t *testing.T) {
	const minute, day, hour = 60_000, int64(dayMs), int64(hourMs)
	hours := func(from, to int64) span { return span{from * hour, to * hour} }
	for name, test := range map[string]struct {
		asked span
		step  int64
		dirty holding
		want  []leg
	}{
		"less than a bucket": {span{minute, 4 * minute}, 0, holding{}, []leg{{"", span{minute, 4 * minute}}}},
		"whole days":         {hours(0, 48), 0, holding{}, []leg{{"utilization_1d", hours(0, 48)}}},
		"by the hour":        {hours(0, 48), hour, holding{}, []leg{{"utilization_1h", hours(0, 48)}}},
		"by 90 minutes":      {hours(0, 3), 90 * minute, holding{}, []leg{{"utilization_5m", hours(0, 3)}}},
		"by the minute":      {hours(0, 48), minute, holding{}, []leg{{"", hours(0, 48)}}},
		"edges at every table": {span{day - hour - 7*minute, 2*day + 3*minute}, 0, holding{}, []leg{
			{"", span{day - hour - 7*minute, day - hour - 5*minute}}, {"utilization_5m", span{day - hour - 5*minute, day - hour}},
			{"utilization_1h", hours(23, 24)}, {"utilization_1d", hours(24, 48)}, {"", span{2 * day, 2*day + 3*minute}}}},
		"a dirty hour": {hours(0, 72), 0, holding{[]span{hours(24, 48)}, []span{hours(30, 31)}}, []leg{
			{"utilization_1d", hours(0, 24)}, {"utilization_1h", hours(24, 30)}, {"", hours(30, 31)},
			{"utilization_1h", hours(31, 48)}, {"utilization_1d", hours(48, 72)}}},
		"a day that is not added up yet": {hours(0, 48), 0, holding{days: []span{hours(24, 48)}}, []leg{
			{"utilization_1d", hours(0, 24)}, {"utilization_1h", hours(24, 48)}}},
		"nothing is": {hours(1, 48), 0, holding{[]span{hours(-24, 96)}, []span{hours(-24, 96)}}, []leg{{"", hours(1, 48)}}},
	} {
		got := plan(test.asked, test.step, utilizationRollups, test.dirty)
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}

// TestPlanCovers holds that every moment is covered once, by a table that holds there
// and whose buckets nest in the question's.
func TestPlanCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	steps := []int64{0, 60_000, fiveMinutesMs, 7 * fiveMinutesMs, hourMs, 3 * hourMs, dayMs, 7 * dayMs}
	for range 5000 {
		asked := span{from: random.Int64N(20 * dayMs)}
		asked.to = asked.from + 1 + random.Int64N(20*dayMs)
		step := steps[random.IntN(len(steps))]
		var dirty holding
		for range random.IntN(30) {
			day := random.Int64N(40) * dayMs
			dirty.days = append(dirty.days, span{day, day + dayMs})
			if hour := day + random.Int64N(24)*hourMs; random.IntN(3) > 0 {
				dirty.hours = append(dirty.hours, span{hour, hour + hourMs})
			}
		}
		dirty.days, dirty.hours = union(dirty.days), union(dirty.hours)
		legs := plan(asked, step, utilizationRollups, dirty)
		if len(legs) > mostLegs+8 {
			t.Fatalf("%d legs", len(legs))
		}
		at := asked.from
		for _, p := range legs {
			if p.from != at || p.to <= p.from {
				t.Fatalf("%+v of %+v does not follow %d", p, asked, at)
			}
			at = p.to
			if p.table == "" {
				continue
			}
			table, unfit := utilizationRollups[0], dirty.days
			for table.name != p.table {
				table = utilizationRollups[1]
				if unfit = dirty.hours; p.table == utilizationRollups[2].name {
					table = utilizationRollups[2]
				}
			}
			if p.from%table.stepMs != 0 || p.to%table.stepMs != 0 || step%table.stepMs != 0 {
				t.Fatalf("%+v does not fit a step of %d", p, step)
			}
			for _, s := range unfit {
				if s.from < p.to && s.to > p.from {
					t.Fatalf("%+v does not hold in %+v", p, s)
				}
			}
		}
		if at != asked.to {
			t.Fatalf("%+v is covered until %d", asked, at)
		}
	}
}

// TestReached holds that a poll that reaches into a span is looked for once, by its end and its length.
func TestReached(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		var all spans
		at := int64(0)
		for range 1 + random.IntN(5) {
			at += 1 + random.Int64N(3*dayMs)
			from := at
			at += 1 + random.Int64N(2*dayMs)
			all = append(all, span{from, at})
		}
		most := []int64{nearReach, usualReach}[random.IntN(2)]
		usual, longer := all.reached(most)
		in := func(spans spans, ms int64) (n int) {
			for _, one := range spans {
				if one.from <= ms && ms < one.to {
					n++
				}
			}
			return n
		}
		for range 20 {
			end := random.Int64N(at + 52*dayMs)
			length := 1 + random.Int64N([]int64{hourMs, 3 * dayMs, longestReach - 1}[random.IntN(3)])
			reaches := false
			for _, one := range all {
				reaches = reaches || end > one.from && end-length < one.to
			}
			looked := in(usual, end)
			if length > most {
				looked += in(longer, end)
			}
			if looked > 1 || reaches && looked != 1 {
				t.Fatalf("%+v: one that ended at %d, %d ms long, is looked for %d times", all, end, length, looked)
			}
		}
	}
}

func TestHoldsIn(t *testing.T) {
	for _, test := range []struct {
		unfit  []span
		within span
		want   bool
	}{
		{nil, span{0, 10}, true}, {nil, span{10, 10}, false}, {[]span{{0, 10}}, span{0, 10}, false}, {[]span{{0, 9}}, span{0, 10}, true},
		{[]span{{1, 20}}, span{0, 10}, true}, {[]span{{-5, 3}, {4, 20}}, span{0, 10}, true}, {[]span{{-5, 20}}, span{0, 10}, false}, {[]span{{0, 12}, {15, 20}}, span{0, 10}, false}, {[]span{{30, 40}}, span{0, 10}, true},
	} {
		if got := (holding{days: test.unfit}).holdsIn(test.within); got != test.want {
			t.Errorf("%+v in %+v: %v", test.unfit, test.within, got)
		}
	}
}
