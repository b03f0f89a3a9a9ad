package servicenow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"

	"mimamori/processors/alert/notify"
)

// The lengths that ServiceNow's own columns have, in characters; the description leaves
// room for the mark.
const (
	longestShort       = 160
	longestDescription = 3500
	longestNote        = 16000
)

// display tells our incidents from those of other programs that use correlation_id.
const display = "mimamori"

// said is what a template may say.
type said struct {
	notify.Alarm
	Since, Until string // RFC 3339, in UTC
}

func say(alarm notify.Alarm) said {
	s := said{Alarm: alarm, Since: moment(alarm.Since)}
	if alarm.Cleared {
		s.Until = moment(alarm.End)
	}
	return s
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// parse reads a template and tries it.
func parse(name, text string) (*template.Template, error) {
	parsed, err := template.New(name).Option("missingkey=zero").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	if err := parsed.Execute(&strings.Builder{}, said{}); err != nil {
		return nil, fmt.Errorf("try the template: %w", err)
	}
	return parsed, nil
}

// record is an incident as far as it is asked for. All values of the Table API are texts.
type record struct {
	SysID              string `json:"sys_id"`
	Number             string `json:"number"`
	State              string `json:"state"`
	Description        string `json:"description"`
	CorrelationID      string `json:"correlation_id"`
	CorrelationDisplay string `json:"correlation_display"`
}

// recordFields are the columns of a record.
const recordFields = "sys_id,number,state,description,correlation_id,correlation_display"

// mark is the last line of a description: which occurrence of the alarm the incident is
// about, and what was told of it.
var mark = regexp.MustCompile(`(?m)^mimamori ([0-9a-f]{16}) since (\S+) told (\S+)/([0-9a-f]{8})\s*$`)

// ended stands in the mark in the place of the severity once the incident was resolved
// because the alarm ended, and not by a person.
const ended = "ended"

func marked(alarm notify.Alarm) string {
	told := alarm.Severity
	if alarm.Cleared {
		told = ended
	}
	return fmt.Sprintf("mimamori %s since %s told %s/%s", alarm.ID, moment(alarm.Since), told, alarm.Digest())
}

// noted is what the mark of an incident says; all empty without one.
func (r record) noted() (since, severity, digest string) {
	found := mark.FindStringSubmatch(r.Description)
	if found == nil {
		return "", "", ""
	}
	return found[2], found[3], found[4]
}

// remarked is the description with the mark as it is now, for the rest may be a person's.
func (r record) remarked(alarm notify.Alarm) string {
	rest := strings.TrimRight(mark.ReplaceAllString(r.Description, ""), "\r\n ")
	return strings.TrimLeft(notify.Shorten(rest, longestDescription)+"\n\n"+marked(alarm), "\n")
}

func (d *Desk) created(alarm notify.Alarm) (map[string]string, error) {
	grade := d.grade(alarm)
	fields := map[string]string{
		"correlation_id":      alarm.ID,
		"correlation_display": display,
		"short_description":   notify.Shorten(plain(alarm.Summary), longestShort),
		"description":         notify.Shorten(facts(alarm), longestDescription),
		"impact":              strconv.Itoa(grade.Impact),
		"urgency":             strconv.Itoa(grade.Urgency),
	}
	for _, name := range slices.Sorted(maps.Keys(d.fields)) {
		var text strings.Builder
		if err := d.fields[name].Execute(&text, say(alarm)); err != nil {
			return nil, fmt.Errorf("fill in fields.%s: %w", name, err)
		}
		fields[name] = plain(text.String())
	}
	fields["description"] = notify.Shorten(fields["description"], longestDescription) + "\n\n" + marked(alarm)
	if alarm.Context != nil {
		var indented bytes.Buffer
		if err := json.Indent(&indented, alarm.Context, "", "  "); err == nil {
			fields["work_notes"] = "What is known around it:\n" + notify.Shorten(plain(indented.String()), longestNote)
		}
	}
	return fields, nil
}

// changed is what an incident is told of an alarm that changed. Its rank follows the alarm
// only where the alarm's severity changed, for a person may have set another.
func (d *Desk) changed(present record, alarm notify.Alarm) map[string]string {
	fields := map[string]string{
		"description": present.remarked(alarm),
		"work_notes":  notify.Shorten("The alarm changed:\n"+facts(alarm), longestNote),
	}
	if _, severity, _ := present.noted(); severity != "" && severity != alarm.Severity {
		grade := d.grade(alarm)
		fields["impact"], fields["urgency"] = strconv.Itoa(grade.Impact), strconv.Itoa(grade.Urgency)
	}
	return fields
}

func (d *Desk) resolved(present record, alarm notify.Alarm) (map[string]string, error) {
	var notes strings.Builder
	if err := d.closeNotes.Execute(&notes, say(alarm)); err != nil {
		return nil, fmt.Errorf("fill in close_notes: %w", err)
	}
	return map[string]string{
		"state":       d.target.ResolvedState,
		"close_code":  d.target.CloseCode,
		"close_notes": notify.Shorten(plain(notes.String()), longestDescription),
		"description": present.remarked(alarm),
	}, nil
}

func (d *Desk) grade(alarm notify.Alarm) Grade {
	if grade, known := d.target.Grades[alarm.Severity]; known {
		return grade
	}
	return d.target.Grades["minor"]
}

// facts are what a person reads first, a line each.
func facts(alarm notify.Alarm) string {
	var text strings.Builder
	for _, fact := range [][2]string{
		{"Alarm", alarm.Summary}, {"Customer", alarm.Customer}, {"Site", alarm.Site}, {"Entity", alarm.Name}, {"Rule", alarm.Rule},
		{"Severity", strings.TrimSpace(alarm.Severity + " " + alarm.TicketSeverity)}, {"Value", alarm.Value}, {"Since", moment(alarm.Since)},
		{"Devices affected", alarm.Devices}, {"Desk", alarm.Desk}, {"First response due", alarm.FirstResponseDue},
		{"Owner", alarm.Owner}, {"Acknowledged until", alarm.AcknowledgedUntil},
		{"Contact", alarm.Contact}, {"Runbook", alarm.Runbook}, {"Link", alarm.Link},
	} {
		if value := strings.Join(strings.Fields(plain(fact[1])), " "); value != "" {
			fmt.Fprintf(&text, "%s: %s\n", fact[0], value)
		}
	}
	return strings.TrimRight(text.String(), "\n")
}

var codeMark = regexp.MustCompile(`(?i)\[(/?code\])`)

// plain is a text that ServiceNow shows as it stands: what is between [code] and [/code] in
// a journal would be shown as markup, and the text may be a device's. It has no line that
// could be taken for a mark.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
	return warnedMark.ReplaceAllString(mark.ReplaceAllString(codeMark.ReplaceAllString(text, "[ $1"), ""), "")
}
