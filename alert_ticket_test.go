package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/alerttest"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/ticket"
)

// serveTickets serves what was raised before: alarms with a ticket each, as the role does that has no store yet.
// The file is a configuration of Alertmanager; empty for none. It returns where.
func serveTickets(t *testing.T, alertmanager string, alarms ...alert.Alarm) (address string, server *httptest.Server) {
	t.Helper()
	config := defaultConfig()
	config.Alert.Telling.File = alertmanager
	return serveAlarms(t, config, alarms...)
}

// serveAlarms is serveTickets by a configuration, whose data are kept in a directory of the test.
func serveAlarms(t *testing.T, config Config, alarms ...alert.Alarm) (address string, server *httptest.Server) {
	t.Helper()
	config.Alert.Telling.Data = t.TempDir()
	config.Alert.Tickets.DefaultPlan, config.Alert.Tickets.DefaultDesk = "premium", "global"
	before, err := ledger.Open(filepath.Join(config.Alert.Telling.Data, "alarms.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(before.Save(t.Context(), alert.Changes{Alarms: alarms}), before.Close()); err != nil {
		t.Fatal(err)
	}
	rules, err := ticket.New(config.Alert.Tickets)
	if err != nil {
		t.Fatal(err)
	}
	role := &raising{application: newApplication(config, slog.New(slog.DiscardHandler)), tickets: rules, asking: &asker{}, keeping: &asker{}}
	if err := role.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = role.engine.Run(t.Context()) })
	running.Go(func() { _ = role.notifier.Run(t.Context()) })
	server = httptest.NewServer(*role.application.alarms.Load())
	t.Cleanup(func() {
		server.Close()
		running.Wait()
		if err := role.end(); err != nil {
			t.Error(err)
		}
	})
	return server.URL, server
}

// wasRaised is an alarm of a device that was raised some time ago.
func wasRaised(device string, severity alert.Severity, ago time.Duration) alert.Alarm {
	key := alert.Key{Rule: "DeviceDown", Customer: "Aoba Foods", Site: "Osaka", Entity: "device/" + device}
	at := time.Now().Add(-ago).UTC()
	return alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Kind: "DeviceDown", Severity: severity, Name: device, Device: device, Since: at.Add(-time.Minute), Raised: at, At: at, Summary: device + " is down"}
}

