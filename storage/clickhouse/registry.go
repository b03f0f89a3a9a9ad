package clickhouse

import (
	"context"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// SaveRegistry stores the names of customers, sites and appliances. Saving the same
// registry again changes no name; what it no longer lists stays, because rows of the
// past still belong to it, but its appliances are not missed.
func (s *Store) SaveRegistry(ctx context.Context, registry storage.Registry) error {
	var customerIDs []sample.ID
	var customerNames []string
	for _, customer := range registry.Customers {
		customerIDs = append(customerIDs, customer.ID)
		customerNames = append(customerNames, customer.Name)
	}
	var siteCustomers, siteIDs []sample.ID
	var siteNames []string
	for _, site := range registry.Sites {
		siteCustomers = append(siteCustomers, site.Customer)
		siteIDs = append(siteIDs, site.ID)
		siteNames = append(siteNames, site.Name)
	}
	var appliances owners
	var applianceNames []string
	var listed []int64
	now := time.Now().UnixMilli()
	for _, appliance := range registry.Appliances {
		appliances.add(appliance.Customer, appliance.Site, appliance.ID)
		applianceNames = append(applianceNames, appliance.Name)
		listed = append(listed, now)
	}
	for _, rows := range []insertion{
		{"customers", []column{of("customer_id", &customerIDs), of("name", &customerNames)}, nil},
		{"sites", []column{of("customer_id", &siteCustomers), of("site_id", &siteIDs), of("name", &siteNames)}, nil},
		{"appliances", append(appliances.columns("appliance_id"), of("name", &applianceNames), times("listed", &listed)), nil},
	} {
		if err := s.insert(ctx, "", rows); err != nil {
			return err
		}
	}
	return nil
}
