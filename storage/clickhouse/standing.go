package clickhouse

import (
	"cmp"
	"context"
	"sync"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Customers returns how each customer stands at query.To, the most urgent first: the wall.
// A customer without devices and appliances is empty. Of the query's time the end alone
// counts, of its names Customer and Site.
func (s *Store) Customers(ctx context.Context, query storage.Query) ([]storage.Standing, error) {
	return s.standings(ctx, query, func(at place) place { return place{customer: at.customer} })
}

// Sites returns how each site stands at query.To, the most urgent first, with whom to
// call; what to do there is for the scope of every customer alone. Of the query's time
// the end alone counts, of its names Customer and Site.
func (s *Store) Sites(ctx context.Context, query storage.Query) ([]storage.Standing, error) {
	return s.standings(ctx, query, func(at place) place { return at })
}

// place is a site, or a whole customer where site is 0.
type place struct{ customer, site sample.ID }

// trouble is what one concern of a site is about.
type trouble struct {
	affected int
	sinceMs  int64 // 0 where nobody knows
	value    float64
	name     string    // or where it is empty:
	of       sample.ID // the device, path or interface whose name it is
	customer sample.ID // whose
}

// standing is a place while it is made out.
type standing struct {
	storage.Standing
	unlisted bool // the configuration had it once and has it no more
	troubles [storage.ConcernSite + 1]trouble
}

// concern adds what one concern is about. Of several the first is kept: the one that
// has been so for longest, or for which worse says so.
func (s *standing) concern(concern storage.Concern, next trouble, worse bool) {
	known := &s.troubles[concern]
	affected := known.affected + next.affected
	if known.affected == 0 || worse {
		*known = next
	}
	known.affected = affected
}

func (s *standing) longest(concern storage.Concern, next trouble) {
	known := s.troubles[concern]
	s.concern(concern, next, next.sinceMs != 0 && (known.sinceMs == 0 || next.sinceMs < known.sinceMs))
}

// add adds a site to its customer.
func (s *standing) add(site *standing) {
	s.Devices += site.Devices
	s.Up += site.Up
	s.Down += site.Down
	s.Unreachable += site.Unreachable
	s.Degraded += site.Degraded
	s.Unknown += site.Unknown
	s.Maintenance += site.Maintenance
	s.Appliances += site.Appliances
	s.Silent += site.Silent
	if site.Rated && (!s.Rated || site.MOS < s.MOS) {
		s.MOS, s.Rated = site.MOS, true
	}
	if site.Measured && (!s.Measured || site.Utilization > s.Utilization) {
		s.Utilization, s.Measured = site.Utilization, true
	}
	if site.AsOf.After(s.AsOf) {
		s.AsOf = site.AsOf
	}
	for concern, next := range site.troubles {
		if next.affected == 0 {
			continue
		}
		switch concern := storage.Concern(concern); concern {
		case storage.ConcernVoice:
			s.concern(concern, next, next.value < s.troubles[concern].value)
		case storage.ConcernLink:
			s.concern(concern, next, next.value > s.troubles[concern].value)
		default:
			s.longest(concern, next)
		}
	}
}

// worst settles the concern and returns what it is about.
func (s *standing) worst() trouble {
	if down := s.troubles[storage.ConcernDevice]; down.affected > 1 {
		s.troubles[storage.ConcernSeveral] = down
	}
	for concern := storage.ConcernSite; concern > storage.ConcernNone; concern-- {
		found := s.troubles[concern]
		if found.affected == 0 {
			continue
		}
		s.Concern, s.Affected, s.Since, s.WorstValue = concern, found.affected, momentOrZero(found.sinceMs), found.value
		if concern != storage.ConcernVoice && concern != storage.ConcernLink {
			s.WorstValue = float64(found.affected)
		}
		return found
	}
	s.Concern = storage.ConcernNone
	if s.Devices == 0 && s.Appliances == 0 {
		s.Concern = storage.ConcernEmpty
	}
	return trouble{}
}

func (s *Store) standings(ctx context.Context, query storage.Query, into func(place) place) ([]storage.Standing, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	query.Device, query.Interface, query.Path, query.Kind = "", "", "", ""
	var sites standingSites
	var under works
	var inventory *listing
	var silentMs int64
	var appliances []applianceThen
	err := together(ctx,
		func(ctx context.Context) (err error) { sites.all, err = s.standingPlaces(ctx, query); return err },
		func(ctx context.Context) (err error) { under, err = s.works(ctx, query); return err },
		func(ctx context.Context) (err error) { inventory, err = s.listing(ctx, query); return err },
		func(ctx context.Context) (err error) {
			appliances, err = s.appliancesThen(ctx, query, false)
			return err
		},
		func(ctx context.Context) (err error) { silentMs, err = s.silentFrom(ctx, query); return err },
	)
	if err != nil {
		return nil, err
	}
	err = together(ctx,
		func(ctx context.Context) error {
			devices, err := s.standingDevices(ctx, query, inventory, under)
			if err == nil {
				sites.addDevices(devices, query.To.UnixMilli(), silentMs, under)
				sites.addAppliances(behind(appliances, devices), under)
			}
			return err
		},
		func(ctx context.Context) error { return s.standingVoice(ctx, query, &sites, under) },
		func(ctx context.Context) error { return s.standingLinks(ctx, query, &sites, under) },
	)
	if err != nil {
		return nil, err
	}
	all, bySite := map[place]*standing{}, into(place{1, 1}).site != 0
	for at, site := range sites.all {
		if at.site == 0 && query.Site != "" {
			continue // a customer stands for itself where all of it is asked about
		}
		if site.unlisted && site.Devices == 0 && site.Appliances == 0 {
			continue
		}
		key := into(at)
		known, ok := all[key]
		if !ok {
			known = &standing{}
			known.Customer = site.Customer
			if key.site != 0 {
				known.Site = site.Site
			}
			all[key] = known
		}
		known.add(site)
	}
	if err := s.nameWorst(ctx, query, all); err != nil {
		return nil, err
	}
	if bySite {
		cards, err := s.cards(ctx, query)
		if err != nil {
			return nil, err
		}
		for at, card := range cards {
			if known := all[at]; known != nil { // not listed since the sites were read
				known.Contact, known.Runbook = card.Contact, card.Runbook
			}
		}
	}
	answer := make([]storage.Standing, 0, len(all))
	for at, one := range all {
		if at.site == 0 && bySite {
			continue // a customer without sites is no site
		}
		answer = append(answer, one.Standing)
	}
	storage.SortStandings(answer)
	if query.Limit > 0 && len(answer) > query.Limit {
		answer = answer[:query.Limit]
	}
	return answer, nil
}

// standingSites are the sites while they are made out, by several questions at once.
type standingSites struct {
	mu  sync.Mutex
	all map[place]*standing
}

// locked is a row's work while no other question adds to a site.
func (s *standingSites) locked(row func()) func() {
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		row()
	}
}

