package figures

import (
	"context"

	"mimamori/storage/report"
)

// Alarms has a row for each raising of an alarm, the newest first.
func Alarms(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	raised, err := store.Alarms(ctx, q.Query)
	return report.Alarms(q.Query, raised), err
}
