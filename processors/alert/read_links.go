package alert

import (
	"context"
	"fmt"
	"math"
	"time"

	"mimamori/storage"
)

// linksAtOnce is how many links one question is about.
const linksAtOnce = 500

// readLoads has the links whose last poll found them above the threshold for clearing.
func readLoads(ctx context.Context, m *moment, rule *Rule) ([]Reading, error) {
	return m.links(ctx, rule, storage.InterfacesByLoad, (*storage.InterfaceStatus).LastPercent)
}

// readErrors has the links with a share of packets in error above that for clearing.
func readErrors(ctx context.Context, m *moment, rule *Rule) ([]Reading, error) {
	return m.links(ctx, rule, storage.InterfacesByErrors, (*storage.InterfaceStatus).LastErrorPercent)
}

// links has the links whose last poll found more than the threshold for clearing of what they are ordered by.
func (m *moment) links(ctx context.Context, rule *Rule, by storage.InterfaceOrder, figure func(*storage.InterfaceStatus) (float64, bool)) ([]Reading, error) {
	query := m.query(lately)
	query.Limit, query.Kind = linksAtOnce, rule.Links
	switch rule.Links {
	case "":
		query.Kind = storage.LinkWAN.String()
	case "all":
		query.Kind = ""
	}
	choice := storage.InterfaceChoice{Order: by, LastAtLeast: math.Nextafter(rule.Clear, math.Inf(1))} // more than for clearing
	var readings []Reading
	for {
		found, err := m.store.Interfaces(ctx, query, choice)
		if err != nil {
			return nil, err
		}
		for i := range found.Interfaces {
			link := &found.Interfaces[i]
			value, known := figure(link) // of a poll that came meanwhile, it may be
			if known && value <= rule.Clear || !matches(rule.Interfaces, link.Name) {
				continue
			}
			reading, err := m.link(ctx, rule, link, value, known)
			if err != nil {
				return nil, err
			}
			readings = append(readings, reading)
		}
		if len(found.Interfaces) < linksAtOnce {
			return readings, nil
		}
		choice.Offset += linksAtOnce
	}
}

// link is what a link's figure, where it is known, says of a rule.
func (m *moment) link(ctx context.Context, rule *Rule, link *storage.InterfaceStatus, value float64, known bool) (Reading, error) {
	level := unknown
	if known {
		level = rule.levelOf(value)
	}
	maintained, err := m.maintained(ctx, link.Customer, link.Site, link.Device)
	return Reading{
		Customer: link.Customer, Site: link.Site, Entity: "interface/" + link.Device + "/" + link.Name, Name: link.Device + " " + link.Name,
		At: link.Polled, Value: value, level: level, Maintenance: maintained, device: link.Device,
		Details: map[string]string{"alias": link.Alias, "in": bits(link.LastInBps), "out": bits(link.LastOutBps), "speed": bits(float64(link.SpeedBps))},
	}, err
}

// levelOf holds a value against the thresholds.
func (r *Rule) levelOf(value float64) level {
	if r.kind.falling && value < r.Raise || !r.kind.falling && value >= r.Raise {
		return bad
	}
	return between
}

// bits puts a rate into words.
func bits(rate float64) string {
	for _, unit := range []string{"bit/s", "kbit/s", "Mbit/s"} {
		if rate < 1000 {
			return number(rate) + " " + unit
		}
		rate /= 1000
	}
	return number(rate) + " Gbit/s"
}

// readPaths has the voice paths whose last minute was below the threshold for clearing.
func readPaths(ctx context.Context, m *moment, rule *Rule) ([]Reading, error) {
	paths, err := m.store.Paths(ctx, m.query(lately))
	if err != nil {
		return nil, err
	}
	f, err := m.allFailures(ctx)
	if err != nil {
		return nil, err
	}
	var readings []Reading
	for i := range paths {
		path := &paths[i]
		minute := &path.Latest
		level := rule.levelOf(minute.MOS)
		switch {
		case !path.Measured || !minute.Rated():
			level = unknown
		case minute.MOS >= rule.Clear:
			continue
		}
		maintained, err := m.maintained(ctx, path.Customer, path.Site, "")
		if err != nil {
			return nil, err
		}
		readings = append(readings, Reading{
			Customer: path.Customer, Site: path.Site, Entity: "path/" + path.Name, Name: path.Name, At: time.UnixMilli(minute.MinuteMs).Add(time.Minute).UTC(),
			Value: minute.MOS, level: level, Maintenance: maintained, Under: f.hiding(path.Customer, path.Site),
			Details: map[string]string{"target": path.Target, "codec": path.Codec, "loss": number(minute.LossPct) + " %", "delay": number(minute.DelayMs) + " ms", "jitter": number(minute.JitterMs) + " ms"},
		})
	}
	return readings, nil
}

// readLogRates has the devices that log more than the threshold for clearing, messages a minute.
func readLogRates(ctx context.Context, m *moment, rule *Rule) ([]Reading, error) {
	const back = 2 * time.Minute
	query := storage.SyslogRatesQuery{Query: m.query(back), By: []storage.LogGroup{storage.ByDevice}}
	query.To = m.logsRead() // of what is not read yet nothing was counted
	query.From = query.To.Add(-back)
	rates, err := m.store.SyslogRates(ctx, query)
	if err != nil {
		return nil, err
	}
	var readings []Reading
	for i := range rates.Rates {
		rate := &rates.Rates[i]
		value := float64(rate.Messages) / back.Minutes()
		if value <= rule.Clear || rate.Device == "" {
			continue
		}
		maintained, err := m.maintained(ctx, rate.Customer, rate.Site, rate.Device)
		if err != nil {
			return nil, err
		}
		readings = append(readings, Reading{Customer: rate.Customer, Site: rate.Site, Entity: "device/" + rate.Device, Name: rate.Device, At: query.To, Value: value, level: rule.levelOf(value),
			Maintenance: maintained, device: rate.Device, Details: map[string]string{"messages": fmt.Sprint(rate.Messages)}})
	}
	return readings, nil
}
