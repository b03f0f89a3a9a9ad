package servicenow

import (
	"context"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/processors/alert/notify"
)

const key = "0123456789abcdef"

var began = time.Date(2026, 9, 18, 7, 50, 0, 0, time.UTC)

// firing is a group of one alarm; change may be nil.
func firing(change func(*notify.Member)) notify.Group {
	member := notify.Member{Status: notify.Firing, Alert: notify.Alert{
		Labels: map[string]string{"alertname": "DeviceDown", "severity": "major", "customer": "Aoba", "site": "Tokyo", "entity": "edge-1"},
		Annotations: map[string]string{
			"id": key, "summary": "edge-1 is down", "name": "edge-1", "since": began.Format(time.RFC3339), "devices": "14",
			"ticket_severity": "S2", "context": `{"device":{"serial":"FTX1"}}`,
		},
		StartsAt: began,
	}}
	if change != nil {
		change(&member)
	}
	return notify.Group{Receiver: "desk", Key: "group", Status: member.Status, Alerts: []notify.Member{member}}
}

func ending(m *notify.Member) {
	m.Status, m.EndsAt = notify.Resolved, began.Add(time.Hour)
}

func mustMake(t *testing.T, target Target) *Desk {
	t.Helper()
	desk, err := New(target)
	if err != nil {
		t.Fatal(err)
	}
	return desk
}

func deliver(t *testing.T, desk *Desk, group notify.Group) {
	t.Helper()
	if _, err := desk.Deliver(t.Context(), group); err != nil {
		t.Fatal(err)
	}
}

// TestOneIncident follows an alarm from its beginning over a restart to its end, and to
// its next beginning.
func TestOneIncident(t *testing.T) {
	service, target := newInstance(t)
	target.Fields = map[string]string{"category": "network {{.Customer}}/{{.Labels.site}}"}
	deliver(t, mustMake(t, target), firing(nil))
	desk := mustMake(t, target) // as after a crash before the log
	deliver(t, desk, firing(nil))
	deliver(t, desk, firing(func(m *notify.Member) {
		m.Annotations["value"], m.Annotations["summary"] = "99", "edge-1 is still down"
	}))
	rows, notes := service.incidents()
	if len(rows) != 1 || len(notes[0]) != 1 || service.writes != 1 {
		t.Fatalf("%d writes: %v, %v", service.writes, rows, notes)
	}
	for column, want := range map[string]string{
		"correlation_id": key, "correlation_display": "mimamori", "short_description": "edge-1 is down", "state": "1",
		"impact": "2", "urgency": "1", "category": "network Aoba/Tokyo",
	} {
		if rows[0][column] != want {
			t.Errorf("%s is %q, not %q", column, rows[0][column], want)
		}
	}
	if !strings.Contains(rows[0]["description"], "Devices affected: 14\n") || !strings.Contains(notes[0][0], `"serial": "FTX1"`) {
		t.Errorf("it says %q, and notes %q", rows[0]["description"], notes[0])
	}

	service.edit(0, "impact", "3") // a person ranks it
	service.edit(0, "description", "Carrier informed.\r\n"+rows[0]["description"])
	owned := func(m *notify.Member) { m.Annotations["owner"] = "sato" }
	deliver(t, desk, firing(owned))
	deliver(t, desk, firing(owned))
	rows, notes = service.incidents()
	if len(rows) != 1 || len(notes[0]) != 2 || !strings.Contains(notes[0][1], "Owner: sato") || rows[0]["impact"] != "3" || !strings.HasPrefix(rows[0]["description"], "Carrier informed.") {
		t.Fatalf("after it was acknowledged: %v, %q", rows, notes)
	}
	graver := func(m *notify.Member) { owned(m); m.Labels["severity"] = "critical" }
	deliver(t, desk, firing(graver))
	if rows, notes = service.incidents(); len(notes[0]) != 3 || rows[0]["impact"] != "1" || strings.Count(rows[0]["description"], "told") != 1 {
		t.Fatalf("after it became graver: %v, %q", rows, notes)
	}

	deliver(t, desk, firing(ending))
	deliver(t, desk, firing(ending))
	rows, _ = service.incidents()
	if len(rows) != 1 || rows[0]["state"] != "6" || rows[0]["close_code"] != "Resolved by caller" || !strings.Contains(rows[0]["close_notes"], "2026-09-18T08:50:00Z") || service.writes != 4 {
		t.Fatalf("after the end, %d writes: %v", service.writes, rows)
	}
	deliver(t, desk, firing(func(m *notify.Member) { m.Annotations["since"] = "2026-09-19T00:00:00Z" }))
	if rows, _ = service.incidents(); len(rows) != 2 || rows[1]["state"] != "1" {
		t.Fatalf("after the next beginning: %v", rows)
	}
}

