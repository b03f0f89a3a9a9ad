package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"mimamori/storage/calendar"
)

// calcSLA reckons the time in which a service was promised, and its availability.
type calcSLA struct {
	TZ          string   `name:"tz" help:"Time zone whose clocks count, such as Asia/Tokyo." default:"UTC"`
	From        string   `help:"Start: a date, a time as 2026-05-08T17:00 in that zone, or RFC 3339." required:"" placeholder:"TIME"`
	To          string   `help:"End, not included: as --from." required:"" placeholder:"TIME"`
	Hours       []string `help:"Hours of the service: 24x7, 'Mon-Fri 09:00-18:00', 'Mon-Fri 22:00-06:00', 00:00-24:00; repeat for several." default:"24x7" sep:"none"`
	Holidays    []string `help:"Country whose public holidays are closed, but not to 24x7, such as JP or DE-BY; repeat for several." placeholder:"COUNTRY"`
	Holiday     []string `help:"Another closed date, such as 2026-05-01; repeat for several." placeholder:"DATE"`
	Exception   []string `help:"Date with hours of its own, '2026-05-04 10:00-15:00', or a date alone for closed; repeat for several." placeholder:"DATE HOURS" sep:"none"`
	Outage      []string `help:"Time the service was away; repeat for several." placeholder:"FROM/TO" sep:"none"`
	Maintenance []string `help:"Maintenance, which counts neither for nor against; repeat for several." placeholder:"FROM/TO" sep:"none"`
	JSON        bool     `name:"json" help:"Print JSON."`
}

// mostYears is the longest time that is reckoned.
const mostYears = 200

// Run prints the figures.
func (c *calcSLA) Run(output stdout) error {
	reckoned, err := c.reckon()
	if err != nil {
		return usageError{err}
	}
	if c.JSON {
		return json.NewEncoder(output).Encode(reckoned)
	}
	return reckoned.table(output)
}

func (c *calcSLA) calendar() (*calendar.Calendar, error) {
	config := calendar.Config{TimeZone: c.TZ, Hours: c.Hours, Holidays: c.Holidays, ClosedDays: c.Holiday}
	for _, text := range c.Exception {
		date, hours, open := strings.Cut(text, " ")
		exception := calendar.Exception{Date: date}
		if open {
			exception.Hours = []string{hours}
		}
		config.Exceptions = append(config.Exceptions, exception)
	}
	answer, err := calendar.New(config)
	return answer, byFlags(err)
}

// byFlags lets the errors of a calendar begin with the flags in place of the keys.
func byFlags(err error) error {
	var problems []error
	for _, each := range parts(err) {
		key, reason, _ := strings.Cut(each.Error(), ": ")
		flag := map[string]string{"time_zone": "tz", "closed_days": "holiday", "exceptions": "exception"}[key]
		if flag == "" {
			flag = key
		}
		problems = append(problems, fmt.Errorf("--%s: %s", flag, reason))
	}
	return errors.Join(problems...)
}

func (c *calcSLA) reckon() (slaTime, error) {
	promised, err := c.calendar()
	if err != nil {
		return slaTime{}, err
	}
	asked, err := calendar.ParseSpan(c.From+"/"+c.To, promised.Location())
	if err != nil {
		return slaTime{}, fmt.Errorf("--from and --to: %w", err)
	}
	if asked.To.After(asked.From.AddDate(mostYears, 0, 0)) { // a duration ends after 292
		return slaTime{}, fmt.Errorf("--from and --to: the time is longer than %d years", mostYears)
	}
	outages, outageErr := slaSpans("outage", c.Outage, promised.Location())
	maintenance, maintenanceErr := slaSpans("maintenance", c.Maintenance, promised.Location())
	if err := errors.Join(outageErr, maintenanceErr); err != nil {
		return slaTime{}, err
	}
	scheduled := promised.Scheduled(asked.From, asked.To)
	reckoned := slaTime{asked: asked, ScheduledS: calendar.Length(scheduled).Seconds()}
	if len(outages)+len(maintenance) == 0 {
		return reckoned, nil
	}
	counted := calendar.Subtract(scheduled, maintenance)
	down := calendar.Length(calendar.Intersect(counted, outages))
	reckoned.slaFigure = &slaFigure{
		ExcludedS: calendar.Length(calendar.Intersect(scheduled, maintenance)).Seconds(),
		DowntimeS: down.Seconds(),
	}
	if all := calendar.Length(counted); all > 0 {
		percent := 100 * float64(all-down) / float64(all)
		reckoned.AvailabilityPct = &percent
	}
	return reckoned, nil
}

func slaSpans(flag string, texts []string, location *time.Location) ([]calendar.Span, error) {
	var spans []calendar.Span
	for _, text := range texts {
		span, err := calendar.ParseSpan(text, location)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag, err)
		}
		spans = append(spans, span)
	}
	return calendar.Union(spans), nil
}

// slaTime is the result as programs see it. Nothing is rounded.
type slaTime struct {
	asked      calendar.Span
	ScheduledS float64 `json:"scheduled_s"` // within the hours, maintenance included
	*slaFigure
}

// slaFigure is there where outages or maintenance were given.
type slaFigure struct {
	ExcludedS       float64  `json:"excluded_s"` // of scheduled_s, under maintenance
	DowntimeS       float64  `json:"downtime_s"` // of the rest
	AvailabilityPct *float64 `json:"availability_pct"`
}

// table prints the result for a person.
func (s slaTime) table(output io.Writer) error {
	writer := tabwriter.NewWriter(output, 2, 8, 2, ' ', 0)
	fmt.Fprintf(writer, "from\t%s\n", s.asked.From.Format("Mon 2006-01-02 15:04:05 -07:00"))
	fmt.Fprintf(writer, "to\t%s\n", s.asked.To.Format("Mon 2006-01-02 15:04:05 -07:00"))
	line := func(name string, seconds float64) {
		fmt.Fprintf(writer, "%s\t%s\t%.0f s\n", name, time.Duration(seconds*float64(time.Second)).Round(time.Second), seconds)
	}
	line("scheduled", s.ScheduledS)
	if s.slaFigure != nil {
		line("maintenance", s.ExcludedS)
		line("downtime", s.DowntimeS)
		switch {
		case s.AvailabilityPct != nil:
			fmt.Fprintf(writer, "availability\t%.6f %%\n", *s.AvailabilityPct)
		case s.ScheduledS > 0:
			fmt.Fprintln(writer, "availability\t-\tall of it was under maintenance")
		default:
			fmt.Fprintln(writer, "availability\t-\tnothing was scheduled")
		}
	}
	return writer.Flush()
}
