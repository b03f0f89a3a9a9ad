package figures

import (
	"context"

	"mimamori/storage"
	"mimamori/storage/report"
)

// Syslog has a row for each line of the log, the newest first where there is a limit.
func Syslog(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	lines, err := store.Syslog(ctx, q.Query)
	return report.Syslog(q.Query, lines), err
}

// SyslogRates has a row for each subject and bucket with the number of its messages.
func SyslogRates(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	chosen := storage.SyslogRatesQuery{Query: q.Query, By: q.Groups}
	rates, err := store.SyslogRates(ctx, chosen)
	if q.Top > 0 {
		rates = rates.Top(q.Top)
	}
	return report.SyslogRates(chosen, rates), err
}

// Notifications has a row for each SNMP notification, the newest first where there is a
// limit.
func Notifications(ctx context.Context, store Store, q Question) (report.Sheet, error) {
	notifications, err := store.Notifications(ctx, q.Query)
	return report.Notifications(q.Query, notifications), err
}
