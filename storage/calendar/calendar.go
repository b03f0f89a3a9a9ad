package calendar

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Config is a calendar as people write it. Its JSON is what contracts are kept as.
type Config struct {
	// TimeZone is the zone whose clocks count, by its name in the IANA database such
	// as Asia/Tokyo. There is no default.
	TimeZone string `yaml:"time_zone" json:"time_zone,omitempty"`
	// Hours are the hours of the service, such as "Mon-Fri 09:00-18:00"; together they
	// count once. 24x7 is open at all times, whatever is closed below.
	Hours []string `yaml:"hours" json:"hours,omitempty"`
	// Holidays are countries whose public holidays are closed, by their ISO 3166 codes
	// such as JP, or DE-BY where a part of a country has its own.
	Holidays []string `yaml:"holidays" json:"holidays,omitempty"`
	// ClosedDays are other dates that are closed, such as 2026-12-29.
	ClosedDays []string `yaml:"closed_days" json:"closed_days,omitempty"`
	// Exceptions are dates with hours of their own, which count in place of all above,
	// 24x7 too.
	Exceptions []Exception `yaml:"exceptions" json:"exceptions,omitempty"`
}

// Exception is a date with other hours, be it a holiday or not.
type Exception struct {
	// Date such as 2026-12-30.
	Date string `yaml:"date" json:"date,omitempty"`
	// Hours of that date such as "10:00-15:00", without days. Empty means closed.
	Hours []string `yaml:"hours" json:"hours,omitempty"`
	// Why they differ, for the reader.
	Why string `yaml:"why" json:"why,omitempty"`
}

// DefaultConfig is a calendar that is always open, in UTC.
func DefaultConfig() Config { return Config{TimeZone: "UTC", Hours: []string{roundTheClock}} }

// Validate returns everything that is wrong with a calendar, joined.
func (c Config) Validate() error {
	_, err := New(c)
	return err
}

// Calendar says when a service is promised. It never changes and is safe for
// concurrent use.
type Calendar struct {
	location   *time.Location
	always     bool
	rules      []hours
	countries  []country
	closed     map[date]bool
	exceptions map[date]exception
}

type exception struct {
	why   string
	hours []hours
}

// Always returns a calendar that is open at all times.
func Always(location *time.Location) *Calendar { return &Calendar{location: location, always: true} }

// New returns the calendar of a configuration. The error joins all that is wrong with
// it; each begins with the key.
func New(cfg Config) (*Calendar, error) {
	c := &Calendar{closed: map[date]bool{}, exceptions: map[date]exception{}}
	var problems []error
	wrong := func(key string, err error) { problems = append(problems, fmt.Errorf("%s: %w", key, err)) }
	var err error
	if c.location, err = Zone(cfg.TimeZone); err != nil {
		wrong("time_zone", err)
	}
	if len(cfg.Hours) == 0 {
		wrong("hours", errors.New("there are none: write 24x7 or such as Mon-Fri 09:00-18:00"))
	}
	for _, rule := range cfg.Hours {
		if rule == roundTheClock {
			c.always = true
			continue
		}
		parsed, err := parseHours(rule)
		if err != nil {
			wrong("hours", err)
		}
		c.rules = append(c.rules, parsed...)
	}
	for _, code := range cfg.Holidays {
		found, err := countryOf(code)
		if err != nil {
			wrong("holidays", err)
			continue
		}
		c.countries = append(c.countries, found)
	}
	for _, text := range cfg.ClosedDays {
		day, err := parseDate(text)
		if err != nil {
			wrong("closed_days", err)
		}
		c.closed[day] = true
	}
	for _, each := range cfg.Exceptions {
		if err := c.except(each); err != nil {
			wrong("exceptions", err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Calendar) except(config Exception) error {
	day, err := parseDate(config.Date)
	if err != nil {
		return err
	}
	if _, twice := c.exceptions[day]; twice {
		return fmt.Errorf("%s is there twice: give all its hours at once", config.Date)
	}
	own := exception{why: config.Why}
	for _, rule := range config.Hours {
		parsed, err := parseHours(rule)
		if err != nil {
			return fmt.Errorf("%s: %w", config.Date, err)
		}
		if slices.ContainsFunc(parsed, func(h hours) bool { return h.days != everyDay }) {
			return fmt.Errorf("%s: %q names days: write hours alone, such as 10:00-15:00", config.Date, rule)
		}
		own.hours = append(own.hours, parsed...)
	}
	c.exceptions[day] = own
	return nil
}

// Location returns the zone of the calendar.
func (c *Calendar) Location() *time.Location { return c.location }

// Scheduled returns the time in [from, to) at which the service is promised, sorted
// and disjoint, in the calendar's zone. Holidays and closed days take away what begins
// on them, except from 24x7: hours over midnight belong to the day they begin on. An
// exception replaces what begins on its date.
func (c *Calendar) Scheduled(from, to time.Time) []Span {
	asked := Span{from.In(c.location), to.In(c.location)}
	if asked.Length() == 0 {
		return nil
	}
	if c.always {
		return c.roundTheClock(asked)
	}
	// A day earlier, for what goes on over midnight.
	day, last := dateOf(asked.From).plus(-1), dateOf(asked.To)
	holidays := c.holidays(day.year, last.year)
	var open []Span
	for ; day.compare(last) <= 0; day = day.plus(1) {
		for _, interval := range c.hoursOf(day, holidays) {
			open = append(open, interval.on(day, c.location).cut(asked.From, asked.To))
		}
	}
	return Union(open)
}

// hoursOf returns the hours that begin on a date.
func (c *Calendar) hoursOf(day date, holidays map[date]string) []hours {
	if own, ok := c.exceptions[day]; ok {
		return own.hours
	}
	if _, holiday := holidays[day]; holiday || c.closed[day] {
		return nil
	}
	weekday := day.weekday()
	var open []hours
	for _, rule := range c.rules {
		if rule.days[weekday] {
			open = append(open, rule)
		}
	}
	return open
}

// roundTheClock is everything but the exceptions, which keep their own hours.
func (c *Calendar) roundTheClock(asked Span) []Span {
	var away, own []Span
	whole := hours{from: 0, to: minutesOfDay}
	for _, day := range slices.SortedFunc(maps.Keys(c.exceptions), date.compare) {
		away = append(away, whole.on(day, c.location))
		for _, interval := range c.exceptions[day].hours {
			own = append(own, interval.on(day, c.location).cut(asked.From, asked.To))
		}
	}
	return Union(Subtract([]Span{asked}, Union(away)), own)
}

// Holiday reports whether the date that the calendar's clocks show at an instant is a
// holiday or a closed day, and its name. An exception does not change what a date is;
// 24x7 stays open on it.
func (c *Calendar) Holiday(at time.Time) (name string, closed bool) {
	day := dateOf(at.In(c.location))
	if name, closed = c.holidays(day.year, day.year)[day]; closed {
		return name, true
	}
	if c.closed[day] {
		return "closed day", true
	}
	return "", false
}

// holidays returns the holidays of some years with their names. One of a neighbouring
// year may be observed across New Year.
func (c *Calendar) holidays(first, last int) map[date]string {
	all := map[date]string{}
	for _, add := range c.countries {
		for year := first - 1; year <= last+1; year++ {
			add(year, all)
		}
	}
	return all
}
