package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/web"
	"mimamori/storage/report"
)

// alertCommand raises alarms, and asks the one that does.
type alertCommand struct {
	Serve    alertServeCommand    `cmd:"" default:"withargs" help:"Raise alarms and tell of them, apart from the other roles."`
	List     alertListCommand     `cmd:"" help:"List what is raised."`
	Ack      alertAckCommand      `cmd:"" help:"Say that somebody sees to an alarm: escalation stops until then."`
	Unack    alertUnackCommand    `cmd:"" help:"Take an acknowledgement back."`
	Ticket   alertTicketCommand   `cmd:"" help:"Print the ticket of an alarm: what is due, and all that happened to it."`
	Respond  alertRespondCommand  `cmd:"" help:"Say that a person answered: the wait for the first answer, or the next update, is over."`
	Comment  alertCommentCommand  `cmd:"" help:"Add a note to a ticket, which answers nobody."`
	Severity alertSeverityCommand `cmd:"" help:"Set the severity that was agreed anew: what is due is reckoned again."`
	Priority alertPriorityCommand `cmd:"" help:"Set the business priority of a ticket, which moves nothing that is due."`
	Reply    alertReplyCommand    `cmd:"" help:"Add a mail that answers one of ours, from standard input, to its ticket: for a mail server's pipe."`
	Audit    alertAuditCommand    `cmd:"" help:"Print who acknowledged, answered and graded what."`
	Silence  alertSilenceCommand  `cmd:"" help:"Keep alarms from being told for a time; amtool lists and ends silences."`
	Test     alertTestCommand     `cmd:"" help:"Send a marked sample to a receiver, and say what came back."`
	Backtest alertBacktestCommand `cmd:"" help:"Try the rules on the past: what would have been raised, when and for how long."`
}

// alertmanagerFlag names a configuration of Alertmanager in place of that of the file.
type alertmanagerFlag struct {
	Alertmanager string `help:"Configuration of Prometheus Alertmanager with the routes and receivers, in place of alert.alertmanager." type:"existingfile" placeholder:"FILE"`
}

func (f alertmanagerFlag) heed(config Config) (Config, error) {
	if f.Alertmanager == "" {
		return config, nil
	}
	path, err := filepath.Abs(f.Alertmanager)
	if err != nil {
		return Config{}, fmt.Errorf("find %s: %w", f.Alertmanager, err)
	}
	config.Alert.Telling.File = path
	if err := config.Alert.validate(); err != nil {
		return Config{}, usageError{err}
	}
	return config, nil
}

// alertServeCommand raises alarms.
type alertServeCommand struct {
	serveFlags       `embed:""`
	alertmanagerFlag `embed:""`
}

// Run raises alarms until the context ends.
func (c *alertServeCommand) Run(ctx context.Context, logger *slog.Logger) error {
	config, err := c.load()
	if err != nil {
		return err
	}
	if err := config.apart(false); err != nil {
		return err
	}
	if config, err = c.alertmanagerFlag.heed(config); err != nil {
		return err
	}
	return newApplication(config, logger).play(ctx, alertRole, nil)
}

// load loads the configuration with the flags.
func (c *alertServeCommand) load() (Config, error) { return c.serveFlags.load() }

// alertAddress says where the alarms are asked.
type alertAddress struct {
	Config  string `help:"Configuration file of the role that raises them: its http.listen is asked." type:"existingfile" placeholder:"FILE"`
	Address string `help:"Ask here instead, as http://127.0.0.1:9464." placeholder:"URL"`
	Token   string `name:"token-file" help:"File with the token of api.tokens to show, which a role on another machine wants. Default: the environment variable MIMAMORI_TOKEN." type:"existingfile" placeholder:"FILE"`
}

// token is what is shown to the role; empty for nothing.
func (a alertAddress) token() (string, error) {
	if a.Token == "" {
		return strings.TrimSpace(os.Getenv("MIMAMORI_TOKEN")), nil
	}
	text, err := (&document{path: "."}).read(a.Token, 0)
	if err != nil {
		return "", usageError{fmt.Errorf("--token-file: %w", err)}
	}
	return strings.TrimSpace(text), nil
}

func (a alertAddress) base() (string, error) {
	if a.Address != "" {
		if at, err := url.Parse(a.Address); err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
			return "", usageError{fmt.Errorf("--address %q is no address: write it as http://127.0.0.1:9464", a.Address)}
		}
		return strings.TrimRight(a.Address, "/"), nil
	}
	listen := defaultConfig().HTTP.Listen
	if a.Config != "" {
		config, err := configFlag{a.Config}.load()
		if err != nil {
			return "", err
		}
		listen = config.HTTP.Listen
	}
	if listen == "" {
		return "", usageError{errors.New("http.listen is empty in this configuration: give --address")}
	}
	if host, port, err := net.SplitHostPort(listen); err == nil && (host == "" || net.ParseIP(host).IsUnspecified()) {
		listen = net.JoinHostPort("localhost", port)
	}
	return "http://" + listen, nil
}

