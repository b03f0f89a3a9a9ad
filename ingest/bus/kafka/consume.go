package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"mimamori/ingest/bus"
)

const (
	// joinBackoff is how long a member waits after it failed to join.
	joinBackoff = 500 * time.Millisecond
	// coordinatorTimeout bounds how long a coordinator may take to answer a member.
	coordinatorTimeout = 5 * time.Second
	// leaveTimeout bounds how long a member takes to leave once it has drained. A
	// group that was not left is waited for by the next to join, for a session.
	leaveTimeout = 2 * time.Second
	// watchInterval is how often the gauges of the claims are set.
	watchInterval = time.Second
	// idleAfter is how long a partition may go without a fetch before its end is asked
	// for, and askTimeout how long that may take.
	idleAfter  = 2 * time.Second
	askTimeout = time.Second
	// stallAfter is how long a partition may go without a fetch before it is said.
	stallAfter = 30 * time.Second
)

// consumer is one membership of a group.
type consumer struct {
	client *Client
	group  string
	own    func(context.Context, bus.Claim) error
	fail   context.CancelCauseFunc // ends the membership
	owners sync.WaitGroup

	mutex  sync.Mutex
	claims map[*claim]*stall
}

// stall is whether it was said that a claim stalls.
type stall struct{ said bool }

// Consume joins a group and runs own in a goroutine for each partition of the topics
// the group assigns to this member, until the context ends. The topics must exist.
//
// The context given to own ends when the partitions are assigned anew or the
// membership ends; own then finishes what it has in hand, commits with a context of
// its own and returns. All are waited for before the member joins the next
// generation. own that takes longer than the configured RebalanceTimeout is fenced.
//
// Consume returns nil once its context has ended, every own has returned and the
// group is left. An error of own ends the membership and is returned, except for
// that of its context and for bus.ErrFenced, which makes the member join anew. An own
// that returns nil early leaves its partition unread until the next generation.
func (c *Client) Consume(ctx context.Context, group string, topics []string, own func(ctx context.Context, claim bus.Claim) error) error {
	if err := c.awaitTopics(ctx, group, topics); err != nil || ctx.Err() != nil {
		return err
	}
	membership, err := kafkago.NewConsumerGroup(kafkago.ConsumerGroupConfig{
		ID:                group,
		Brokers:           c.brokers,
		Dialer:            c.dialer,
		Topics:            topics,
		HeartbeatInterval: c.config.HeartbeatInterval,
		SessionTimeout:    c.config.SessionTimeout,
		RebalanceTimeout:  c.config.RebalanceTimeout,
		JoinGroupBackoff:  joinBackoff,
		Timeout:           coordinatorTimeout,
	})
	if err != nil {
		return fmt.Errorf("join group %s: %w", group, err)
	}
	outer := ctx
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	consumer := &consumer{client: c, group: group, own: own, fail: fail, claims: make(map[*claim]*stall)}
	var watching sync.WaitGroup
	watching.Go(func() { consumer.watch(ctx) })

	consumer.join(ctx, membership)
	consumer.leave(membership)
	watching.Wait()
	if outer.Err() == nil {
		return context.Cause(ctx)
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Cause(outer)) {
		return cause
	}
	return nil
}

// awaitTopics returns once the topics are known: a group joined without them would be
// assigned nothing and never hear that they exist.
func (c *Client) awaitTopics(ctx context.Context, group string, topics []string) error {
	for _, topic := range topics {
		for {
			_, err := c.partitions(ctx, topic)
			if err == nil {
				break
			}
			if errors.Is(err, context.Cause(ctx)) {
				return nil
			}
			if errors.Is(err, kafkago.UnknownTopicOrPartition) || !passes(err) {
				return fmt.Errorf("join group %s: %w; create the topics first (EnsureTopics)", group, err)
			}
			c.logger.Warn("a group cannot be joined; trying again", "group", group, "error", err, "remedy", remedy(err))
		}
	}
	return nil
}