// of returns the place that rows of a site belong to. A site that nobody registered
// bears its id.
func (s *standingSites) of(customer, site sample.ID) *standing {
	at := place{customer, site}
	if known, ok := s.all[at]; ok {
		return known
	}
	known := &standing{}
	known.Site = named("", site)
	if owner, ok := s.all[place{customer: customer}]; ok {
		known.Customer = owner.Customer
	} else {
		known.Customer = named("", customer)
	}
	s.all[at] = known
	return known
}

// standingPlaces are the sites of the registry, and each customer with site 0.
func (s *Store) standingPlaces(ctx context.Context, query storage.Query) (map[place]*standing, error) {
	asked := query
	asked.Site = ""
	var customers, places registry
	err := together(ctx,
		func(ctx context.Context) (err error) {
			customers, err = s.registry(ctx, asked, customersTable)
			return err
		},
		func(ctx context.Context) (err error) { places, err = s.registry(ctx, query, sitesTable); return err },
	)
	if err != nil {
		return nil, err
	}
	toMs := query.To.UnixMilli()
	all, names := map[place]*standing{}, map[sample.ID]string{}
	for _, customer := range customers.all {
		one := &standing{unlisted: customers.unlisted(customer, toMs)}
		one.Customer, one.Site = named(customer.name, customer.at.customer), named("", 0)
		all[customer.at], names[customer.at.customer] = one, customer.name
	}
	for _, site := range places.all {
		one := &standing{unlisted: places.unlisted(site, toMs)}
		one.Customer, one.Site = named(names[site.at.customer], site.at.customer), named(site.name, site.at.site)
		all[site.at] = one
	}
	return all, nil
}

