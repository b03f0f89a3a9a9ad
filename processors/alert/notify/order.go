package notify

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/provider/mem"
	"github.com/prometheus/common/model"
)

// overtaking is within which time one change of an alert may overtake another on the way
// through Alertmanager's dispatcher, which takes changes by several hands: long enough
// for any of them to be done.
const overtaking = time.Second

// order is the way into the store of alerts. The store itself has the changes of an alert
// in their order; the groups behind it may not where two come at once, and an end that a
// beginning overtook would never be told. So what changed twice in a short time is handed
// on once more as the store has it.
type order struct {
	mu       sync.Mutex // held while alerts are put, so that none is put back
	alerts   *mem.Alerts
	recent   map[model.Fingerprint]time.Time // when an alert was put last
	doubtful map[model.Fingerprint]bool      // put twice in a short time
}

func newOrder(alerts *mem.Alerts) *order {
	return &order{alerts: alerts, recent: map[model.Fingerprint]time.Time{}, doubtful: map[model.Fingerprint]bool{}}
}

// put hands alerts on.
func (o *order) put(ctx context.Context, now time.Time, alerts []*alert.Alert) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range alerts {
		identity := one.Fingerprint()
		if last, ok := o.recent[identity]; ok && now.Sub(last) < overtaking {
			o.doubtful[identity] = true
		}
		o.recent[identity] = now
	}
	return o.alerts.Put(ctx, alerts...)
}

// settle hands on once more what is in doubt and at rest.
func (o *order) settle(ctx context.Context, now time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var again []*alert.Alert
	for identity, last := range o.recent {
		if now.Sub(last) < overtaking {
			continue
		}
		delete(o.recent, identity)
		if !o.doubtful[identity] {
			continue
		}
		delete(o.doubtful, identity)
		// One that is not there any more has ended and was tidied away.
		if held, err := o.alerts.Get(identity); err == nil {
			again = append(again, held)
		}
	}
	return o.alerts.Put(ctx, again...)
}

// run settles until ctx ends.
func (o *order) run(ctx context.Context, failed func(error)) {
	ticks := time.NewTicker(overtaking)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticks.C:
			if err := o.settle(ctx, now); err != nil {
				failed(err)
			}
		}
	}
}
