package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mimamori/processors/alert/alerttest"
)

// twoReceivers sends everything to desk, whose webhook is at %URL%, and to other.
const twoReceivers = `
route:
  receiver: other
  group_by: [entity]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 4h
  routes:
    - receiver: desk
      continue: true
    - receiver: other
receivers:
  - name: other
  - name: desk
    webhook_configs: [{url: '%URL%'}]
`

// TestReceiversThatFail has a receiver fail twice in each way: what it was to be told
// reaches it in the end, and another one at once.
func TestReceiversThatFail(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not now", code) }
	}
	raw := func(answer string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(connection, answer)
			connection.Close()
		}
	}
	for name, c := range map[string]struct {
		fail func(http.ResponseWriter, *http.Request)
		want string // of the error
	}{
		"429":     {status(http.StatusTooManyRequests), "429"},
		"500":     {status(http.StatusInternalServerError), "500: not now"},
		"404":     {status(http.StatusNotFound), "404"},
		"silence": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer in time"},
		"garbage": {raw("\x00\x01\x02 what?\r\n\r\n"), "malformed"},
		"hang-up": {raw(""), "EOF"},
		"long":    {raw("HTTP/1.1 503 No\r\n\r\n" + strings.Repeat("x", 10_000)), "xxx…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			webhook := newDesk(t, func(number int, w http.ResponseWriter, r *http.Request) {
				if number <= 2 {
					c.fail(w, r)
				}
			})
			other := &own{}
			n := prepare(t, write(t, twoReceivers, webhook.URL), func(c *Config) { c.AttemptTimeout = 500 * time.Millisecond })
			if err := n.Add("other", "own", true, other); err != nil {
				t.Fatal(err)
			}
			n.put(t, down("edge-1"))
			n.start(t)
			alerttest.Until(t, "the failure is seen", func() bool { return len(n.Failing()) == 1 || webhook.requests() > 2 })
			if failing := n.Failing(); len(failing) == 1 {
				found := failing[0]
				if found.Receiver != "desk" || found.Integration != "webhook[0]" || found.Failed == 0 || time.Since(found.Since) > time.Minute ||
					!strings.Contains(found.LastError, c.want) || len(found.LastError) > 600 {
					t.Errorf("failing: %+v", found)
				}
			}
			alerttest.Until(t, "the other is told", func() bool { return len(other.told()) == 1 })
			alerttest.Until(t, "the desk is told", func() bool { return webhook.requests() == 3 && len(n.Failing()) == 0 })
			if len(other.told()) != 1 {
				t.Errorf("the other was told %d times", len(other.told()))
			}
			if failed := n.value(t, "alertmanager_notification_requests_failed_total"); failed != 2 {
				t.Errorf("%v attempts are counted as failed", failed)
			}
			if failing := n.value(t, "mimamori_alert_receiver_failing"); failing != 0 {
				t.Errorf("mimamori_alert_receiver_failing is %v", failing)
			}
		})
	}
}

// TestSecretsStayHidden has a webhook with a secret address, and one whose address is in
// a file, fail in every way that may repeat it.
func TestSecretsStayHidden(t *testing.T) {
	const token = "5ecre7-t0ken"
	secretFile := filepath.Join(t.TempDir(), "address")
	webhook := newDesk(t, func(number int, w http.ResponseWriter, r *http.Request) {
		address := "http://" + r.Host + r.URL.String()
		switch number % 4 {
		case 0:
			http.Error(w, "no such page: "+r.URL.Path, http.StatusInternalServerError)
		case 1:
			http.Error(w, "no such page: "+address, http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("Location", "nosuch://elsewhere"+r.URL.Path)
			w.WriteHeader(http.StatusTemporaryRedirect)
		case 3:
			http.Error(w, "token "+r.URL.Query().Get("key")+" is unknown", http.StatusInternalServerError)
		}
	})
	for name, text := range map[string]string{
		"url":           "url: '%URL%/hook/" + token + "?key=" + token + "'",
		"template":      "url: '%URL%/hook/" + token + "/{{ .GroupLabels.customer }}?key=" + token + "'",
		"file":          "url_file: " + secretFile,
		"authorization": "url: '%URL%/?key=" + token + "', http_config: {authorization: {credentials: " + token + "}}",
		"unreachable":   "url: 'http://127.0.0.1:1/hook/" + token + "'",
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(secretFile, []byte(webhook.URL+"/hook/"+token+"?key="+token+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			n := prepare(t, write(t, strings.Replace(twoReceivers, "url: '%URL%'", text, 1), webhook.URL), nil)
			n.put(t, down("edge-1"))
			n.start(t)
			said := map[string]string{}
			attempts := uint64(0)
			alerttest.Until(t, "five attempts", func() bool {
				if failing := n.Failing(); len(failing) == 1 {
					said[failing[0].LastError], attempts = "failing", failing[0].Failed
				}
				answer, err := n.Send(t.Context(), "desk", down("edge-2"))
				if err == nil {
					t.Fatal("the test was taken")
				}
				said[err.Error()], said[answer] = "error", "answer"
				return attempts >= 5
			})
			said[n.log.String()] = "log"
			for text, what := range said {
				if strings.Contains(text, token) {
					t.Errorf("%s: the secret is in %s", what, text)
				}
			}
			if !strings.Contains(n.log.String(), "Notify attempt failed") {
				t.Errorf("the failure is not in the log: %s", n.log)
			}
		})
	}
}

// TestHangingReceiver has many groups wait for a receiver that does not answer and does
// not heed its time: no more of them are under way than may be, and the other is told.
func TestHangingReceiver(t *testing.T) {
	var under, most atomic.Int64
	free := make(chan struct{})
	hanging := &own{deliver: func(context.Context, Group) (bool, error) {
		if now := under.Add(1); now > most.Load() {
			most.Store(now)
		}
		defer under.Add(-1)
		<-free
		return false, nil
	}}
	other := &own{}
	n := prepare(t, write(t, twoReceivers, "http://127.0.0.1:1"), func(c *Config) { c.Attempts, c.AttemptTimeout = 2, 100*time.Millisecond })
	if err := errors.Join(n.Add("desk", "own", true, hanging), n.Add("other", "own", true, other)); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		n.put(t, down(fmt.Sprint("edge-", i)))
	}
	n.start(t)
	alerttest.Until(t, "the other is told of all", func() bool { return len(other.told()) == 20 })
	alerttest.Until(t, "attempts are abandoned", func() bool { return n.value(t, "mimamori_alert_attempts_abandoned_total") == 2 })
	if most.Load() != 2 {
		t.Errorf("%d attempts at once", most.Load())
	}
	close(free)
	alerttest.Until(t, "all are told of in the end", func() bool {
		about := map[string]bool{}
		for _, group := range hanging.told() {
			about[group.Labels["entity"]] = true
		}
		return len(about) == 20
	})
}

