package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/nflog"
	"github.com/prometheus/alertmanager/nflog/nflogpb"
	pipeline "github.com/prometheus/alertmanager/notify"
)

// ChangedAnnotation is the annotation with when people last changed what is said of an alert, in UTC as
// ChangedLayout: a receiver that has not been told since is told with the next flush of the group, though
// Alertmanager by itself tells of nothing but alerts that begin and end.
const ChangedAnnotation = "changed"

// ChangedLayout is that of ChangedAnnotation: such times compare as texts.
const ChangedLayout = "2006-01-02T15:04:05.000Z"

// toldKey is what an integration was told, in the log of notifications.
const toldKey = "mimamori_changed"

// changed is the last change of the alerts that last; empty for none.
func changed(alerts []*alert.Alert) string {
	latest := ""
	for _, one := range alerts {
		if !one.Resolved() {
			latest = max(latest, string(one.Annotations[ChangedAnnotation]))
		}
	}
	return latest
}

// changeKey is where a notification on its way through the pipeline has the last change of its group, those
// alerts included that a silence leaves out.
type changeKey struct{}

func withChange(ctx context.Context, alerts []*alert.Alert) context.Context {
	if latest := changed(alerts); latest != "" {
		return context.WithValue(ctx, changeKey{}, latest)
	}
	return ctx
}

// taken notes in the log of notifications what an integration took. The pipeline keeps it with the rest.
func taken(ctx context.Context) {
	latest, known := ctx.Value(changeKey{}).(string)
	if store, ok := pipeline.NflogStore(ctx); ok && store != nil && known {
		store.SetStr(toldKey, latest)
	}
}

// another stands in the log in place of the alerts that last: none of them has it, so all are told again.
const another = 0

// renew has each integration of the group told once more that took its last notification before people
// changed what is said. The log then knows that something was told, but not of these alerts: an attempt that
// fails comes again, and an end is told in any case.
func (n *Notifier) renew(ctx context.Context) error {
	latest, _ := ctx.Value(changeKey{}).(string)
	key, keyed := pipeline.GroupKey(ctx)
	receiver, named := pipeline.ReceiverName(ctx)
	repeat, repeated := pipeline.RepeatInterval(ctx)
	if latest == "" || !keyed || !named || !repeated {
		return nil
	}
	var problems []error
	for _, d := range n.receivers[receiver] {
		at := &nflogpb.Receiver{GroupName: receiver, Integration: d.integration.Name(), Idx: uint32(d.integration.Index())}
		entries, err := n.log.Query(nflog.QReceiver(at), nflog.QGroupKey(key))
		if errors.Is(err, nflog.ErrNotFound) || err == nil && len(entries) == 0 {
			continue // it was never told, and is now
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("ask what %s of %s was told: %w", d.name(), receiver, err))
			continue
		}
		entry := entries[0]
		store := nflog.NewStore(entry)
		if before, _ := store.GetStr(toldKey); before >= latest || len(entry.FiringAlerts) == 0 || slices.Equal(entry.FiringAlerts, []uint64{another}) {
			continue
		}
		if err := n.log.Log(at, key, []uint64{another}, entry.ResolvedAlerts, store, 2*repeat); err != nil {
			problems = append(problems, fmt.Errorf("have %s of %s told anew: %w", d.name(), receiver, err))
		}
	}
	return errors.Join(problems...)
}

// FormatChanged writes a time as ChangedAnnotation has it.
func FormatChanged(at time.Time) string { return at.UTC().Format(ChangedLayout) }
