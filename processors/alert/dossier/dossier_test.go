package dossier

import (
	"context"
	"strings"
	"testing"
	"time"

	"mimamori/processors/alert"
	"mimamori/storage"
	"mimamori/storage/embedded/embeddedtest"
	"mimamori/storage/storetest"
)

func TestMain(m *testing.M) { embeddedtest.Main(m) }

// TestGather asks the real engine about a world whose figures are known.
func TestGather(t *testing.T) {
	store, _ := storetest.Open(t)
	gather := func(entity, device string, since, now time.Duration) Dossier {
		t.Helper()
		a := &alert.Alarm{Key: alert.Key{Customer: storetest.Acme, Site: storetest.Tokyo, Entity: entity}, Device: device, Since: storetest.Begin.Add(since)}
		d, err := Gather(t.Context(), store, a, storetest.Begin.Add(now))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := gather("device/router", "router", 10*time.Hour, 10*time.Hour+time.Minute)
	if d.Device == nil || d.Device.Address != "10.0.0.1" || d.Runbook != storetest.Runbook || !strings.Contains(d.Contact, "+81 3 5550 0100") {
		t.Errorf("the device is %+v, the contact %q, the runbook %q", d.Device, d.Contact, d.Runbook)
	}
	if len(d.Outages) != 1 || !d.Outages[0].To.IsZero() || d.Outages[0].Cause != "no answer" || d.Outages[0].Evidence != "3 rounds lost" {
		t.Errorf("the outages are %+v", d.Outages)
	}
	if len(d.Log) != 1 || !strings.Contains(d.Log[0].Message, "changed state to down") || d.Log[0].Severity != "error" {
		t.Errorf("the log is %+v", d.Log)
	}
	d = gather("interface/router/Gi0/0", "router", 35*time.Hour, 35*time.Hour+10*time.Minute)
	if len(d.Traffic) != 14 || d.Traffic[0].Percent != 60 || d.Traffic[13].Percent != 90 || d.Device == nil {
		t.Errorf("the traffic is %+v", d.Traffic)
	}
	d = gather("path/"+storetest.Path, "", 11*time.Hour, 11*time.Hour+5*time.Minute)
	if len(d.Voice) != mostMinutes || d.Voice[0].MOS != 3.1 || d.Voice[14].MOS != 4.3 || d.Device != nil {
		t.Errorf("the path is %+v", d.Voice)
	}
	if d = gather("site/tokyo", "", 10*time.Hour, 11*time.Hour); d.Contact == "" {
		t.Error("a site has no contact")
	}
}

// asked knows nothing and notes whose traffic it was asked for.
type asked struct{ device, port string }

func (a *asked) Topology(context.Context, storage.Query) ([]storage.Node, error) { return nil, nil }
func (a *asked) Availability(context.Context, storage.Query) ([]storage.Availability, error) {
	return nil, nil
}
func (a *asked) Syslog(context.Context, storage.Query) ([]storage.SyslogLine, error) { return nil, nil }
func (a *asked) Voice(context.Context, storage.Query) ([]storage.PathVoice, error)   { return nil, nil }
func (a *asked) Card(context.Context, storage.Query) (storage.Card, error) {
	return storage.Card{}, nil
}
func (a *asked) Utilization(_ context.Context, query storage.Query) ([]storage.LinkUtilization, error) {
	a.device, a.port = query.Device, query.Interface
	return nil, nil
}

// A device whose name has a slash is not taken for another.
func TestGatherOfADeviceWithASlash(t *testing.T) {
	store := &asked{}
	a := &alert.Alarm{Key: alert.Key{Customer: "acme", Site: "tokyo", Entity: "interface/sw/1/Gi0/1"}, Device: "sw/1", Since: time.Now()}
	if _, err := Gather(t.Context(), store, a, time.Now()); err != nil || store.device != "sw/1" || store.port != "Gi0/1" {
		t.Errorf("asked for %q of %q, %v", store.port, store.device, err)
	}
}
