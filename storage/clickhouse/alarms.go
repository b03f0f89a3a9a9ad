package clickhouse

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// alarmsTable is the one table that who raises alarms writes to.
const alarmsTable = "alarms"

// SaveAlarms stores raisings of alarms. A row takes the place of one of the same customer, alarm and raising
// with a lower version, so it may be repeated, wholly or in part.
func (s *Store) SaveAlarms(ctx context.Context, raised []storage.RaisedAlarm) error {
	var rows alarmRows
	for i := range raised {
		rows.add(&raised[i])
	}
	return s.insert(ctx, insertion{alarmsTable, append(rows.columns(), rows.words()...), byMonth(rows.raised)})
}

// Alarms returns what was raised at any moment of the time asked for, the newest first, as Query.Alarm selects.
// Whose word an acknowledgement is, and the devices of other customers, are told a scope of every customer alone.
func (s *Store) Alarms(ctx context.Context, query storage.Query) ([]storage.RaisedAlarm, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	var rows alarmRows
	columns := rows.columns()
	if query.Scope.All() {
		columns = append(columns, rows.words()...)
	}
	which := " AND (toUnixTimestamp64Milli(cleared_ts) = 0 OR cleared_ts >= fromUnixTimestamp64Milli({from:Int64}))"
	if query.Alarm.Open {
		which = " AND (toUnixTimestamp64Milli(cleared_ts) = 0 OR cleared_ts >= fromUnixTimestamp64Milli({to:Int64}))"
	}
	if query.Alarm.Rule != "" {
		which += " AND rule = {rule:String}"
	}
	listed, targets := selected("", columns)
	err := s.query(ctx, "alarms", "SELECT "+listed+" FROM alarms FINAL WHERE "+conditions(query, entityDevice)+
		" AND raised_ts < fromUnixTimestamp64Milli({to:Int64})"+which+" ORDER BY raised_ts DESC, customer_id, alarm_id"+limit(query),
		append(parameters(query), clickhouse.Named("rule", query.Alarm.Rule)), targets, func() { keep(columns) })
	if err != nil || len(rows.ids) == 0 {
		return nil, err
	}
	places := query
	places.Device = ""
	named, err := s.placeNames(ctx, places)
	if err != nil {
		return nil, err
	}
	return rows.alarms(named, query.Scope.All()), nil
}

// alarmRows are rows of the table alarms.
type alarmRows struct {
	customers, sites, devices                          []sample.ID
	ids, rules, kinds, severities, entities, of, names []string
	since, raised, cleared, until                      []int64
	muted, flapping                                    []uint8
	events, affected, own                              []uint32
	values                                             []float64
	summaries, owners, reasons, acknowledgers          []string
	versions                                           []uint64
}

// columns are what everybody reads.
func (r *alarmRows) columns() []column {
	return []column{
		of("customer_id", &r.customers), of("site_id", &r.sites), of("device_id", &r.devices), of("alarm_id", &r.ids), of("rule", &r.rules), of("kind", &r.kinds),
		of("severity", &r.severities), of("entity", &r.entities), of("device", &r.of), of("name", &r.names),
		times("since_ts", &r.since), times("raised_ts", &r.raised), times("cleared_ts", &r.cleared), of("muted", &r.muted), of("flapping", &r.flapping),
		of("events", &r.events), of("own_devices", &r.own), of("value", &r.values), of("summary", &r.summaries), times("acknowledged_until", &r.until), of("version", &r.versions),
	}
}

// words are what the partner alone reads: partnersColumns.
func (r *alarmRows) words() []column {
	return []column{of("devices", &r.affected), of("owner", &r.owners), of("reason", &r.reasons), of("acknowledged_by", &r.acknowledgers)}
}

func (r *alarmRows) add(a *storage.RaisedAlarm) {
	customer, site, device := sample.ID(0), sample.ID(0), sample.ID(0)
	if a.Customer != "" { // an alarm of the centre is nobody's
		customer = sample.CustomerID(a.Customer)
	}
	if a.Site != "" {
		site = sample.SiteID(a.Customer, a.Site)
	}
	if a.Device != "" {
		device = sample.DeviceID(a.Customer, a.Site, a.Device)
	}
	r.customers, r.sites, r.devices = append(r.customers, customer), append(r.sites, site), append(r.devices, device)
	r.ids, r.rules, r.kinds, r.severities = append(r.ids, a.AlarmID), append(r.rules, a.Rule), append(r.kinds, a.Kind), append(r.severities, a.Severity)
	r.entities, r.of, r.names = append(r.entities, a.About), append(r.of, a.Device), append(r.names, a.Name)
	r.since, r.raised, r.cleared = append(r.since, millisecondsOf(a.Since)), append(r.raised, millisecondsOf(a.Raised)), append(r.cleared, millisecondsOf(a.Cleared))
	r.until = append(r.until, millisecondsOf(a.Acknowledged.Until))
	r.muted, r.flapping = append(r.muted, bit(a.Muted)), append(r.flapping, bit(a.Flapping))
	r.events, r.affected, r.own = append(r.events, uint32(a.Events)), append(r.affected, uint32(a.Devices)), append(r.own, uint32(a.Own))
	r.values, r.summaries, r.versions = append(r.values, a.Value), append(r.summaries, a.Summary), append(r.versions, a.Version)
	r.owners, r.reasons, r.acknowledgers = append(r.owners, a.Acknowledged.Owner), append(r.reasons, a.Acknowledged.Reason), append(r.acknowledgers, a.Acknowledged.By)
}

// alarms are the rows with the names of their customers and sites; of some customers alone without the words.
func (r *alarmRows) alarms(places placeNames, whole bool) []storage.RaisedAlarm {
	all := make([]storage.RaisedAlarm, len(r.ids))
	for i := range all {
		all[i] = storage.RaisedAlarm{
			Entity:  storage.Entity{ID: r.devices[i], Customer: named(places.customers[r.customers[i]], r.customers[i]), Site: named(places.sites[r.sites[i]], r.sites[i]), Device: r.of[i], Name: r.names[i]},
			AlarmID: r.ids[i], Rule: r.rules[i], Kind: r.kinds[i], Severity: r.severities[i], About: r.entities[i],
			Since: instant(r.since[i]), Raised: instant(r.raised[i]), Cleared: momentOrZero(r.cleared[i]), Muted: r.muted[i] == 1, Flapping: r.flapping[i] == 1,
			Events: int(r.events[i]), Devices: int(r.own[i]), Own: int(r.own[i]), Value: r.values[i], Summary: r.summaries[i],
			Acknowledged: storage.AlarmAcknowledgement{Until: momentOrZero(r.until[i])}, Version: r.versions[i],
		}
		if whole {
			all[i].Devices = int(r.affected[i])
			all[i].Acknowledged.Owner, all[i].Acknowledged.Reason, all[i].Acknowledged.By = r.owners[i], r.reasons[i], r.acknowledgers[i]
		}
	}
	return all
}

// millisecondsOf is a moment in Unix milliseconds, 0 for none.
func millisecondsOf(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}
