package notify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"mimamori/processors/alert/alerttest"
)

// pagerDuty stands in for PagerDuty's Events API v2: it takes what that documents and
// nothing else, and is asked too much of at first.
type pagerDuty struct {
	t      *testing.T
	mu     sync.Mutex
	asked  int
	events []pagerDutyEvent
}

type pagerDutyEvent struct {
	RoutingKey  string `json:"routing_key"`
	EventAction string `json:"event_action"`
	DedupKey    string `json:"dedup_key"`
	Client      string `json:"client"`
	ClientURL   string `json:"client_url"`
	Payload     struct {
		Summary       string         `json:"summary"`
		Source        string         `json:"source"`
		Severity      string         `json:"severity"`
		Timestamp     string         `json:"timestamp"`
		Component     string         `json:"component"`
		Group         string         `json:"group"`
		Class         string         `json:"class"`
		CustomDetails map[string]any `json:"custom_details"`
	} `json:"payload"`
	Links  []struct{ Href, Text string }     `json:"links"`
	Images []struct{ Src, Href, Alt string } `json:"images"`
}

func (p *pagerDuty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.asked == 1 {
		http.Error(w, `{"status":"throttle exceeded"}`, http.StatusTooManyRequests)
		return
	}
	var event pagerDutyEvent
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&event)
	switch {
	case err != nil:
	case r.Method != http.MethodPost || r.URL.Path != "/v2/enqueue" || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		err = fmt.Errorf("%s %s", r.Method, r.URL)
	case len(event.RoutingKey) != 32:
		err = fmt.Errorf("length of routing_key")
	case !slices.Contains([]string{"trigger", "acknowledge", "resolve"}, event.EventAction):
		err = fmt.Errorf("event_action %q", event.EventAction)
	case event.DedupKey == "" || len(event.DedupKey) > 255:
		err = fmt.Errorf("dedup_key %q", event.DedupKey)
	case event.EventAction == "trigger" && (event.Payload.Summary == "" || len(event.Payload.Summary) > 1024 || event.Payload.Source == ""):
		err = fmt.Errorf("payload %+v", event.Payload)
	case event.EventAction == "trigger" && !slices.Contains([]string{"critical", "error", "warning", "info"}, event.Payload.Severity):
		err = fmt.Errorf("severity %q", event.Payload.Severity)
	}
	if err != nil {
		p.t.Errorf("PagerDuty was told what it does not take: %v", err)
		http.Error(w, `{"status":"invalid event"}`, http.StatusBadRequest)
		return
	}
	p.events = append(p.events, event)
	w.WriteHeader(http.StatusAccepted)
	fmt.Fprintf(w, `{"status":"success","message":"Event processed","dedup_key":%q}`, event.DedupKey)
}

func (p *pagerDuty) taken() []pagerDutyEvent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.events)
}

// TestPagerDuty opens one incident for an alarm, and closes it by its recovery although
// the notifier was restarted in between.
func TestPagerDuty(t *testing.T) {
	duty := &pagerDuty{t: t}
	server := httptest.NewServer(duty)
	t.Cleanup(server.Close)
	file, data := write(t, `
global: {pagerduty_url: '%URL%/v2/enqueue'}
route: {receiver: duty, group_by: [customer, site, entity, alertname], group_wait: 0s, group_interval: 1s}
receivers:
  - name: duty
    pagerduty_configs:
      - routing_key: 0123456789abcdef0123456789abcdef
        severity: '{{ if eq .CommonLabels.severity "S1" }}critical{{ else }}warning{{ end }}'
        source: '{{ .CommonLabels.entity }}'
        links: [{href: 'https://noc.example.net/a/mimamori', text: mimamori}]
`, server.URL), filepath.Join(t.TempDir(), "alerts")
	for _, change := range []Alert{down("edge-1"), up("edge-1")} {
		change.Labels["severity"] = "S1"
		n := prepare(t, file, func(c *Config) { c.Data = data })
		n.put(t, change)
		stop := n.start(t)
		want := 1
		if !change.EndsAt.IsZero() {
			want = 2
		}
		alerttest.Until(t, "PagerDuty is told", func() bool { return len(duty.taken()) == want })
		stop()
	}
	opened, closed := duty.taken()[0], duty.taken()[1]
	if opened.EventAction != "trigger" || closed.EventAction != "resolve" || opened.DedupKey != closed.DedupKey ||
		opened.Payload.Severity != "critical" || opened.Payload.Source != "edge-1" || len(opened.Links) != 1 {
		t.Errorf("it was told %+v and %+v", opened, closed)
	}
}

// jira stands in for Jira's REST API 2, as Jira Service Management Data Center has it.
type jira struct {
	t      *testing.T
	mu     sync.Mutex
	issues []jiraIssue
	asked  []string
	broken bool // the next request breaks off
}

