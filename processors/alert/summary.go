package alert

import (
	"math"
	"strconv"
	"strings"
	"text/template"
	"time"
)

// told is what a summary's template may say.
type told struct {
	Customer, Site, Entity, Name string
	Value                        string // with as few decimals as it needs
	Since                        time.Time
	Devices                      int    // counted under it
	What                         string // of what happened: as the device said it
	Details                      map[string]string
}

// parseSummary reads a template and tries it.
func parseSummary(text string) (*template.Template, error) {
	parsed, err := template.New("summary").Option("missingkey=zero").Parse(text)
	if err != nil {
		return nil, err
	}
	return parsed, parsed.Execute(&strings.Builder{}, told{Details: map[string]string{}})
}

// number writes a figure with four digits that count, and whole where it is larger.
func number(value float64) string {
	if math.Abs(value) >= 1000 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 4, 64)
}

// longestSummary keeps what a device says of itself from filling a page.
const longestSummary = 300

// summarize puts an alarm into a line.
func summarize(rule *Rule, a *Alarm) string {
	parsed := rule.summary
	if parsed == nil {
		parsed = usualSummaries[rule.Kind]
	}
	var text strings.Builder
	err := parsed.Execute(&text, told{
		Customer: a.Customer, Site: a.Site, Entity: a.Entity, Name: a.Name, Value: number(a.Value), Since: a.Since,
		Devices: a.Impact.Devices, What: a.Details["what"], Details: a.Details,
	})
	if err != nil { // it was tried: what is left are details that are of another kind than the template thinks
		return rule.Alert + " " + a.Name
	}
	return Shorten(strings.Join(strings.Fields(text.String()), " "), longestSummary)
}

// Shorten returns a text, or as much of it as leaves so many characters with the ellipsis behind it.
func Shorten(text string, longest int) string {
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}

// usualSummaries are those of rules that have none of their own.
var usualSummaries = summaries(map[string]string{
	"SiteDown":                "site {{.Name}} is down: {{with .Details.devices}}{{.}} devices, {{end}}none of them up{{with .Details.roots}}; down itself: {{.}}{{end}}",
	"DeviceDown":              "{{.Name}} is down{{with .Details.cause}}: {{.}}{{end}}{{if .Devices}}; {{.Devices}} devices behind it cannot be reached{{end}}",
	"ApplianceSilent":         "appliance {{.Name}} is silent{{with .Details.devices}}: of its {{.}} devices nobody knows anything{{end}}",
	"VoiceQualityLow":         "{{.Name}}: MOS {{.Value}}{{with .Details.loss}}, loss {{.}}{{end}}{{with .Details.delay}}, delay {{.}}{{end}}",
	"LinkSaturated":           "{{.Name}} is at {{.Value}} % of its capacity",
	"LinkErrors":              "{{.Name}}: {{.Value}} % of the packets are in error",
	"HealthThreshold":         "{{.Name}} is {{with .Details.status}}{{.}}{{end}}{{with .Details.reading}} at {{.}}{{end}}",
	"AvailabilityBelowTarget": "{{.Name}} was available for {{.Details.availability}} since {{.Details.from}}, {{.Details.target}} is promised",
	"BlindSpot":               "{{.Name}}: {{.Details.reason}}",
	"ReceiverFailing":         "notifications do not reach {{.Name}}: {{.Details.error}}",
	ResponseOverdue:           "nobody has answered ticket {{.Details.ticket_id}} of {{.Name}} ({{.Details.ticket_rule}}, {{.Details.ticket_severity}}): due {{.Details.due}}, plan {{.Details.plan}}, desk {{.Details.desk}}",
	UpdateOverdue:             "ticket {{.Details.ticket_id}} of {{.Name}} ({{.Details.ticket_rule}}, {{.Details.ticket_severity}}) waits for an update: due {{.Details.due}}, plan {{.Details.plan}}, desk {{.Details.desk}}",
	TicketEscalated:           "nobody has taken ticket {{.Details.ticket_id}} of {{.Name}} ({{.Details.ticket_rule}}, {{.Details.ticket_severity}}): to the {{.Details.step}} since {{.Details.due}}, desk {{.Details.desk}}",
	"SyslogRate":              "{{.Name}} logs {{.Value}} messages a minute",
	"DeviceRebooted":          "{{.Name}} restarted: {{.What}}",
	"SyslogPattern":           "{{.Name}}: {{.What}}",
	"TrapReceived":            "{{.Name}}: {{.What}}",
	centreBehind:              "the centre is {{.Details.lag}} behind{{with .Details.partitions}} with {{.}}{{end}}: what happened since {{.Details.read}} is told that much later; see whether the processors run and keep up",
	centreSilent:              "nothing arrives{{with .Details.newest}}, the newest is of {{.}}{{end}}: {{.Details.reason}}",
})

func summaries(texts map[string]string) map[string]*template.Template {
	parsed := make(map[string]*template.Template, len(texts))
	for name, text := range texts {
		parsed[name] = template.Must(parseSummary(text))
	}
	return parsed
}
