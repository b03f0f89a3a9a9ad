package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/archive"
	"mimamori/processors/alert/dossier"
	"mimamori/processors/alert/journal"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/mail"
	"mimamori/processors/alert/notify"
	"mimamori/processors/alert/servicenow"
	"mimamori/processors/alert/snmptrap"
	"mimamori/processors/alert/ticket"
	"mimamori/processors/alert/web"
	"mimamori/storage"
	"mimamori/storage/clickhouse"
	"mimamori/storage/sla"
)

// questionsOfAlarms is how many questions the alarms ask the store at once.
const questionsOfAlarms = 4

// alerting raises alarms and tells of them.
func alerting(a *application) ([]part, error) {
	tickets, err := ticket.New(a.config.Alert.Tickets)
	if err != nil {
		return nil, fmt.Errorf("set up the clock of tickets: %w", err)
	}
	r := &raising{application: a, tickets: tickets, asking: &asker{who: "what raises alarms", application: a, connections: questionsOfAlarms},
		keeping: &asker{who: "what keeps alarms", application: a, connections: 1, as: clickhouse.Config.ForAlerter}}
	return []part{
		r.asking.part(), r.keeping.part(),
		{name: "what was raised before", ready: r.begin, stop: r.end},
		{name: "archive of alarms", run: func(ctx context.Context) error { return r.archive.Run(ctx) }, drain: leaving},
		{name: "notifications", run: func(ctx context.Context) error { return r.notifier.Run(ctx) }, drain: a.config.Alert.Telling.DrainTimeout + leaving},
		{name: "tickets", run: func(ctx context.Context) error { return r.journal.Run(ctx) }},
		{name: "alarms", run: func(ctx context.Context) error { return r.engine.Run(ctx) }},
	}, nil
}

// raising is what raises alarms and tells of them. It is made when the process starts, for it reads what an
// earlier one left.
type raising struct {
	application *application
	tickets     *ticket.Rules
	asking      *asker
	keeping     *asker // writes what was raised to the store
	archive     *archive.Archive
	ledger      *ledger.Ledger
	journal     *journal.Journal
	notifier    *notify.Notifier
	engine      *alert.Engine
}

// begin reads what was left and hands it on: what is open is known before anything is told.
func (r *raising) begin(ctx context.Context) error {
	a, config := r.application, r.application.config.Alert
	var err error
	if r.ledger, err = ledger.Open(filepath.Join(config.Telling.Data, "alarms.db")); err != nil {
		return err
	}
	if r.journal, err = journal.New(config.Journal, r.tickets, r.ledger, a.logger, a.registry); err != nil {
		return err
	}
	if r.notifier, err = notify.New(config.Telling, func() bool { return r.engine.Alive() }, a.logger, a.registry); err != nil {
		return fmt.Errorf("set up the notifications: %w", err)
	}
	if err := r.integrate(); err != nil {
		return err
	}
	r.engine, err = alert.New(config.Raising, alert.Deps{
		Store: func() alert.Store {
			if store := r.asking.store.Load(); store != nil {
				return store
			}
			return nil
		},
		Promises: (&promises{asking: r.asking, config: a.config.Service}).ask,
		Failing:  r.failing, Owed: r.owed,
		Ledger: r.journal, Notifier: &courier{notifier: r.notifier, tickets: r.journal, links: config.Telling.ExternalURL, store: r.dossiers, logger: a.logger}, Logger: a.logger, Metrics: a.registry,
	})
	if err != nil {
		return err
	}
	if r.archive, err = archive.New(r.ledger, r.kept, r.engine.Alarms, a.logger, a.registry); err != nil {
		return err
	}
	access, err := r.access()
	if err != nil {
		return err
	}
	handler := web.Handler(web.Deps{Engine: r.engine, Tickets: r.journal, Audit: r.ledger, Notifier: r.notifier, Access: access, Logger: a.logger})
	a.alarms.Store(&handler)
	return r.engine.Load(ctx)
}

