package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Window is a maintenance window: time in which somebody agreed that a service may be
// away, once or by a rule. What it means for a figure is the contract's to say.
type Window struct {
	// ID names the window through all its revisions.
	ID string
	// Customer, Site and Device are the names it covers; empty means all.
	Customer, Site, Device string
	// From and To are the first occurrence, To not included.
	From, To time.Time
	// Rule is an RRULE of RFC 5545 such as FREQ=WEEKLY;BYDAY=SU that begins with
	// From; empty means once. Every occurrence begins and ends when the clocks of
	// TimeZone show the time they showed at From and To, some days on.
	Rule string
	// TimeZone is the zone of the rule, by its name in the IANA database.
	TimeZone string
	// EnteredAt is when the window was entered, By whom and Why. Reference is
	// somebody else's name for it, such as a carrier's circuit or change number.
	EnteredAt          time.Time
	By, Why, Reference string
	// RevisedAt is when it was changed or cancelled to be as it is, by whom and why;
	// zero where it stands as it was entered.
	RevisedAt             time.Time
	RevisedBy, RevisedWhy string
	// Cancelled takes the window back, its past too.
	Cancelled bool
}

// mostOccurrences is how many times a window may occur up to the end of the time that
// is asked about: one an hour for a year, or one a day for 27 years.
const mostOccurrences = 10_000

// Windows are from times that every part of the product can hold.
var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Validate says what is wrong with a window.
func (w Window) Validate() error {
	switch {
	case w.From.IsZero() || w.To.IsZero():
		return errors.New("the maintenance window has no time: give from and to")
	case !w.From.Before(w.To):
		return fmt.Errorf("the maintenance window ends at %s, not after it begins at %s",
			w.To.Format(time.RFC3339), w.From.Format(time.RFC3339))
	case w.From.Before(earliest) || w.To.After(latest):
		return fmt.Errorf("the maintenance window from %s to %s is not in the years 1970 to 2199",
			w.From.Format(time.RFC3339), w.To.Format(time.RFC3339))
	case w.Site != "" && w.Customer == "":
		return fmt.Errorf("the maintenance window of site %s has no customer: name whose site it is", w.Site)
	case w.Device != "" && w.Customer == "":
		return fmt.Errorf("the maintenance window of device %s has no customer: name whose device it is", w.Device)
	}
	location, err := Zone(w.TimeZone)
	if err != nil {
		return fmt.Errorf("maintenance window: %w", err)
	}
	if w.Rule == "" {
		return nil
	}
	if w.clockLength(location) <= 0 {
		return errors.New("the maintenance window begins and ends while the clocks are set back, so its times on the clock are in no order: begin the rule on another day")
	}
	recurrence, err := w.recurrence(location, w.From)
	if err != nil {
		return err
	}
	if first := recurrence.After(time.Time{}, true); !first.Equal(wallOf(w.From.In(location))) {
		return fmt.Errorf("the rule %s does not fit its first window at %s: begin on a day and at a time that the rule gives",
			w.Rule, w.From.In(location).Format("Mon 2006-01-02 15:04 MST"))
	}
	return nil
}

// Spans returns the occurrences in [from, to), cut to it, sorted and disjoint; none of
// a cancelled window. It is an error if the rule is none, or gives too many.
func (w Window) Spans(from, to time.Time) ([]Span, error) {
	if w.Cancelled || !from.Before(to) {
		return nil, nil
	}
	if w.Rule == "" {
		return Union([]Span{Span{w.From, w.To}.cut(from, to)}), nil
	}
	location, err := Zone(w.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("maintenance window %s: %w", w.ID, err)
	}
	recurrence, err := w.recurrence(location, to)
	if err != nil {
		return nil, err
	}
	length := w.clockLength(location)
	var all []Span
	next := recurrence.Iterator()
	for count := 1; ; count++ {
		wall, ok := next()
		if !ok {
			return Union(all), nil
		}
		if count > mostOccurrences {
			return nil, fmt.Errorf("the rule %s gives more than %d maintenance windows until %s: make it rarer, or begin it later",
				w.Rule, mostOccurrences, to.Format(time.RFC3339))
		}
		occurrence := Span{instant(wall, location), instant(wall.Add(length), location)}
		all = append(all, occurrence.cut(from, to))
	}
}

// clockLength is the length of the window on the clocks of its zone.
func (w Window) clockLength(location *time.Location) time.Duration {
	return wallOf(w.To.In(location)).Sub(wallOf(w.From.In(location)))
}

