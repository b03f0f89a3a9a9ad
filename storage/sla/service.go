package sla

import (
	"slices"
	"strings"
	"time"

	"mimamori/storage"
)

// service is a group with its members resolved: a leaf is a device, others are groups.
type service struct {
	needed  int
	members []*service
	site    string  // of a leaf
	device  string  // of a leaf
	ledger  *ledger // of a leaf; nil for a device that was never seen
}

// service resolves the members of a group. The configuration has no circles.
func (r *reckoning) service(named map[groupKey]Group, group Group) *service {
	answer := &service{needed: group.needed()}
	for _, member := range group.Members {
		if member.Group != "" {
			answer.members = append(answer.members, r.service(named, named[groupKey{group.Customer, member.Group}]))
			continue
		}
		answer.members = append(answer.members, &service{
			site: member.Site, device: member.Device,
			ledger: r.ledgers[deviceKey{group.Customer, member.Site, member.Device}],
		})
	}
	return answer
}

// restsOn reports whether a device of a site is among the leaves; an empty name stands
// for any.
func (s *service) restsOn(site, device string) bool {
	if s.leaf() {
		return (site == "" || site == s.site) && (device == "" || device == s.device)
	}
	return slices.ContainsFunc(s.members, func(member *service) bool { return member.restsOn(site, device) })
}

func (s *service) leaf() bool { return len(s.members) == 0 }

// name is how a leaf is called in evidence.
func (s *service) name() string { return s.site + " / " + s.device }

// ledgers adds those of the devices it rests on, each once.
func (s *service) ledgers(found []*ledger) []*ledger {
	if s.ledger != nil && !slices.Contains(found, s.ledger) {
		found = append(found, s.ledger)
	}
	for _, member := range s.members {
		found = member.ledgers(found)
	}
	return found
}

// line is the record of the group as it stood before a time. It begins with the first
// row of any member; until their own first row the others are unknown.
func (s *service) line(r *reckoning, at time.Time) timeline {
	fromMs := r.toMs
	for _, each := range s.ledgers(nil) {
		fromMs = min(fromMs, each.line(time.Time{}, r.toMs).fromMs)
	}
	return s.lineFrom(r, at, fromMs)
}

func (s *service) lineFrom(r *reckoning, at time.Time, fromMs int64) timeline {
	if !s.leaf() {
		members := make([]timeline, len(s.members))
		for i, member := range s.members {
			members[i] = member.lineFrom(r, at, fromMs)
		}
		return combine(s.needed, members)
	}
	line := timeline{fromMs: r.toMs, toMs: r.toMs}
	if s.ledger != nil {
		line = s.ledger.line(at, r.toMs)
	}
	if fromMs < line.fromMs {
		unseen := Outage{Outage: storage.Outage{
			From: instant(fromMs), To: instant(line.fromMs), State: storage.StateUnknown,
			Ongoing: line.fromMs == r.toMs, Evidence: "not seen yet",
		}}
		line.fromMs, line.stretches = fromMs, append([]Outage{unseen}, line.stretches...)
	}
	for i := range line.stretches {
		stretch := &line.stretches[i]
		stretch.Members = []string{s.name()}
		stretch.Evidence = s.name() + ": " + strings.Join(slices.DeleteFunc(
			[]string{stretch.Cause.String(), stretch.Evidence}, func(text string) bool { return text == "" }), ", ")
		stretch.Site, stretch.Device = "", ""
	}
	return line
}

// overlay is what does not count for the group: a group is under maintenance while
// its members under maintenance would by themselves take it down.
func (s *service) overlay(r *reckoning, t *terms, at time.Time) overlay {
	var planned []exclusion
	for _, stretch := range s.maintenance(r, at).stretches {
		if stretch.State == storage.StateDown {
			planned = append(planned, exclusion{stretch.From.UnixMilli(), stretch.To.UnixMilli(), stretch.Evidence, true})
		}
	}
	return t.before(at).closed.with(planned)
}

// maintenance is a timeline that is down where maintenance is.
func (s *service) maintenance(r *reckoning, at time.Time) timeline {
	if !s.leaf() {
		members := make([]timeline, len(s.members))
		for i, member := range s.members {
			members[i] = member.maintenance(r, at)
		}
		return combine(s.needed, members)
	}
	line := timeline{fromMs: r.question.From.UnixMilli(), toMs: r.toMs}
	if s.ledger == nil {
		return line
	}
	var planned overlay
	for _, each := range s.ledger.plans(at) {
		planned = planned.with(each.spans)
	}
	for _, each := range planned {
		line.stretches = append(line.stretches, Outage{Outage: storage.Outage{
			From: instant(each.fromMs), To: instant(each.toMs), State: storage.StateDown, Evidence: each.why,
		}})
	}
	return line
}

// state is that of the group at the end of the time asked for.
func (s *service) state(r *reckoning) storage.State {
	line := s.line(r, time.Time{})
	if last := len(line.stretches) - 1; last >= 0 && line.stretches[last].To.UnixMilli() == r.toMs {
		return line.stretches[last].State
	}
	if line.fromMs == r.toMs {
		return storage.StateUnknown
	}
	return storage.StateUp
}

// expected is what the group would have if its members failed independently, in
// percent; nil where a member has no figure.
func (s *service) expected() *float64 {
	if s.leaf() {
		if s.ledger == nil {
			return nil
		}
		percent, ok := s.ledger.now.figure.Percent()
		if !ok {
			return nil
		}
		return &percent
	}
	members := make([]float64, len(s.members))
	for i, member := range s.members {
		percent := member.expected()
		if percent == nil {
			return nil
		}
		members[i] = *percent
	}
	percent := expected(s.needed, members)
	return &percent
}
