package snmptrap

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"

	"mimamori/processors/alert/notify"
)

// The perceived severities (ITU-T X.733 by the numbers of RFC 3877).
const (
	cleared       = 1
	indeterminate = 2
)

var severities = map[string]int{"critical": 3, "major": 4, "minor": 5, "warning": 6}

const (
	scale   = 1000 // of a value
	noValue = math.MinInt32
)

// statement is what a notification says of an alarm, within the bounds of its objects.
type statement struct {
	cleared  bool
	id       string
	severity int
	value    int
	since    []byte
	devices  uint32
	sequence uint32

	rule, customer, site, entity, summary, owner string

	shortened bool // one of the texts was
}

// state returns what there is to say of an alarm.
func state(of notify.Member, sequence uint32) *statement {
	s := &statement{
		cleared:  of.Status == notify.Resolved,
		id:       identifier(of),
		severity: severity(of),
		value:    scaled(of.Annotations["value"]),
		since:    dateAndTime(since(of)),
		devices:  count(of.Annotations["devices"]),
		sequence: sequence,
		rule:     of.Labels["alertname"],
		customer: of.Labels["customer"],
		site:     of.Labels["site"],
		entity:   of.Labels["entity"],
		summary:  of.Annotations["summary"],
		owner:    of.Annotations["owner"],
	}
	for _, text := range s.texts() {
		*text = legible(*text)
		s.shorten(text, longestText)
	}
	return s
}

// texts are all of them, that first which may be shortened first.
func (s *statement) texts() []*string {
	return []*string{&s.summary, &s.owner, &s.site, &s.customer, &s.rule, &s.entity}
}

func (s *statement) shorten(text *string, bytes int) {
	if short := cut(*text, bytes); short != *text {
		*text, s.shortened = short, true
	}
}

// identifier is what the alarm is known by; an alert that is not an alarm of ours has
// none, and goes by its labels.
func identifier(of notify.Member) string {
	id := of.Annotations["id"]
	if len(id) == 16 && strings.Trim(id, "0123456789abcdef") == "" {
		return id
	}
	return of.Fingerprint
}

func severity(of notify.Member) int {
	if of.Status == notify.Resolved {
		return cleared
	}
	if known, ok := severities[of.Labels["severity"]]; ok {
		return known
	}
	return indeterminate
}

// scaled is a figure as an Integer32. The least number is kept for none at all.
func scaled(text string) int {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(value, 0) || math.IsNaN(value) {
		return noValue
	}
	return int(min(max(math.Round(value*scale), -math.MaxInt32), math.MaxInt32))
}

func since(of notify.Member) time.Time {
	if at, err := time.Parse(time.RFC3339, of.Annotations["since"]); err == nil {
		return at
	}
	return of.StartsAt
}

// dateAndTime is a moment in UTC as DateAndTime (RFC 2579).
func dateAndTime(at time.Time) []byte {
	at = at.UTC()
	octets := binary.BigEndian.AppendUint16(nil, uint16(at.Year()))
	return append(octets, byte(at.Month()), byte(at.Day()), byte(at.Hour()), byte(at.Minute()), byte(at.Second()),
		byte(at.Nanosecond()/100_000_000), '+', 0, 0)
}

func count(text string) uint32 {
	number, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(number)
}
