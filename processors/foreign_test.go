package processors

import (
	"encoding/json"
	"testing"
	"testing/synctest"

	"mimamori/ingest/bus"
	"mimamori/ingest/sample"
	"mimamori/storage"
)

func reasons(letters []bus.Message) (found []string) {
	for _, letter := range letters {
		headers := map[string]string{}
		for _, header := range letter.Headers {
			headers[header.Key] = string(header.Value)
		}
		found = append(found, headers["offset"]+" "+headers["reason"])
	}
	return found
}

// A message counts in the partition that belongs to its key and in no other, whoever wrote
// it; ticks have no key and count in each.
func TestAMessageCountsInTheKeysPartitionAlone(t *testing.T) {
	other := applianceOf("osaka", 1)
	known := storage.Registry{Appliances: []storage.Appliance{{ID: appliance, Customer: customer, Site: site}, {ID: other, Customer: customer, Site: site}}}
	asks := &sample.Recomputes{Request: []sample.ID{1}, Figure: []string{""}, FromMs: []int64{0}, ToMs: []int64{1}, By: []string{""}, Why: []string{""}}
	for _, test := range []struct {
		name, metadata string
		letters        []string
		rows           int
	}{
		{"read as it comes", "", []string{"1 wrong_partition", "3 wrong_partition"}, 2},
		{"begun when nobody looked", "v1 in=topic1 pend=4", nil, 4},
		{"begun with as many partitions", "v1 in=topic1 pend=4 of=4", []string{"1 wrong_partition", "3 wrong_partition"}, 2},
		{"begun with other partitions", "v1 in=topic1 pend=4 of=7", []string{"0 wrong_partition", "1 wrong_partition", "3 wrong_partition", "4 wrong_partition"}, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			messages := newLog(bus.TopicTelemetry, block(t, appliance, interfaces(1)), block(t, other, interfaces(1)), tickAt(t, 1000),
				block(t, other, asks), block(t, appliance, interfaces(1)))
			if test.metadata != "" {
				messages.position = bus.Position{Offset: 0, Metadata: test.metadata}
			}
			store := newTape()
			processor, _ := newProcessorOf(t, known, nil, messages, store)
			runUntil(t, processor, store, 1)
			expectLines(t, test.name, reasons(messages.produced[bus.TopicDeadLetter]), test.letters...)
			if store.rows != test.rows {
				t.Errorf("%s: %d rows, want %d", test.name, store.rows, test.rows)
			}
		})
	}
}

// An appliance names devices and voice paths of its own site alone.
func TestNamesOfAnotherSiteAreRefused(t *testing.T) {
	known := storage.Registry{
		Customers:  []storage.Customer{{ID: customer, Name: "acme"}},
		Sites:      []storage.Site{{ID: site, Customer: customer, Name: "tokyo"}},
		Appliances: []storage.Appliance{{ID: appliance, Customer: customer, Site: site, Name: "a1"}},
	}
	nameless := storage.Registry{Appliances: known.Appliances}
	device := func(ids ...sample.ID) *sample.Devices {
		rows := &sample.Devices{}
		for _, id := range ids {
			rows.Device, rows.Behind, rows.Name = append(rows.Device, id), append(rows.Behind, 0), append(rows.Name, "router")
			rows.Address, rows.SysObjectID, rows.SysName, rows.SysDescr = append(rows.Address, ""), append(rows.SysObjectID, ""), append(rows.SysName, ""), append(rows.SysDescr, "")
		}
		return rows
	}
	path := func(id sample.ID) *sample.Paths {
		return &sample.Paths{Path: []sample.ID{id}, Name: []string{"router"}, Target: []string{""}, Codec: []string{""}}
	}
	own, foreign := sample.DeviceID("acme", "tokyo", "router"), sample.DeviceID("acme", "osaka", "router")
	for _, test := range []struct {
		name     string
		rows     sample.Rows
		registry storage.Registry
		names    bool
		reason   string
	}{
		{"its own device", device(own), known, true, ""},
		{"another site's", device(foreign), known, true, "foreign_name"},
		{"another site's behind its own", device(own, foreign), known, true, "foreign_name"},
		{"its own path", path(sample.PathID("acme", "tokyo", "router")), known, true, ""},
		{"another site's path", path(sample.PathID("acme", "osaka", "router")), known, true, "foreign_name"},
		{"a registry without names", device(foreign), nameless, true, ""},
		{"a batch of rules that took any name", device(foreign), known, false, ""},
	} {
		b, err := newBatch(storage.Source{Topic: bus.TopicTelemetry})
		if err != nil {
			t.Fatal(err)
		}
		b.add(block(t, appliance, device(own)), ownersOf(test.registry, test.names))
		b.add(block(t, appliance, test.rows), ownersOf(test.registry, test.names))
		got := ""
		if len(b.refused) > 0 {
			got = b.refused[0].reason
			if rows := b.Table(test.rows.Kind()); rows != nil && rows.Rows.Len() > 1 {
				t.Errorf("%s: rows of it are left", test.name)
			}
		}
		if got != test.reason {
			t.Errorf("%s: %q, want %q", test.name, got, test.reason)
		}
	}
}

// A revision of the rules before names were held against ids can be read, and finishes its
// batch as it was begun; one of rules to come cannot.
func TestARevisionKeepsTheRulesItWasMadeUnder(t *testing.T) {
	known := fleetRegistry()
	ours, err := newRevision(DefaultConfig(), known)
	if err != nil {
		t.Fatal(err)
	}
	for number, names := range map[int]bool{derivation: true, 1: false} {
		said := ours.document
		said.Derivation = number
		text, err := json.Marshal(said)
		if err != nil {
			t.Fatal(err)
		}
		read, err := readRevision(text)
		if err != nil {
			t.Fatalf("rules number %d: %v", number, err)
		}
		if got := read.owners[fleetAppliance(0)].site != ""; got != names {
			t.Errorf("rules number %d hold names against ids: %v, want %v", number, got, names)
		}
	}
	said := ours.document
	said.Derivation = derivation + 1
	text, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readRevision(text); err == nil {
		t.Error("a revision of rules to come is read")
	}
}