// mostAnswer bounds what is read of an answer.
const mostAnswer = 64 << 20

// ask asks the role that raises alarms. Without a body it reads.
func (a alertAddress) ask(ctx context.Context, path string, body, into any) error {
	if body == nil {
		return a.send(ctx, http.MethodGet, path, "application/json", nil, into)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	return a.send(ctx, http.MethodPost, path, "application/json", text, into)
}

// refusal is an answer that the role gave, and that is none of 2xx.
type refusal struct {
	status int
	error
	said bool // by the role itself, and not by what stands before it
}

// send sends a request of any form.
func (a alertAddress) send(ctx context.Context, method, path, form string, body []byte, into any) error {
	base, err := a.base()
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask %s: %w", base, err)
	}
	request.Header.Set("Content-Type", form)
	token, err := a.token()
	if err != nil {
		return err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := (&http.Client{Timeout: time.Minute}).Do(request)
	if err != nil {
		return fmt.Errorf("ask %s: %w: see whether mimamori alert, all or demo runs there, or give --config or --address", base, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", base, err)
	}
	if response.StatusCode/100 != 2 {
		var said struct {
			Message string `json:"message"`
		}
		known := json.Unmarshal(answer, &said) == nil && said.Message != ""
		if !known {
			said.Message = strings.TrimSpace(string(answer))
		}
		return refusal{response.StatusCode, fmt.Errorf("%s answers %s: %s", base+path, response.Status, said.Message), known}
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", base+path, err)
	}
	return nil
}

// alertListCommand lists alarms.
type alertListCommand struct {
	alertAddress `embed:""`
	outputFlags  `embed:""`
	JSON         bool `name:"json" help:"Print all that is known of each, as JSON."`
	Pending      bool `help:"Also what is not raised yet because it has not been so for long enough."`
}

// Run prints what is raised, the gravest first.
func (c *alertListCommand) Run(ctx context.Context, output stdout) error {
	if err := c.checkOutput(output); err != nil {
		return err
	}
	var alarms []alert.Alarm
	if err := c.ask(ctx, web.Prefix, nil, &alarms); err != nil {
		return err
	}
	shown := []alert.Alarm{}
	for i := range alarms {
		if c.Pending || alarms[i].State == alert.Raised {
			shown = append(shown, alarms[i])
		}
	}
	if c.JSON {
		return printJSON(output, shown)
	}
	return c.write(alarmSheet(shown), output)
}

func printJSON(output stdout, value any) error {
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// alarmSheet has a row for each alarm.
func alarmSheet(alarms []alert.Alarm) report.Sheet {
	sheet := report.Sheet{Columns: []string{"id", "severity", "alert", "customer", "site", "entity", "since", "raised", "cleared", "owner", "summary"}}
	for i := range alarms {
		a := &alarms[i]
		owner := ""
		if a.Acknowledged.InForce(time.Now()) {
			owner = a.Acknowledged.Owner
		}
		sheet.Rows = append(sheet.Rows, []any{a.ID, string(a.Severity), a.Rule, a.Customer, a.Site, a.Entity, cell(a.Since), cell(a.Raised), cell(a.Cleared), owner, a.Summary})
	}
	return sheet
}

// cell is a time in a sheet, nothing where there is none.
func cell(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at
}

// alertAckCommand acknowledges an alarm.
type alertAckCommand struct {
	alertAddress `embed:""`
	ID           string        `arg:"" help:"Of the alarm, as mimamori alert list shows it."`
	Owner        string        `help:"Who sees to it. Default: the user of the operating system."`
	Reason       string        `help:"What is being done." required:"" placeholder:"TEXT"`
	For          time.Duration `help:"For how long." default:"2h"`
	By           string        `help:"Who says so. Default: the user of the operating system."`
}

// Run acknowledges and prints the alarm.
func (c *alertAckCommand) Run(ctx context.Context, output stdout) error {
	by, err := enteredBy(c.By)
	if err != nil {
		return err
	}
	owner := c.Owner
	if owner == "" {
		owner = by
	}
	var changed alert.Alarm
	if err := c.ask(ctx, web.Prefix+"/"+url.PathEscape(c.ID)+"/acknowledge", web.Word{Owner: owner, Reason: c.Reason, By: by, For: c.For.String()}, &changed); err != nil {
		return err
	}
	_, err = fmt.Fprintf(output, "%s sees to it until %s: %s\n", changed.Acknowledged.Owner, changed.Acknowledged.Until.Local().Format("2006-01-02 15:04"), changed.Summary)
	return err
}

// alertUnackCommand takes an acknowledgement back.
type alertUnackCommand struct {
	alertAddress `embed:""`
	ID           string `arg:"" help:"Of the alarm."`
	Reason       string `help:"Why." required:"" placeholder:"TEXT"`
	By           string `help:"Who says so. Default: the user of the operating system."`
}

// Run takes it back and prints the alarm.
func (c *alertUnackCommand) Run(ctx context.Context, output stdout) error {
	by, err := enteredBy(c.By)
	if err != nil {
		return err
	}
	var changed alert.Alarm
	if err := c.ask(ctx, web.Prefix+"/"+url.PathEscape(c.ID)+"/unacknowledge", web.Word{Reason: c.Reason, By: by}, &changed); err != nil {
		return err
	}
	_, err = fmt.Fprintf(output, "nobody sees to it now: %s\n", changed.Summary)
	return err
}

// alertAuditCommand prints the audit log.
type alertAuditCommand struct {
	alertAddress `embed:""`
	outputFlags  `embed:""`
	Limit        int `help:"Entries at most, the newest first." default:"100"`
}

// Run prints the newest entries.
func (c *alertAuditCommand) Run(ctx context.Context, output stdout) error {
	if err := c.checkOutput(output); err != nil {
		return err
	}
	var entries []alert.Entry
	if err := c.ask(ctx, fmt.Sprintf("%s/audit?limit=%d", web.Prefix, c.Limit), nil, &entries); err != nil {
		return err
	}
	sheet := report.Sheet{Columns: []string{"at", "by", "action", "owner", "until", "reason", "alert", "customer", "site", "entity", "id", "to"}}
	for i := range entries {
		e := &entries[i]
		sheet.Rows = append(sheet.Rows, []any{e.At, e.By, e.Action, e.Owner, cell(e.Until), e.Reason, e.Rule, e.Customer, e.Site, e.Entity, e.ID, e.To})
	}
	return c.write(sheet, output)
}

// alertSilenceCommand makes a silence.
type alertSilenceCommand struct {
	alertAddress `embed:""`
	Matchers     []string      `arg:"" help:"Which alarms, as alertname=LinkSaturated customer=acme site=tokyo severity=~'minor|warning'."`
	For          time.Duration `help:"For how long." default:"2h"`
	Why          string        `help:"Why." required:"" placeholder:"TEXT"`
	By           string        `help:"Who says so. Default: the user of the operating system."`
}

// Run makes the silence and prints its id.
func (c *alertSilenceCommand) Run(ctx context.Context, output stdout) error {
	type matcher struct {
		Name    string `json:"name"`
		Value   string `json:"value"`
		IsRegex bool   `json:"isRegex"`
		IsEqual bool   `json:"isEqual"`
	}
	var matchers []matcher
	for _, text := range c.Matchers {
		at := strings.IndexAny(text, "=!")
		if at < 1 || strings.HasPrefix(text[at:], "!") && !strings.HasPrefix(text[at:], "!=") && !strings.HasPrefix(text[at:], "!~") {
			return usageError{fmt.Errorf("%q is no matcher: write NAME=VALUE, NAME!=VALUE, NAME=~REGEX or NAME!~REGEX", text)}
		}
		one := matcher{Name: text[:at], IsEqual: text[at] == '='}
		operator := text[at:min(len(text), at+2)]
		switch operator {
		case "=~", "!~":
			one.IsRegex, one.Value = true, text[at+2:]
		case "!=":
			one.Value = text[at+2:]
		default:
			one.Value = text[at+1:]
		}
		matchers = append(matchers, one)
	}
	by, err := enteredBy(c.By)
	if err != nil {
		return err
	}
	now := time.Now().UTC()
	body := map[string]any{"matchers": matchers, "startsAt": now, "endsAt": now.Add(c.For), "createdBy": by, "comment": c.Why}
	var made struct {
		SilenceID string `json:"silenceID"`
	}
	if err := c.ask(ctx, web.AlertmanagerPrefix+"silences", body, &made); err != nil {
		return err
	}
	_, err = fmt.Fprintln(output, made.SilenceID)
	return err
}

// alertTestCommand tries a receiver.
type alertTestCommand struct {
	alertAddress `embed:""`
	Receiver     string `arg:"" help:"As the configuration of Alertmanager names it."`
}

// Run sends a sample and prints what came back; exit code 1 where something failed.
func (c *alertTestCommand) Run(ctx context.Context, output stdout) error {
	var said struct {
		Answer string `json:"answer"`
		Failed bool   `json:"failed"`
	}
	if err := c.ask(ctx, web.Prefix+"/test", web.Trial{Receiver: c.Receiver}, &said); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(output, said.Answer); err != nil {
		return err
	}
	if said.Failed {
		return fmt.Errorf("receiver %s did not take the sample", c.Receiver)
	}
	return nil
}
