package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ticket"
	"mimamori/processors/alert/web"
	"mimamori/storage/report"
)

// ticketsReport asks the role that raises alarms, which keeps the tickets, and no store.
type ticketsReport struct {
	alertAddress `embed:""`
	outputFlags  `embed:""`
	From         string `help:"Tickets opened from then on: RFC 3339, a date, a time of day there such as 2026-05-01T09:00, or 24h or 30d before now." default:"30d"`
	To           string `help:"Tickets opened before then: as --from, or now." default:"now"`
	Month        string `help:"A month such as 2026-05 in place of --from and --to." placeholder:"MONTH"`
	TZ           string `name:"tz" help:"Time zone that dates are meant in and times are printed in, such as Asia/Tokyo." default:"UTC"`
	Customer     string `help:"Only this customer."`
	Site         string `help:"Only this site."`
	By           string `help:"A row for each ticket, or the totals of each customer: ticket or customer." enum:"ticket,customer" default:"ticket"`
}

// Run prints the report.
func (r *ticketsReport) Run(ctx context.Context, output stdout) error {
	if err := r.checkOutput(output); err != nil {
		return err
	}
	if r.Month != "" && (r.From != "30d" || r.To != "now") {
		return usageError{errors.New("--month stands in place of --from and --to: give the one or the others")}
	}
	now := time.Now()
	span := reportFlags{From: r.From, To: r.To, Month: r.Month, TZ: r.TZ}
	query, location, err := span.query(now)
	if err != nil {
		return err
	}
	asked := url.Values{"from": {query.From.UTC().Format(time.RFC3339)}, "to": {query.To.UTC().Format(time.RFC3339)}, "customer": {r.Customer}, "site": {r.Site}}
	var tickets []journal.Ticket
	if err := r.ask(ctx, web.Prefix+"/tickets?"+asked.Encode(), nil, &tickets); err != nil {
		return err
	}
	totals := totalTickets(tickets, now)
	sheet := ticketSheet(tickets, now)
	if r.By == "customer" {
		sheet = totalSheet(totals)
	} else {
		sheet.Notes = totalNotes(totals)
	}
	sheet.From, sheet.To, sheet.Location = query.From, query.To, location
	sheet.Empty = "no ticket was opened in this time"
	return r.write(sheet, output)
}

// ticketSheet has a row for each ticket.
func ticketSheet(tickets []journal.Ticket, now time.Time) report.Sheet {
	sheet := report.Sheet{Keys: 5,
		Columns: []string{"id", "customer", "site", "entity", "alert", "severity", "opening_severity", "priority", "plan", "desk", "opened", "closed",
			"first_response_due", "first_response_at", "in_time", "breaches", "update_breaches", "escalations", "escalated_to", "summary"},
		Brief: []string{"id", "customer", "site", "entity", "alert", "severity", "plan", "opened", "closed", "first_response_due", "first_response_at", "in_time", "update_breaches", "escalated_to"},
	}
	for i := range tickets {
		t := &tickets[i]
		r := reckoningOf(t)
		var priority, inTime any
		if t.Priority > 0 {
			priority = t.Priority
		}
		if is, known := r.InTime(t.Closed, now); known {
			inTime = is
		}
		steps := escalations(t)
		last := ""
		if len(steps) > 0 {
			last = steps[len(steps)-1]
		}
		sheet.Rows = append(sheet.Rows, []any{t.ID, t.Customer, t.Site, t.Entity, t.Rule, string(t.Severity), string(t.Opening), priority, t.Plan, t.Desk, t.Opened, cell(t.Closed),
			cell(r.FirstResponseDue), cell(r.FirstResponseAt), inTime, len(r.Breaches), updateBreaches(r), len(steps), last, oneLine(t.Summary)})
	}
	return sheet
}

func reckoningOf(t *journal.Ticket) journal.Reckoning {
	if t.Reckoning == nil {
		return journal.Reckoning{}
	}
	return *t.Reckoning
}

func updateBreaches(r journal.Reckoning) (count int) {
	for _, breach := range r.Breaches {
		if breach.Kind == ticket.Update {
			count++
		}
	}
	return count
}

// escalations are the steps that were told, one after the other.
func escalations(t *journal.Ticket) []string {
	var steps []string
	for _, e := range t.Entries {
		if e.What == journal.Warned && e.Alert == alert.TicketEscalated && !slices.Contains(steps, e.Step) {
			steps = append(steps, e.Step)
		}
	}
	return steps
}

// ticketTotals are those of a customer.
type ticketTotals struct {
	tickets, open, inTime, late, updatesLate, escalated int
}

// percent of the first answers that were in time; false while none was due.
func (t ticketTotals) percent() (float64, bool) {
	if t.inTime+t.late == 0 {
		return 0, false
	}
	return 100 * float64(t.inTime) / float64(t.inTime+t.late), true
}

func totalTickets(tickets []journal.Ticket, now time.Time) map[string]ticketTotals {
	all := map[string]ticketTotals{}
	for i := range tickets {
		t := &tickets[i]
		r := reckoningOf(t)
		sum := all[t.Customer]
		sum.tickets++
		if t.Open() {
			sum.open++
		}
		switch inTime, known := r.InTime(t.Closed, now); {
		case known && inTime:
			sum.inTime++
		case known:
			sum.late++
		}
		sum.updatesLate += updateBreaches(r)
		if len(escalations(t)) > 0 {
			sum.escalated++
		}
		all[t.Customer] = sum
	}
	return all
}

// totalSheet has a row for each customer.
func totalSheet(totals map[string]ticketTotals) report.Sheet {
	sheet := report.Sheet{Keys: 1, Columns: []string{"customer", "tickets", "open", "answered_in_time", "answered_late", "in_time_percent", "updates_late", "escalated"}}
	for _, customer := range slices.Sorted(maps.Keys(totals)) {
		sum := totals[customer]
		sheet.Rows = append(sheet.Rows, []any{customer, sum.tickets, sum.open, sum.inTime, sum.late, report.Optional(sum.percent()), sum.updatesLate, sum.escalated})
	}
	return sheet
}

// totalNotes are the totals below the tickets, for a person.
func totalNotes(totals map[string]ticketTotals) []string {
	var notes []string
	for _, customer := range slices.Sorted(maps.Keys(totals)) {
		sum := totals[customer]
		text := fmt.Sprintf("%s: %d tickets, %d open", customer, sum.tickets, sum.open)
		if percent, known := sum.percent(); known {
			// Rounded down: what is not all of it must not look so.
			text += fmt.Sprintf("; %d of %d first answers in time (%s %%)", sum.inTime, sum.inTime+sum.late, strconv.FormatFloat(math.Floor(percent*100)/100, 'f', -1, 64))
		}
		if sum.updatesLate > 0 {
			text += fmt.Sprintf("; %d updates late", sum.updatesLate)
		}
		if sum.escalated > 0 {
			text += fmt.Sprintf("; %d escalated", sum.escalated)
		}
		notes = append(notes, text+".")
	}
	return notes
}