// TestTicketsByHand lets a ticket be late, told of, graded, answered and reported by the commands.
func TestTicketsByHand(t *testing.T) {
	t.Parallel()
	late, young := wasRaised("edge", alert.Major, 50*time.Minute), wasRaised("core", alert.Warning, time.Minute) // premium: 15m and 90m
	address, _ := serveTickets(t, "", late, young)
	run := func(arguments ...string) string {
		t.Helper()
		output, problems, code := call(t, append(arguments, "--address", address)...)
		if code != 0 {
			t.Errorf("%q: exit %d, %s", arguments, code, problems)
		}
		return output
	}
	owed := func() string {
		var alarms []alert.Alarm
		if err := json.Unmarshal([]byte(run("alert", "list", "--json")), &alarms); err != nil {
			t.Fatal(err)
		}
		text := ""
		for i := range alarms {
			if alarms[i].Ticket != "" {
				text += fmt.Sprintf("%s %s %s, ", alarms[i].Rule, alarms[i].Ticket, alarms[i].Step)
			}
		}
		return text
	}
	until(t, 20*time.Second, func() (bool, string) {
		now := owed()
		return strings.Contains(now, "ResponseOverdue "+late.ID) && strings.Contains(now, "TicketEscalated "+late.ID+" engineer") && !strings.Contains(now, "senior") && !strings.Contains(now, young.ID), now
	})
	if got := run("alert", "severity", young.ID, "S1", "--by", "tanaka", "--reason", "店が開けません"); !strings.HasPrefix(got, "S1 now, the first answer is due ") {
		t.Errorf("severity: %s", got)
	}
	run("alert", "priority", young.ID, "1", "--by", "tanaka", "--reason", "the director asks")
	run("alert", "comment", young.ID, "--by", "noc", "--text", "two lines\nof a note")
	if got := run("alert", "respond", late.ID, "--by", "sato", "--text", "the carrier is on it"); !strings.Contains(got, "the next update is due ") {
		t.Errorf("respond: %s", got)
	}
	until(t, 20*time.Second, func() (bool, string) { now := owed(); return now == "", now })
	story := oneLine(run("alert", "ticket", late.ID))
	for _, says := range []string{"plan, desk premium, global", "late ", "first response, ended ", "told ResponseOverdue", "told TicketEscalated engineer", "sato responded: the carrier is on it"} {
		if !strings.Contains(story, says) {
			t.Errorf("the ticket does not say %q:\n%s", says, story)
		}
	}
	story = oneLine(run("alert", "ticket", young.ID))
	for _, says := range []string{"S1 (opened as S4)", "priority 1", "phone call yes", "noc commented: two lines of a note"} {
		if !strings.Contains(story, says) {
			t.Errorf("the ticket does not say %q:\n%s", says, story)
		}
	}
	if got := run("alert", "audit", "--format", "csv"); !strings.Contains(got, "tanaka,severity,,,店が開けません,") || !strings.Contains(got, "sato,responded") {
		t.Errorf("the audit log is %s", got)
	}
	rows := run("report", "tickets", "--from", "24h", "--format", "csv")
	if !strings.Contains(rows, late.ID+",Aoba Foods,Osaka,device/edge,DeviceDown,S2,S2,,premium,global,") || !strings.Contains(rows, ",false,1,0,1,engineer,edge is down") || strings.Count(rows, "\n") != 3 {
		t.Errorf("the report is\n%s", rows)
	}
	if got := run("report", "tickets", "--from", "24h", "--by", "customer", "--format", "csv"); !strings.Contains(got, "Aoba Foods,2,2,0,1,0,0,1") {
		t.Errorf("the totals are\n%s", got)
	}
	if got := run("report", "tickets"); !strings.Contains(got, "Aoba Foods: 2 tickets, 2 open; 0 of 1 first answers in time (0 %); 1 escalated.") {
		t.Errorf("the report is\n%s", got)
	}
	if got := run("report", "tickets", "--customer", "nobody"); !strings.Contains(got, "no ticket was opened in this time") {
		t.Errorf("the report of nobody is\n%s", got)
	}
	workbook := filepath.Join(t.TempDir(), "tickets.xlsx")
	if run("report", "tickets", "--format", "xlsx", "--output", workbook); !strings.HasPrefix(readFile(t, workbook), "PK") {
		t.Error("the workbook is none")
	}
	if _, problems, code := call(t, "alert", "ticket", "0123456789abcdef", "--address", address); code != 1 || !strings.Contains(problems, "no such ticket") {
		t.Errorf("no ticket: exit %d, %s", code, problems)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestStepsAreRouted tells the engineer of a ticket that nobody takes, and everybody that somebody does; what is
// silenced is told to no step.
func TestStepsAreRouted(t *testing.T) {
	t.Parallel()
	desk, engineers := &hook{}, &hook{}
	toDesk, toEngineers := httptest.NewServer(desk), httptest.NewServer(engineers)
	defer toDesk.Close()
	defer toEngineers.Close()
	file := writeFile(t, filepath.Join(t.TempDir(), "alertmanager.yml"), fmt.Sprintf(`
route:
  receiver: desk
  group_by: [alertname, customer, site, entity]
  group_wait: 0s
  group_interval: 1s
  routes: [{matchers: [alertname="TicketEscalated", step="engineer"], receiver: engineers}]
receivers:
  - {name: desk, webhook_configs: [{url: %q}]}
  - {name: engineers, webhook_configs: [{url: %q}]}
`, toDesk.URL, toEngineers.URL))
	alarm, silenced := wasRaised("edge", alert.Major, 50*time.Minute), wasRaised("core", alert.Warning, 50*time.Minute)
	address, _ := serveTickets(t, file, alarm, silenced)
	const down, escalated = "DeviceDown Aoba Foods/Osaka device/edge", "TicketEscalated Aoba Foods/Osaka device/edge"
	until(t, 30*time.Second, func() (bool, string) {
		return len(desk.named("firing "+down)) == 1 && len(engineers.named("firing "+escalated)) == 1, desk.names() + engineers.names()
	})
	if told := engineers.named("firing " + escalated)[0]; told.Labels["step"] != "engineer" || told.Labels["ticket"] != alarm.ID || len(told.Labels) != 7 ||
		told.Annotations["detail_plan"] != "premium" || told.Annotations["detail_desk"] != "global" || told.Annotations["detail_due"] == "" || told.Annotations["ticket_severity"] != "S2" {
		t.Errorf("the engineer is told %+v", told)
	}
	silence, problems, code := call(t, "alert", "silence", "entity=device/core", "alertname=DeviceDown", "--why", "known", "--address", address)
	if code != 0 {
		t.Fatal(problems)
	}
	if _, problems, code := call(t, "alert", "severity", silenced.ID, "S1", "--reason", "agreed", "--address", address); code != 0 {
		t.Fatal(problems)
	}
	if _, problems, code := call(t, "alert", "ack", alarm.ID, "--owner", "sato", "--reason", "on site", "--address", address); code != 0 {
		t.Fatal(problems)
	}
	until(t, 30*time.Second, func() (bool, string) {
		return len(engineers.named("resolved "+escalated)) == 1 && len(desk.named("firing "+down)) == 2, desk.names() + engineers.names()
	})
	if told := desk.named("firing " + down)[1]; told.Annotations["owner"] != "sato" || told.Annotations["answered_at"] == "" {
		t.Errorf("the desk is told anew as %+v", told)
	}
	if _, problems, code := call(t, "alert", "severity", alarm.ID, "S3", "--reason", "agreed", "--address", address); code != 0 {
		t.Fatal(problems)
	}
	until(t, 30*time.Second, func() (bool, string) { return len(desk.named("firing "+down)) == 3, desk.names() })
	if told := desk.named("firing " + down)[2]; told.Annotations["ticket_severity"] != "S3" || told.Labels["severity"] != "major" {
		t.Errorf("the desk is told anew as %+v", told)
	}
	late := "ResponseOverdue Aoba Foods/Osaka device/core"
	if told := desk.names() + engineers.names(); strings.Contains(told, late) || strings.Contains(told, "TicketEscalated Aoba Foods/Osaka device/core") {
		t.Errorf("of what is silenced is told:\n%s", told)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, address+"/api/v2/silence/"+strings.TrimSpace(silence), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("end the silence: %v, %v", answer, err)
	}
	answer.Body.Close()
	until(t, 30*time.Second, func() (bool, string) { return len(desk.named("firing "+late)) == 1, desk.names() })
}

// TestMailReplies hands mails to the command through a mail server, which takes them, sends them back or
// has them come again, by what the command says.
func TestMailReplies(t *testing.T) {
	python := alerttest.Python(t)
	alarm := wasRaised("edge", alert.Major, time.Hour)
	address, role := serveTickets(t, "", alarm)
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, "testdata/replies.py", program, "alert", "reply", "--address", address)
	command.Stderr = t.Output()
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	port, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the mail server does not start: %v", err)
	}
	server := net.JoinHostPort("127.0.0.1", strings.TrimSpace(port))
	// send returns the answer's code, 250 of what is taken.
	send := func(subject, more, body string) (int, string) {
		t.Helper()
		text := "From: Sato <sato@partner.example>\nTo: tickets@partner.example\nSubject: " + subject + "\n" + more + "\n" + body + "\n"
		err := smtp.SendMail(server, nil, "sato@partner.example", []string{"tickets@partner.example"}, []byte(strings.ReplaceAll(text, "\n", "\r\n")))
		var refused *textproto.Error
		if errors.As(err, &refused) {
			return refused.Code, refused.Msg
		}
		if err != nil {
			t.Fatal(err)
		}
		return 250, ""
	}
	key := "[mimamori #" + alarm.ID + "]"
	for _, mail := range []struct {
		subject, more, body string
		code                int
		says                string
	}{
		{"Automatic reply: " + key, "Auto-Submitted: auto-replied\n", "I am away.", 250, ""},
		{"Re: " + key + " RAISED edge is down", "Message-ID: <1@partner.example>\n", "The carrier is on it.\n\nOn Friday, NOC wrote:\n> Alarm raised\n", 250, ""},
		{"Re: " + key + " RAISED edge is down", "Message-ID: <1@partner.example>\n", "The carrier is on it.\n", 250, ""}, // again
		{"[mimamori #ffffffffffffffff]", "", "x", 550, "no such ticket"},
		{"lunch", "", "x", 554, "no key"},
	} {
		if code, said := send(mail.subject, mail.more, mail.body); code != mail.code || !strings.Contains(said, mail.says) {
			t.Errorf("%s: %d %s, want %d with %q", mail.subject, code, said, mail.code, mail.says)
		}
	}
	printed, _, code := call(t, "alert", "ticket", alarm.ID, "--json", "--address", address)
	var kept journal.Ticket
	if err := json.Unmarshal([]byte(printed), &kept); code != 0 || err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, printed)
	}
	var said []string
	for _, e := range kept.Entries {
		if e.Via == "mail" {
			said = append(said, fmt.Sprintf("%s %s: %s", e.By, e.What, e.Text))
		}
	}
	want := "sato@partner.example commented: I am away.\nsato@partner.example responded: The carrier is on it."
	if got := strings.Join(said, "\n"); got != want || kept.Reckoning.FirstResponseAt.IsZero() {
		t.Errorf("the ticket has\n%s\nwant\n%s", got, want)
	}
	role.Close() // and the mail waits
	if code, said := send("Re: "+key, "", "x"); code != 451 || !strings.Contains(said, "see whether mimamori alert") {
		t.Errorf("to nobody: %d %s", code, said)
	}
}
