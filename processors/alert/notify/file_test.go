package notify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheck says what is wrong with a configuration, and in which line.
func TestCheck(t *testing.T) {
	receivers := "route: {receiver: desk}\nreceivers:\n  - name: desk\n"
	for name, c := range map[string]struct {
		text     string
		template string   // of desk.tmpl
		want     []string // in the error; none for a good one
	}{
		"good": {text: receivers + "    webhook_configs: [{url: 'https://example.net/{{ .GroupLabels.customer }}'}]\n"},
		"template used": {
			text:     "templates: [desk.tmpl]\n" + receivers + "    email_configs:\n      - {to: noc@example.net, from: noc@example.net, smarthost: 'mail.example.net:25', text: '{{ template \"desk\" . }}'}\n",
			template: `{{ define "desk" }}{{ range .Alerts.Firing }}{{ .Labels.entity }}{{ end }}{{ end }}`,
		},
		"syntax":             {text: "route:\n  receiver: [desk\n", want: []string{"alertmanager.yml:"}},
		"unknown key":        {text: "route:\n  receiver: desk\n  grouped: [site]\nreceivers: [{name: desk}]\n", want: []string{"alertmanager.yml:3: ", "grouped"}},
		"unknown receiver":   {text: "route:\n  receiver: desk\n  routes:\n    - receiver: nobody\nreceivers: [{name: desk}]\n", want: []string{"alertmanager.yml:4: ", "nobody"}},
		"no route":           {text: "receivers: [{name: desk}]\n", want: []string{"alertmanager.yml: no route"}},
		"matcher":            {text: "route:\n  receiver: desk\n  routes:\n    - matchers: ['tokyo']\nreceivers: [{name: desk}]\n", want: []string{"alertmanager.yml:4: ", "tokyo"}},
		"time interval":      {text: "route:\n  receiver: desk\n  routes:\n    - mute_time_intervals: [nights]\nreceivers: [{name: desk}]\n", want: []string{"alertmanager.yml:4: ", "nights"}},
		"certificate":        {text: receivers + "    webhook_configs:\n      - url: https://example.net/\n        http_config: {tls_config: {ca_file: missing.pem}}\n", want: []string{"desk", "missing.pem"}},
		"foreign":            {text: receivers + "tracing:\n  endpoint: localhost:4317\n", want: []string{"alertmanager.yml:4: tracing", "remove it"}},
		"no such template":   {text: "templates:\n  - other.tmpl\n" + receivers, want: []string{"alertmanager.yml:2: ", "other.tmpl", "no such file"}},
		"broken template":    {text: "templates: [desk.tmpl]\n" + receivers, template: "{{ define \"a\" }}{{ end }}\n\n{{ define \"b\" }}{{ nosuch }}{{ end }}\n", want: []string{"desk.tmpl:3: ", "nosuch"}},
		"text of a receiver": {text: receivers + "    webhook_configs:\n      - url: https://example.net/\n    slack_configs:\n      - api_url: https://example.net/\n        title: '{{ template \"desk\" . }}'\n", want: []string{"alertmanager.yml:8: ", "desk"}},
		"field of a text":    {text: receivers + "    slack_configs:\n      - api_url: https://example.net/\n        title: '{{ .Labels.site }}'\n", want: []string{"alertmanager.yml:6: ", "Labels"}},
		"secret address":     {text: receivers + "    webhook_configs:\n      - url: 'https://exa mple:x/5ecre7-t0ken'\n", want: []string{"alertmanager.yml", "parse an address"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, c.text, "")
			if err := os.WriteFile(filepath.Join(filepath.Dir(file), "desk.tmpl"), []byte(c.template), 0o600); err != nil {
				t.Fatal(err)
			}
			err := Check(file)
			if len(c.want) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("nothing was found wrong")
			}
			for _, want := range append(c.want, filepath.Dir(file)) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("it says %q, without %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "5ecre7") {
				t.Errorf("it says a secret: %v", err)
			}
		})
	}
	if err := Check(""); err != nil {
		t.Errorf("the built-in configuration: %v", err)
	}
	if err := Check(filepath.Join(t.TempDir(), "missing.yml")); err == nil || !strings.Contains(err.Error(), "missing.yml") {
		t.Errorf("a missing file: %v", err)
	}
}

// TestCheckAgreesWithAmtool holds Check against amtool, which knows an older Alertmanager.
func TestCheckAgreesWithAmtool(t *testing.T) {
	for text, good := range map[string]bool{
		builtIn:      true,
		webhookRoute: true,
		"route: {receiver: desk}\nreceivers: [{name: nobody}]\n":               false,
		"route: {receiver: desk, group: [site]}\nreceivers: [{name: desk}]\n":  false,
		"route: {receiver: desk, group_wait: 1}\nreceivers: [{name: desk}]\n":  false,
		"route: {receiver: desk, group_wait: 1m}\nreceivers: [{name: desk}]\n": true,
	} {
		file := write(t, text, "https://example.net/")
		ours := Check(file)
		if _, theirs := amtool(t, "", "check-config", file); (ours == nil) != good || (theirs == nil) != good {
			t.Errorf("good %t, we say %v, amtool %v:\n%s", good, ours, theirs, text)
		}
	}
}

// TestValidate names the key.
func TestValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for key, change := range map[string]func(*Config){
		"data ":              func(c *Config) { c.Data = "" },
		"external_url ":      func(c *Config) { c.ExternalURL = "noc" },
		"retention ":         func(c *Config) { c.Retention = 1 },
		"attempt_timeout ":   func(c *Config) { c.AttemptTimeout = 0 },
		"attempts ":          func(c *Config) { c.Attempts = 0 },
		"drain_timeout ":     func(c *Config) { c.DrainTimeout = -1 },
		"heartbeat.url":      func(c *Config) { c.Heartbeat.URL = "5ecre7-t0ken" },
		"heartbeat.interval": func(c *Config) { c.Heartbeat.Interval = 0 },
	} {
		c := DefaultConfig()
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), key) || strings.Contains(err.Error(), "5ecre7") {
			t.Errorf("%s: it says %v", key, err)
		}
	}
}
