package chaos

import (
	"context"
	"sync"
	"time"
)

// targets are what the churn may hit, in a fixed order.
func (p *plant) targets() []target {
	whole := []Deed{Kill, Kill, Freeze, Restart}
	var all []target
	for _, m := range p.pollers {
		all = append(all, target{name: m.name, weight: 3, deeds: whole, rest: 2 * time.Second})
	}
	for _, m := range p.processors {
		all = append(all, target{name: m.name, weight: 5, deeds: whole, grouped: true, rest: 3 * time.Second})
	}
	all = append(all,
		target{name: p.broker.id(), weight: 4, deeds: whole, rest: p.brokerRest()},
		target{name: p.store.name, weight: 2, deeds: whole, rest: 6 * time.Second},
		target{name: p.engine.id(), weight: 2, deeds: []Deed{Kill, Freeze}, rest: 6 * time.Second})
	for _, name := range p.linkNames() {
		all = append(all, target{name: name, weight: 2, deeds: []Deed{Break, Refuse, Hole, Slow}, rest: 2 * time.Second})
	}
	return all
}

// brokerRest is what the broker needs to be of use again after a start.
func (p *plant) brokerRest() time.Duration {
	if p.Broker == KafkaBroker {
		return 12 * time.Second
	}
	return 4 * time.Second
}

func (p *plant) linkNames() []string {
	var names []string
	for _, m := range p.pollers {
		names = append(names, m.name+">broker")
	}
	for _, m := range p.processors {
		names = append(names, m.name+">broker", m.name+">store")
	}
	return names
}

func (p *plant) member(name string) member {
	if name == p.engine.id() {
		return p.engine
	}
	for _, m := range p.members() {
		if m.id() == name {
			return m
		}
	}
	return nil
}

// turn is held by whoever does something to a part. The engine's is that of the store,
// which starts it.
func (p *plant) turn(name string) *sync.Mutex {
	if name == p.engine.id() {
		name = p.store.name
	}
	return p.turns[name]
}

// churn does what the schedule says and returns when all of it is done and healed.
func (p *plant) churn(ctx context.Context, began time.Time, events []Event) {
	var doing sync.WaitGroup
	defer doing.Wait()
	for _, event := range events {
		timer := time.NewTimer(time.Until(began.Add(event.After)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		doing.Go(func() { p.do(ctx, event) })
	}
}

// do does one event and what ends it. The event is noted once it has reached its target,
// which may be later than planned, or never where the target does not run just then.
func (p *plant) do(ctx context.Context, event Event) {
	reached := false
	did := func() {
		reached = true
		p.notes.did(event)
	}
	pause := func() {
		timer := time.NewTimer(event.For)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	if link := p.links[event.Target]; link != nil {
		way := map[Deed]way{Refuse: refused, Hole: hole, Slow: slow}[event.Deed]
		if event.Deed == Break {
			link.sever()
			did()
			return
		}
		link.set(way)
		did()
		pause()
		link.set(open)
		return
	}
	turn := p.turn(event.Target)
	turn.Lock()
	defer turn.Unlock()
	if ctx.Err() != nil {
		return
	}
	m := p.member(event.Target)
	switch event.Deed {
	case Kill:
		m.kill(did)
	case Freeze:
		m.freeze(did)
	case Restart:
		if err := m.terminate(did); err != nil {
			p.notes.fault(err)
		}
	default: // the others are of connections
	}
	if !reached {
		p.notes.say("%s does not run: no %s", event.Target, event.Deed)
	}
	pause() // none after a restart
	if event.Deed == Freeze {
		m.thaw()
		return
	}
	if ctx.Err() != nil {
		return
	}
	if err := m.up(); err != nil {
		p.notes.say("%v", err)
	}
}
