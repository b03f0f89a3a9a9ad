package clickhouse

import (
	"context"
	"iter"
	"slices"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// The sites of a customer belong to partitions of the topic by their appliances, and each partition has its own added up. In the
// tables they stand beside each other, device by device, so that a statement about some sites reads all: four partitions'
// statements took the engine 5.4 s of processor time for the hour of 48,000 links where one of all of them takes 3.3 s.

// linksAtOnce bounds the links that a statement adds up, and with them the memory that it takes: 12 sums over five
// minutes for each hour of a link, some 300 bytes each. A site with more is a statement of its own.
const linksAtOnce = 30_000

// rollUpEach makes of what several callers want added up as few statements as is reasonable.
func (s *Store) rollUpEach(rollUp func(context.Context, storage.RollUp) error) func(context.Context, []storage.RollUp) error {
	return func(ctx context.Context, of []storage.RollUp) error {
		for _, one := range joined(of) {
			links, err := s.linksBySite(ctx, one)
			if err != nil {
				return err
			}
			for sites := range bundles(one.Sites, links) {
				one.Sites = sites
				if err := rollUp(ctx, one); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// joined are roll-ups with those of the same customer, time and figures made one, in the order they came.
func joined(of []storage.RollUp) (all []storage.RollUp) {
	for _, one := range of {
		at := slices.IndexFunc(all, func(other storage.RollUp) bool {
			return other.Customer == one.Customer && other.FromMs == one.FromMs && other.ToMs == one.ToMs && other.AvailabilityOnly == one.AvailabilityOnly
		})
		if at < 0 {
			one.Sites = slices.Clone(one.Sites)
			all = append(all, one)
			continue
		}
		all[at].Sites = append(all[at].Sites, one.Sites...)
	}
	for i := range all {
		slices.Sort(all[i].Sites)
		all[i].Sites = slices.Compact(all[i].Sites)
	}
	return all
}

// linksBySite is about how many links sites have. Of one site it need not be known.
func (s *Store) linksBySite(ctx context.Context, of storage.RollUp) (map[sample.ID]uint64, error) {
	links := map[sample.ID]uint64{}
	if len(of.Sites) < 2 {
		return links, nil
	}
	var site sample.ID
	var n uint64
	err := s.query(ctx, "roll_up_links", "SELECT site_id, count() FROM interface_current WHERE "+rolledFrom(of)+" GROUP BY site_id", nil, []any{&site, &n}, func() { links[site] = n })
	return links, err
}

// bundles yields sites, as many at a time as have linksAtOnce or fewer.
func bundles(sites []sample.ID, links map[sample.ID]uint64) iter.Seq[[]sample.ID] {
	return func(yield func([]sample.ID) bool) {
		first, here := 0, uint64(0)
		for i, site := range sites {
			if i > first && here+links[site] > linksAtOnce {
				if !yield(sites[first:i]) {
					return
				}
				first, here = i, 0
			}
			here += links[site]
		}
		if first < len(sites) {
			yield(sites[first:])
		}
	}
}