type jiraIssue struct {
	key, summary, status string
	labels               []string
}

var searched = regexp.MustCompile(`project="NET" and labels="(ALERT\{[0-9a-f]{64}\})"`)

func (j *jira) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	user, password, _ := r.BasicAuth()
	if j.broken {
		j.broken = false
		panic(http.ErrAbortHandler)
	}
	path, api := strings.CutPrefix(r.URL.Path, "/rest/api/2/")
	if !api || user != "noc@partner.example" || password != "5ecre7-t0ken" {
		j.t.Errorf("Jira was asked %s as %q", r.URL, user)
		http.Error(w, `{"errorMessages":["no"]}`, http.StatusUnauthorized)
		return
	}
	j.asked = append(j.asked, r.Method+" "+path)
	var body struct {
		JQL        string
		MaxResults int
		Fields     json.RawMessage
		Transition struct{ ID string }
	}
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			j.t.Errorf("Jira was told what it cannot read: %v", err)
		}
	}
	var fields struct {
		Project     struct{ Key string }
		IssueType   struct{ Name string }
		Summary     string
		Description string
		Labels      []string
		Priority    struct{ Name string }
	}
	if len(body.Fields) > 0 && body.Fields[0] == '{' {
		if err := json.Unmarshal(body.Fields, &fields); err != nil {
			j.t.Errorf("Jira was told what it cannot read: %v", err)
		}
	}
	switch r.Method + " " + path {
	case "POST search":
		found := []map[string]any{}
		label := searched.FindStringSubmatch(body.JQL)
		if label == nil || !strings.Contains(body.JQL, "statusCategory != Done") {
			j.t.Errorf("it was searched for %s", body.JQL)
			break
		}
		for _, issue := range j.issues {
			if issue.status != "done" && slices.Contains(issue.labels, label[1]) {
				found = append(found, map[string]any{"key": issue.key, "fields": map[string]any{"status": map[string]any{
					"name": "Open", "statusCategory": map[string]any{"key": issue.status},
				}}})
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"startAt": 0, "maxResults": 2, "total": len(found), "issues": found})
	case "POST issue":
		if fields.Project.Key != "NET" || fields.IssueType.Name != "Incident" || fields.Summary == "" || fields.Description == "" {
			j.t.Errorf("an issue was made of %s", body.Fields)
		}
		j.issues = append(j.issues, jiraIssue{key: "NET-1", summary: fields.Summary, status: "new", labels: fields.Labels})
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprint(w, `{"id":"10000","key":"NET-1","self":"https://jira.example.net/rest/api/2/issue/10000"}`)
	case "PUT issue/NET-1":
		w.WriteHeader(http.StatusNoContent)
	case "GET issue/NET-1/transitions":
		_, _ = fmt.Fprint(w, `{"expand":"transitions","transitions":[{"id":"11","name":"Start"},{"id":"31","name":"Resolve this issue"}]}`)
	case "POST issue/NET-1/transitions":
		if body.Transition.ID != "31" {
			j.t.Errorf("it was to go through %q", body.Transition.ID)
		}
		j.issues[0].status = "done"
		w.WriteHeader(http.StatusNoContent)
	default:
		j.t.Errorf("Jira was asked %s %s", r.Method, path)
		http.NotFound(w, r)
	}
}

func (j *jira) state() (issues []jiraIssue, asked []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.issues), slices.Clone(j.asked)
}

// TestJira opens one issue for an alarm, though Jira breaks off at first, and resolves it
// by its recovery although the notifier was restarted in between.
func TestJira(t *testing.T) {
	desk := &jira{t: t, broken: true}
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	file, data := write(t, `
route: {receiver: desk, group_by: [customer, site, entity, alertname], group_wait: 0s, group_interval: 1m}
receivers:
  - name: desk
    jira_configs:
      - api_url: '%URL%/rest/api/2/'
        project: NET
        issue_type: Incident
        resolve_transition: Resolve this issue
        http_config: {basic_auth: {username: noc@partner.example, password: 5ecre7-t0ken}}
`, server.URL), filepath.Join(t.TempDir(), "alerts")
	n := prepare(t, file, func(c *Config) { c.Data = data })
	n.put(t, down("edge-1"))
	stop := n.start(t)
	alerttest.Until(t, "an issue is made", func() bool { issues, _ := desk.state(); return len(issues) == 1 && len(n.Failing()) == 0 })
	stop()
	n = prepare(t, file, func(c *Config) { c.Data = data })
	n.put(t, up("edge-1"))
	n.start(t)
	alerttest.Until(t, "the issue is resolved", func() bool { issues, _ := desk.state(); return issues[0].status == "done" })
	issues, asked := desk.state()
	if len(issues) != 1 || !strings.Contains(issues[0].summary, "DeviceDown") {
		t.Errorf("the issues are %+v after %q", issues, asked)
	}
}
