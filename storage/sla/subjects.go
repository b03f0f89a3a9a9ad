package sla

import (
	"slices"
	"strings"
	"time"

	"mimamori/storage"
)

// subject is what a row is about.
type subject struct {
	storage.Entity
	state   storage.State
	terms   *terms
	members []*ledger // whose time is added up, or on which a group rests
	group   *service  // nil for devices added up
}

// subjects returns what there is a row for.
func (r *reckoning) subjects() ([]subject, error) {
	if r.question.By == ByGroup {
		return r.groups()
	}
	var answer []subject
	for _, device := range r.devices {
		entity := device.device.Entity
		switch r.question.By {
		case BySite:
			entity = storage.Entity{Customer: entity.Customer, Site: entity.Site}
		case ByCustomer:
			entity = storage.Entity{Customer: entity.Customer}
		default:
		}
		last := len(answer) - 1
		if last < 0 || answer[last].Entity != entity {
			answer = append(answer, subject{Entity: entity, terms: device.terms})
			last++
		}
		if r.question.By == ByDevice {
			answer[last].state = device.device.State
		}
		answer[last].members = append(answer[last].members, device)
	}
	return answer, nil
}

// groups returns the service groups that the question may see.
func (r *reckoning) groups() ([]subject, error) {
	var answer []subject
	named := r.config.groupsByName()
	for _, group := range r.config.Groups {
		if !r.sees(group.Customer) {
			continue
		}
		terms, err := r.termsOf(group.Customer)
		if err != nil {
			return nil, err
		}
		service := r.service(named, group)
		if !service.restsOn(r.question.Site, r.question.Device) {
			continue
		}
		found := subject{
			Entity: storage.Entity{Customer: group.Customer, Name: group.Name},
			terms:  terms, group: service, members: service.ledgers(nil),
		}
		answer = append(answer, found)
	}
	slices.SortStableFunc(answer, func(a, b subject) int { return strings.Compare(a.Customer, b.Customer) })
	return answer, nil
}

// row reckons a subject.
func (r *reckoning) row(s subject) Row {
	now := r.measure(s, time.Time{})
	row := Row{
		Entity: s.Entity, Figure: now.figure, Outages: now.outages,
		Since: instant(now.fromMs), Calendar: s.terms.Calendar, TargetPct: s.terms.TargetPct, State: s.state,
		Corrections: r.corrections(s),
	}
	if r.question.FiguresOnly {
		row.Outages = nil
	}
	if s.group != nil {
		row.State = s.group.state(r)
		row.ExpectedPct = s.group.expected()
		return row
	}
	if r.question.By != ByDevice && (r.question.Contributors || !r.question.FiguresOnly) {
		row.Contributors = contributors(s.members)
	}
	return row
}

// measure returns the figure of a subject as it stood before a time; the zero time is
// now.
func (r *reckoning) measure(s subject, at time.Time) result {
	if s.group != nil {
		group := r.definition(s, at)
		return measured(group.line(r, at), group.overlay(r, s.terms, at))
	}
	sum := result{fromMs: r.toMs}
	for _, member := range s.members {
		one := member.now
		if !at.IsZero() && member.touched(at) {
			one = r.resultOf(member, at)
		}
		sum.figure = sum.figure.plus(one.figure)
		sum.fromMs = min(sum.fromMs, one.fromMs)
		if at.IsZero() && !r.question.FiguresOnly {
			sum.outages = append(sum.outages, one.outages...)
		}
	}
	return sum
}

// definition returns a service group as it was defined before a time, or as it was
// first defined; the zero time is now.
func (r *reckoning) definition(s subject, at time.Time) *service {
	found := s.group
	for _, each := range s.terms.undone {
		group, known := each.group(s.Name)
		if at.IsZero() || each.at.Before(at) || !known {
			break
		}
		found = r.service(Config{Groups: each.Groups}.groupsByName(), group)
	}
	return found
}
