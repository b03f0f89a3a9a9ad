package api

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"mimamori/storage"
	"mimamori/storage/calendar"
	"mimamori/storage/figures"
	"mimamori/storage/sla"
)

// question is a request read.
type question struct {
	storage.Query
	location *time.Location
	format   format
	limited  int    // rows at most; the query asks for one more, to tell whether there are
	rows     string // the details asked for in place of the rows; empty for the rows
	by       sla.By
	calendar string
	top      int    // links, those with most first; 0 for all
	order    string // what top goes by
	groups   []storage.LogGroup
	fullAt   float64 // percent

	unasked bool // devices that nobody asks by SNMP too

	now  time.Time
	who  *holder
	api  *API
	from *route
}

// asked is the question as the figures take it.
func (q *question) asked() figures.Question {
	return figures.Question{
		Query: q.Query, By: q.by, Service: q.api.service, Calendar: q.calendar,
		FiguresOnly: q.format.name == "csv" && q.rows == "", // a CSV has no room for what is behind them
		Groups:      q.groups, Top: q.top, Order: q.order, FullAt: q.fullAt, Unasked: q.unasked, Now: q.now,
	}
}

// parameter is something that may be asked for in the address of a request.
type parameter struct {
	name        string
	description string
	schema      func(*API, *route) map[string]any
	read        func(*question, string) error
}

func text(*API, *route) map[string]any {
	return map[string]any{"type": "string", "minLength": 1, "maxLength": longestText}
}

func moment(fallback string) func(*API, *route) map[string]any {
	return func(_ *API, from *route) map[string]any {
		if fallback == "now" && from.ahead > 0 {
			return map[string]any{"type": "string", "examples": []string{"2026-05-01"}}
		}
		return map[string]any{"type": "string", "default": fallback, "examples": []string{"2026-05-01T09:00:00+09:00", "2026-05-01", "24h", "now"}}
	}
}

// longestText is the longest value of a parameter in bytes.
const longestText = 500

// mostTopBuckets is how many there may be where the top of all links is looked for:
// all of them are read then.
const mostTopBuckets = 400

// mostBuckets is how many buckets one question may have for each entity.
const mostBuckets = 10_000

