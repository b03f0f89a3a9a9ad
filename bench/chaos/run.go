package chaos

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	kafkabus "mimamori/ingest/bus/kafka"
)

// settleTime is how long everything may take to go through once the churn is over.
const settleTime = 3 * time.Minute

// Run makes a run with churn, counts, and holds the figures against those of a run of
// the same world that nothing disturbs. What a failure consists of is in the outcome. An
// error says that the run was not finished; the outcome then has what was known so far.
func Run(ctx context.Context, config Config) (Outcome, error) {
	if err := config.Validate(); err != nil {
		return Outcome{}, err
	}
	outcome := Outcome{Seed: config.Seed, Broker: config.Broker, Died: []string{}, Unclean: []string{}, Problems: []string{}}
	err := run(ctx, config, &outcome)
	if err != nil {
		outcome.Problems = append(outcome.Problems, "the run was not finished: "+err.Error())
	}
	return outcome, err
}

func run(ctx context.Context, config Config, outcome *Outcome) error {
	world, churned, err := disturbed(ctx, config, outcome)
	if err != nil || config.Spoil {
		return err
	}
	began := time.Now()
	calm, err := undisturbed(ctx, config, world)
	if err != nil {
		return fmt.Errorf("the undisturbed run: %w", err)
	}
	comparison, differences := compare(churned, calm)
	comparison.Seconds = time.Since(began).Seconds()
	outcome.Comparison = &comparison
	outcome.Problems = append(outcome.Problems, differences...)
	outcome.Problems = append(outcome.Problems, calm.empty(world.named())...)
	return nil
}

// disturbed makes the run with churn and returns its figures.
func disturbed(ctx context.Context, config Config, outcome *Outcome) (World, figures, error) {
	notes := newNotes(config.Events)
	p, err := newPlant(config, "churn", false, notes)
	if err != nil {
		return World{}, nil, err
	}
	defer outcome.take(notes, p) // when all has ended
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
		notes.say("everything was sent and read")
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
	return world, found, err
}

// conclude ends the pipeline in good order, counts and reads the figures.
func (p *plant) conclude(ctx context.Context, world World, outcome *Outcome) (figures, error) {
	var ends []member
	for _, m := range append(append([]process{}, p.pollers...), p.processors...) {
		ends = append(ends, m)
	}
	p.notes.finish()
	p.leave(ends...)
	var err error
	if outcome.DeadLetters, err = p.deadLetters(ctx); err != nil {
		outcome.Problems = append(outcome.Problems, err.Error()) // the rows can be counted all the same
	}
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
// figures. The centre's time does not come in between, however long it takes: all rows are
// judged as they come, on the live path.
func undisturbed(ctx context.Context, config Config, world World) (figures, error) {
	config.Broker = EmbeddedBroker
	notes := newNotes(config.Events)
	p, err := newPlant(config, "calm", true, notes)
	if err != nil {
		return nil, err
	}
	defer p.close()
	defer notes.finish()
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
	if err := p.unticked(); err != nil {
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
	if err != nil {
		return nil, err
	}
	if outcome.take(notes, p); !outcome.OK() {
		return nil, fmt.Errorf("it failed by itself: %q", outcome.Problems)
	}
	return found, nil
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

// deadLetters is how many messages the dead-letter topic has had, whoever sent them and
// whatever became of them since.
func (p *plant) deadLetters(ctx context.Context) (int64, error) {
	config := bus.DefaultConfig()
	config.Brokers = []string{p.brokerAddress()}
	client, err := kafkabus.Open(config, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		return 0, fmt.Errorf("count the dead letters: %w", err)
	}
	defer client.Close() // nothing was sent
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	ends, err := client.Ends(ctx, bus.TopicDeadLetter)
	if err != nil {
		return 0, fmt.Errorf("count the dead letters: %w", err)
	}
	sum := int64(0)
	for _, end := range ends {
		sum += end
	}
	return sum, nil
}
