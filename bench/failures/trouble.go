package failures

import (
	"time"
)

// How warm it becomes: so many degrees more, in full after a while. With 24 to 36 degrees at its inlet otherwise, a
// chassis is then beyond what its maker allows (HotAbove), and is not when nothing is wrong.
const (
	HeatDegrees = 24
	HeatTakes   = time.Minute
	HotAbove    = 45
)

// How many lines are said each second. A port that flaps does so each six seconds, and says four times that its link or
// its protocol changed; what repeats itself does so as fast as a management processor manages beside its work.
const (
	chatterLines = 4.0 / 6
	stormLines   = 40
)

// Impairment is what a voice path does to packets in addition to what it does at other times.
type Impairment struct {
	Delay     time.Duration // of a round trip
	Jitter    time.Duration // standard deviation of what is added to that: half a normal distribution
	LossBegin float64       // probability that a packet begins a run of lost ones
	LossEnd   float64       // probability that one ends it, where any begins
}

// impairments are far enough from a good path that its users would call: with none of them a call is rated 4 or more
// on the scale of MOS, and with each of them less than 3.8.
var impairments = map[Kind]Impairment{
	VoiceDelay:  {Delay: 600 * time.Millisecond},
	VoiceJitter: {Jitter: 60 * time.Millisecond},
	VoiceLoss:   {LossBegin: 0.02, LossEnd: 0.4},
}

// MOS that tells a good path from an impaired one.
const (
	GoodMOS     = 4.0
	ImpairedMOS = 3.8
)

// trouble notes what goes wrong at a site with what goes on answering. The events are in the order they begin.
func (s *Script) trouble(first, number int, events []Event) {
	for _, event := range events {
		span := Span{From: event.From, To: event.To, Why: event.Kind}
		switch event.Kind {
		case Heat, FanStop, FeedLoss:
			s.chassis[first+event.Item] = append(s.chassis[first+event.Item], span)
		case VoiceDelay, VoiceJitter, VoiceLoss:
			path := [2]int{number, event.Item}
			s.paths[path] = append(s.paths[path], span)
		case Chatter, LogStorm:
			s.logs[first+event.Item] = append(s.logs[first+event.Item], span)
		default: // what keeps devices from answering
		}
	}
}

// Chassis returns what is wrong with the chassis of a device, by its number in the fleet: Heat, FanStop and FeedLoss,
// each by itself and in the order they begin.
func (s *Script) Chassis(device int) []Span { return s.chassis[device] }

// Path returns when a voice path of a site, by their numbers, is impaired: VoiceDelay, VoiceJitter and VoiceLoss, each by
// itself and in the order they begin.
func (s *Script) Path(site, path int) []Span { return s.paths[[2]int{site, path}] }

// Log returns when a device, by its number in the fleet, says more than it should: Chatter and LogStorm, each by itself
// and in the order they begin.
func (s *Script) Log(device int) []Span { return s.logs[device] }

// ImpairedAt returns what a voice path does to packets at a time: all its impairments together.
func (s *Script) ImpairedAt(site, path int, at time.Duration) (all Impairment) {
	for _, span := range s.Path(site, path) {
		if at < span.From || at >= span.To {
			continue
		}
		one := impairments[span.Why]
		all.Delay += one.Delay
		all.Jitter += one.Jitter
		if one.LossBegin > 0 {
			all.LossBegin, all.LossEnd = one.LossBegin, one.LossEnd
		}
	}
	return all
}

// LinesBetween returns how many lines a device says of itself from a time up to but not including another, in addition to
// what it says at other times: none that a device could not send because it was down is left out.
func (s *Script) LinesBetween(device int, from, to time.Duration) (chatter, storm int) {
	for _, span := range s.Log(device) {
		if span.Why == Chatter {
			chatter += span.LinesBetween(from, to)
		} else {
			storm += span.LinesBetween(from, to)
		}
	}
	return chatter, storm
}

// LinesBetween returns how many lines Chatter or LogStorm alone makes.
func (s Span) LinesBetween(from, to time.Duration) int {
	begin, end := max(s.From, from), min(s.To, to)
	if begin >= end {
		return 0
	}
	rate := chatterLines
	if s.Why == LogStorm {
		rate = stormLines
	}
	return int(rate*(end-s.From).Seconds()) - int(rate*(begin-s.From).Seconds())
}
