package mail

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"mimamori/processors/alert/notify"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// fact is a line about an alarm.
type fact struct{ Label, Text, URL string }

// page is what a person reads.
type page struct {
	Words         words
	Brand         Brand
	Accent        template.CSS
	Logo          bool
	Key, Headline string
	About, Status string // in words: what is told of, and what of it
	Facts         []fact
	Context       string
}

// longestContext is how much of what is known around an alarm is shown; the rest is in the attachment.
const longestContext = 8000

// clock is how a moment is shown, in the zone that it came with.
const clock = "2006-01-02 15:04:05 -07:00"

func newPage(brand Brand, logo bool, say words, alarm notify.Alarm) page {
	p := page{
		Words: say, Brand: brand, Accent: template.CSS(brand.Accent), Logo: logo,
		Key: subjectKey(ticketOf(alarm)), Headline: line(alarm.Summary), About: say.Alarm, Status: say.statuses()[status(alarm)],
	}
	if alarm.Ticket != "" {
		p.About = say.Ticket
	}
	until := ""
	if alarm.Cleared {
		until = alarm.End.In(alarm.Since.Location()).Format(clock)
	}
	for _, one := range []fact{
		{say.Customer, alarm.Customer, ""}, {say.Site, alarm.Site, ""}, {say.Entity, alarm.Name, ""}, {say.Rule, alarm.Rule, ""},
		{say.Severity, alarm.Severity + " " + alarm.TicketSeverity, ""}, {say.Value, alarm.Value, ""},
		{say.Since, alarm.Since.Format(clock), ""}, {say.Until, until, ""}, {say.Devices, alarm.Devices, ""},
		{say.Desk, alarm.Desk, ""}, {say.Due, alarm.FirstResponseDue, ""},
		{say.Owner, alarm.Owner, ""}, {say.AcknowledgedTill, alarm.AcknowledgedUntil, ""},
		{say.Contact, alarm.Contact, ""}, {say.Runbook, alarm.Runbook, alarm.Runbook}, {say.Link, alarm.Link, alarm.Link},
	} {
		one.Text = line(one.Text)
		if !strings.HasPrefix(one.URL, "https://") && !strings.HasPrefix(one.URL, "http://") {
			one.URL = ""
		}
		if one.Text != "" {
			p.Facts = append(p.Facts, one)
		}
	}
	if alarm.Context != nil {
		var indented bytes.Buffer
		if err := json.Indent(&indented, alarm.Context, "", "  "); err == nil {
			p.Context = notify.Shorten(clean(indented.String()), longestContext)
		}
	}
	return p
}

func (p page) html() (string, error) {
	var text strings.Builder
	if err := pageTemplate.Execute(&text, p); err != nil {
		return "", fmt.Errorf("fill in the page: %w", err)
	}
	return text.String(), nil
}

func (p page) plain() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s: %s\n\n", p.About, p.Status, p.Headline)
	for _, one := range p.Facts {
		fmt.Fprintf(&text, "%s: %s\n", one.Label, one.Text)
	}
	fmt.Fprintf(&text, "\n%s\n%s\n", p.Key, p.Words.Reply)
	if p.Context != "" {
		fmt.Fprintf(&text, "\n%s:\n%s\n", p.Words.Context, p.Context)
	}
	fmt.Fprintf(&text, "\n-- \n%s\n", p.Brand.Name)
	if p.Brand.Footer != "" {
		fmt.Fprintf(&text, "%s\n", p.Brand.Footer)
	}
	return text.String()
}

// longestShort is a text message, in characters.
const longestShort = 160

// textMessage is the alarm in a text message, the key at its end.
func textMessage(alarm notify.Alarm) string {
	key := " #" + ticketOf(alarm)
	said := line(strings.Join([]string{status(alarm), alarm.TicketSeverity, strings.Trim(alarm.Customer+"/"+alarm.Site, "/"), alarm.Summary}, " "))
	return notify.Shorten(said, longestShort-len(key)) + key
}