// addAppliances counts the appliances that the configuration lists, and says how new
// the newest data are.
func (s *standingSites) addAppliances(all []applianceThen, under works) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range all {
		at := s.of(a.at.customer, a.at.site)
		at.Appliances++
		at.seen(max(a.beatMs, a.cameMs)) // a clock that is behind tells less
		if !a.silent {
			continue
		}
		at.Silent++
		if !under.covered(a.at) {
			at.longest(storage.ConcernSilent, trouble{affected: 1, sinceMs: a.heardMs, name: a.name})
		}
	}
}

// seen notes that there are data as new as that.
func (s *standing) seen(ms int64) {
	if newest := momentOrZero(ms); newest.After(s.AsOf) {
		s.AsOf = newest
	}
}

// nameWorst settles the concern of each and names what it is about.
func (s *Store) nameWorst(ctx context.Context, query storage.Query, all map[place]*standing) error {
	devices, paths, ports := ids{}, ids{}, ids{}
	unnamed := map[*standing]trouble{}
	for _, one := range all {
		worst := one.worst()
		one.Worst = worst.name
		if worst.of == 0 {
			continue
		}
		unnamed[one] = worst
		switch one.Concern {
		case storage.ConcernVoice:
			paths.add(worst)
		case storage.ConcernLink:
			ports.add(worst)
		default:
			devices.add(worst)
		}
	}
	find := func(of ids, sql string) func(context.Context) error {
		return func(ctx context.Context) error { return s.names(ctx, query, of, sql) }
	}
	err := together(ctx,
		find(devices, "SELECT customer_id, device_id, argMax(name, slot) FROM raw_devices WHERE %s AND device_id IN (%s) GROUP BY customer_id, device_id"),
		find(paths, "SELECT customer_id, path_id, argMax(name, slot) FROM raw_paths WHERE %s AND path_id IN (%s) GROUP BY customer_id, path_id"),
		find(ports, `SELECT i.customer_id, i.interface_id, concat(d.device, if(d.device = '', '', ' '), i.interface) FROM (
  SELECT customer_id, any(device_id) AS device_id, interface_id, argMax(name, slot) AS interface FROM raw_interface_identities WHERE %[1]s AND interface_id IN (%[2]s) GROUP BY customer_id, interface_id
) AS i LEFT JOIN (SELECT customer_id, device_id, argMax(name, slot) AS device FROM raw_devices WHERE %[1]s GROUP BY customer_id, device_id) AS d ON d.customer_id = i.customer_id AND d.device_id = i.device_id`),
		func(ctx context.Context) error { return s.sinceWhen(ctx, query, unnamed) },
	)
	if err != nil {
		return err
	}
	for one, worst := range unnamed {
		key := ownedID{worst.customer, worst.of}
		one.Worst = named(cmp.Or(devices[key], paths[key], ports[key]), worst.of)
	}
	return nil
}

// ownedID is an id with whose it is.
type ownedID struct{ customer, id sample.ID }

// ids are names to be found.
type ids map[ownedID]string

func (i ids) add(t trouble) { i[ownedID{t.customer, t.of}] = "" }

// recently is the condition that a time lies in the last minutes of the time asked for.
func recently(column string) string {
	return column + " > fromUnixTimestamp64Milli({to:Int64} - " + milliseconds(storage.Recently) + ") AND " + column + " <= fromUnixTimestamp64Milli({to:Int64})"
}

// standingReach is how far back the beginning of bad voice or of a full link is looked for.
const standingReach = 24 * time.Hour
