package rollup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// mostDays bounds the days of the past that one round adds up.
const mostDays = 2

// backfill adds up the past of sites that were there before there were rollups, a day
// at a time from the present on. The rollups of a site hold from since on; until then
// questions read the figures themselves.
func (f *Figure) backfill(ctx context.Context, offset int64) error {
	ended := f.tickMs - f.cfg.Grace.Milliseconds()
	due := map[int64]map[sample.ID][]sample.ID{} // sites by since and customer
	for at, since := range f.sites {
		switch {
		case since == storage.NotRolled:
			f.since(at, floor(f.tickMs, dayMs)+dayMs, offset)
		case since > 0 && since <= ended:
			if due[since] == nil {
				due[since] = map[sample.ID][]sample.ID{}
			}
			due[since][at.customer] = append(due[since][at.customer], at.site)
		}
	}
	if len(due) > 0 {
		if err := f.addPast(ctx, due, offset); err != nil {
			return err
		}
	}
	// The sites were walked in no order.
	slices.SortFunc(f.out.RolledSites, func(a, b storage.RolledSite) int {
		return place{a.Customer, a.Site}.compare(place{b.Customer, b.Site})
	})
	return nil
}

// addPast adds up the day before since.
func (f *Figure) addPast(ctx context.Context, due map[int64]map[sample.ID][]sample.ID, offset int64) error {
	oldest, err := f.store.OldestFigure(ctx)
	if err != nil {
		return fmt.Errorf("ask for the oldest figure there is: %w", err)
	}
	rounds := 0
	for _, since := range slices.Backward(sorted(due)) {
		for _, customer := range sorted(due[since]) {
			sites := due[since][customer]
			slices.Sort(sites)
			begun := int64(0)
			if since > oldest {
				if rounds++; rounds > mostDays {
					return nil
				}
				day := storage.RollUp{Customer: customer, Sites: sites, FromMs: since - dayMs, ToMs: since}
				if err := f.store.RollUpHours(ctx, day); err != nil {
					return err
				}
				if err := f.store.RollUpDays(ctx, day); err != nil {
					return err
				}
				begun = day.FromMs
			}
			for _, site := range sites {
				f.since(place{customer, site}, begun, offset)
			}
		}
	}
	return nil
}

// since keeps from when on a site is added up.
func (f *Figure) since(at place, ms, offset int64) {
	f.sites[at] = ms
	f.out.RolledSites = append(f.out.RolledSites, storage.RolledSite{
		Customer: at.customer, Site: at.site, SinceMs: ms, Partition: f.partition, Offset: offset,
	})
}

// sorted returns a map's keys in order.
func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
