package clickhouse

import (
	"context"
	"fmt"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

// SaveContracts stores what is promised to customers, one revision of each, where it
// is not what is known already, and returns what was stored. A customer's first
// revision changes nothing and says so. Times are kept to the millisecond and never run
// back, not even where the clock did.
func (s *Store) SaveContracts(ctx context.Context, revisions []storage.ContractRevision) ([]storage.ContractRevision, error) {
	if len(revisions) == 0 {
		return nil, nil
	}
	known, err := s.Contracts(ctx, storage.Query{Scope: storage.EveryCustomer(), From: time.Unix(0, 0), To: time.Unix(1, 0)})
	if err != nil {
		return nil, err
	}
	last := map[string]storage.ContractRevision{}
	for _, revision := range known {
		last[revision.Customer] = revision
	}
	var rows contractRows
	for _, revision := range revisions {
		if revision.Customer == "" || revision.Content == "" || revision.At.IsZero() || revision.By == "" || revision.Why == "" {
			return nil, fmt.Errorf("the contract of customer %q does not say what is promised to whom, or who said so when and why: all are needed", revision.Customer)
		}
		before, ok := last[revision.Customer]
		switch {
		case !ok:
			revision.Why = storage.FirstDeployment
		case before.Content == revision.Content:
			continue
		}
		revision.At = instant(revision.At.UnixMilli())
		if !revision.At.After(before.At) {
			revision.At = before.At.Add(time.Millisecond)
		}
		rows.add(revision)
	}
	return rows.revisions(), s.insert(ctx, insertion{"contract_revisions", rows.columns(), nil})
}

// Contracts returns every revision of what was promised to the customers of a query,
// whatever its time, by customer in the order they came into force. Two processes that
// said the same at once said it once.
func (s *Store) Contracts(ctx context.Context, query storage.Query) ([]storage.ContractRevision, error) {
	if err := query.Validate(); err != nil {
		return nil, err
	}
	where := inScope(query.Scope)
	if query.Customer != "" {
		where += " AND customer = {customer:String}"
	}
	var rows contractRows
	columns := rows.columns()
	names, targets := selected("", columns)
	err := s.query(ctx, "contracts", "SELECT "+names+" FROM contract_revisions FINAL WHERE "+where+" ORDER BY customer, revision_ts",
		parameters(query), targets, func() { keep(columns) })
	if err != nil {
		return nil, err
	}
	var answer []storage.ContractRevision
	for _, revision := range rows.revisions() {
		if n := len(answer); n > 0 && answer[n-1].Customer == revision.Customer && answer[n-1].Content == revision.Content {
			continue
		}
		answer = append(answer, revision)
	}
	return answer, nil
}

// contractRows are rows of the table contract_revisions.
type contractRows struct {
	customerIDs []sample.ID
	customers   []string
	at          []int64
	contents    []string
	by, why     []string
}

func (r *contractRows) columns() []column {
	return []column{
		of("customer_id", &r.customerIDs), of("customer", &r.customers), times("revision_ts", &r.at),
		of("content", &r.contents), of("by", &r.by), of("why", &r.why),
	}
}

func (r *contractRows) add(revision storage.ContractRevision) {
	r.customerIDs, r.customers = append(r.customerIDs, sample.CustomerID(revision.Customer)), append(r.customers, revision.Customer)
	r.at, r.contents = append(r.at, revision.At.UnixMilli()), append(r.contents, revision.Content)
	r.by, r.why = append(r.by, revision.By), append(r.why, revision.Why)
}

func (r *contractRows) revisions() []storage.ContractRevision {
	var all []storage.ContractRevision
	for i := range r.customers {
		all = append(all, storage.ContractRevision{
			Customer: r.customers[i], At: instant(r.at[i]), By: r.by[i], Why: r.why[i], Content: r.contents[i],
		})
	}
	return all
}
