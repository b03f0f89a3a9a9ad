package figures

import (
	"context"

	"mimamori/storage"
	"mimamori/storage/report"
)

// Utilization has a row for each interface and bucket.
func Utilization(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	links, err := store.Utilization(ctx, q.whole())
	if q.Top > 0 {
		links = storage.TopLinks(links, q.order(), q.Top)
	}
	return report.Utilization(q.Query, links), err
}

// Capacity has a row for each interface: how full it was and when it will be. It takes
// two averages over storage.SampleStep at least; the error is a Wrong where there are
// fewer.
func Capacity(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	if q.To.Sub(q.From) < 2*storage.SampleStep {
		return report.Sheet{}, &Wrong{"from", "is under 10 minutes before to: averages over 5 minutes need more"}
	}
	links, err := store.Capacity(ctx, q.whole())
	if q.Top > 0 {
		links = storage.TopCapacity(links, q.order(), q.Top)
	}
	return report.Capacity(q.Query, links, q.FullAt), err
}

// Voice has a row for each path and minute, or with a step for each path and bucket.
func Voice(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	if q.Step > 0 {
		periods, err := store.VoicePeriods(ctx, q.Query)
		return report.VoicePeriods(q.Query, periods), err
	}
	minutes, err := store.Voice(ctx, q.Query)
	return report.Voice(q.Query, minutes), err
}

// whole is the query of a question, without a limit where the best of all are wanted
// and not the best of the first.
func (q Question) whole() storage.Query {
	chosen := q.Query
	if q.Top > 0 {
		chosen.Limit = 0
		chosen.Top, chosen.Order = q.Top, q.order()
	}
	return chosen
}

func (q Question) order() string {
	if q.Order == "" {
		return storage.Orders[0]
	}
	return q.Order
}
