package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"mimamori/processors/alert"
	"mimamori/processors/alert/dossier"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/ticket"
	"mimamori/storage"
)

// busy is a store that answers the second time it is asked.
type busy struct {
	dossier.Store
	asked int
}

func (b *busy) Card(context.Context, storage.Query) (storage.Card, error) {
	if b.asked++; b.asked == 1 {
		return storage.Card{}, errors.New("the store is busy")
	}
	return storage.Card{Runbook: "https://wiki.example/tokyo"}, nil
}

// TestWhatCouldNotBeGathered is gathered when the alarm is told anew, and then no more.
func TestWhatCouldNotBeGathered(t *testing.T) {
	store := &busy{}
	c := &courier{store: func() dossier.Store { return store }, logger: slog.New(slog.DiscardHandler)}
	key := alert.Key{Rule: "ApplianceSilent", Customer: "acme", Site: "tokyo", Entity: "appliance/box"}
	a := alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Since: time.Now(), Raised: time.Now()}
	for i, want := range []string{"", "https://wiki.example/tokyo", "https://wiki.example/tokyo"} {
		c.gather(t.Context(), []alert.Alarm{a})
		if got := c.dossier(&a).runbook; got != want {
			t.Errorf("told for time %d the runbook is %q, want %q", i+1, got, want)
		}
	}
	if store.asked != 2 {
		t.Errorf("the store was asked %d times, want 2", store.asked)
	}
}

// TestWhatIsHandedOn holds what becomes of an alarm with names that others would stumble over.
func TestWhatIsHandedOn(t *testing.T) {
	tickets, err := ticket.New(ticket.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := ledger.Open(filepath.Join(t.TempDir(), "alarms.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	book, err := journal.New(journal.DefaultConfig(), tickets, kept, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &courier{tickets: book, links: "https://grafana.example/"}
	now := time.Now()
	key := alert.Key{Rule: "LinkErrors", Customer: "北斗物流", Site: `"a"/b`, Entity: "interface/sw/1/Gi0/1 <\xff>"}
	a := alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Severity: alert.Minor, Device: "sw/1", Since: now, Raised: now, Muted: true, Summary: "\xe5 is bad"}
	made := c.alert(&a, now)
	for _, texts := range []map[string]string{made.Labels, made.Annotations} {
		for name, value := range texts {
			if !utf8.ValidString(value) {
				t.Errorf("%s is %q", name, value)
			}
		}
	}
	if want := "https://grafana.example/a/mimamori-noc-app/customers/%E5%8C%97%E6%96%97%E7%89%A9%E6%B5%81/sites/%22a%22~2fb/devices/sw~2f1/interfaces/Gi0~2f1~20%3C%EF%BF%BD%3E"; made.Annotations["link"] != want {
		t.Errorf("the link is %s\nwant %s", made.Annotations["link"], want)
	}
	if made.Annotations["maintenance"] == "" || made.Labels["site"] != `"a"/b` {
		t.Errorf("it is handed on as %+v", made)
	}

	// What is due comes of its ticket, and what people changed of it is told anew.
	a.Acknowledged = alert.Acknowledgement{Owner: "sato", At: now, Until: now.Add(time.Hour)}
	if err := book.Save(t.Context(), alert.Changes{Alarms: []alert.Alarm{a}}); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Regrade(t.Context(), a.ID, "S1", journal.Word{By: "noc", Text: "agreed"}); err != nil {
		t.Fatal(err)
	}
	made = c.alert(&a, now)
	for name, want := range map[string]string{"ticket_severity": "S1", "plan": "basic", "desk": "*", "first_response_due": "*", "owner": "sato", "phone_call": "yes", "changed": "*"} {
		if got := made.Annotations[name]; got != want && (want != "*" || got == "") {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if len(made.Labels) != 5 {
		t.Errorf("the labels are %q", made.Labels)
	}
	a.Ticket, a.Step, a.Details = a.ID, "engineer", map[string]string{"ticket_severity": "S2"}
	a.ID = a.String()
	if made = c.alert(&a, now); made.Labels["step"] != "engineer" || made.Labels["ticket"] == "" || made.Annotations["ticket_severity"] != "S2" || made.Annotations["first_response_due"] != "" {
		t.Errorf("an escalation is handed on as %+v", made)
	}
}
