package clickhouse

import (
	"context"
	"slices"
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
	var siteNames, contacts, phones, mails, hours, runbooks []string
	for _, site := range registry.Sites {
		siteCustomers = append(siteCustomers, site.Customer)
		siteIDs = append(siteIDs, site.ID)
		siteNames = append(siteNames, site.Name)
		contacts, phones = append(contacts, site.Contact.Name), append(phones, site.Contact.Phone)
		mails, hours = append(mails, site.Contact.Mail), append(hours, site.Contact.Hours)
		runbooks = append(runbooks, site.Runbook)
	}
	var appliances owners
	var applianceNames []string
	now := time.Now().UnixMilli()
	listed := func(rows int) column {
		moments := slices.Repeat([]int64{now}, rows)
		return times("listed", &moments)
	}
	for _, appliance := range registry.Appliances {
		appliances.add(appliance.Customer, appliance.Site, appliance.ID)
		applianceNames = append(applianceNames, appliance.Name)
	}
	for _, rows := range []insertion{
		{"customers", []column{of("customer_id", &customerIDs), of("name", &customerNames), listed(len(customerNames))}, nil},
		{"sites", []column{of("customer_id", &siteCustomers), of("site_id", &siteIDs), of("name", &siteNames), listed(len(siteNames)),
			of("contact", &contacts), of("phone", &phones), of("mail", &mails), of("hours", &hours)}, nil},
		{"runbooks", []column{of("customer_id", &siteCustomers), of("site_id", &siteIDs), of("runbook", &runbooks), listed(len(siteNames))}, nil},
		{"appliances", append(appliances.columns("appliance_id"), of("name", &applianceNames), listed(len(applianceNames))), nil},
	} {
		if err := s.insert(ctx, rows); err != nil {
			return err
		}
	}
	return nil
}
