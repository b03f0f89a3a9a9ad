package figures

import (
	"context"

	"mimamori/storage/report"
	"mimamori/storage/sla"
)

// Availability has a row for each device, site, customer or group with the service
// level of the time asked about and what is behind it.
func Availability(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	answer, err := sla.Ask(ctx, store, q.Service, sla.Question{Query: q.Query, By: q.By, Calendar: q.Calendar, FiguresOnly: q.FiguresOnly})
	if err != nil || answer.By != sla.ByDevice {
		return report.ServiceLevels(answer), err
	}
	return noteBlindSpots(ctx, store, q, report.ServiceLevels(answer))
}

// Devices has a row for each device with its present state.
func Devices(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	devices, err := store.Devices(ctx, q.Query)
	return report.Devices(q.Query, devices), err
}

// Health has a row for each sensor and bucket.
func Health(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	sensors, err := store.Health(ctx, q.Query)
	if err != nil {
		return report.Sheet{}, err
	}
	return noteBlindSpots(ctx, store, q, report.Health(q.Query, sensors))
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

// noteBlindSpots notes below figures of devices that reach to the present how many of
// those asked about tell nothing.
func noteBlindSpots(ctx context.Context, store Store, q Question, sheet report.Sheet) (report.Sheet, error) {
	if q.Now.Sub(q.To) > report.Present {
		return sheet, nil
	}
	whole := q.Query
	whole.From, whole.Limit = q.To.Add(-report.Present), 0
	found, err := store.BlindSpots(ctx, whole, false)
	return sheet.WithBlindSpots(found), err
}
