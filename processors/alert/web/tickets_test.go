package web

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"mimamori/ingest/sample"
	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/mail"
	"mimamori/storage"
)

// ask sends a request and returns its answer.
func ask(t *testing.T, method, address, form, body string) (status int, text string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", form)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(read)
}

// TestTicketRequests says what people and ticket systems may say, one after the other, and what is refused.
func TestTicketRequests(t *testing.T) {
	address, id := serve(t)
	const form, message = "application/json", "message/rfc822"
	own := "/api/alarms/" + id
	letter := func(head, body string) string {
		return strings.ReplaceAll("From: Sato <sato@partner.example>\nMessage-ID: <7@partner.example>\n"+head+"\n\n"+body+"\n", "\n", "\r\n")
	}
	for _, asked := range []struct {
		method, path, form, body string
		status                   int
		says                     string
	}{
		{"GET", own + "/ticket", "", "", 200, `"plan":"basic"`},
		{"GET", "/api/alarms/ffffffffffffffff/ticket", "", "", 404, "no such ticket"},
		{"GET", "/api/alarms/tickets?open=true", "", "", 200, id},
		{"GET", "/api/alarms/tickets?customer=nobody", "", "", 200, "[]"},
		{"GET", "/api/alarms/tickets?from=yesterday", "", "", 400, "write it as"},
		{"POST", own + "/comment", form, `{"by":"noc","text":"looking"}`, 200, `"what":"commented"`},
		{"POST", own + "/comment", "text/plain", `{"by":"noc","text":"looking"}`, 415, "application/json"},
		{"POST", own + "/severity", form, `{"by":"noc","text":"agreed","severity":"S1"}`, 200, `"severity":"S1"`},
		{"POST", own + "/severity", form, `{"by":"noc","text":"agreed","severity":"S9"}`, 400, `no severity \"S9\"`},
		{"POST", own + "/priority", form, `{"by":"noc","text":"agreed","priority":2}`, 200, `"priority":2`},
		{"POST", own + "/respond", form, `{"by":"noc"}`, 400, "it needs a text"},
		{"POST", "/api/alarms/hook", form, `{"id":"` + id + `","action":"respond","by":"robot","text":"received","automatic":true}`, 200, `"by":"robot","via":"hook"`},
		{"POST", "/api/alarms/hook", form, `{"id":"` + id + `","action":"acknowledge","by":"robot","automatic":true}`, 200, `"text":"(acknowledge)"`},
		{"POST", "/api/alarms/hook", form, `{"rule":"DeviceDown","customer":"北斗物流","entity":"device/\"edge\" <1>","action":"acknowledge","by":"sato","text":"INC0010001","for":"8h"}`, 200, `"owner":"sato"`},
		{"POST", "/api/alarms/hook", form, `{"rule":"DeviceDown","customer":"another","entity":"device/\"edge\" <1>","action":"comment","by":"sato","text":"x"}`, 404, "no such ticket"},
		{"POST", "/api/alarms/hook", form, `{"id":"` + id + `","action":"close","by":"sato"}`, 400, "use acknowledge"},
		{"POST", "/api/alarms/hook", form, `{"id":"` + id + `","action":"acknowledge","by":"sato","for":"soon"}`, 400, "write for how long"},
		{"POST", "/api/alarms/hook", form, `{"id":"ffffffffffffffff","action":"acknowledge","by":"sato"}`, 404, "no alarm with this id"},
		{"POST", "/api/alarms/hook", form, `{"id":"network mimamori-` + id + ` urgent","action":"unacknowledge","by":"sato","text":"handed back"}`, 200, `"what":"unacknowledged"`},
		{"POST", "/api/alarms/reply", message, letter("Subject: Re: [mimamori #"+id+"] RAISED x", "The carrier is on it."), 200, `"text":"The carrier is on it."`},
		{"POST", "/api/alarms/reply", message, letter("Subject: [mimamori #ffffffffffffffff]", "x"), 404, "no such ticket"},
		{"POST", "/api/alarms/reply", message, letter("Subject: lunch", "x"), 422, "no key"},
		{"POST", "/api/alarms/reply", "text/plain", letter("Subject: [mimamori #"+id+"]", "x"), 415, "message/rfc822"},
		{"POST", "/api/alarms/reply", message, letter("Subject: [mimamori #"+id+"]", strings.Repeat("x", mail.LargestReply)), 422, "longer than"},
	} {
		status, text := ask(t, asked.method, address+asked.path, asked.form, asked.body)
		if status != asked.status || !strings.Contains(text, asked.says) || !json.Valid([]byte(text)) {
			t.Errorf("%s %s %.60s: %d %s; want %d with %q", asked.method, asked.path, asked.body, status, text, asked.status, asked.says)
		}
	}
	if status, text := ask(t, "POST", address+"/api/alarms/reply", message, letter("Subject: [mimamori #"+id+"]", "The carrier is on it.")); status != 200 {
		t.Errorf("the same mail again: %d %s", status, text)
	}
	_, text := ask(t, "GET", address+own+"/ticket", "", "")
	var kept journal.Ticket
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, e := range kept.Entries {
		said += string(e.What) + " " + e.Via + ", "
	}
	if want := "commented , severity , priority , commented hook, commented hook, acknowledged , unacknowledged , responded mail, "; said != want {
		t.Errorf("the ticket has %s want %s", said, want)
	}
	if first := kept.Reckoning.FirstResponseAt; !first.Equal(kept.Entries[5].At) {
		t.Errorf("it was answered at %s, and %+v", first, kept.Entries)
	}
	_, text = ask(t, "GET", address+"/api/alarms/audit?limit=100", "", "")
	if !strings.Contains(text, `"action":"responded"`) || !strings.Contains(text, `"to":"S1"`) {
		t.Errorf("the audit log has %s", text)
	}
}

// TestLateIsThePartners hides from a customer what is late about their ticket, and not the alarm itself.
func TestLateIsThePartners(t *testing.T) {
	customer := Asker{Scope: storage.OnlyCustomers(sample.CustomerID("acme")), Acts: true}
	one := alert.Alarm{Key: alert.Key{Rule: "DeviceDown", Customer: "acme", Entity: "device/edge"}}
	late := alert.Alarm{Key: alert.Key{Rule: alert.TicketEscalated, Customer: "acme", Entity: "device/edge", Ticket: one.String(), Step: "engineer"}}
	if !customer.sees(&one) || customer.sees(&late) || !(Asker{Scope: storage.EveryCustomer()}).sees(&late) {
		t.Error("a customer sees what is late, or not their own alarm")
	}
}