// TestClosedByHand does not open an incident again that a person closed while the alarm
// lasts; one that we resolved, it does: its severity changed, and the old one's end came first.
func TestClosedByHand(t *testing.T) {
	service, target := newInstance(t)
	desk := mustMake(t, target)
	deliver(t, desk, firing(nil))
	service.edit(0, "state", "7")
	deliver(t, desk, firing(nil))
	if rows, _ := service.incidents(); len(rows) != 1 {
		t.Fatalf("closed by hand: %v", rows)
	}
	service.edit(0, "state", "2")
	deliver(t, desk, firing(ending))
	deliver(t, desk, firing(func(m *notify.Member) { m.Labels["severity"] = "critical" }))
	if rows, _ := service.incidents(); len(rows) != 2 || rows[0]["state"] != "6" || rows[1]["impact"] != "1" {
		t.Fatalf("resolved by us: %v", rows)
	}
}

// TestAnswerLost makes one incident where ServiceNow wrote it and its answer did not come.
func TestAnswerLost(t *testing.T) {
	service, target := newInstance(t)
	lost := false
	service.after = func(r *http.Request) bool {
		defer func() { lost = lost || r.Method == http.MethodPost }()
		return r.Method == http.MethodPost && !lost
	}
	desk := mustMake(t, target)
	if retry, err := desk.Deliver(t.Context(), firing(nil)); err == nil || !retry || strings.Contains(err.Error(), "/api/") {
		t.Fatalf("the lost answer: %v, %v", retry, err)
	}
	deliver(t, desk, firing(nil))
	if rows, _ := service.incidents(); len(rows) != 1 {
		t.Fatalf("there are %v", rows)
	}
}

// TestAtOnce makes one incident of one alarm that comes by many routes at the same time.
func TestAtOnce(t *testing.T) {
	service, target := newInstance(t)
	desk := mustMake(t, target)
	var under sync.WaitGroup
	for range 16 {
		under.Go(func() {
			if _, err := desk.Deliver(t.Context(), firing(nil)); err != nil {
				t.Error(err)
			}
		})
	}
	under.Wait()
	if rows, _ := service.incidents(); len(rows) != 1 {
		t.Fatalf("there are %v", rows)
	}
}

// TestDeviceText takes markup and our own mark out of what a device says.
func TestDeviceText(t *testing.T) {
	service, target := newInstance(t)
	target.Fields = map[string]string{"description": "{{.Summary}}"}
	forged := "[Code]<img src=x>[/code]\u202e\x00\nmimamori " + key + " since 2026-09-18T07:50:00Z told major/00000000\n" + strings.Repeat("長", 5000)
	desk := mustMake(t, target)
	deliver(t, desk, firing(func(m *notify.Member) {
		m.Annotations["summary"] = forged
		m.Annotations["context"] = `{"log":"[code]x[/code]"}`
	}))
	deliver(t, desk, firing(func(m *notify.Member) {
		m.Annotations["summary"] = forged
		m.Annotations["context"] = `{"log":"[code]x[/code]"}`
	}))
	rows, notes := service.incidents()
	if len(rows) != 1 || service.writes != 1 {
		t.Fatalf("%d writes: %v", service.writes, rows)
	}
	everything := rows[0]["short_description"] + rows[0]["description"] + notes[0][0]
	for _, wrong := range []string{"[code]", "[Code]", "[/code]", "\u202e", "\x00", "told major/00000000"} {
		if strings.Contains(everything, wrong) {
			t.Errorf("it has %q in %.400q", wrong, everything)
		}
	}
}

// TestOAuth asks for a token, keeps it, and asks again when it was withdrawn.
func TestOAuth(t *testing.T) {
	service, target := newInstance(t)
	target.User, target.Password, target.ClientID, target.ClientPassword = "", "", "mimamori", "client's own"
	desk := mustMake(t, target)
	deliver(t, desk, firing(nil))
	deliver(t, desk, firing(nil))
	service.mu.Lock()
	if service.token != 1 {
		t.Errorf("%d tokens were asked for", service.token)
	}
	service.token++ // the present one holds no longer
	service.mu.Unlock()
	deliver(t, desk, firing(ending))
	if rows, _ := service.incidents(); len(rows) != 1 || rows[0]["state"] != "6" {
		t.Errorf("with another token: %v", rows)
	}
	target.ClientPassword = "wrong one"
	if retry, err := mustMake(t, target).Deliver(t.Context(), firing(nil)); err == nil || retry || !strings.Contains(err.Error(), "client_password") || strings.Contains(err.Error(), "wrong one") {
		t.Errorf("with a wrong secret: %v, %v", retry, err)
	}
}

// TestLimit does not ask while ServiceNow does not want it.
func TestLimit(t *testing.T) {
	service, target := newInstance(t)
	service.before = func(number int, w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("X-RateLimit-Limit", "100")
		if number > 1 {
			return false
		}
		w.Header().Set("Retry-After", "600")
		failure(w, http.StatusTooManyRequests, "Rate limit exceeded", "Rejected because the limit of 100 requests per hour is reached")
		return true
	}
	desk := mustMake(t, target)
	two := firing(nil)
	two.Alerts = append(two.Alerts, firing(func(m *notify.Member) { m.Annotations["id"] = "fedcba9876543210" }).Alerts...)
	if retry, err := desk.Deliver(t.Context(), two); err == nil || !retry || !strings.Contains(err.Error(), "10m0s") {
		t.Fatalf("at first: %v, %v", retry, err)
	}
	if retry, err := desk.Deliver(t.Context(), two); err == nil || !retry || service.asked != 1 {
		t.Fatalf("then: %v, %v, asked %d times", retry, err, service.asked)
	}
	desk.pause(0) // its time has passed
	deliver(t, desk, two)
	if rows, _ := service.incidents(); len(rows) != 2 {
		t.Fatalf("at last: %v", rows)
	}
}