// join takes part in one generation after the other until the context ends.
func (c *consumer) join(ctx context.Context, membership *kafkago.ConsumerGroup) {
	said := "" // empty: it works
	for {
		generation, err := membership.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			c.client.metrics.joinFailures.WithLabelValues(c.group).Inc()
			if help := remedy(err); help != said && !errors.Is(err, kafkago.RebalanceInProgress) && !errors.Is(err, kafkago.UnknownMemberId) {
				said = help
				c.client.logger.Warn("a group cannot be joined; trying again", "group", c.group, "error", err, "remedy", help)
			}
			continue
		}
		if said != "" {
			said = ""
			c.client.logger.Info("a group is joined again", "group", c.group)
		}
		c.client.metrics.generations.WithLabelValues(c.group).Inc()
		c.owners.Add(1)
		generation.Start(func(over context.Context) {
			c.serve(ctx, over, generation)
		})
	}
}

// leave ends the membership. The owners are waited for, the brokers only so long.
func (c *consumer) leave(membership *kafkago.ConsumerGroup) {
	left := make(chan struct{})
	go func() {
		_ = membership.Close() // always nil
		close(left)
	}()
	c.owners.Wait()
	select {
	case <-left:
	case <-time.After(leaveTimeout):
		c.client.logger.Warn("a group could not be left in time; the next start waits for the session to end", "group", c.group, "session_timeout", c.client.config.SessionTimeout)
	}
}

// serve runs the owners of one generation. It returns when the generation is over, or
// to make it so.
func (c *consumer) serve(membership, over context.Context, generation *kafkago.Generation) {
	fenced := c.runOwners(membership, over, generation)
	c.owners.Done()
	if fenced {
		return
	}
	// To return would end the generation and make the member join the next.
	<-over.Done()
}

// runOwners runs own for each partition assigned and waits for all of them. It
// reports whether one was fenced.
func (c *consumer) runOwners(membership, over context.Context, generation *kafkago.Generation) (fenced bool) {
	ctx, cancel := context.WithCancel(membership)
	defer cancel()
	defer context.AfterFunc(over, cancel)()

	claims := c.claim(ctx, generation)
	if ctx.Err() != nil {
		return false
	}
	c.client.logger.Info("partitions are assigned", "group", c.group, "generation", generation.ID, "partitions", len(claims))
	var running sync.WaitGroup
	var once sync.Once
	for _, claim := range claims {
		running.Go(func() {
			defer c.enter(claim)()
			err := c.own(ctx, claim)
			switch {
			case err == nil:
			case errors.Is(err, bus.ErrFenced):
				once.Do(func() {
					fenced = true
					c.client.logger.Warn("partitions were lost to a newer generation; joining again", "group", c.group, "topic", claim.topic, "partition", claim.partition, "error", err)
				})
				cancel()
			case ctx.Err() != nil && errors.Is(err, context.Cause(ctx)):
			default:
				c.fail(fmt.Errorf("consume %s-%d: %w", claim.topic, claim.partition, err))
			}
		})
	}
	running.Wait()
	if !fenced {
		<-ctx.Done()
	}
	return fenced
}

// claim makes the claims of a generation. It waits until the committed positions can
// be read; it returns none if the context ends before.
func (c *consumer) claim(ctx context.Context, generation *kafkago.Generation) []*claim {
	assigned := make(map[string][]int)
	for topic, partitions := range generation.Assignments {
		for _, partition := range partitions {
			assigned[topic] = append(assigned[topic], partition.ID)
		}
	}
	if len(assigned) == 0 {
		return nil
	}
	for {
		positions, err := c.positions(ctx, assigned)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			c.client.logger.Warn("committed offsets cannot be read; trying again", "group", c.group, "error", err, "remedy", remedy(err))
			if sleep(ctx, longestBackoff) != nil {
				return nil
			}
			continue
		}
		var claims []*claim
		for topic, partitions := range assigned {
			for _, partition := range partitions {
				claims = append(claims, c.newClaim(generation, topic, partition, positions[topic][partition]))
			}
		}
		return claims
	}
}

