package sla

import (
	"slices"
	"time"

	"mimamori/storage"
)

// Outage is a stretch of time in which a device or service was not up, and what the
// contract makes of it: CountedMs + ExcludedMs is its length. Only time down within
// the hours and outside maintenance counts, so that the CountedMs of all add up to
// the DownMs of the figure.
type Outage struct {
	storage.Outage
	Site, Device string   // of the device; empty for a group
	Members      []string // of a group: the members it was due to
	CountedMs    int64
	ExcludedMs   int64
	Excluded     []Excluded // what ExcludedMs consists of
	Ticket       string     // empty where none is known
}

// Excluded is time of an outage that is no downtime, and why.
type Excluded struct {
	Why string
	Ms  int64
}

// The reasons why a stretch within the hours is no downtime.
const (
	whyUnknown  = "unknown"
	whyDegraded = "degraded counts as up"
)

func (o *Outage) exclude(why string, milliseconds int64) {
	if milliseconds == 0 {
		return
	}
	o.ExcludedMs += milliseconds
	at := slices.IndexFunc(o.Excluded, func(e Excluded) bool { return e.Why == why })
	if at < 0 {
		o.Excluded = append(o.Excluded, Excluded{Why: why})
		at = len(o.Excluded) - 1
	}
	o.Excluded[at].Ms += milliseconds
}

// timeline is what is known of a device or service from its first row on.
type timeline struct {
	fromMs, toMs int64
	stretches    []Outage // not up: sorted, disjoint, within the time
}

// deviceTimeline is that of the store's answer, of which outages is the record, at
// present or as it stood before.
func deviceTimeline(device *storage.Availability, outages []storage.Outage, toMs int64) timeline {
	line := timeline{toMs: toMs, fromMs: toMs - device.UpMs - device.DegradedMs - device.DownMs - device.UnknownMs}
	at := line.fromMs
	for _, outage := range outages {
		fromMs, endMs := max(outage.From.UnixMilli(), at), min(outage.To.UnixMilli(), toMs)
		if fromMs >= endMs {
			continue
		}
		at = endMs
		outage.From, outage.To = instant(fromMs), instant(endMs)
		line.stretches = append(line.stretches, Outage{Outage: outage, Site: device.Site, Device: device.Device})
	}
	return line
}

func instant(milliseconds int64) time.Time { return time.UnixMilli(milliseconds).UTC() }

// account says what of a timeline counts. A stretch down of which anything counts is
// an outage.
func account(line timeline, excluded overlay) (Figure, []Outage) {
	figure := Figure{ScheduledMs: line.toMs - line.fromMs}
	excluded.over(line.fromMs, line.toMs, func(e exclusion, ms int64) {
		if e.maintenance {
			figure.ExcludedMs += ms
		} else {
			figure.ScheduledMs -= ms
		}
	})
	rows := make([]Outage, 0, len(line.stretches))
	for _, row := range line.stretches {
		fromMs, toMs := row.From.UnixMilli(), row.To.UnixMilli()
		counts := toMs - fromMs
		excluded.over(fromMs, toMs, func(e exclusion, ms int64) {
			counts -= ms
			row.exclude(e.why, ms)
		})
		switch row.State {
		case storage.StateDown:
			row.CountedMs = counts
			figure.DownMs += counts
			if row.Cause == storage.CauseUnreachable {
				figure.UnreachableMs += counts
			}
			if counts > 0 {
				figure.Outages++
			}
			figure.LongestMs = max(figure.LongestMs, counts)
		case storage.StateDegraded:
			figure.DegradedMs += counts
			row.exclude(whyDegraded, counts)
		default:
			figure.UnknownMs += counts
			row.exclude(whyUnknown, counts)
		}
		rows = append(rows, row)
	}
	figure.UpMs = figure.ScheduledMs - figure.ExcludedMs - figure.DownMs - figure.DegradedMs - figure.UnknownMs
	return figure, rows
}
