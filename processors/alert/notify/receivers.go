package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/alertmanager/alert"
	pipeline "github.com/prometheus/alertmanager/notify"
)

// Integration delivers to something that Alertmanager has no word for.
type Integration interface {
	// Deliver tells of a group. Its context ends when the attempt has taken too long. With
	// an error, retry says whether the same attempt may succeed later; it is repeated with
	// growing pauses. The error is logged and shown: no secrets. A group may be delivered
	// again after a success, with the same Key.
	Deliver(ctx context.Context, group Group) (retry bool, err error)
}

// Add gives a receiver of the configuration one more integration, of a kind such as
// snmp. With resolved it is told of alerts that ended too. To be called before Run.
func (n *Notifier) Add(receiver, kind string, resolved bool, integration Integration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.begun {
		return fmt.Errorf("add %s to receiver %q: the notifier runs already", kind, receiver)
	}
	present, known := n.receivers[receiver]
	if !known {
		return fmt.Errorf("add %s to receiver %q: there is none of this name, but %s", kind, receiver, strings.Join(names(n.receivers), ", "))
	}
	index := 0
	for _, d := range present {
		if d.integration.Name() == kind {
			index++
		}
	}
	own := pipeline.NewIntegration(adapter{integration, n.externalURL.String()}, sendResolved(resolved), kind, index, receiver)
	n.receivers[receiver] = append(present, n.delivery(receiver, &own))
	return nil
}

// adapter is an Integration as Alertmanager takes it.
type adapter struct {
	integration Integration
	externalURL string
}

// Notify implements Alertmanager's Notifier.
func (a adapter) Notify(ctx context.Context, alerts ...*alert.Alert) (bool, error) {
	about, err := group(ctx, a.externalURL, alerts)
	if err != nil {
		return false, err
	}
	retry, err := a.integration.Deliver(ctx, about)
	if err != nil && errors.Is(err, context.DeadlineExceeded) {
		retry = true // time is not what it said no to
	}
	return retry, err
}

type sendResolved bool

// SendResolved implements Alertmanager's ResolvedSender.
func (s sendResolved) SendResolved() bool { return bool(s) }
