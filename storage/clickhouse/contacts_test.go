package clickhouse

import (
	"slices"
	"strings"
	"testing"

	"mimamori/storage"
)

// testContacts holds that of a site's cards the last one counts, also where it has become
// empty, and who may read what of it.
func testContacts(t *testing.T, config Config) {
	store := open(t, config)
	site := storage.Site{ID: acmeTokyo, Customer: acme, Name: "tokyo"}
	for _, card := range []storage.Site{
		{Contact: storage.Contact{Name: "Sato", Phone: "110"}, Runbook: "first"},
		{Contact: storage.Contact{Name: "Suzuki", Mail: "suzuki@acme.example"}, Runbook: "second"},
		{},
		{Contact: storage.Contact{Name: "Sato", Phone: "110"}, Runbook: "first"},
	} {
		site.Contact, site.Runbook = card.Contact, card.Runbook
		err := store.SaveRegistry(t.Context(), storage.Registry{Customers: []storage.Customer{{ID: acme, Name: "acme"}}, Sites: []storage.Site{site}})
		if err != nil {
			t.Fatal(err)
		}
		all, err := store.Sites(t.Context(), ask())
		if err != nil || len(all) != 1 || all[0].Contact != card.Contact || all[0].Runbook != card.Runbook {
			t.Errorf("%+v: %+v, error %v", card, all, err)
		}
		query := ask()
		query.Scope = storage.OnlyCustomers(acme)
		if all, err = store.Sites(t.Context(), query); err != nil || len(all) != 1 || all[0].Contact != card.Contact || all[0].Runbook != "" {
			t.Errorf("as the customer: %+v, error %v", all, err)
		}
	}
	runbooks := func(scope storage.Scope) bool {
		all, err := store.Grants(t.Context(), "somebody", scope)
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(all, func(statement string) bool { return strings.Contains(statement, ".runbooks") })
	}
	if runbooks(storage.OnlyCustomers(acme)) || !runbooks(storage.EveryCustomer()) {
		t.Error("runbooks are granted to a customer's user, or not to the partner's")
	}
}
