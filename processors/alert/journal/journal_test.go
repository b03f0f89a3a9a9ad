package journal_test

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/ticket"
)

// tuesday is 10:00 in Tokyo, where the desk is open.
var tuesday = time.Date(2026, 6, 2, 1, 0, 0, 0, time.UTC)

// book is a journal with a real file, at a time that the test says.
type book struct {
	*journal.Journal
	t        *testing.T
	at       time.Time
	path     string
	config   journal.Config
	file     *ledger.Ledger
	registry *prometheus.Registry
}

func newBook(t *testing.T) *book {
	b := &book{t: t, at: tuesday, path: filepath.Join(t.TempDir(), "alarms.db"), config: journal.DefaultConfig()}
	b.open()
	return b
}

// open opens the file, as after a restart.
func (b *book) open() {
	b.t.Helper()
	if b.file != nil {
		if err := b.file.Close(); err != nil {
			b.t.Fatal(err)
		}
	}
	agreed := ticket.DefaultConfig()
	agreed.Customers = []ticket.Customer{{Customer: "acme", Plan: "enhanced"}}
	rules, err := ticket.New(agreed)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.file, err = ledger.Open(b.path); err != nil {
		b.t.Fatal(err)
	}
	file := b.file
	b.t.Cleanup(func() { file.Close() })
	b.registry = prometheus.NewRegistry()
	if b.Journal, err = journal.New(b.config, rules, b.file, slog.New(slog.DiscardHandler), b.registry); err != nil {
		b.t.Fatal(err)
	}
	b.SetNow(func() time.Time { return b.at })
	if _, err := b.Load(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// counted is what a counter says, with these values of its labels.
func (b *book) counted(name string, values ...string) (sum float64) {
	b.t.Helper()
	families, err := b.registry.Gather()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, family := range families {
		for _, one := range family.GetMetric() {
			var labels []string
			for _, label := range one.GetLabel() {
				labels = append(labels, label.GetValue())
			}
			if family.GetName() == name && slices.Equal(labels, values) {
				sum += one.GetCounter().GetValue() + one.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// raised is an alarm of a device, raised now.
func (b *book) raised(device string, severity alert.Severity) alert.Alarm {
	key := alert.Key{Rule: "DeviceDown", Customer: "acme", Site: "tokyo", Entity: "device/" + device}
	return alert.Alarm{Key: key, ID: key.String(), State: alert.Raised, Kind: "DeviceDown", Severity: severity, Name: device, Device: device,
		Since: b.at.Add(-time.Minute), Raised: b.at, At: b.at, Summary: device + " is down"}
}

func (b *book) save(alarms ...alert.Alarm) {
	b.t.Helper()
	if err := b.Save(b.t.Context(), alert.Changes{Alarms: alarms}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) clear(a alert.Alarm) {
	b.t.Helper()
	a.State, a.Cleared = alert.Cleared, b.at
	b.save(a)
}

// acknowledge is what the engine keeps of it.
func (b *book) acknowledge(a alert.Alarm, action string, length time.Duration) {
	b.t.Helper()
	e := alert.Entry{At: b.at, By: "noc", Action: action, Key: a.Key, ID: a.ID, Reason: "on site"}
	if length > 0 {
		e.Owner, e.Until = "sato", b.at.Add(length)
	}
	if err := b.Save(b.t.Context(), alert.Changes{Alarms: []alert.Alarm{a}, Entries: []alert.Entry{e}}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) ticket(id string) journal.Ticket {
	b.t.Helper()
	t, err := b.Ticket(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return t
}

// owes holds what is owed some time after Tuesday 10:00 against what should be.
func (b *book) owes(after time.Duration, want ...string) {
	b.t.Helper()
	b.at = tuesday.Add(after)
	var got []string
	for _, owed := range b.Owed(b.at) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", owed.Of.Entity, owed.Kind, owed.Step)))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		b.t.Errorf("after %s %q is owed, want %q", after, got, want)
	}
}

// TestWhatIsOwed lets a ticket grow late, and what people say of it settle that.
func TestWhatIsOwed(t *testing.T) {
	b := newBook(t)
	edge := b.raised("edge", alert.Major) // S2 of enhanced: 30m; engineer after 30m, senior 1h, manager 2h, VP 4h
	b.save(edge)
	b.owes(30*time.Minute, "device/edge TicketEscalated engineer") // what comes on the dot is in time
	b.owes(61*time.Minute, "device/edge ResponseOverdue", "device/edge TicketEscalated engineer", "device/edge TicketEscalated senior")
	b.open()
	b.owes(61*time.Minute, "device/edge ResponseOverdue", "device/edge TicketEscalated engineer", "device/edge TicketEscalated senior")
	if _, err := b.Respond(t.Context(), edge.ID, journal.Word{By: "sato", Text: "the carrier is on it"}); err != nil {
		t.Fatal(err)
	}
	b.owes(90 * time.Minute)
	b.owes(2*time.Hour, "device/edge TicketEscalated manager") // an answer does not stop the chain
	b.acknowledge(edge, "acknowledged", time.Hour)
	b.owes(3*time.Hour - time.Second)
	b.owes(3*time.Hour, "device/edge TicketEscalated manager") // it has expired
	b.acknowledge(edge, "acknowledged", time.Hour)
	b.owes(3*time.Hour + time.Minute)
	b.acknowledge(edge, "unacknowledged", 0)
	b.owes(3*time.Hour+2*time.Minute, "device/edge TicketEscalated manager")
	if _, err := b.Respond(t.Context(), edge.ID, journal.Word{By: "sato", Text: "parts are ordered"}); err != nil {
		t.Fatal(err)
	}
	b.owes(5 * time.Hour) // an hour and a minute do not count, for somebody had it then
	b.owes(5*time.Hour+time.Minute, "device/edge TicketEscalated VP")
	b.owes(27*time.Hour, "device/edge TicketEscalated VP")                                            // the hours of the desk alone: 8 of them
	b.owes(27*time.Hour+3*time.Minute, "device/edge TicketEscalated VP", "device/edge UpdateOverdue") // 24h after the last answer
	got := b.ticket(edge.ID)
	if len(got.Reckoning.Breaches) != 2 || got.Reckoning.Breaches[0].Kind != ticket.FirstResponse || !got.Reckoning.Breaches[0].Ended.Equal(tuesday.Add(61*time.Minute)) || !got.Reckoning.Breaches[1].Ended.IsZero() {
		t.Errorf("it is late by %+v", got.Reckoning.Breaches)
	}
	b.clear(edge)
	b.owes(28 * time.Hour)
	got = b.ticket(edge.ID)
	if inTime, known := got.Reckoning.InTime(got.Closed, b.at); inTime || !known || len(got.Reckoning.Breaches) != 2 || !got.Reckoning.Breaches[1].Ended.Equal(got.Closed) {
		t.Errorf("it was closed with %+v", got.Reckoning)
	}
	if b.counted("mimamori_alert_tickets_open") != 0 || b.counted("mimamori_alert_tickets_closed_total") != 1 {
		t.Error("the open and the closed are not counted")
	}
}

// TestSeverityChanges holds that what is due follows the severity agreed last, over a restart too.
func TestSeverityChanges(t *testing.T) {
	b := newBook(t)
	edge := b.raised("edge", alert.Minor) // S3 of enhanced: 90m
	b.save(edge)
	b.owes(45 * time.Minute)
	if _, err := b.Regrade(t.Context(), edge.ID, "S1", journal.Word{By: "tanaka", Text: "the shop cannot open"}); err != nil {
		t.Fatal(err)
	}
	late := []string{"device/edge ResponseOverdue", "device/edge TicketEscalated engineer", "device/edge TicketEscalated senior"}
	b.owes(45*time.Minute, late...)
	b.open()
	b.owes(45*time.Minute, late...)
	standing, ok := b.Standing(edge.ID)
	if !ok || standing.Severity != "S1" || !standing.FirstResponseDue.Equal(tuesday.Add(30*time.Minute)) || !standing.Changed.Equal(b.at) {
		t.Errorf("it stands at %+v", standing)
	}
	if _, err := b.Regrade(t.Context(), edge.ID, "S4", journal.Word{By: "tanaka", Text: "it was another shop"}); err != nil {
		t.Fatal(err)
	}
	b.owes(50 * time.Minute)
	if _, err := b.Prioritise(t.Context(), edge.ID, 1, journal.Word{By: "tanaka", Text: "the director asks"}); err != nil {
		t.Fatal(err)
	}
	if got := b.ticket(edge.ID); got.Opening != ticket.S3 || got.Severity != ticket.S4 || got.Priority != 1 || len(got.Entries) != 3 {
		t.Errorf("it is %+v", got)
	}
	audit, err := b.file.Audit(10)
	if err != nil || len(audit) != 3 || audit[0].Action != "priority" || audit[0].To != "1" || audit[2].To != "S1" || audit[2].Reason != "the shop cannot open" {
		t.Errorf("the audit log has %+v, %v", audit, err)
	}
}

// TestNoTickets holds what is none: what is of no customer, and what is about a ticket.
func TestNoTickets(t *testing.T) {
	b := newBook(t)
	edge := b.raised("edge", alert.Major)
	failing := alert.Key{Rule: "ReceiverFailing", Entity: "receiver/desk"}
	receiver := alert.Alarm{Key: failing, ID: failing.String(), State: alert.Raised, Severity: alert.Major, Raised: b.at}
	about := edge
	about.Rule, about.Ticket, about.Step, about.Kind = "TicketEscalated", edge.ID, "engineer", "TicketEscalated"
	about.ID = about.String()
	b.save(receiver, edge)
	b.at = b.at.Add(time.Hour)
	about.Raised = b.at
	b.save(about)
	b.save(about) // as when something about it changed
	all, err := b.Tickets(t.Context(), journal.Choice{From: tuesday, To: b.at, Entries: true})
	if err != nil || len(all) != 1 || all[0].ID != edge.ID || len(all[0].Entries) != 1 || all[0].Entries[0].What != journal.Warned || all[0].Entries[0].Step != "engineer" {
		t.Errorf("there are %+v, %v", all, err)
	}
	b.owes(90*time.Minute, "device/edge ResponseOverdue", "device/edge TicketEscalated engineer", "device/edge TicketEscalated senior")
}

// TestMaintenanceMutes says so of what is owed.
func TestMaintenanceMutes(t *testing.T) {
	b := newBook(t)
	edge := b.raised("edge", alert.Major)
	b.save(edge)
	edge.Muted = true
	b.save(edge)
	b.open()
	b.at = tuesday.Add(time.Hour)
	for _, owed := range b.Owed(b.at) {
		if !owed.Muted {
			t.Errorf("%+v is not muted", owed)
		}
	}
}

// TestRaisedAgain is another ticket, and what is said of the first one answers nobody then.
func TestRaisedAgain(t *testing.T) {
	b := newBook(t)
	first := b.raised("edge", alert.Major)
	b.save(first)
	b.at = tuesday.Add(10 * time.Minute)
	b.clear(first)
	b.at = tuesday.Add(20 * time.Minute)
	second := b.raised("edge", alert.Major)
	b.save(second)
	if _, err := b.Comment(t.Context(), second.ID, journal.Word{By: "noc", Text: "once more"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Answer(t.Context(), first.ID, true, journal.Word{By: "sato@partner.example", Text: "done", Via: "mail", Began: first.Since.Truncate(time.Second)}); err != nil {
		t.Fatal(err)
	}
	b.open() // both are kept
	b.owes(51*time.Minute, "device/edge ResponseOverdue", "device/edge TicketEscalated engineer")
	if _, err := b.Answer(t.Context(), first.ID, true, journal.Word{By: "sato@partner.example", Text: "again", Via: "mail", Began: second.Since.Truncate(time.Second)}); err != nil {
		t.Fatal(err)
	}
	b.owes(52 * time.Minute)
	all, err := b.Tickets(t.Context(), journal.Choice{From: tuesday, To: b.at, Entries: true})
	if err != nil || len(all) != 2 || len(all[0].Entries) != 1 || all[0].Entries[0].Text != "done" || len(all[1].Entries) != 2 {
		t.Errorf("there are %+v, %v", all, err)
	}
	// Raised and cleared again while nothing could be kept, then raised once more.
	b.at = tuesday.Add(time.Hour)
	third := b.raised("edge", alert.Major)
	b.save(third)
	if all, err = b.Tickets(t.Context(), journal.Choice{From: tuesday, To: b.at.Add(time.Second)}); err != nil || len(all) != 3 || !all[1].Closed.Equal(third.Raised) || !all[2].Open() {
		t.Errorf("there are %+v, %v", all, err)
	}
	// What was closed is not closed again, without what was said of it.
	if _, err := b.Comment(t.Context(), third.ID, journal.Word{By: "noc", Text: "a third time"}); err != nil {
		t.Fatal(err)
	}
	b.clear(third)
	third.State, third.Cleared = alert.Cleared, b.at
	b.save(third)
	if all, err = b.Tickets(t.Context(), journal.Choice{From: tuesday, To: b.at.Add(time.Second), Entries: true}); err != nil || len(all) != 3 || len(all[2].Entries) != 1 {
		t.Errorf("there are %+v, %v", all, err)
	}
}

// TestWordsThatAreRefused are counted, and change nothing.
func TestWordsThatAreRefused(t *testing.T) {
	b := newBook(t)
	edge := b.raised("edge", alert.Major)
	b.save(edge)
	said := journal.Word{By: "noc", Text: "x"}
	for why, err := range map[string]error{
		"unknown":        second(b.Respond(t.Context(), "0123456789abcdef", said)),
		"no text":        second(b.Respond(t.Context(), edge.ID, journal.Word{By: "noc", Text: " \x1b "})),
		"nobody":         second(b.Comment(t.Context(), edge.ID, journal.Word{Text: "x"})),
		"no severity":    second(b.Regrade(t.Context(), edge.ID, "S5", said)),
		"without reason": second(b.Regrade(t.Context(), edge.ID, "S1", journal.Word{By: "noc"})),
		"no priority":    second(b.Prioritise(t.Context(), edge.ID, 5, said)),
	} {
		if want := journal.ErrMistake; why == "unknown" && !errors.Is(err, journal.ErrUnknown) || why != "unknown" && !errors.Is(err, want) {
			t.Errorf("%s: %v", why, err)
		}
	}
	for range 2 { // the same mail, twice
		if _, err := b.Answer(t.Context(), edge.ID, false, journal.Word{By: "a@b", Text: "away\u202e", Via: "mail", Reference: "<1@b>"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.ticket(edge.ID); len(got.Entries) != 1 || got.Entries[0].What != journal.Commented || got.Entries[0].Text != "away" {
		t.Errorf("it has %+v", got.Entries)
	}
	long := journal.Word{By: "robot", Text: strings.Repeat("x", 30_000), Via: "hook"}
	var full error
	kept := 0
	for ; full == nil && kept < 1000; kept++ {
		_, full = b.Comment(t.Context(), edge.ID, long)
	}
	if !errors.Is(full, journal.ErrFull) || kept > 14 { // of 20000 characters each
		t.Errorf("it took %d: %v", kept, full)
	}
	b.acknowledge(edge, "acknowledged", time.Hour) // is never refused
	if got := b.ticket(edge.ID); got.Reckoning.Owner != "sato" {
		t.Errorf("it is %+v", got.Reckoning)
	}
	b.clear(edge)
	if _, err := b.Regrade(t.Context(), edge.ID, "S1", said); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("a closed ticket is graded: %v", err)
	}
	for _, want := range []struct {
		via, why string
		count    float64
	}{{"hand", "unknown", 1}, {"hand", "mistaken", 5}, {"hook", "full", 1}, {"hand", "closed", 1}} {
		if got := b.counted("mimamori_alert_ticket_words_refused_total", want.via, want.why); got != want.count {
			t.Errorf("%s %s: %g were refused, want %g", want.via, want.why, got, want.count)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestWhoseMailAnswers holds that others comment.
func TestWhoseMailAnswers(t *testing.T) {
	b := newBook(t)
	b.config.Answering = []string{"*@partner.example"}
	b.open()
	edge := b.raised("edge", alert.Major)
	b.save(edge)
	for address, want := range map[string]journal.What{"Sato@Partner.Example": journal.Responded, "someone@customer.example": journal.Commented} {
		got, err := b.Answer(t.Context(), edge.ID, true, journal.Word{By: address, Text: "x", Via: "mail"})
		if err != nil || got.Entries[len(got.Entries)-1].What != want {
			t.Errorf("%s: %+v, %v", address, got.Entries, err)
		}
	}
}

// TestFindByWhatItIs names a ticket by what its alarm is about.
func TestFindByWhatItIs(t *testing.T) {
	b := newBook(t)
	edge, osaka := b.raised("edge", alert.Major), b.raised("edge", alert.Major)
	b.save(edge)
	key := edge.Key
	key.Site = ""
	if id, err := b.Find(key); err != nil || id != edge.ID {
		t.Errorf("without its site it is %q, %v", id, err)
	}
	osaka.Site = "osaka"
	osaka.ID = osaka.String()
	b.save(osaka)
	if _, err := b.Find(key); !errors.Is(err, journal.ErrMistake) {
		t.Errorf("one of two sites: %v", err)
	}
	if id, err := b.Find(osaka.Key); err != nil || id != osaka.ID {
		t.Errorf("with its site it is %q, %v", id, err)
	}
	key.Rule = "SiteDown"
	if _, err := b.Find(key); !errors.Is(err, journal.ErrUnknown) {
		t.Errorf("none: %v", err)
	}
}

// TestForgetsWhatIsOld by when it was closed, and by how many there are.
func TestForgetsWhatIsOld(t *testing.T) {
	b := newBook(t)
	long := b.raised("long", alert.Major) // opened first, closed last
	b.save(long)
	for i := range 5 {
		b.at = tuesday.Add(time.Duration(i) * time.Hour)
		short := b.raised(fmt.Sprint("short-", i), alert.Warning)
		b.save(short)
		b.at = b.at.Add(time.Minute)
		b.clear(short)
	}
	b.at = tuesday.Add(10 * time.Hour)
	b.clear(long)
	names := func() string {
		all, err := b.Tickets(t.Context(), journal.Choice{From: tuesday, To: b.at})
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for i := range all {
			text += all[i].Name + " "
		}
		return text
	}
	b.at = tuesday.Add(b.config.Keep + 2*time.Hour + time.Second) // the third was closed a minute later
	if err := b.Tidy(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	if got := names(); got != "long short-2 short-3 short-4 " {
		t.Errorf("there are still %s", got)
	}
	if err := b.Tidy(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := names(); got != "short-3 short-4 " {
		t.Errorf("there are still %s", got)
	}
	if _, err := b.Ticket(t.Context(), long.ID); !errors.Is(err, journal.ErrUnknown) {
		t.Errorf("what is forgotten is found: %v", err)
	}
	if b.counted("mimamori_alert_tickets_forgotten_total", "age") != 2 || b.counted("mimamori_alert_tickets_forgotten_total", "number") != 2 {
		t.Error("what is forgotten is not counted")
	}
}

// TestAlarmsOfBefore get tickets when they are first read, with who has them; what is open without an alarm is closed.
func TestAlarmsOfBefore(t *testing.T) {
	b := newBook(t)
	edge := b.raised("edge", alert.Major)
	edge.Acknowledged = alert.Acknowledgement{Owner: "sato", Reason: "on site", By: "noc", At: b.at, Until: b.at.Add(time.Hour)}
	if err := b.file.Save(t.Context(), alert.Changes{Alarms: []alert.Alarm{edge}}); err != nil { // past the journal
		t.Fatal(err)
	}
	b.open()
	if got := b.ticket(edge.ID); got.Reckoning.Owner != "sato" || !got.Reckoning.FirstResponseAt.Equal(tuesday) || got.Plan != "enhanced" {
		t.Errorf("it is %+v", got)
	}
	if err := b.file.Save(t.Context(), alert.Changes{Forgotten: []alert.Key{edge.Key}}); err != nil {
		t.Fatal(err)
	}
	b.at = tuesday.Add(time.Minute)
	b.open()
	if got := b.ticket(edge.ID); !got.Closed.Equal(b.at) {
		t.Errorf("it is %+v", got)
	}
}