// recurrence reads the rule. It works on what the clocks show as if that were UTC, so
// that the time on the wall stays where the offset changes, and ends with the time
// asked about.
func (w Window) recurrence(location *time.Location, to time.Time) (*rrule.RRule, error) {
	options, err := parseRule(w.Rule, location)
	if err != nil {
		return nil, fmt.Errorf("%q is not a rule of RFC 5545: %w", w.Rule, err)
	}
	options.Dtstart = wallOf(w.From.In(location))
	last := wallOf(to.In(location)).Add(24 * time.Hour) // a clock set back shows a later time earlier
	if options.Until.IsZero() || options.Until.After(last) {
		options.Until = last
	}
	recurrence, err := rrule.NewRRule(*options)
	if err != nil {
		return nil, fmt.Errorf("%q is not a rule of RFC 5545: %w", w.Rule, err)
	}
	return recurrence, nil
}

func parseRule(rule string, location *time.Location) (*rrule.ROption, error) {
	if strings.ContainsAny(rule, "\r\n") || strings.Contains(rule, "DTSTART") {
		return nil, errors.New("write the recurrence alone, such as FREQ=WEEKLY;BYDAY=SU: when it begins is the window's own")
	}
	rule = strings.TrimPrefix(rule, "RRULE:")
	options, err := rrule.StrToROptionInLocation(rule, location)
	if err != nil {
		return nil, err
	}
	if options.Freq == rrule.SECONDLY || options.Freq == rrule.MINUTELY {
		return nil, fmt.Errorf("FREQ=%v is too often for maintenance: use HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY", options.Freq)
	}
	for _, part := range strings.Split(rule, ";") {
		switch key, value, _ := strings.Cut(part, "="); key {
		case "INTERVAL", "COUNT": // the library takes less than one for none given
			if number, _ := strconv.Atoi(value); number < 1 {
				return nil, fmt.Errorf("%s must be 1 or more", part)
			}
		case "UNTIL":
			options.Until = wallOf(options.Until.In(location))
			if len(value) == len("20060102") { // a date, which includes that whole day
				options.Until = options.Until.AddDate(0, 0, 1).Add(-time.Second)
			}
		case "BYEASTER":
			return nil, errors.New("BYEASTER is not in it")
		}
	}
	return options, checkNth(options)
}

// checkNth refuses the nth weekdays that the library cannot place.
func checkNth(options *rrule.ROption) error {
	most := 0
	switch {
	case options.Freq == rrule.MONTHLY || options.Freq == rrule.YEARLY && len(options.Bymonth) > 0:
		most = 5
	case options.Freq == rrule.YEARLY:
		most = 53
	}
	for _, day := range options.Byweekday {
		if n := day.N(); n > most || n < -most {
			return fmt.Errorf("BYDAY=%v counts further than FREQ=%v can: up to %d", day, options.Freq, most)
		}
	}
	return nil
}

// EndingAt returns the window without what it would be from a time on: one that occurs
// once ends there, a rule gives no occurrence that begins there or later, and a window
// that had not begun is cancelled. An occurrence of a rule that is under way stays
// whole. The window must be valid.
func (w Window) EndingAt(at time.Time) Window {
	switch {
	case !at.After(w.From):
		w.Cancelled = true
	case w.Rule == "":
		if at.Before(w.To) {
			w.To = at
		}
	default:
		if own := w.until(); own.IsZero() || !own.Before(at) {
			parts := slices.DeleteFunc(strings.Split(w.Rule, ";"), func(part string) bool { return strings.HasPrefix(part, "UNTIL=") })
			last := at.Add(-1).UTC().Format("20060102T150405Z")
			w.Rule = strings.Join(append(parts, "UNTIL="+last), ";")
		}
	}
	return w
}

// until is when the rule ends by itself, the zero time where it does not.
func (w Window) until() time.Time {
	location, err := Zone(w.TimeZone)
	if err != nil {
		return time.Time{}
	}
	options, err := parseRule(w.Rule, location)
	if err != nil || options.Until.IsZero() {
		return time.Time{}
	}
	return instant(options.Until, location)
}

// Covers reports whether the window is for a device, by its names.
func (w Window) Covers(customer, site, device string) bool {
	return (w.Customer == "" || w.Customer == customer) &&
		(w.Site == "" || w.Site == site) &&
		(w.Device == "" || w.Device == device)
}

// Retroactive reports whether the window was entered after it first began.
func (w Window) Retroactive() bool { return w.EnteredAt.After(w.From) }
