package alert

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/storage"
)

// progress is how far the centre is with reading what appliances send. What it has not read yet must never be
// taken for what did not come: the first is the centre's own trouble, the second a customer's.
type progress struct {
	watched time.Time // since when looks follow each other, zero before the first
	looked  time.Time // when the last one that was answered ended
	newest  time.Time // what was heard last, as of that
	moved   time.Time // when something newer was heard, zero for not since watched
	asOf    time.Time // as of when the store was asked then
}

// A look is as of now where the centre is behind by no more than what a tick, a batch and its writing take.
const prompt = 10 * time.Second

// as returns as of when to ask the store: now, or where the centre is late up to when it has read what appliances
// send, so that what is on its way is missing nowhere. It does not go back, unless the clock does.
func (p *progress) as(now time.Time, streams []storage.Stream) time.Time {
	read, known := time.Time{}, false
	for i := range streams {
		if stream := &streams[i]; !stream.Logs {
			if stream.Lag(now) <= prompt {
				known = false
				break
			}
			read, known = later(read, stream.Read), true
		}
	}
	at := now
	if known {
		at = later(read, p.asOf)
		if at.After(now) {
			at = now
		}
	}
	p.asOf = at
	return at
}

// arrival says what the newest sign of life tells of the centre.
type arrival uint8

const (
	arriving arrival = iota
	waiting          // nothing new came, but it was not watched for long enough to say so
	silent           // nothing new came for as long as it was watched
)

// hear takes the newest sign of life of all appliances. Where it is old the centre may be catching up, which shows
// by its getting newer; what was so before the looks began, or while this program was held, is not held against it.
func (p *progress) hear(now, newest time.Time, patience, gap time.Duration) arrival {
	if p.watched.IsZero() || now.Before(p.watched) || now.Sub(p.looked) > gap {
		p.watched, p.moved = now, time.Time{}
	} else if newest.After(p.newest) {
		p.moved = now
	}
	p.looked, p.newest = now, newest
	switch {
	case now.Sub(newest) <= patience:
		return arriving
	case !p.moved.IsZero() && now.Sub(p.moved) <= patience:
		return arriving
	case now.Sub(later(p.watched, p.moved)) < patience:
		return waiting
	}
	return silent
}

// end ends the look that began at a time: however long it took, it was no gap.
func (p *progress) end(at time.Time, took time.Duration) {
	if p.looked.Equal(at) {
		p.looked = at.Add(took)
	}
}

// centreBehind is the alarm of a centre that reads what appliances send too late.
const centreBehind = "CentreBehind"

var centreBehindKey = Key{Rule: centreBehind, Entity: "centre"}

// behind raises the alarm of the centre's lag once it has lasted, and clears it when the centre has caught up.
func (e *Engine) behind(ctx context.Context, now time.Time, streams []storage.Stream) error {
	var late []string
	var worst *storage.Stream
	for i := range streams {
		stream := &streams[i]
		lag := stream.Lag(now)
		if worst == nil || lag > worst.Lag(now) {
			worst = stream
		}
		if lag > e.cfg.Stalled {
			late = append(late, fmt.Sprintf("%s-%d", topicOf(stream), stream.Partition))
		}
	}
	if worst == nil || len(late) == 0 && e.idle(centreBehindKey) {
		return nil
	}
	var reading *Reading
	if lag := worst.Lag(now); lag > e.cfg.Stalled/2 {
		reading = &Reading{Entity: centreBehindKey.Entity, Name: "centre", At: now, Value: lag.Round(time.Second).Seconds(), level: between,
			Details: map[string]string{"read": worst.Read.UTC().Format(time.RFC3339), "lag": lag.Round(time.Second).String(), "partitions": strings.Join(late, ", ")}}
		if len(late) > 0 {
			reading.level = bad
		}
	}
	rule := &Rule{Alert: centreBehind, Kind: centreBehind, Severity: Major, For: e.cfg.Stalled, kind: &kind{name: centreBehind}}
	return e.change(ctx, now, func(found *changes) { e.observe(rule, centreBehindKey, reading, now, found) })
}

// idle says whether there is no alarm of a key, raised or about to be.
func (e *Engine) idle(key Key) bool {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	a := e.alarms[key.Rule][key]
	return a == nil || a.State == Cleared
}

func topicOf(stream *storage.Stream) string {
	if stream.Logs {
		return "logs"
	}
	return "telemetry"
}

// logsRead is up to when the log can be counted: the moment, unless the centre is late with some of it.
func (m *moment) logsRead() time.Time {
	at := m.at
	for i := range m.streams {
		if stream := &m.streams[i]; stream.Logs && stream.Lag(m.at) > prompt && stream.Read.Before(at) {
			at = stream.Read
		}
	}
	return at
}

// readOf is up to when what an appliance sends is read.
func (m *moment) readOf(a *storage.ApplianceStatus) time.Time {
	if a.Read.IsZero() || a.Read.After(m.at) {
		return m.at
	}
	return a.Read
}

// unread are the sites of which what is missing from the figures of late may only not be read yet.
func (m *moment) unread(ctx context.Context) (map[subject]bool, error) {
	appliances, err := m.allAppliances(ctx)
	sites := map[subject]bool{}
	for i := range appliances {
		if a := &appliances[i]; m.at.Sub(m.readOf(a)) > lately/2 {
			sites[subject{a.Customer, a.Site, ""}] = true
		}
	}
	return sites, err
}

// wayKnown returns the earlier of a time and of that up to which it is known whether the devices elsewhere are up
// that a site is reached through: until then what fails at the site may be theirs.
func (m *moment) wayKnown(ctx context.Context, at time.Time, customer, site string) (time.Time, error) {
	if len(m.ways) == 0 {
		return at, nil
	}
	appliances, err := m.allAppliances(ctx)
	for _, way := range m.ways {
		if !slices.ContainsFunc(way.Sites, func(reached SitePlace) bool { return reached.covers(customer, site) }) {
			continue
		}
		for i := range appliances {
			if a := &appliances[i]; a.Customer == way.Through.Customer && a.Site == way.Through.Site && m.readOf(a).Before(at) {
				at = m.readOf(a)
			}
		}
	}
	return at, err
}
