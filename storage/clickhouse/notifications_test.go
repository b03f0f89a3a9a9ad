package clickhouse

import (
	"reflect"
	"testing"
	"time"

	"mimamori/ingest/sample"
	"mimamori/storage"
)

func testNotifications(t *testing.T, config Config) {
	store := open(t, config)
	populate(t, store)
	rows := filled(t, sample.KindNotifications, 3, 0).(*sample.Notifications)
	rows.Device = []sample.ID{router, 0, router}
	rows.OffsetMs = []uint32{100, 200, 300}
	rows.Version, rows.Inform = []uint8{1, 2, 3}, []uint8{0, 1, 0}
	rows.SysUpTime[0] = 123
	for _, offset := range []int64{5, 6} { // the same rows in two messages
		write(t, store, offset, offset, table(rows, at(0), offset, acme))
	}
	got, err := store.Notifications(t.Context(), ask())
	if err != nil || len(got) != 3 {
		t.Fatalf("%d notifications, want 3, error %v", len(got), err)
	}
	want := storage.Notification{
		Entity:   storage.Entity{ID: router, Customer: "acme", Site: "tokyo", Device: "router", Name: rows.InterfaceName[0]},
		Received: noon.Add(100 * time.Millisecond), What: rows.Name[0], TrapOID: rows.TrapOID[0], Severity: rows.Severity[0],
		IfIndex: rows.IfIndex[0], Uptime: 1230 * time.Millisecond, Version: "1", Source: rows.Source[0], Agent: rows.Agent[0],
		Enterprise: rows.Enterprise[0], Variables: rows.Variables[0], Complaint: rows.Complaint[0],
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	if got[1].Device != "" || got[1].Site != "tokyo" || !got[1].Inform || got[1].Version != "2c" || got[2].Version != "3" {
		t.Errorf("the others: %+v, %+v", got[1], got[2])
	}
	ids := func(change func(*storage.Query)) []string {
		query := ask()
		change(&query)
		found, err := store.Notifications(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		var oids []string
		for _, each := range found {
			oids = append(oids, each.TrapOID)
		}
		return oids
	}
	for _, c := range []struct {
		name   string
		change func(*storage.Query)
		want   []string
	}{
		{"the newest", func(q *storage.Query) { q.Limit = 2 }, []string{rows.TrapOID[2], rows.TrapOID[1]}},
		{"of a name", func(q *storage.Query) { q.Notification = rows.Name[1] }, []string{rows.TrapOID[1]}},
		{"of an identifier", func(q *storage.Query) { q.Notification = rows.TrapOID[2] }, []string{rows.TrapOID[2]}},
		{"of no name", func(q *storage.Query) { q.Notification = "linkDown" }, nil},
		{"of a device", func(q *storage.Query) { q.Device = "router" }, []string{rows.TrapOID[0], rows.TrapOID[2]}},
		{"before the third", func(q *storage.Query) { q.To = noon.Add(300 * time.Millisecond) }, []string{rows.TrapOID[0], rows.TrapOID[1]}},
	} {
		if got := ids(c.change); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
