package snmptrap

import (
	"cmp"
	"encoding/binary"
	"math"
	"strconv"
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

// state returns what there is to say of an alarm. An alert that is none of ours goes by its labels.
func state(of notify.Member, sequence uint32) *statement {
	alarm := of.Alarm()
	s := &statement{
		cleared:  alarm.Cleared,
		id:       cmp.Or(alarm.ID, of.Fingerprint),
		severity: severity(alarm),
		value:    scaled(alarm.Value),
		since:    dateAndTime(alarm.Since),
		devices:  count(alarm.Devices),
		sequence: sequence,
		rule:     alarm.Rule,
		customer: alarm.Customer,
		site:     alarm.Site,
		entity:   alarm.Entity,
		summary:  of.Annotations["summary"],
		owner:    alarm.Owner,
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

func severity(of notify.Alarm) int {
	if of.Cleared {
		return cleared
	}
	if known, ok := severities[of.Severity]; ok {
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
