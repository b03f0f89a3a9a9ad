package sla

import (
	"cmp"
	"slices"
	"strings"

	"mimamori/storage"
)

// combine returns the timeline of a service that needs k of its members. It is down
// while fewer than k could be up, unknown while that cannot be said, degraded while it
// is up but a member is down or degraded, else up. Each stretch names the members it
// was due to. Stretches of one state that follow each other are one.
func combine(needed int, members []timeline) timeline {
	var line timeline
	edges := []int64{}
	for i, member := range members {
		if i == 0 {
			line.fromMs, line.toMs = member.fromMs, member.toMs
		}
		line.fromMs = min(line.fromMs, member.fromMs)
		for _, stretch := range member.stretches {
			edges = append(edges, stretch.From.UnixMilli(), stretch.To.UnixMilli())
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	present := make([]Outage, len(members)) // of each member, up where it has no state
	next := make([]int, len(members))
	for i := 0; i+1 < len(edges); i++ {
		fromMs, toMs := edges[i], edges[i+1]
		for m, member := range members {
			for next[m] < len(member.stretches) && member.stretches[next[m]].To.UnixMilli() <= fromMs {
				next[m]++
			}
			present[m] = Outage{Outage: storage.Outage{State: storage.StateUp}}
			if next[m] < len(member.stretches) && member.stretches[next[m]].From.UnixMilli() <= fromMs {
				present[m] = member.stretches[next[m]]
			}
		}
		if state := stateOf(needed, present); state != storage.StateUp {
			line.add(fromMs, toMs, state, present)
		}
	}
	return line
}

// stateOf is that of a service that needs k of members in these states.
func stateOf(needed int, members []Outage) storage.State {
	up, down, degraded := 0, 0, 0
	for _, member := range members {
		switch member.State {
		case storage.StateDown:
			down++
		case storage.StateDegraded:
			degraded++
			up++
		case storage.StateUp:
			up++
		case storage.StateUnknown:
		}
	}
	switch {
	case len(members)-down < needed:
		return storage.StateDown
	case up < needed:
		return storage.StateUnknown
	case down > 0 || degraded > 0:
		return storage.StateDegraded
	}
	return storage.StateUp
}

// add puts a piece of time at the end, due to those members that made it so.
func (t *timeline) add(fromMs, toMs int64, state storage.State, members []Outage) {
	last := len(t.stretches) - 1
	if last < 0 || t.stretches[last].State != state || t.stretches[last].To.UnixMilli() != fromMs {
		t.stretches = append(t.stretches, Outage{Outage: storage.Outage{From: instant(fromMs), State: state}})
		last++
	}
	stretch := &t.stretches[last]
	stretch.To, stretch.Ongoing = instant(toMs), false
	for _, member := range members {
		if !answers(state, member.State) {
			continue
		}
		stretch.Cause = cmp.Or(stretch.Cause, member.Cause)
		stretch.Corrected = stretch.Corrected || member.Corrected
		stretch.Ongoing = stretch.Ongoing || member.Ongoing && !member.To.After(stretch.To)
		stretch.Evidence = alongside(stretch.Evidence, member.Evidence)
		for _, name := range member.Members {
			if !slices.Contains(stretch.Members, name) {
				stretch.Members = append(stretch.Members, name)
			}
		}
	}
}

// answers reports whether a member's state contributes to that of its group.
func answers(group, member storage.State) bool {
	if group == storage.StateDegraded {
		return member == storage.StateDown || member == storage.StateDegraded
	}
	return member == group
}

// alongside adds a text to others unless it is there.
func alongside(all, text string) string {
	if text == "" || slices.Contains(strings.Split(all, "; "), text) {
		return all
	}
	if all == "" {
		return text
	}
	return all + "; " + text
}
