package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"mimamori/processors/alert"
	"mimamori/processors/alert/ledger"
	"mimamori/processors/alert/notify"
	"mimamori/processors/alert/ticket"
	"mimamori/processors/alert/web"
	"mimamori/storage"
	"mimamori/storage/sla"
)

// questionsOfAlarms is how many questions the alarms ask the store at once.
const questionsOfAlarms = 4

// alerting raises alarms and tells of them.
func alerting(a *application) ([]part, error) {
	config := a.config.Alert
	tickets, err := ticket.New(config.Tickets)
	if err != nil {
		return nil, fmt.Errorf("set up the clock of tickets: %w", err)
	}
	asking := &asker{who: "what raises alarms", application: a, connections: questionsOfAlarms}
	var engine *alert.Engine
	notifier, err := notify.New(config.Telling, func() bool { return engine.Alive() }, a.logger, a.registry)
	if err != nil {
		return nil, fmt.Errorf("set up the notifications: %w", err)
	}
	kept := &book{path: filepath.Join(config.Telling.Data, "alarms.db")}
	promises := &promises{asking: asking, config: a.config.Service}
	engine, err = alert.New(config.Raising, alert.Deps{
		Store: func() alert.Store {
			if store := asking.store.Load(); store != nil {
				return store
			}
			return nil
		},
		Promises: promises.ask,
		Failing:  func() []alert.Failing { return failing(notifier) },
		Ledger:   kept, Notifier: &courier{notifier: notifier, tickets: tickets, links: config.Telling.ExternalURL}, Logger: a.logger, Metrics: a.registry,
	})
	if err != nil {
		return nil, err
	}
	a.alarms = web.Handler(engine, kept, notifier, a.logger)
	return []part{
		asking.part(),
		{name: "notifications", ready: func(ctx context.Context) error {
			if err := kept.open(); err != nil {
				return err
			}
			return engine.Load(ctx) // what is open is known before anything is told
		}, run: notifier.Run, stop: kept.close, drain: config.Telling.DrainTimeout + leaving},
		{name: "alarms", run: engine.Run},
	}, nil
}

// book is the ledger, which is opened when the process starts and not when it is assembled.
type book struct {
	*ledger.Ledger
	path string
}

func (b *book) open() (err error) {
	b.Ledger, err = ledger.Open(b.path)
	return err
}

func (b *book) close() error {
	if b.Ledger == nil {
		return nil
	}
	return b.Ledger.Close()
}

func failing(notifier *notify.Notifier) []alert.Failing {
	var all []alert.Failing
	for _, one := range notifier.Failing() {
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