// parameters are all there are, in the order in which they are read: dates need the
// zone.
var parameters = []parameter{
	{
		"tz", "Time zone, by its name in the IANA database: dates begin at its midnight and times are written in it.",
		func(*API, *route) map[string]any {
			return map[string]any{"type": "string", "default": "UTC", "examples": []string{"Asia/Tokyo"}}
		},
		func(q *question, value string) error {
			location, err := time.LoadLocation(value)
			if err != nil || value == "Local" {
				return errors.New("is not a time zone: write a name of the IANA database such as Asia/Tokyo or UTC")
			}
			q.location, q.Location = location, location
			return nil
		},
	},
	{
		"from", "Start of the time asked about, included: RFC 3339, a date or a time of day in tz, or a time before now (24h, 30d). The plus sign of an offset is written %2B.",
		moment("24h"),
		func(q *question, value string) (err error) { q.From, err = q.moment(value); return err },
	},
	{
		"to", "End of the time asked about, not included: as from. Figures are never about what lies beyond the present.",
		moment("now"),
		func(q *question, value string) (err error) { q.To, err = q.moment(value); return err },
	},
	{
		"step", "Length of a bucket such as 5m, 1h or 24h, aligned to UTC; without it one bucket of the whole time.",
		func(*API, *route) map[string]any {
			return map[string]any{"type": "string", "examples": []string{"5m", "1h", "24h"}}
		},
		func(q *question, value string) error {
			step, err := time.ParseDuration(value)
			if err != nil || step < time.Second {
				return errors.New("is not a length of at least 1s: write it as 5m, 1h or 24h")
			}
			q.Step = step
			return nil
		},
	},
	{"customer", "Only this customer, by its exact name.", text, func(q *question, value string) error { q.Customer = value; return nil }},
	{"site", "Only sites of this name.", text, func(q *question, value string) error { q.Site = value; return nil }},
	{"device", "Only devices of this name.", text, func(q *question, value string) error { q.Device = value; return nil }},
	{"interface", "Only interfaces of this name.", text, func(q *question, value string) error { q.Interface = value; return nil }},
	{"path", "Only voice paths of this name.", text, func(q *question, value string) error { q.Path = value; return nil }},
	{
		"notification", "Only notifications of this name or object identifier, such as linkDown.", text,
		func(q *question, value string) error { q.Notification = value; return nil },
	},
	{"alert", "Only alarms of the rule of this name.", text, func(q *question, value string) error { q.Alarm.Rule = value; return nil }},
	{
		"open", "Only alarms that have not cleared at the end of the time.",
		func(*API, *route) map[string]any { return map[string]any{"type": "boolean", "default": false} },
		func(q *question, value string) error {
			if q.Alarm.Open = value == "true"; !q.Alarm.Open && value != "false" {
				return errors.New("is not true or false")
			}
			return nil
		},
	},
	{
		"search", "Words that a line has, all of them in any order; -word must not be there, \"some words\" are a phrase, word* begins a longer word and *word ends one. Upper and lower case are one.", text,
		func(q *question, value string) (err error) { q.Log.Text, err = storage.ParseSearch(value); return err },
	},
	{
		"severity", "Only what is this severe or more: 0 emergency to 7 debug, or the name.",
		func(*API, *route) map[string]any {
			return map[string]any{"type": "string", "examples": []string{"3", "error"}}
		},
		func(q *question, value string) error {
			severity, err := storage.ParseSeverity(value)
			q.Log.Severity = &severity
			return err
		},
	},
	{
		"mnemonic", "Only messages with this mnemonic, such as LINK-3-UPDOWN, or its last part UPDOWN; LINK-* for all that begin so, *DOWN for all that end so.",
		func(*API, *route) map[string]any {
			return map[string]any{"type": "string", "examples": []string{"LINK-3-UPDOWN", "UPDOWN", "LINK-*"}}
		},
		func(q *question, value string) error { q.Log.Mnemonic = value; return q.Log.Validate() },
	},
	{"host", "Only lines that bear this host name.", text, func(q *question, value string) error { q.Log.Hostname = value; return nil }},
	{"app", "Only lines that name this application.", text, func(q *question, value string) error { q.Log.AppName = value; return nil }},
	{"source", "Only lines that came from this address.", text, func(q *question, value string) error { q.Log.Source = value; return nil }},
	{
		"before", "Only lines before this one in the log: the cursor of the last line of an answer, to go on behind it.",
		func(*API, *route) map[string]any {
			return map[string]any{"type": "string", "examples": []string{storage.LogPosition{ReceivedMs: 1767225600000, Appliance: 0xabc, Sequence: 17}.String()}}
		},
		func(q *question, value string) error {
			before, err := storage.ParseLogPosition(value)
			q.Log.Before = &before
			return err
		},
	},
	{
		"kind", "Only links of this kind; without it all but the ignored ones.",
		func(*API, *route) map[string]any { return map[string]any{"type": "string", "enum": linkKinds} },
		func(q *question, value string) error {
			if q.Kind = value; !slices.Contains(linkKinds, value) {
				return fmt.Errorf("is not one of %s", listed(linkKinds))
			}
			return nil
		},
	},
	{
		"top", "Only so many links, those with most traffic or the highest utilization first; of the log, those with most messages.",
		func(*API, *route) map[string]any {
			return map[string]any{"type": "integer", "minimum": 1, "maximum": mostTop}
		},
		func(q *question, value string) (err error) {
			if q.top, err = strconv.Atoi(value); err != nil || q.top < 1 || q.top > mostTop {
				return fmt.Errorf("is not a number from 1 to %d", mostTop)
			}
			return nil
		},
	},
	{
		"order", "What top goes by.",
		func(*API, *route) map[string]any {
			return map[string]any{"type": "string", "enum": orders, "default": orders[0]}
		},
		func(q *question, value string) error {
			if q.order = value; !slices.Contains(orders, value) {
				return fmt.Errorf("is not one of %s", listed(orders))
			}
			return nil
		},
	},
	{
		"full_at", "From which utilization on a link is full, in percent.",
		func(*API, *route) map[string]any {
			return map[string]any{"type": "number", "exclusiveMinimum": 0, "maximum": 1000, "default": 100}
		},
		func(q *question, value string) (err error) {
			if q.fullAt, err = strconv.ParseFloat(value, 64); err != nil || !(q.fullAt > 0 && q.fullAt <= 1000) {
				return errors.New("is not a percentage above 0 to 1000")
			}
			return nil
		},
	},
	{
		"unasked", "Also list devices that the inventory has pinged alone.",
		func(*API, *route) map[string]any { return map[string]any{"type": "boolean", "default": false} },
		func(q *question, value string) error {
			if q.unasked = value == "true"; !q.unasked && value != "false" {
				return errors.New("is not true or false")
			}
			return nil
		},
	},
	{
		"by", "What there is a row for.",
		func(_ *API, from *route) map[string]any {
			if from.groups {
				return map[string]any{"type": "string", "default": storage.ByMnemonic, "examples": []string{"severity", "site,mnemonic"},
					"description": "One or some of " + listed(storage.LogGroups) + ", with commas between."}
			}
			return map[string]any{"type": "string", "enum": bys, "default": sla.ByDevice}
		},
		func(q *question, value string) (err error) {
			if q.from.groups {
				q.groups, err = storage.ParseLogGroups(value)
				return err
			}
			q.by = sla.By(value)
			if !slices.Contains(bys, q.by) {
				return fmt.Errorf("is not one of %s", listed(bys))
			}
			return nil
		},
	},
	{
		"calendar", "Measure by this calendar, in place of that of each customer's contract; 24x7 is always known.", text,
		func(q *question, value string) error {
			if known := q.api.calendarsOf(q.who); !slices.Contains(known, value) {
				return fmt.Errorf("is not a calendar: use one of %s", listed(known))
			}
			q.calendar = value
			return nil
		},
	},
	{
		"rows", "Give these details as rows of their own, each with the keys of the row it is behind.",
		func(_ *API, from *route) map[string]any {
			return map[string]any{"type": "string", "enum": from.details()}
		},
		func(q *question, value string) error {
			q.rows = value
			if known := q.from.details(); !slices.Contains(known, value) {
				return fmt.Errorf("is not one of %s", listed(known))
			}
			return nil
		},
	},
	{
		"limit", "Rows at most. Where there are more, the header Mimamori-Truncated is true and a note says so.",
		func(a *API, _ *route) map[string]any {
			return map[string]any{"type": "integer", "minimum": 1, "maximum": a.config.MaxRows, "default": a.usualRows()}
		},
		func(q *question, value string) error {
			limit, err := strconv.Atoi(value)
			if err != nil || limit < 1 || limit > q.api.config.MaxRows {
				return fmt.Errorf("is not a number from 1 to %d", q.api.config.MaxRows)
			}
			q.limited = limit
			return nil
		},
	},
	{
		"format", "How the answer is written; without it the Accept header chooses.",
		func(*API, *route) map[string]any { return map[string]any{"type": "string", "enum": formatNames()} },
		func(q *question, value string) error {
			chosen, ok := formatOf(value)
			if !ok {
				return fmt.Errorf("is not one of %s", listed(formatNames()))
			}
			q.format = chosen
			return nil
		},
	},
}