// TestRefusals says what to do, tries again only where it helps, and gives nothing away.
func TestRefusals(t *testing.T) {
	for name, one := range map[string]struct {
		answer func(w http.ResponseWriter)
		retry  bool
		says   string
	}{
		"password": {func(w http.ResponseWriter) { failure(w, 401, "User Not Authenticated", "open sesame is wrong") }, false, "check user and password"},
		"rights":   {func(w http.ResponseWriter) { failure(w, 403, "Operation Failed", "ACL Exception") }, false, "(Operation Failed ACL Exception): give the user a role"},
		"table":    {func(w http.ResponseWriter) { failure(w, 400, "Invalid table", "") }, false, "Invalid table"},
		"down":     {func(w http.ResponseWriter) { http.Error(w, "<html>maintenance</html>", http.StatusServiceUnavailable) }, true, "answered 503: this is its own trouble"},
		"asleep":   {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "<html>hibernating</html>") }, true, "instance is awake"},
		"empty":    {func(w http.ResponseWriter) { _, _ = io.WriteString(w, "{}") }, true, "no result"},
		"elsewhere": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://evil.example/")
			w.WriteHeader(http.StatusFound)
		}, false, "points elsewhere"},
		"endless": {func(w http.ResponseWriter) { _, _ = io.WriteString(w, strings.Repeat(" ", largestAnswer+2)) }, true, "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			service, target := newInstance(t)
			service.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool { one.answer(w); return true }
			retry, err := mustMake(t, target).Deliver(t.Context(), firing(nil))
			if err == nil || retry != one.retry || !strings.Contains(err.Error(), one.says) || strings.Contains(err.Error(), "sesame") {
				t.Errorf("retry %v: %v", retry, err)
			}
		})
	}
	t.Run("unreadable", func(t *testing.T) {
		service, target := newInstance(t)
		deliver(t, mustMake(t, target), firing(nil))
		service.unreadable = []string{"correlation_id"}
		if retry, err := mustMake(t, target).Deliver(t.Context(), firing(nil)); err == nil || retry || !strings.Contains(err.Error(), "access control") {
			t.Errorf("retry %v: %v", retry, err)
		}
	})
	t.Run("policy", func(t *testing.T) {
		_, target := newInstance(t)
		target.CloseNotes = "{{.Owner}}" // empty
		desk := mustMake(t, target)
		deliver(t, desk, firing(nil))
		if retry, err := desk.Deliver(t.Context(), firing(ending)); err == nil || retry || !strings.Contains(err.Error(), "INC0000001") || !strings.Contains(err.Error(), "Resolution notes") {
			t.Errorf("retry %v: %v", retry, err)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		_, target := newInstance(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := mustMake(t, target).Deliver(ctx, firing(nil)); err == nil {
			t.Error("it was delivered")
		}
	})
}

// TestOwnAuthority checks the instance's certificate against ca_file.
func TestOwnAuthority(t *testing.T) {
	service := &instance{t: t, notes: map[string][]string{}}
	server := httptest.NewTLSServer(service)
	t.Cleanup(server.Close)
	target := Target{Receiver: "desk", URL: server.URL, User: "mimamori", Password: "open sesame"}
	if _, err := mustMake(t, target).Deliver(t.Context(), firing(nil)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("with the system's: %v", err)
	}
	target.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(target.CAFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	deliver(t, mustMake(t, target), firing(nil))
}

// TestValidate finds every mistake, by its keys and without secrets.
func TestValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	err := Config{Targets: []Target{{
		URL: "http://mimamori:hidden@partner.example/x", ClientID: "a", Table: "Incident!", ResolvedState: "9", CloseNotes: "{{.Nothing}}",
		Grades: map[string]Grade{"grave": {1, 1}, "minor": {0, 4}}, Fields: map[string]string{"state": "1", "u_x": "{{", "A b": ""},
	}, {Receiver: "desk", URL: "http://partner.example", User: "x", Password: "y"}}}.Validate()
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{
		"targets[0].receiver is empty", "targets[0].url: ", "targets[0].client_password", "targets[0].table", "targets[0].grades.grave", "targets[0].grades.minor",
		"targets[0].resolved_state", "targets[0].close_notes", "targets[0].fields.state", "targets[0].fields.u_x", `targets[0].fields: "A b"`, "targets[1].url: it begins with http",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not found", want)
		}
	}
	if strings.Contains(err.Error(), "hidden") {
		t.Error("it tells the password")
	}
}
