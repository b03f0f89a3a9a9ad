package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/bench/fleet"
	"mimamori/processors/alert"
)

// hook is a receiver of webhooks that notes what it is told.
type hook struct {
	mutex sync.Mutex
	told  []hookAlert
}

// hookAlert is an alert as Alertmanager's webhooks have it.
type hookAlert struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// name is what a notification is about, as "firing SiteDown Aoba Foods/Osaka site/Osaka".
func (a hookAlert) name() string {
	return a.Status + " " + a.Labels["alertname"] + " " + a.Labels["customer"] + "/" + a.Labels["site"] + " " + a.Labels["entity"]
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct{ Alerts []hookAlert }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.told = append(h.told, body.Alerts...)
}

// named returns what was told under a name.
func (h *hook) named(name string) []hookAlert {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(h.told), func(a hookAlert) bool { return a.name() != name })
}

func (h *hook) names() string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var all []string
	for _, a := range h.told {
		all = append(all, a.name())
	}
	return strings.Join(all, "\n")
}

// alertOf is the alarm that an incident of the script raises, as a hook's alerts are named; empty for none that is
// watched for.
func alertOf(incident fleet.Incident) (alertname, entity string) {
	switch incident.Kind {
	case fleet.DeviceOutage:
		return "DeviceDown", "device/" + incident.Entity
	case fleet.SiteOutage:
		return "SiteDown", "site/" + incident.Entity
	case fleet.ApplianceSilence:
		return "ApplianceSilent", "appliance/" + incident.Entity
	case fleet.Reboot:
		return "DeviceRebooted", "device/" + incident.Entity
	case fleet.SyslogBurst:
		return "SyslogRate", "device/" + incident.Entity
	default:
		return "", ""
	}
}

