package notify

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// ReceiverHealth is what is known of an integration of a receiver that fails.
type ReceiverHealth struct {
	// Receiver as the configuration names it.
	Receiver string
	// Integration of it: its kind and which of that kind, as webhook[0].
	Integration string
	// Since when every attempt failed.
	Since time.Time
	// LastError without secrets.
	LastError string
	// LastFailure is when that was.
	LastFailure time.Time
	// Failed is how many attempts did since then.
	Failed uint64
}

// health is how an integration does.
type health struct {
	mu      sync.Mutex
	failing ReceiverHealth // Failed is 0 while it does not fail
}

func (h *health) succeeded() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failing = ReceiverHealth{}
}

func (h *health) failed(at time.Time, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.failing.Failed == 0 {
		h.failing.Since = at
	}
	h.failing.Failed++
	h.failing.LastError, h.failing.LastFailure = reason, at
}

func (h *health) get() (ReceiverHealth, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failing, h.failing.Failed > 0
}

// Failing returns the integrations of which the last attempt failed, by receiver. One
// stays among them until an attempt succeeds, also when there is nothing to send
// meanwhile.
func (n *Notifier) Failing() []ReceiverHealth {
	n.mu.Lock()
	defer n.mu.Unlock()
	var failing []ReceiverHealth
	for receiver, deliveries := range n.receivers {
		for _, d := range deliveries {
			if found, fails := d.health.get(); fails {
				found.Receiver, found.Integration = receiver, d.name()
				failing = append(failing, found)
			}
		}
	}
	slices.SortFunc(failing, func(a, b ReceiverHealth) int {
		return cmp.Or(cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Integration, b.Integration))
	})
	return failing
}
