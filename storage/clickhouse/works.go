package clickhouse

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
	"mimamori/storage/calendar"
)

// works are the maintenance windows that are on at the end of the time asked for.
type works []work

type work struct {
	calendar.Window
	customer sample.ID
	sinceMs  int64 // when this occurrence began
}

// works reads them. A window whose rule says nothing any more stands in nobody's way: it
// is left out.
func (s *Store) works(ctx context.Context, query storage.Query) (works, error) {
	asked := query
	asked.From, asked.Device, asked.Site, asked.Limit = query.To.Add(-1), "", "", 0
	windows, err := s.Maintenance(ctx, asked)
	if err != nil {
		return nil, err
	}
	var on works
	for _, window := range windows {
		// An occurrence is as long as the first, give or take a change of clocks.
		reach := window.To.Sub(window.From) + 2*time.Hour
		spans, err := window.Spans(query.To.Add(-reach), query.To.Add(1))
		if err != nil {
			continue
		}
		for _, span := range spans {
			if span.To.After(query.To) && !span.From.After(query.To) {
				on = append(on, work{window, sample.CustomerID(window.Customer), span.From.UnixMilli()})
				break
			}
		}
	}
	return on, nil
}

// covers is the condition that a device (customer_id, site_id, device_id) is in
// maintenance.
func (w works) covers() string {
	if len(w) == 0 {
		return "0"
	}
	var covering []string
	for i, work := range w {
		all := []string{fmt.Sprintf("customer_id = %d", work.customer)}
		if work.Site != "" {
			all = append(all, fmt.Sprintf("site_id = %d", sample.SiteID(work.Customer, work.Site)))
		}
		switch {
		case work.Device != "" && work.Site != "":
			all = append(all, fmt.Sprintf("device_id = %d", sample.DeviceID(work.Customer, work.Site, work.Device)))
		case work.Device != "":
			all = append(all, fmt.Sprintf("device_id IN (SELECT device_id FROM raw_devices WHERE customer_id = %d AND name = {work%d:String})", work.customer, i))
		}
		covering = append(covering, strings.Join(all, " AND "))
	}
	return strings.Join(covering, " OR ")
}

// coversDevice says whether a device is in maintenance.
func (w works) coversDevice(at place, device sample.ID, name string) bool {
	return slices.ContainsFunc(w, func(work work) bool {
		switch {
		case work.customer != at.customer, work.Site != "" && sample.SiteID(work.Customer, work.Site) != at.site:
			return false
		case work.Device != "" && work.Site != "":
			return device == sample.DeviceID(work.Customer, work.Site, work.Device)
		}
		return work.Device == "" || work.Device == name
	})
}

// arguments are the parameters of a question that has the condition in it.
func (w works) arguments(query storage.Query) []any {
	all := parameters(query)
	for i, work := range w {
		if work.Device != "" && work.Site == "" {
			all = append(all, clickhouse.Named(fmt.Sprintf("work%d", i), work.Device))
		}
	}
	return all
}

// covered says whether a whole site is in maintenance.
func (w works) covered(at place) bool {
	for _, work := range w {
		if work.Device == "" && work.customer == at.customer && (work.Site == "" || sample.SiteID(work.Customer, work.Site) == at.site) {
			return true
		}
	}
	return false
}

// about names what of a site is in maintenance, and since when: of several the one that
// began first. The name is empty for all of it.
func (w works) about(at place) (name string, sinceMs int64) {
	for _, work := range w {
		if work.customer != at.customer || work.Site != "" && sample.SiteID(work.Customer, work.Site) != at.site {
			continue
		}
		if sinceMs == 0 || work.sinceMs < sinceMs {
			name, sinceMs = work.Device, work.sinceMs
		}
	}
	return name, sinceMs
}
