package clickhouse

import (
	"context"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// contacts adds whom to call to sites, and what to do there where the scope is that of
// every customer: runbooks are the partner's own.
func (s *Store) contacts(ctx context.Context, query storage.Query, sites map[place]*standing) error {
	at := func(customer, site sample.ID) *standing {
		if known, ok := sites[place{customer, site}]; ok {
			return known
		}
		return &standing{} // listed since the sites were read
	}
	var customer, site sample.ID
	var contact storage.Contact
	err := s.query(ctx, "contacts", `SELECT customer_id, site_id, card.1, card.2, card.3, card.4
FROM (SELECT customer_id, site_id, argMax((contact, phone, mail, hours), listed) AS card FROM sites WHERE `+conditions(query, entityDevice)+` GROUP BY customer_id, site_id)`,
		parameters(query), []any{&customer, &site, &contact.Name, &contact.Phone, &contact.Mail, &contact.Hours}, func() {
			at(customer, site).Contact = contact
		})
	if err != nil || !query.Scope.All() {
		return err
	}
	var runbook string
	return s.query(ctx, "runbooks", `SELECT customer_id, site_id, runbook FROM runbooks FINAL WHERE runbook != '' AND `+conditions(query, entityDevice),
		parameters(query), []any{&customer, &site, &runbook}, func() { at(customer, site).Runbook = runbook })
}