// TestAlarmsOfTheDemo plays the script once to a receiver of webhooks: each incident is told once, and once that it is over,
// and the commands reach the role that runs.
func TestAlarmsOfTheDemo(t *testing.T) {
	needEngine(t)
	needNamespace(t)
	told := &hook{}
	receiver := httptest.NewServer(told)
	defer receiver.Close()
	directory := t.TempDir()
	file := writeFile(t, filepath.Join(directory, "alertmanager.yml"), fmt.Sprintf(`
route: {receiver: hook, group_by: ["..."], group_wait: 0s, group_interval: 1s}
receivers: [{name: hook, webhook_configs: [{url: %q, send_resolved: true}]}]
`, receiver.URL))
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t, "tcp"))
	data := filepath.Join(directory, "demo")
	running := start(t, "demo", "--devices", "60", "--json", "--listen", address, "--data", data, "--alertmanager", file)
	running.wait("the fleet answers", 60*time.Second)
	ask := func(command string, arguments ...string) (output, problems string, code int) {
		return call(t, append([]string{"alert", command, "--address", "http://" + address}, arguments...)...)
	}

	if output, problems, code := ask("test", "hook"); code != 0 || !strings.Contains(output, "taken after") {
		t.Errorf("test of the receiver: exit %d, %s%s", code, output, problems)
	}
	if samples := told.named("firing Test Example Customer/Example Site device/example"); len(samples) != 1 || samples[0].Labels["test"] != "true" {
		t.Errorf("the receiver was told\n%s", told.names())
	}
	if _, problems, code := ask("test", "nobody"); code != 1 || !strings.Contains(problems, `there is none of this name, but hook`) {
		t.Errorf("test of no receiver: exit %d, %s", code, problems)
	}
	// A restart is raised and listed, and nobody is told.
	if output, problems, code := ask("silence", "alertname=DeviceRebooted", "customer=~.*", "--for", "1h", "--why", "of no interest"); code != 0 || len(strings.TrimSpace(output)) != 36 {
		t.Errorf("silence: exit %d, %s%s", code, output, problems)
	}

	config := fleet.DefaultConfig()
	config.Devices = 60
	plan, err := fleet.NewPlan(place{}.settle(config)) // a namespace of its own, as was seen
	if err != nil {
		t.Fatal(err)
	}
	var over []string // that are told of when they begin and when they are over
	var burst, reboot string
	for _, incident := range plan.Script() {
		alertname, entity := alertOf(incident)
		name := alertname + " " + incident.Customer + "/" + incident.Site + " " + entity
		switch incident.Kind {
		case fleet.DeviceOutage, fleet.SiteOutage, fleet.ApplianceSilence:
			over = append(over, name)
		case fleet.SyslogBurst:
			burst = name
		case fleet.Reboot:
			reboot = name
		default: // not watched for
		}
	}
	if len(over) != 3 || burst == "" || reboot == "" {
		t.Fatalf("the script has %q, %q and %q", over, burst, reboot)
	}

	until(t, 150*time.Second, func() (bool, string) { return len(told.named("firing "+burst)) > 0, told.names() })
	noisy := told.named("firing " + burst)[0]
	for name, want := range map[string]string{"severity": "warning", "alertname": "SyslogRate"} {
		if noisy.Labels[name] != want {
			t.Errorf("label %s is %q", name, noisy.Labels[name])
		}
	}
	if len(noisy.Labels) != 5 || noisy.Annotations["ticket_severity"] != "S4" || noisy.Annotations["first_response_due"] == "" || noisy.Annotations["desk"] == "" || noisy.Annotations["since"] == "" {
		t.Errorf("the burst is told as %+v", noisy)
	}
	id := noisy.Annotations["id"]
	if output, problems, code := ask("ack", id, "--owner", "sato", "--by", "noc-2", "--reason", "顧客に \"確認\" <済>", "--for", "1h"); code != 0 || !strings.HasPrefix(output, "sato sees to it until ") {
		t.Errorf("ack: exit %d, %s%s", code, output, problems)
	}
	if output, problems, code := ask("audit", "--format", "csv"); code != 0 || !strings.Contains(output, "noc-2,acknowledged,sato,") || !strings.Contains(output, "顧客に") || !strings.Contains(output, id) {
		t.Errorf("audit: exit %d, %s%s", code, output, problems)
	}
	listed := func() (all []alert.Alarm) {
		output, problems, code := ask("list", "--json")
		if err := json.Unmarshal([]byte(output), &all); code != 0 || err != nil {
			t.Fatalf("list: exit %d, %v: %s%s", code, err, output, problems)
		}
		return all
	}
	if all := listed(); !slices.ContainsFunc(all, func(a alert.Alarm) bool { return a.ID == id && a.Acknowledged.Owner == "sato" }) {
		t.Errorf("what was acknowledged is not listed: %+v", all)
	}
	if _, problems, code := ask("ack", "0000000000000000", "--reason", "none"); code != 1 || !strings.Contains(problems, "no alarm with this id is raised") {
		t.Errorf("ack of no alarm: exit %d, %s", code, problems)
	}
	if _, problems, code := ask("ack", id, "--reason", "late", "--for=-1h"); code != 1 || !strings.Contains(problems, "an end in the future") {
		t.Errorf("ack that is over: exit %d, %s", code, problems)
	}
	until(t, 150*time.Second, func() (bool, string) {
		all := listed()
		return slices.ContainsFunc(all, func(a alert.Alarm) bool {
			return reboot == a.Rule+" "+a.Customer+"/"+a.Site+" "+a.Entity
		}), fmt.Sprintf("%+v", all)
	})

	until(t, 150*time.Second, func() (bool, string) {
		return !slices.ContainsFunc(over, func(name string) bool { return len(told.named("resolved "+name)) == 0 }), told.names()
	})
	for _, name := range over {
		began, ended := told.named("firing "+name), told.named("resolved "+name)
		if len(began) != 1 || len(ended) != 1 {
			t.Errorf("%s was told %d times, and %d times that it is over", name, len(began), len(ended))
		}
	}
	if len(told.named("firing "+reboot)) > 0 {
		t.Errorf("what is silenced was told:\n%s", told.names())
	}

	output, problems, code := call(t, "alert", "backtest", "--config", filepath.Join(data, "mimamori.yaml"), "--rule", "SiteDown", "--from", "3m", "--step", "5s", "--json")
	var past []alert.Alarm
	if err := json.Unmarshal([]byte(output), &past); code != 0 || err != nil || len(past) != 1 || past[0].Cleared.IsZero() {
		t.Errorf("backtest: exit %d, %v: %s%s", code, err, output, problems)
	}
	running.stop()
	if _, problems, code := ask("list"); code != 1 || !strings.Contains(problems, "see whether mimamori alert, all or demo runs there") {
		t.Errorf("list of nobody: exit %d, %s", code, problems)
	}
}

// TestWrongUsageOfAlert holds that a mistake in the arguments is one, and told.
func TestWrongUsageOfAlert(t *testing.T) {
	t.Parallel()
	config := writeFile(t, filepath.Join(t.TempDir(), "mimamori.yaml"), "{}\n")
	for _, wrong := range []struct{ arguments, says string }{
		{"list --address localhost:9464", "is no address"},
		{"list --format docx", "docx"},
		{"ack 0123456789abcdef", "--reason"},
		{"ack --reason x", "<id>"},
		{"silence nonsense --why x", "is no matcher"},
		{"silence name!value --why x", "is no matcher"},
		{"silence alertname=X", "--why"},
		{"backtest --config FILE --step 1ms", "--step 1ms is too short"},
		{"backtest --config FILE --from now --to 1h", "is not before"},
		{"backtest --config FILE --from 300d --step 1s", "use a longer --step"},
		{"backtest --config FILE --tz Nowhere/Else", "Nowhere/Else"},
	} {
		output, problems, code := call(t, append([]string{"alert"}, strings.Fields(strings.ReplaceAll(wrong.arguments, "FILE", config))...)...)
		if code != 2 || output != "" || !strings.Contains(problems, wrong.says) {
			t.Errorf("alert %s: exit %d, printed %q, said %q", wrong.arguments, code, output, problems)
		}
	}
}
