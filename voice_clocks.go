package main

import (
	"fmt"
	"time"

	probe "mimamori/ingest/voice"
	"mimamori/processors/voice"
)

// clocks fills in how good the clocks are and returns whether one-way delays rest on them.
func (p *voiceProbe) clocks(measured *probed, session *probe.Session) (oneWay bool) {
	clock := &measured.Clock
	clock.Synchronised = session.LocalClock.Synchronised() && session.Stepped == 0
	clock.ErrorMs = clockErrorMs(session.LocalClock)
	if measured.Received == 0 {
		clock.Note = "nothing is known of the reflector's clock"
		return false
	}
	clock.RemoteSynchronised = new(session.RemoteClock.Synchronised())
	clock.RemoteErrorMs = clockErrorMs(session.RemoteClock)
	if offset, ok := session.Offset(); ok {
		clock.OffsetMs = new(inMs(offset))
	}
	switch {
	case session.Stepped != 0:
		clock.Note = fmt.Sprintf("this machine's clock was set by %s meanwhile: one-way delays are void", session.Stepped.Round(time.Millisecond))
	case !session.Synchronised() && !p.TrustClocks:
		clock.Note = whoseClock(clock) + " not synchronised: one-way delays are not known, half the round trip stands for them"
	case leastOf(session, forward) < 0 || leastOf(session, backward) < 0:
		clock.Note = fmt.Sprintf("the clocks contradict each other, an answer came before it was sent: they differ by about %.3f ms; one-way delays are void", *clock.OffsetMs)
	case session.Synchronised() && !p.TrustClocks && !voice.ClocksTell(*clock.ErrorMs+*clock.RemoteErrorMs, inMs(meanOf(session, roundTrip))):
		clock.Note = fmt.Sprintf("the clocks may be off by %.1f ms, too much for this path: one-way delays are void", *clock.ErrorMs+*clock.RemoteErrorMs)
	case !session.Synchronised():
		clock.Note = "the clocks do not call themselves synchronised and were trusted because --trust-clocks says so"
		return true
	default:
		clock.Note = "both clocks are synchronised"
		return true
	}
	return false
}

// clockErrorMs is what a synchronised clock says it may err by; nil of another, whose word
// means nothing.
func clockErrorMs(estimate probe.ErrorEstimate) *float64 {
	if !estimate.Synchronised() || !estimate.Valid() {
		return nil
	}
	return new(estimate.Seconds() * 1000)
}

func whoseClock(clock *clockOut) string {
	switch {
	case clock.Synchronised:
		return "the reflector's clock is"
	case *clock.RemoteSynchronised:
		return "this machine's clock is"
	}
	return "both clocks are"
}

func leastOf(session *probe.Session, delay func(*probe.Exchange) time.Duration) time.Duration {
	least := time.Duration(1 << 62)
	for _, sequence := range session.Arrivals {
		least = min(least, delay(&session.Exchanges[sequence]))
	}
	return least
}

func meanOf(session *probe.Session, delay func(*probe.Exchange) time.Duration) time.Duration {
	sum := time.Duration(0)
	for _, sequence := range session.Arrivals {
		sum += delay(&session.Exchanges[sequence])
	}
	return sum / time.Duration(len(session.Arrivals))
}
