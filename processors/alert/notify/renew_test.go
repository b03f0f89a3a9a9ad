package notify

import (
	"context"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"mimamori/processors/alert/alerttest"
)

// since marks an alert as changed by people at a moment.
func since(one Alert, at time.Time) Alert {
	one.Annotations[ChangedAnnotation] = FormatChanged(at)
	return one
}

// TestToldAnew tells a receiver once more when people changed what is said, once, over a restart too; and
// what only changed by itself is not told.
func TestToldAnew(t *testing.T) {
	hook := newDesk(t, nil)
	ours := &own{}
	file, data := write(t, webhookRoute, hook.URL), filepath.Join(t.TempDir(), "alerts")
	begin := func() part {
		n := prepare(t, file, func(c *Config) { c.Data = data })
		if err := n.Add("desk", "own", true, ours); err != nil {
			t.Fatal(err)
		}
		return n
	}
	n := begin()
	stop := n.start(t)
	n.put(t, down("edge-1"), down("edge-2"))
	alerttest.Until(t, "both are told", func() bool {
		return hook.about("edge-1", Firing) == 1 && hook.about("edge-2", Firing) == 1 && len(ours.told()) == 2
	})
	at := time.Now()
	n.put(t, since(down("edge-1"), at))
	alerttest.Until(t, "the change is told", func() bool { return hook.about("edge-1", Firing) == 2 && len(ours.told()) == 3 })
	stop()

	n = begin() // it knows that the change was told
	changed := since(down("edge-1"), at)
	changed.Annotations["value"] = "7"
	n.put(t, changed, down("edge-2"))
	stop = n.start(t)
	n.put(t, down("edge-3"))
	alerttest.Until(t, "a third one is told", func() bool { return hook.about("edge-3", Firing) == 1 })
	stop()
	n = begin()
	n.put(t, since(down("edge-1"), at.Add(time.Minute)), down("edge-2"), down("edge-3")) // changed while it did not run
	stop = n.start(t)
	alerttest.Until(t, "the second change is told", func() bool { return hook.about("edge-1", Firing) == 3 })
	n.put(t, up("edge-1"))
	alerttest.Until(t, "its end is told", func() bool { return hook.about("edge-1", Resolved) == 1 })
	stop()
	if first, second := hook.about("edge-1", Firing), hook.about("edge-2", Firing); first != 3 || second != 1 {
		t.Errorf("edge-1 was told %d times and edge-2 %d times", first, second)
	}
}

// TestToldAnewToEachAlone repeats to a receiver that fails, and to no other; the end is told although the
// change never was.
func TestToldAnewToEachAlone(t *testing.T) {
	var failing atomic.Bool
	hook := newDesk(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		if failing.Load() {
			http.Error(w, "no", http.StatusBadRequest)
		}
	})
	ours := &own{}
	n := prepare(t, write(t, webhookRoute, hook.URL), nil)
	if err := n.Add("desk", "own", true, ours); err != nil {
		t.Fatal(err)
	}
	n.start(t)
	n.put(t, down("edge-1"))
	alerttest.Until(t, "both are told", func() bool { return hook.about("edge-1", Firing) == 1 && len(ours.told()) == 1 })
	failing.Store(true)
	n.put(t, since(down("edge-1"), time.Now()))
	alerttest.Until(t, "the one that fails is asked again", func() bool { return hook.requests() >= 4 })
	if got := len(ours.told()); got != 2 {
		t.Errorf("the other was told %d times", got)
	}
	failing.Store(false)
	n.put(t, since(up("edge-1"), time.Now()))
	alerttest.Until(t, "its end is told to both", func() bool { return hook.about("edge-1", Resolved) == 1 && len(ours.told()) == 3 })
}

// TestToldAnewBesideASilence does not tell the others of a group again and again of what is silenced.
func TestToldAnewBesideASilence(t *testing.T) {
	ours := &own{deliver: func(context.Context, Group) (bool, error) { return false, nil }}
	n := prepare(t, write(t, `
route: {receiver: desk, group_by: [customer], group_wait: 0s, group_interval: 1s}
inhibit_rules: [{source_matchers: [entity="edge-2"], target_matchers: [entity="edge-1"], equal: [customer]}]
receivers: [{name: desk}]
`, ""), nil)
	if err := n.Add("desk", "own", true, ours); err != nil {
		t.Fatal(err)
	}
	n.put(t, since(down("edge-1"), time.Now()), down("edge-2"))
	n.start(t)
	alerttest.Until(t, "one is told", func() bool { return len(ours.told()) == 1 })
	n.put(t, down("edge-3"))
	alerttest.Until(t, "the third is told", func() bool { return len(ours.told()) == 2 })
	n.put(t, down("edge-4"))
	alerttest.Until(t, "the fourth is told", func() bool { return len(ours.told()) == 3 })
	for _, group := range ours.told() {
		for _, one := range group.Alerts {
			if one.Labels["entity"] == "edge-1" {
				t.Error("what is inhibited was told")
			}
		}
	}
}
