package ledger

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"mimamori/processors/alert"
)

func TestKeepsOverRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alert", "alarms.db")
	open := func() *Ledger {
		ledger, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ledger.Close() })
		return ledger
	}
	at := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	alarm := func(device string) alert.Alarm {
		key := alert.Key{Rule: "DeviceDown", Customer: "acme", Site: "tokyo", Entity: "device/" + device}
		return alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Severity: alert.Major, Since: at, Raised: at.Add(time.Minute), At: at,
			Impact: alert.Impact{Devices: 2, Customers: map[string]int{"acme": 2}}, Raises: []time.Time{at.Add(time.Minute)},
			Acknowledged: alert.Acknowledgement{Owner: "sato", Reason: "on site", By: "noc", At: at, Until: at.Add(time.Hour)}}
	}
	ledger := open()
	edge, core := alarm("edge"), alarm("core")
	entries := []alert.Entry{{At: at, By: "noc", Action: "acknowledged", Key: edge.Key, ID: edge.ID, Owner: "sato"}, {At: at, By: "noc", Action: "unacknowledged", Key: edge.Key, ID: edge.ID}}
	if err := ledger.Save(t.Context(), alert.Changes{Alarms: []alert.Alarm{edge, core}, Entries: entries}); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "belongs to another process") {
		t.Errorf("a second one has the file: %v", err)
	}
	if err := ledger.Save(t.Context(), alert.Changes{Forgotten: []alert.Key{core.Key}}); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Close(); err != nil {
		t.Fatal(err)
	}
	ledger = open()
	kept, err := ledger.Load(t.Context())
	if err != nil || !reflect.DeepEqual(kept, []alert.Alarm{edge}) {
		t.Errorf("kept %+v, error %v", kept, err)
	}
	audit, err := ledger.Audit(1)
	if err != nil || len(audit) != 1 || audit[0].Action != "unacknowledged" {
		t.Errorf("the audit log says %+v, error %v", audit, err)
	}
}

// TestWhatTheStoreIsOwed leaves out what is late about a ticket, which no customer is to see.
func TestWhatTheStoreIsOwed(t *testing.T) {
	ledger, err := Open(filepath.Join(t.TempDir(), "alarms.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer ledger.Close()
	own := alert.Key{Rule: "DeviceDown", Customer: "acme", Entity: "device/edge"}
	late := alert.Key{Rule: alert.ResponseOverdue, Customer: "acme", Entity: "device/edge", Ticket: own.String()}
	var alarms []alert.Alarm
	for _, key := range []alert.Key{own, late} {
		alarms = append(alarms, alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Raised: time.Now()})
	}
	if err := ledger.Save(t.Context(), alert.Changes{Alarms: alarms}); err != nil {
		t.Fatal(err)
	}
	if owed, err := ledger.Unwritten(10); err != nil || len(owed) != 1 || owed[0].Alarm.Rule != "DeviceDown" {
		t.Errorf("it is owed %+v, %v", owed, err)
	}
}