// TestOwnIntegration is told what a group is about, and again when it asks for it.
func TestOwnIntegration(t *testing.T) {
	integration := &own{}
	integration.deliver = func(context.Context, Group) (bool, error) {
		return true, map[int]error{1: errors.New("the line is busy")}[len(integration.told())]
	}
	firingOnly := &own{}
	n := prepare(t, write(t, strings.Replace(twoReceivers, "[entity]", "[customer]", 1), "http://127.0.0.1:1"), func(c *Config) {
		c.ExternalURL = "https://noc.example.net"
	})
	if err := errors.Join(n.Add("other", "snmp", true, integration), n.Add("other", "snmp", false, firingOnly)); err != nil {
		t.Fatal(err)
	}
	if err := n.Add("nobody", "snmp", true, integration); err == nil || !strings.Contains(err.Error(), "desk, other") {
		t.Errorf("of an unknown receiver it says %v", err)
	}
	n.put(t, down("edge-1"), down("edge-2"))
	n.start(t)
	alerttest.Until(t, "it is told again", func() bool { return len(integration.told()) == 2 })
	if err := n.Add("other", "snmp", true, integration); err == nil {
		t.Error("it could be added while the notifier runs")
	}
	told := integration.told()
	first, second := told[0], told[1]
	if first.Receiver != "other" || first.Status != Firing || first.Labels["customer"] != "acme" || first.ExternalURL != "https://noc.example.net" ||
		len(first.CommonLabels) != 2 || first.CommonLabels["alertname"] != "DeviceDown" || len(first.CommonAnnotations) != 0 || len(first.Alerts) != 2 {
		t.Errorf("it was told %+v", first)
	}
	if one := first.Alerts[0]; one.Status != Firing || one.Annotations["summary"] == "" || len(one.Fingerprint) != 16 || !one.EndsAt.IsZero() {
		t.Errorf("of an alert it was told %+v", one)
	}
	if second.Key != first.Key {
		t.Errorf("the key changed from %q to %q", first.Key, second.Key)
	}
	if !strings.Contains(n.log.String(), "the line is busy") {
		t.Errorf("why it failed is not in the log: %s", n.log)
	}
	n.put(t, up("edge-1"), up("edge-2"))
	alerttest.Until(t, "the end is told", func() bool { return len(integration.told()) == 3 })
	if end := integration.told()[2]; end.Status != Resolved || end.Key != first.Key || end.Alerts[1].EndsAt.IsZero() {
		t.Errorf("of the end it was told %+v", end)
	}
	if told := firingOnly.told(); len(told) != 1 {
		t.Errorf("what is not told of ends was told %+v", told)
	}
}

// TestSend delivers a test to each integration of a receiver.
func TestSend(t *testing.T) {
	webhook := newDesk(t, nil)
	integration := &own{deliver: func(context.Context, Group) (bool, error) { return true, errors.New("the modem is off") }}
	n := prepare(t, write(t, twoReceivers, webhook.URL), nil)
	if err := n.Add("desk", "own", true, integration); err != nil {
		t.Fatal(err)
	}
	one := Alert{Labels: map[string]string{"alertname": "DeviceDown", "entity": "edge-1"}}
	answer, err := n.Send(t.Context(), "desk", one)
	if err == nil || !strings.Contains(err.Error(), "own[0]") || !strings.Contains(err.Error(), "the modem is off") {
		t.Errorf("the error is %v", err)
	}
	if lines := strings.Split(answer, "\n"); len(lines) != 2 || !strings.HasPrefix(lines[0], "webhook[0]: taken after ") ||
		!strings.HasPrefix(lines[1], "own[0]: failed after ") || !strings.HasSuffix(lines[1], "the modem is off") {
		t.Errorf("the answer is %q", answer)
	}
	if webhook.last().CommonLabels[TestLabel] != "true" || one.Labels[TestLabel] != "" || len(integration.told()) != 1 {
		t.Errorf("the desk was told %+v, the other %d times", webhook.last(), len(integration.told()))
	}
	for receiver, want := range map[string]string{"nobody": "desk, other", "other": "no integrations"} {
		if _, err := n.Send(t.Context(), receiver, one); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: it says %v", receiver, err)
		}
	}
}
