package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// settleTime is how long everything may take to go through once the churn is over.
const settleTime = 3 * time.Minute

// Run makes a run with churn, counts, and holds the figures against those of a run of
// the same world that nothing disturbs. What a failure consists of is in the outcome;
// an error says that there was no run to speak of.
func Run(ctx context.Context, config Config) (Outcome, error) {
	if err := config.Validate(); err != nil {
		return Outcome{}, err
	}
	outcome := Outcome{Seed: config.Seed, Broker: config.Broker, Died: []string{}, Unclean: []string{}, Problems: []string{}}
	world, churned, err := disturbed(ctx, config, &outcome)
	if err != nil || config.Spoil {
		return outcome, err
	}
	began := time.Now()
	calm, err := undisturbed(ctx, config, world)
	if err != nil {
		return outcome, fmt.Errorf("the undisturbed run: %w", err)
	}
	comparison, differences := compare(churned, calm)
	comparison.Seconds = time.Since(began).Seconds()
	outcome.Comparison = &comparison
	outcome.Problems = append(outcome.Problems, differences...)
	return outcome, nil
}

// disturbed makes the run with churn and returns its figures.
func disturbed(ctx context.Context, config Config, outcome *Outcome) (World, figures, error) {
	notes := newNotes(config.Events)
	p, err := newPlant(config, "churn", often, notes)
	if err != nil {
		return World{}, nil, err
	}
	defer p.close()
	defer notes.finish()
	if err := p.start(ctx); err != nil {
		return World{}, nil, err
	}
	watching, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { p.watch(watching) })
	defer watch.Wait()
	defer stop()

	began := time.Now()
	notes.begin(began)
	world := config.world(began.Add(time.Second))
	if err := p.feed(world); err != nil {
		return world, nil, err
	}
	length := config.length(world.Ports)
	notes.say("%s of churn, %d slots of %d rows", length, world.Slots, sitesCount*world.numbered())
	p.churn(ctx, began, schedule(config.Seed, length, config.Every, p.targets()))
	if ctx.Err() != nil {
		return world, nil, context.Cause(ctx)
	}
	outcome.Seconds = time.Since(began).Seconds()
	healed := time.Now()
	notes.say("the churn is over")
	err = p.pass(ctx, world, settleTime)
	if err == nil {
		err = p.rest(ctx, settleTime)
	}
	if err != nil {
		if ctx.Err() != nil {
			return world, nil, err
		}
		notes.say("%v", err)
		outcome.Problems = append(outcome.Problems, err.Error())
	}
	outcome.SettleSeconds = time.Since(healed).Seconds()
	if err == nil {
		notes.say("everything has gone through")
	}
	found, err := p.conclude(ctx, world, outcome)
	outcome.take(notes, p)
	return world, found, err
}

// conclude ends the pipeline in good order, counts and reads the figures.
func (p *plant) conclude(ctx context.Context, world World, outcome *Outcome) (figures, error) {
	outcome.DeadLetters = p.deadLetters()
	var ends []member
	for _, m := range append(append([]process{}, p.pollers...), p.processors...) {
		ends = append(ends, m)
	}
	p.notes.finish()
	p.leave(ends...)
	if p.Spoil {
		if err := p.spoil(ctx, world); err != nil {
			return nil, err
		}
	}
	if err := p.count(ctx, world, outcome); err != nil {
		return nil, err
	}
	found, err := p.read(ctx, world)
	if err != nil {
		return nil, err
	}
	p.leave(p.store, p.broker)
	return found, nil
}

// undisturbed says the same world at once, with nothing in its way, and returns its
// figures. The centre's time does not come in between: all rows are judged as they come,
// on the live path.
func undisturbed(ctx context.Context, config Config, world World) (figures, error) {
	config.Broker = EmbeddedBroker
	notes := newNotes(config.Events)
	p, err := newPlant(config, "calm", seldom, notes)
	if err != nil {
		return nil, err
	}
	defer p.close()
	defer notes.finish()
	p.atOnce = true
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	if err := p.feed(world); err != nil {
		return nil, err
	}
	notes.say("the undisturbed run of the same world")
	if err := p.pass(ctx, world, settleTime+time.Duration(world.Slots)*time.Second); err != nil {
		return nil, err
	}
	if err := p.wake(); err != nil {
		return nil, err
	}
	if err := p.rest(ctx, settleTime); err != nil {
		return nil, err
	}
	var outcome Outcome
	found, err := p.conclude(ctx, world, &outcome)
	if err == nil && outcome.Lost+outcome.Doubled+outcome.Others.Lost+outcome.Others.Doubled > 0 {
		err = fmt.Errorf("rows were lost or doubled in it: %q", outcome.Problems)
	}
	return found, err
}

// take notes what happened to the parts.
func (o *Outcome) take(n *notes, p *plant) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	o.Kills, o.Freezes, o.Restarts = n.counts[Kill], n.counts[Freeze], n.counts[Restart]
	o.Cuts = n.counts[Break] + n.counts[Refuse] + n.counts[Hole] + n.counts[Slow]
	o.Died, o.Unclean = append(o.Died, n.deaths...), append(o.Unclean, n.faults...)
	o.Problems = append(o.Problems, n.deaths...)
	o.Problems = append(o.Problems, n.faults...)
	if o.DeadLetters > 0 {
		o.Problems = append(o.Problems, fmt.Sprintf("%d messages went to the dead-letter topic", o.DeadLetters))
	}
	o.PeakRSS = map[string]uint64{}
	for _, m := range p.members() {
		o.PeakRSS[m.id()] = m.peak()
	}
}

// deadLetters asks the processors for what they could not use, since their last start.
func (p *plant) deadLetters() int64 {
	const name = "mimamori_processors_dead_letters_total"
	sum := int64(0)
	for _, m := range p.processors {
		if found, err := p.metrics(m.name, name); err == nil {
			sum += int64(found[name].sum)
		}
	}
	return sum
}
