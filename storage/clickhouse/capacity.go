package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Capacity returns for each interface how full it was and when it will be full, by
// customer, site, device and interface. It rests on the averages over five minutes
// that lie wholly between query.From and query.To, never on longer ones; hours and
// days are those of query.Location. Step is not used. Interfaces without any poll are
// left out.
func (s *Store) Capacity(ctx context.Context, query storage.Query) ([]storage.LinkCapacity, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	zone, err := zoneOf(query.Location)
	if err != nil {
		return nil, err
	}
	const step = int64(storage.SampleStep / time.Millisecond)
	from, to := ceil(query.From.UnixMilli(), step), floor(query.To.UnixMilli(), step)
	if from >= to {
		return nil, fmt.Errorf("the time from %s to %s holds no whole 5 minutes: ask for more", query.From.Format(time.RFC3339), query.To.Format(time.RFC3339))
	}
	query.From, query.To, query.Step = time.UnixMilli(from), time.UnixMilli(to), storage.SampleStep
	asking := capacityQuestion{Query: query, zone: zone}
	var few listedLinks
	var known bool
	err = together(ctx,
		func(ctx context.Context) (err error) { asking.dirty, err = s.holding(ctx, query); return err },
		func(ctx context.Context) (err error) { asking.revision, err = s.hoursRevision(ctx, query); return err },
		func(ctx context.Context) (err error) { few, known, err = s.fewLinks(ctx, query); return err },
	)
	if err != nil {
		return nil, err
	}
	asking.legs = plan(asked(query), step, utilizationRollups, asking.dirty)
	var answer []storage.LinkCapacity
	if known {
		answer, _, err = s.capacityOf(ctx, asking, few.keys, few.names)
	} else {
		answer, err = s.capacityOfMany(ctx, asking)
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(answer, func(a, b storage.LinkCapacity) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Device, b.Device),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	if query.Limit > 0 && query.Limit < len(answer) {
		answer = answer[:query.Limit]
	}
	return answer, nil
}

// capacityOfMany answers for links that are not known yet.
func (s *Store) capacityOfMany(ctx context.Context, asking capacityQuestion) ([]storage.LinkCapacity, error) {
	answer, enough, err := s.topCapacity(ctx, asking)
	if err != nil || enough {
		return answer, err
	}
	ports, err := s.portsOf(ctx, asking.Query, asking.legs)
	if err != nil {
		return nil, err
	}
	answer, _, err = s.capacityOf(ctx, asking, ports, nil)
	return answer, err
}

// capacityQuestion is a question about whole averages over five minutes.
type capacityQuestion struct {
	storage.Query
	dirty holding
	legs  []leg
	zone  *time.Location
	// revision is that of its whole days, and none where they are not to be kept.
	revision hoursRevision
}

// topCapacity answers for the links that are among the query's top, and for others; false
// where all links are to be asked.
func (s *Store) topCapacity(ctx context.Context, asking capacityQuestion) ([]storage.LinkCapacity, bool, error) {
	if asking.Top == 0 || asking.Interface != "" {
		return nil, false, nil
	}
	name := rankingOf("capacity", asking.Query, time.Now())
	kept, known := s.rankings.first(name, asked(asking.Query), func(ctx context.Context) error {
		_, _, err := s.rankedCapacity(ctx, asking, name)
		return err
	})
	if known {
		answer, _, err := s.capacityOf(ctx, asking, kept.first, nil)
		return answer, true, err
	}
	return s.rankedCapacity(ctx, asking, name)
}

// rankedCapacity is topCapacity where no ranking is kept; it keeps the one it makes.
func (s *Store) rankedCapacity(ctx context.Context, asking capacityQuestion, name string) ([]storage.LinkCapacity, bool, error) {
	began := time.Now()
	by := rankBits
	if asking.Order == "percent" {
		by = rankPercentile
	}
	whole := asking.Query
	whole.Step = 0
	legs := plan(asked(whole), 0, utilizationRollups, asking.dirty)
	links, all, err := s.rank(ctx, whole, legs, asking.dirty.hours, by)
	if err != nil {
		return nil, false, err
	}
	var answer []storage.LinkCapacity
	known := map[linkKey]float64{}
	enough, err := foremost(links, all, asking.Top, func(ports []linkKey) (figures []float64, err error) {
		some, keys, err := s.capacityOf(ctx, asking, ports, nil)
		for i := range some {
			if figure, ok := some[i].Figure(asking.Order); ok {
				figures = append(figures, figure)
				known[keys[i]] = figure
			}
		}
		answer = append(answer, some...)
		return figures, err
	})
	if err == nil && enough {
		s.rankings.keep(name, len(links), keptRanking{first: foremostOf(known, asking.Top), at: began})
	}
	return answer, enough, err
}

// capacityOf answers for some interfaces, and says which each is. Their names are read where they are not known yet.
func (s *Store) capacityOf(ctx context.Context, asking capacityQuestion, ports []linkKey, known *linkNames) ([]storage.LinkCapacity, []linkKey, error) {
	all := asked(asking.Query)
	expected := int((all.to - all.from) / storage.SampleStep.Milliseconds())
	most := mostSamples
	if s.config.MostRows > 0 {
		most = min(most, s.config.MostRows)
	}
	if len(ports)*expected > mostKeptSamples {
		asking.revision = 0
	}
	var answer []storage.LinkCapacity
	var keys []linkKey // of the answer
	var kept map[sample.ID]time.Time
	figures := func(ctx context.Context, some []linkKey) error {
		var links []linkSamples
		its := known
		err := together(ctx,
			func(ctx context.Context) (err error) {
				links, err = s.samplesOfLinks(ctx, some, asking.legs, asking.revision)
				return err
			},
			func(ctx context.Context) (err error) {
				if known == nil {
					its, err = s.linkNames(ctx, asking.Query, some)
				}
				return err
			},
		)
		for _, samples := range links {
			entity, profile, alias := its.of(samples.linkKey, samples.site)
			link := capacityFigures(samples, profile, expected, asking.zone)
			link.Entity, link.Alias = entity, alias
			answer, keys = append(answer, link), append(keys, samples.linkKey)
		}
		return err
	}
	err := together(ctx,
		func(ctx context.Context) (err error) { kept, err = s.samplesKept(ctx, asking, ports); return err },
		func(ctx context.Context) error {
			for some := range slices.Chunk(ports, max(1, most/expected)) {
				if err := figures(ctx, some); err != nil {
					return err
				}
			}
			return nil
		},
	)
	for i := range answer {
		if since, partly := kept[keys[i].customer]; partly {
			answer[i].P95, answer[i].NoP95 = storage.Percentiles{}, "averages over 5 minutes are kept since "+since.Format(time.DateOnly)+" alone"
		}
	}
	return answer, keys, err
}

// mostSamples bounds the samples that are read at once, and with them the memory that
// they take.
const mostSamples = 500_000

// portsOf returns the interfaces with traffic in the legs, in the order of their key, so
// that reading some after the others reads each part of the tables once.
func (s *Store) portsOf(ctx context.Context, query storage.Query, legs []leg) ([]linkKey, error) {
	arms := make([]string, len(legs))
	for i, leg := range legs {
		table, at := leg.table, leg.contains("start_ts")
		if table == "" {
			table, at = "utilization", span{leg.from + 1, leg.to + usualReach}.contains("end_ts")
		}
		arms[i] = "SELECT DISTINCT customer_id, device_id, interface_id FROM " + table + " WHERE " + conditions(query, entityInterface) + " AND " + at
	}
	var answer []linkKey
	var row linkKey
	err := s.query(ctx, "capacity_links", "SELECT DISTINCT customer_id, device_id, interface_id FROM ("+strings.Join(arms, " UNION ALL ")+") ORDER BY customer_id, device_id, interface_id",
		parameters(query), []any{&row.customer, &row.device, &row.port}, func() { answer = append(answer, row) })
	return answer, err
}

// ofPorts selects some interfaces by their key.
func ofPorts(ports []linkKey) string {
	keys := make([]string, len(ports))
	for i, p := range ports {
		keys[i] = "(" + idList([]sample.ID{p.customer, p.device, p.port}) + ")"
	}
	return "(customer_id, device_id, interface_id) IN (" + strings.Join(keys, ",") + ")"
}

// zoneOf returns the zone of a question: UTC, or one of the IANA database, so that no answer depends on where it was asked.
func zoneOf(location *time.Location) (*time.Location, error) {
	if location == nil {
		return time.UTC, nil
	}
	if _, err := time.LoadLocation(location.String()); err != nil || location == time.Local {
		return nil, fmt.Errorf("the zone %q is not known by name: ask in a zone of the IANA database such as Asia/Tokyo", location)
	}
	return location, nil
}
