package figures

import (
	"context"

	"mimamori/storage"
	"mimamori/storage/report"
	"mimamori/storage/sla"
)

// Availability has a row for each device, site, customer or group with the service
// level of the time asked about and what is behind it.
func Availability(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	ask := func(ctx context.Context) (report.Sheet, error) {
		answer, err := sla.Ask(ctx, store, q.Service, sla.Question{Query: q.Query, By: q.By, Calendar: q.Calendar, FiguresOnly: q.FiguresOnly, Contributors: q.Contributors})
		return report.ServiceLevels(answer), err
	}
	if q.By != sla.ByDevice && q.By != "" {
		return ask(ctx)
	}
	return withBlindSpots(ctx, store, q, ask)
}

// Devices has a row for each device with its present state.
func Devices(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	devices, err := store.Devices(ctx, q.Query)
	return report.Devices(q.Query, devices), err
}

// Health has a row for each sensor and bucket.
func Health(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	return withBlindSpots(ctx, store, q, func(ctx context.Context) (report.Sheet, error) {
		sensors, err := store.Health(ctx, q.Query)
		return report.Health(q.Query, sensors), err
	})
}

// BlindSpots has a row for everything that is not seen at the end of the time asked
// about.
func BlindSpots(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	found, err := store.BlindSpots(ctx, q.Query, q.Unasked)
	return report.BlindSpots(q.Query, found), err
}

// Corrections has a row for each record that was made anew after the fact.
func Corrections(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	corrections, err := store.Corrections(ctx, q.Query)
	return report.Corrections(q.Query, corrections), err
}

// Maintenance has a row for each window in force with an occurrence in the time asked
// about.
func Maintenance(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	windows, err := store.Maintenance(ctx, q.Query)
	if err != nil {
		return report.Sheet{}, err
	}
	return report.Maintenance(q.Query, windows, false)
}

// withBlindSpots notes below figures of devices that reach to the present how many of
// those asked about tell nothing. Both are asked at once.
func withBlindSpots(ctx context.Context, store Store, q Question, ask func(context.Context) (report.Sheet, error)) (report.Sheet, error) {
	if q.Now.Sub(q.To) > report.Present {
		return ask(ctx)
	}
	whole := q.Query
	whole.From, whole.Limit = q.To.Add(-report.Present), 0
	var sheet report.Sheet
	var found storage.BlindSpots
	err := storage.Together(ctx,
		func(ctx context.Context) (err error) { sheet, err = ask(ctx); return err },
		func(ctx context.Context) (err error) { found, err = store.BlindSpots(ctx, whole, false); return err },
	)
	if err != nil {
		return report.Sheet{}, err
	}
	return sheet.WithBlindSpots(found), nil
}