func (c *consumer) newClaim(generation *kafkago.Generation, topic string, partition int, position bus.Position) *claim {
	made := &claim{
		client:     c.client,
		group:      c.group,
		topic:      topic,
		partition:  partition,
		generation: int(generation.ID),
		member:     generation.MemberID,
		position:   position,
	}
	made.next.Store(position.Offset)
	made.returned.Store(position.Offset)
	made.highWatermark.Store(bus.NoOffset)
	made.fetched.Store(time.Now().UnixMilli())
	return made
}

// positions reads what the group has committed for each partition.
func (c *consumer) positions(ctx context.Context, assigned map[string][]int) (map[string]map[int]bus.Position, error) {
	positions := make(map[string]map[int]bus.Position)
	err := c.client.retry(ctx, "read the committed offsets of group "+c.group, func(ctx context.Context) error {
		response, err := c.client.client.OffsetFetch(ctx, &kafkago.OffsetFetchRequest{GroupID: c.group, Topics: assigned})
		if err != nil {
			return err
		}
		if response.Error != nil {
			return response.Error
		}
		for topic, partitions := range assigned {
			positions[topic] = make(map[int]bus.Position)
			for _, answer := range response.Topics[topic] {
				if answer.Error != nil {
					return answer.Error
				}
				position := bus.Position{Offset: answer.CommittedOffset, Metadata: answer.Metadata}
				if position.Offset < 0 {
					position = bus.Position{Offset: bus.NoOffset}
				}
				positions[topic][answer.Partition] = position
			}
			for _, partition := range partitions {
				if _, ok := positions[topic][partition]; !ok {
					return fmt.Errorf("the answer lacks %s-%d", topic, partition)
				}
			}
		}
		return nil
	})
	return positions, err
}

// enter puts a claim under watch and returns what takes it out again.
func (c *consumer) enter(claim *claim) (exit func()) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.claims[claim] = &stall{}
	return func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.claims, claim)
		partition := strconv.Itoa(claim.partition)
		c.client.metrics.lag.DeleteLabelValues(c.group, claim.topic, partition)
		c.client.metrics.fetchAge.DeleteLabelValues(c.group, claim.topic, partition)
	}
}

// watch sets the gauges of the claims and says when one stalls.
func (c *consumer) watch(ctx context.Context) {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			c.askEnds(ctx, now)
			c.look(now)
		}
	}
}

// askEnds learns where the partitions end whose owners are busy elsewhere, so that
// their lag goes on. What cannot be learnt stays as it is: the next look asks again.
func (c *consumer) askEnds(ctx context.Context, now time.Time) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	for _, claim := range c.idle(now) {
		if claim.askEnd(ctx) != nil {
			return // the others would be told the same
		}
	}
}

// idle returns the claims whose owners have not read for a while.
func (c *consumer) idle(now time.Time) []*claim {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var idle []*claim
	for claim := range c.claims {
		if age := now.Sub(time.UnixMilli(claim.fetched.Load())); age > idleAfter && !claim.reading.Load() {
			idle = append(idle, claim)
		}
	}
	return idle
}

func (c *consumer) look(now time.Time) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for claim, stall := range c.claims {
		partition := strconv.Itoa(claim.partition)
		age := now.Sub(time.UnixMilli(claim.fetched.Load()))
		c.client.metrics.fetchAge.WithLabelValues(c.group, claim.topic, partition).Set(max(age, 0).Seconds())
		lag := claim.highWatermark.Load() - max(claim.returned.Load(), 0)
		c.client.metrics.lag.WithLabelValues(c.group, claim.topic, partition).Set(float64(max(lag, 0)))
		stalled := age > stallAfter
		if stalled && !stall.said {
			c.client.metrics.stalls.WithLabelValues(c.group, claim.topic).Inc()
			remedy := "its owner is busy elsewhere: check the store it writes to"
			if claim.reading.Load() {
				remedy = "no broker answers: connections are made anew"
				c.client.transport.CloseIdleConnections()
			}
			c.client.logger.Warn("nothing is fetched from a partition", "group", c.group, "topic", claim.topic, "partition", claim.partition, "for", age.Round(time.Second), "remedy", remedy)
		}
		stall.said = stalled
	}
}