// integrate gives receivers of Alertmanager's configuration what Alertmanager has no word for.
func (r *raising) integrate() error {
	a, config := r.application, r.application.config.Alert
	destinations, err := snmptrap.Open(config.SNMP, filepath.Join(config.Telling.Data, "snmp"), a.logger, a.registry)
	if err != nil {
		return fmt.Errorf("set up the SNMP notifications: %w", err)
	}
	for _, destination := range destinations {
		if err := r.notifier.Add(destination.Receiver(), snmptrap.Kind, true, destination); err != nil {
			return err
		}
	}
	for _, target := range config.ServiceNow.Targets {
		desk, err := servicenow.New(target)
		if err != nil {
			return fmt.Errorf("set up the incidents of receiver %s: %w", target.Receiver, err)
		}
		if err := r.notifier.Add(target.Receiver, "servicenow", true, desk); err != nil {
			return err
		}
	}
	for _, target := range config.Mail.Targets {
		sender, err := mail.New(config.Mail, target)
		if err != nil {
			return fmt.Errorf("set up the mails of receiver %s: %w", target.Receiver, err)
		}
		if err := r.notifier.Add(target.Receiver, "ticket-mail", true, sender); err != nil {
			return err
		}
	}
	return nil
}

func (r *raising) end() error {
	r.application.alarms.Store(nil)
	if r.ledger == nil {
		return nil
	}
	return r.ledger.Close()
}

// kept is where what was raised is written; nil while there is no store.
func (r *raising) kept() archive.Store {
	if store := r.keeping.store.Load(); store != nil {
		return store
	}
	return nil
}

// dossiers is what is asked for what travels with an alarm; nil while there is no store.
func (r *raising) dossiers() dossier.Store {
	if store := r.asking.store.Load(); store != nil {
		return store
	}
	return nil
}

// owed is what tickets wait for. Whoever silenced an alarm knows of it: nothing about its ticket is told either.
func (r *raising) owed(ctx context.Context, at time.Time) []alert.Owed {
	all := r.journal.Owed(at)
	for i := range all {
		all[i].Muted = all[i].Muted || r.notifier.Silenced(ctx, labels(all[i].Of, all[i].Alarmed))
	}
	return all
}

func (r *raising) failing() []alert.Failing {
	var all []alert.Failing
	for _, one := range r.notifier.Failing() {
		all = append(all, alert.Failing{Receiver: one.Receiver + "/" + one.Integration, Since: one.Since, Error: one.LastError, Attempts: one.Failed})
	}
	return all
}

// promises holds what is available against what was promised, since the beginning of the month.
type promises struct {
	asking *asker
	config sla.Config
}

func (p *promises) ask(ctx context.Context, at time.Time) ([]alert.Promise, error) {
	store := p.asking.store.Load()
	if store == nil || len(p.config.Contracts) == 0 {
		return nil, nil
	}
	return promised(ctx, store, p.config, at)
}

func promised(ctx context.Context, store sla.Source, config sla.Config, at time.Time) ([]alert.Promise, error) {
	from := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	if !from.Before(at) {
		return nil, nil
	}
	var all []alert.Promise
	for _, by := range []sla.By{sla.ByCustomer, sla.BySite, sla.ByGroup} {
		answer, err := sla.Ask(ctx, store, config, sla.Question{
			Query: storage.Query{Scope: storage.EveryCustomer(), From: from, To: at}, By: by, FiguresOnly: true,
		})
		if err != nil {
			return nil, fmt.Errorf("ask what was available by %s: %w", by, err)
		}
		for i := range answer.Rows {
			row := &answer.Rows[i]
			percent, ok := row.Percent()
			if !ok || row.TargetPct == 0 {
				continue
			}
			promise := alert.Promise{Customer: row.Customer, Site: row.Site, From: from, Percent: percent, Target: row.TargetPct}
			switch by {
			case sla.ByCustomer:
				promise.Entity, promise.Name = "customer/"+row.Customer, row.Customer
			case sla.BySite:
				promise.Entity, promise.Name = "site/"+row.Site, row.Site
			default:
				promise.Entity, promise.Name = "group/"+row.Name, row.Name
			}
			all = append(all, promise)
		}
	}
	return all, nil
}
