package failures

import (
	"cmp"
	"slices"
	"time"
)

// Cause says why a device does not answer.
type Cause uint8

// The causes.
const (
	None        Cause = iota
	Unanswering       // a cut or a flap of its own: its clock goes on
	Restarted         // it was started when it answers again
	Unreachable       // a device it is behind is down
)

// Span is a time in which a device answers nothing, or an appliance does not reach the centre: from its beginning up to
// but not including its end, which may lie beyond the period.
type Span struct {
	From, To time.Duration
	Cause    Cause // None for an appliance's
	Why      Kind  // of the event that began it
}

// Script is what happens in a period. It is not changed after Draw.
type Script struct {
	Config
	Events  []Event  // in the order they begin
	Windows []Window // the same

	devices  map[int]*fate // by number in the fleet; only those that anything happens to
	silences map[int][]Span

	// What goes on working: chassis and logs by number of the device in the fleet, voice paths by site and number there.
	chassis, logs map[int][]Span
	paths         map[[2]int][]Span
}

func newScript(config Config) *Script {
	return &Script{Config: config, devices: map[int]*fate{}, silences: map[int][]Span{}, chassis: map[int][]Span{}, logs: map[int][]Span{}, paths: map[[2]int][]Span{}}
}

// fate is what happens to a device.
type fate struct {
	down  []Span
	boots []time.Duration // when it was started
}

// suffer works out what events do to the devices of a site, of which the first has a number in the fleet, and to its
// appliance. The events are in the order they begin.
func (s *Script) suffer(first, number int, site *Site, events []Event) {
	own := make([][]Span, len(site.Devices))
	var line []Span
	for _, event := range events {
		span := Span{From: event.From, To: event.To, Why: event.Kind}
		switch event.Kind {
		case LineOutage:
			line = append(line, span)
			continue
		case PowerOutage:
			span.Cause = Restarted
			for device := range own {
				own[device] = append(own[device], span)
			}
			continue
		case Cut, Flap:
			span.Cause = Unanswering
		case Failure, Reboot, Planned:
			span.Cause = Restarted
		default:
			continue // nothing that keeps a device from answering
		}
		own[event.Item] = append(own[event.Item], span)
	}
	for device := range own {
		down := own[device]
		var boots []time.Duration
		for _, span := range down {
			if span.Cause == Restarted {
				boots = append(boots, span.To)
			}
		}
		if behind := site.Devices[device].Behind; behind >= 0 {
			if above := s.devices[first+behind]; above != nil {
				for _, span := range above.down {
					down = append(down, Span{span.From, span.To, Unreachable, span.Why})
				}
			}
		}
		if len(down) == 0 {
			continue
		}
		down = joined(down)
		boots = s.startedWithin(down, boots)
		s.devices[first+device] = &fate{down: down, boots: boots}
	}
	if router := s.devices[first]; router != nil {
		for _, span := range router.down {
			line = append(line, Span{From: span.From, To: span.To, Why: span.Why})
		}
	}
	if len(line) > 0 {
		s.silences[number] = joined(line)
	}
}

// joined are spans in their order, those that touch or nearly do as one. The first to begin says why; of those that begin
// at once, the device's own.
func joined(spans []Span) []Span {
	spans = slices.Clone(spans)
	slices.SortStableFunc(spans, func(a, b Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Cause, b.Cause)) })
	kept := spans[:1]
	for _, span := range spans[1:] {
		last := &kept[len(kept)-1]
		if span.From-last.To < settling {
			last.To = max(last.To, span.To)
			continue
		}
		kept = append(kept, span)
	}
	return kept
}

// startedWithin leaves of when a device was started the last in each span in which it was down, and has the span say so: a
// start is seen when the device answers again, and explains why it did not.
func (s *Script) startedWithin(down []Span, boots []time.Duration) []time.Duration {
	slices.Sort(boots)
	var kept []time.Duration
	for i := range down {
		span := &down[i]
		if span.Cause == Restarted {
			span.Cause = Unanswering // until it is known to have been started
		}
		latest := time.Duration(-1)
		for _, boot := range boots {
			if boot > span.From && boot <= span.To {
				latest = boot
			}
		}
		if latest < 0 {
			continue
		}
		span.Cause = Restarted
		kept = append(kept, latest)
	}
	return kept
}

// Down returns when and why a device, by its number in the fleet, answers nothing.
func (s *Script) Down(device int) []Span {
	if fate := s.devices[device]; fate != nil {
		return fate.down
	}
	return nil
}

// Boots returns when a device was started, in that order. Of several starts in one span of Down only the last is one that
// anybody could see.
func (s *Script) Boots(device int) []time.Duration {
	if fate := s.devices[device]; fate != nil {
		return fate.boots
	}
	return nil
}

// Silences returns when the appliance of a site, by its number, does not reach the centre.
func (s *Script) Silences(site int) []Span { return s.silences[site] }

// IsDown says whether a device answers nothing at a time.
func (s *Script) IsDown(device int, at time.Duration) bool { return within(s.Down(device), at) }

// IsSilent says whether the appliance of a site does not reach the centre at a time.
func (s *Script) IsSilent(site int, at time.Duration) bool { return within(s.silences[site], at) }

// Started returns when a device was last started, up to and with a time, and how often since the period began; where that
// is never, it has run since before the period.
func (s *Script) Started(device int, at time.Duration) (last time.Duration, starts int) {
	boots := s.Boots(device)
	if starts, _ = slices.BinarySearch(boots, at+1); starts > 0 {
		last = boots[starts-1]
	}
	return last, starts
}

func within(spans []Span, at time.Duration) bool {
	next, _ := slices.BinarySearchFunc(spans, at, func(span Span, at time.Duration) int {
		if span.To <= at {
			return -1
		}
		return 1
	})
	return next < len(spans) && spans[next].From <= at
}