// mostTop is the most links that top may ask for.
const mostTop = 1000

// orders are what top may go by.
var orders = []string{"bits", "percent"}

// linkKinds are the kinds of links as a query names them.
var linkKinds = []string{"lan", "wan", "ignored"}

var bys = []sla.By{sla.ByDevice, sla.BySite, sla.ByCustomer, sla.ByGroup}

func listed[T ~string](all []T) string {
	texts := make([]string, len(all))
	for i, each := range all {
		texts[i] = string(each)
	}
	return strings.Join(texts, ", ")
}

// usualRows is the limit of a request that names none.
func (a *API) usualRows() int { return min(10_000, a.config.MaxRows) }

// read reads the address of a request by a route's parameters. Whatever is wrong with
// it is in the reasons, all at once.
func (a *API) read(rawQuery string, from *route, who *holder, now time.Time) (*question, []reason) {
	values, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, []reason{{"", "the part of the address behind ? cannot be read: " + err.Error()}}
	}
	q := &question{location: time.UTC, limited: a.usualRows(), by: sla.ByDevice, groups: []storage.LogGroup{storage.ByMnemonic}, order: orders[0], fullAt: 100, now: now, who: who, api: a, from: from}
	q.Scope, q.From, q.To = who.scope, now.Add(-24*time.Hour), now.Add(from.ahead)
	var reasons []reason
	for _, each := range parameters {
		given, ok := values[each.name]
		if !ok || !slices.Contains(from.parameters, each.name) {
			continue
		}
		delete(values, each.name)
		if err := readOne(each, q, given); err != nil {
			reasons = append(reasons, reason{each.name, err.Error()})
		}
	}
	for name := range values {
		reasons = append(reasons, reason{name, "is not known here: use " + listed(from.parameters)})
	}
	slices.SortStableFunc(reasons, func(a, b reason) int { return strings.Compare(a.Parameter, b.Parameter) })
	if len(reasons) > 0 {
		return nil, reasons
	}
	q.Limit = q.limited + 1
	if from.ahead == 0 && q.To.After(now) { // what has not been yet is neither up nor down
		q.To = now
	}
	if reasons := q.problems(); len(reasons) > 0 {
		return nil, reasons
	}
	return q, nil
}

