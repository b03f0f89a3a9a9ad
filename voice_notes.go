package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	probe "mimamori/ingest/voice"
)

// notes says what was odd about a session, in the order a person would want to know.
func notes(session *probe.Session, once probe.Once) []string {
	said := complaintNotes(session)
	note := func(format string, arguments ...any) { said = append(said, fmt.Sprintf(format, arguments...)) }
	if n := session.Count(probe.Unsent); n > 0 {
		note("%d packets could not be sent and count nowhere: %v", n, session.UnsentWhy)
	}
	if session.Stalls > 0 {
		note("this machine stood still %d times: what was to be sent then was sent later", session.Stalls)
	}
	if session.Overflowed > 0 {
		note("this machine dropped %d answers it did not read in time: they count as lost", session.Overflowed)
	}
	if n := session.Duplicates(); n > 0 {
		note("the path duplicates packets: %d answers came once more", n)
	}
	if there, back, known := session.LostWays(); known {
		switch sent := session.Sent(); {
		case there*100 >= sent && there >= 10*back && there > 0:
			note("one-way: %d packets were lost on the way there, %d on the way back", there, back)
		case back*100 >= sent && back >= 10*there && back > 0:
			note("one-way: %d packets were lost on the way back, %d on the way there", back, there)
		}
	}
	said = append(said, rerouteNotes(session, "there", func(e *probe.Exchange) uint8 { return e.TTLThere })...)
	said = append(said, rerouteNotes(session, "back", func(e *probe.Exchange) uint8 { return e.TTL })...)
	said = append(said, stepNotes(session)...)
	said = append(said, remarkNotes(session, once.DSCP)...)
	if session.Elsewhere > 0 {
		note("%d answers came from %s, not from the address asked", session.Elsewhere, session.From)
	}
	if session.Forged > 0 {
		note("%d answers are not made with the key and count nowhere", session.Forged)
	}
	if session.Strangers > 0 {
		note("%d datagrams came that answer nothing that was sent", session.Strangers)
	}
	return append(said, reflectorNotes(session)...)
}

// remarkNotes says which packets bear another DSCP than was sent, and on which way they got
// it, where the reflector tells.
func remarkNotes(session *probe.Session, sent uint8) []string {
	var there, back [64]int
	told := 0
	for _, sequence := range session.Arrivals {
		exchange := &session.Exchanges[sequence]
		back[exchange.DSCP&63]++
		if exchange.DSCPThere != nil {
			told++
			there[*exchange.DSCPThere&63]++
		}
	}
	var said []string
	note := func(counts [64]int, of int, where string) {
		for dscp, n := range counts {
			if n > 0 && dscp != int(sent) {
				said = append(said, fmt.Sprintf("remarked: %d of %d %s with DSCP %d instead of %d", n, of, where, dscp, sent))
			}
		}
	}
	note(there, told, "packets came to the reflector")
	note(back, len(session.Arrivals), "answers came back")
	return said
}

// rerouteNotes says when the TTL changed with which packets come one way.
func rerouteNotes(session *probe.Session, way string, ttl func(*probe.Exchange) uint8) []string {
	const most = 3
	var said []string
	changes, before := 0, -1
	for _, sequence := range session.Arrivals {
		exchange := &session.Exchanges[sequence]
		now := int(ttl(exchange))
		if before >= 0 && now != before {
			changes++
			if changes <= most {
				said = append(said, fmt.Sprintf("rerouted on the way %s %.1f s after the start: the TTL went from %d to %d",
					way, exchange.Sent.Sub(session.Exchanges[0].Sent).Round(100*time.Millisecond).Seconds(), before, now))
			}
		}
		before = now
	}
	if changes > most {
		said = append(said, fmt.Sprintf("the TTL on the way %s changed %d times in all: packets take several ways", way, changes))
	}
	return said
}

// stepNotes says when the least round trip changed at once and stayed so, which another
// path does. It is looked for in the minima of equal parts of the session.
func stepNotes(session *probe.Session) []string {
	const parts, least = 12, 3 // parts on either side of a change
	each := len(session.Arrivals) / parts
	if each < 5 {
		return nil
	}
	var minima [parts]time.Duration
	for i := range minima {
		part := &probe.Session{Exchanges: session.Exchanges, Arrivals: session.Arrivals[i*each : (i+1)*each]}
		minima[i] = leastOf(part, roundTrip)
	}
	for at := least; at <= parts-least; at++ {
		before, after := minima[:at], minima[at:]
		varied := slices.Max(before) - slices.Min(before) + slices.Max(after) - slices.Min(after)
		gap := max(slices.Min(after)-slices.Max(before), slices.Min(before)-slices.Max(after))
		if gap > time.Millisecond+varied {
			changed := session.Exchanges[session.Arrivals[at*each]].Sent.Sub(session.Exchanges[0].Sent)
			return []string{fmt.Sprintf("rerouted about %.0f s after the start: the least round trip went from %.1f to %.1f ms", changed.Seconds(), inMs(slices.Min(before)), inMs(slices.Min(after)))}
		}
	}
	return nil
}

// reflectorNotes says what is peculiar to the reflector.
func reflectorNotes(session *probe.Session) []string {
	odd, instant := 0, 0
	for _, sequence := range session.Arrivals {
		exchange := &session.Exchanges[sequence]
		if exchange.Odd {
			odd++
		}
		if exchange.Processing == 0 {
			instant++
		}
	}
	switch {
	case odd > 0:
		return []string{fmt.Sprintf("the times of the reflector make no sense in %d answers: its processing is within the round trip", odd)}
	case instant > 0 && instant == len(session.Arrivals):
		return []string{"the reflector does not tell its processing time: it is within the round trip"}
	}
	return nil
}

// complaintNotes names the ICMP errors, the most frequent first.
func complaintNotes(session *probe.Session) []string {
	var said []string
	for _, complaint := range complaintsOut(session) {
		from := ""
		if complaint.From != nil {
			from = " from " + *complaint.From
		}
		said = append(said, fmt.Sprintf("%d x %s%s", complaint.Count, complaint.Kind, from))
	}
	return said
}

func complaintsOut(session *probe.Session) []complaintOut {
	out := []complaintOut{}
	for complaint, n := range session.Complaints {
		out = append(out, complaintOut{Kind: complaint.Reason, From: written(complaint.From), Count: n})
	}
	slices.SortFunc(out, func(a, b complaintOut) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind)) })
	return out
}
