package voice

import (
	"math"
	"time"
)

// A stateful reflector numbers its answers by its own count of what came to it, a
// stateless one by the sender's sequence. Where packets were lost and the two never
// differed, either the reflector is stateless or none was lost on the way there. So the
// sequence of the last packet is sent once more after the measurement, which
// RFC 8762 reflectors take as any packet doubled under way: a stateful one answers with
// its count, a stateless one with that sequence again.

// recountTimes is how often that is asked: questions and answers may be lost too.
const recountTimes = 3

// recount is that question.
type recount struct {
	t1       Timestamp
	answered bool
	sequence uint32 // the reflector's
	number   int    // which attempt it was
}

// LostWays returns how many packets were lost on the way there and on the way back, by
// the count of a stateful reflector; false where it has none, began anew meanwhile, or
// its count of the last packets is not known.
func (s *Session) LostWays() (there, back int, known bool) {
	missing := s.Count(Missing)
	if missing == 0 {
		return 0, 0, len(s.Arrivals) > 0
	}
	came, known := s.reflected()
	there = s.Sent() - came
	back = missing - there
	return there, back, known && there >= 0 && back >= 0
}

// reflected returns how many of the packets came to the reflector. It is not known of one
// that counts on from a measurement before.
func (s *Session) reflected() (came int, known bool) {
	last, stateful, doubled := -1, false, 0
	highest, ahead := uint32(0), math.MaxInt
	for i := range s.Exchanges {
		exchange := &s.Exchanges[i]
		if exchange.Fate != InTime && exchange.Fate != Overdue {
			continue
		}
		stateful = stateful || exchange.Reflected != uint32(i)
		highest = max(highest, exchange.Reflected)
		ahead = min(ahead, int(exchange.Reflected)-i)
		doubled += exchange.DoubledThere
		last = i
	}
	switch {
	case last < 0 || ahead > doubled:
		return 0, false
	case s.recounted.answered && s.recounted.number == 1:
		// Its count before that question.
		return int(s.recounted.sequence) - doubled, stateful || s.recounted.sequence != uint32(len(s.Exchanges)-1)
	}
	return int(highest) + 1 - doubled, stateful && last == len(s.Exchanges)-1
}

// takeCount takes the reflector's count where it is in doubt.
func (m *measurement) takeCount() {
	m.mutex.Lock()
	needed := m.answered > 0 && m.answered < len(m.session.Exchanges)-m.unsent
	m.mutex.Unlock()
	for attempt := 1; needed && attempt <= recountTimes && !m.recounted(); attempt++ {
		m.askCount(attempt)
		m.wait(m.Timeout, m.recounted)
	}
}

func (m *measurement) recounted() bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.session.recounted.answered
}

func (m *measurement) askCount(attempt int) {
	clock := clock{}
	now := time.Now()
	m.mutex.Lock()
	sequence := uint32(len(m.session.Exchanges) - 1)
	packet := SenderPacket{Sequence: sequence, T1: NTPTimestamp(now.UnixNano()), Error: clock.errorEstimate(now), SSID: m.ssid}
	m.session.recounted = recount{t1: packet.T1, number: attempt}
	m.mutex.Unlock()
	_ = m.write(&packet) // what is not answered stays unknown
}