func readOne(p parameter, q *question, given []string) error {
	if len(given) > 1 {
		return errors.New("is given more than once")
	}
	value := given[0]
	switch {
	case value == "":
		return errors.New("is empty: leave it out, or give it a value")
	case len(value) > longestText:
		return fmt.Errorf("is longer than %d bytes", longestText)
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("is not text: it has bytes that are no characters, or control characters")
	}
	return p.read(q, value)
}

// problems are those of parameters together.
func (q *question) problems() []reason {
	if err := q.Validate(); err != nil {
		return []reason{{"from", err.Error()}}
	}
	if q.Step > 0 && q.To.Sub(q.From)/q.Step > mostBuckets {
		return []reason{{"step", fmt.Sprintf("cuts the time into more than %d buckets: give a longer step or less time", mostBuckets)}}
	}
	if q.top > 0 && q.Step > 0 && q.To.Sub(q.From)/q.Step > mostTopBuckets {
		return []reason{{"step", fmt.Sprintf("cuts the time into more than %d buckets, too many to look for the top of: give a longer step or less time", mostTopBuckets)}}
	}
	return nil
}

// moment reads a time. A space where an offset begins was a plus sign before the
// address was decoded.
func (q *question) moment(value string) (time.Time, error) {
	at, err := calendar.RelativeMoment(value, q.now, q.location)
	if err != nil && strings.Contains(value, "T") {
		at, err = calendar.RelativeMoment(strings.Replace(value, " ", "+", 1), q.now, q.location)
	}
	if err != nil {
		return at, errors.New(calendar.NoMoment)
	}
	if year := at.UTC().Year(); year < 1970 || year > 2200 {
		return at, errors.New("is not between the years 1970 and 2200")
	}
	return at, nil
}
