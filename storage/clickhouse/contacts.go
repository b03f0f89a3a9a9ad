package clickhouse

import (
	"context"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// Card returns whom to call about the site that a query selects, and what to do there; empty where nobody
// was entered.
func (s *Store) Card(ctx context.Context, query storage.Query) (storage.Card, error) {
	if err := query.Validate(); err != nil {
		return storage.Card{}, err
	}
	cards, err := s.cards(ctx, query)
	for _, card := range cards {
		return *card, err
	}
	return storage.Card{}, err
}

// cards reads whom to call about sites, and what to do there where the scope is that of
// every customer: runbooks are the partner's own.
func (s *Store) cards(ctx context.Context, query storage.Query) (map[place]*storage.Card, error) {
	all := map[place]*storage.Card{}
	var customer, site sample.ID
	card := func() *storage.Card {
		at := place{customer, site}
		if all[at] == nil {
			all[at] = &storage.Card{}
		}
		return all[at]
	}
	var contact storage.Contact
	err := s.query(ctx, "contacts", `SELECT customer_id, site_id, card.1, card.2, card.3, card.4
FROM (SELECT customer_id, site_id, argMax((contact, phone, mail, hours), listed) AS card FROM sites WHERE `+conditions(query, entityDevice)+` GROUP BY customer_id, site_id)`,
		parameters(query), []any{&customer, &site, &contact.Name, &contact.Phone, &contact.Mail, &contact.Hours}, func() { card().Contact = contact })
	if err != nil || !query.Scope.All() {
		return all, err
	}
	var runbook string
	err = s.query(ctx, "runbooks", `SELECT customer_id, site_id, runbook FROM runbooks FINAL WHERE runbook != '' AND `+conditions(query, entityDevice),
		parameters(query), []any{&customer, &site, &runbook}, func() { card().Runbook = runbook })
	return all, err
}
