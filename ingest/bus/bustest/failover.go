package bustest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/apache"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/sample"
)

const (
	// recovery is how long producing and consuming may stand still after the end or the
	// return of one broker of three, on a small machine that does other things beside.
	recovery = 2 * time.Minute
	// failoverKeys is how many keys the load has, and stride how many messages must go
	// through to say that all partitions do.
	failoverKeys = 50
	stride       = 2 * failoverKeys
)

// RunFailover takes brokers of a cluster of three away while rows are produced and
// consumed: killed, frozen, stopped in good order, and two at a time. Whatever was
// acknowledged must be applied, once, and in order. The topics must be replicated three
// times and need two copies for a write.
func RunFailover(t *testing.T, cluster *apache.Cluster, config bus.Config) {
	config = quick(config)
	config.RetryTimeout = 5 * time.Second
	f := &failover{t: t, cluster: cluster, applied: &ledger{tokens: make(map[string]bool), offsets: make(map[int][]bus.Offset), last: make(map[string]int)}}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f.source = startRepeating(ctx, connect(t, config))
	for range 2 {
		join(t, connect(t, config), "failover", f.applied.own)
	}
	f.proceeds("from the beginning")

	f.away("the leader of telemetry-0 is killed", f.leader, cluster.Kill, f.start)
	f.away("the coordinator is frozen", f.coordinator, cluster.Freeze, cluster.Thaw)
	f.away("the coordinator is stopped", f.coordinator, cluster.Stop, f.start)
	f.twoAway()

	sent := f.source.end()
	f.await("everything that was acknowledged", func() bool { return f.applied.complete(sent) })
	f.applied.check(t)
	t.Logf("%d messages acknowledged and applied, %d sendings repeated", sent, f.source.repeats)
}

type failover struct {
	t       *testing.T
	cluster *apache.Cluster
	source  *repeating
	applied *ledger
}

func (f *failover) leader() (int, error) {
	leader, _, err := f.cluster.Leader(bounded(f.t), bus.TopicTelemetry, 0)
	return leader, err
}

func (f *failover) coordinator() (int, error) {
	return f.cluster.Coordinator(bounded(f.t), "failover")
}

func (f *failover) start(broker int) error { return f.cluster.Start(bounded(f.t), broker) }

// away takes one broker away, sees that all goes on without it, and brings it back.
func (f *failover) away(what string, which func() (int, error), end, back func(int) error) {
	f.t.Helper()
	broker, err := which()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := end(broker); err != nil {
		f.t.Fatal(err)
	}
	f.proceeds(fmt.Sprintf("%s (broker %d)", what, broker))
	if err := back(broker); err != nil {
		f.t.Fatal(err)
	}
	f.proceeds(fmt.Sprintf("broker %d is back", broker))
	f.await("all copies in sync", func() bool {
		_, inSync, err := f.cluster.Leader(bounded(f.t), bus.TopicTelemetry, 0)
		return err == nil && len(inSync) == f.cluster.Brokers()
	})
}

// twoAway leaves one broker, which may then acknowledge nothing.
func (f *failover) twoAway() {
	f.t.Helper()
	for broker := range 2 {
		if err := f.cluster.Kill(broker); err != nil {
			f.t.Fatal(err)
		}
	}
	failures := f.source.failures()
	f.await("an error of the producer while two of three brokers are away", func() bool { return f.source.failures() > failures })
	before := f.source.count()
	f.await("another error", func() bool { return f.source.failures() > failures+1 })
	if got := f.source.count(); got != before {
		f.t.Errorf("%d messages were acknowledged by one broker of three", got-before)
	}
	for broker := range 2 {
		if err := f.cluster.Launch(broker); err != nil {
			f.t.Fatal(err)
		}
	}
	f.proceeds("two brokers are back")
}

// proceeds waits until messages are acknowledged and applied again, in all partitions.
func (f *failover) proceeds(after string) {
	f.t.Helper()
	began := time.Now()
	target := f.source.count() + stride
	f.await("producing after "+after, func() bool { return f.source.count() >= target })
	produced := time.Since(began)
	f.await("consuming after "+after, func() bool { return f.applied.complete(target) })
	f.t.Logf("%s: producing goes on after %s, consuming after %s", after, produced.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}

func (f *failover) await(what string, condition func() bool) {
	f.t.Helper()
	for end := time.Now().Add(recovery); !condition(); {
		if time.Now().After(end) {
			f.t.Fatalf("%s: not after %s", what, recovery)
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-f.t.Context().Done():
			f.t.Fatal(f.t.Context().Err())
		}
	}
}

// repeating sends numbered messages as an appliance does: one after the other, each
// until it is acknowledged.
type repeating struct {
	stop    context.CancelFunc
	done    sync.WaitGroup
	mutex   sync.Mutex
	sent    int // acknowledged: the numbers below it
	repeats int
}

func startRepeating(ctx context.Context, client *kafka.Client) *repeating {
	ctx, cancel := context.WithCancel(ctx)
	r := &repeating{stop: cancel}
	r.done.Go(func() {
		for number := 0; ctx.Err() == nil; {
			message := bus.Message{Key: bus.Key(sample.ID(number % failoverKeys)), Value: strconv.AppendInt(nil, int64(number), 10)}
			err := client.Produce(ctx, bus.TopicTelemetry, message)
			r.mutex.Lock()
			if err == nil {
				number++
				r.sent = number
			} else {
				r.repeats++
			}
			r.mutex.Unlock()
		}
	})
	return r
}

func (r *repeating) count() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.sent
}

func (r *repeating) failures() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.repeats
}

func (r *repeating) end() int {
	r.stop()
	r.done.Wait()
	return r.sent
}

// ledger is a store that takes each batch once, by its token.
type ledger struct {
	mutex   sync.Mutex
	tokens  map[string]bool
	offsets map[int][]bus.Offset // applied, by partition, in order
	last    map[string]int       // the highest number of each key
	numbers []bool               // which are applied
	strange []string
}

// own applies what it reads under an intent: a batch is committed as pending before it
// is applied, and one found pending is applied first, with the same bounds.
func (l *ledger) own(ctx context.Context, claim bus.Claim) error {
	if last, ok := strings.CutPrefix(claim.Position().Metadata, "pend="); ok {
		end, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return err
		}
		var pending []bus.Message
		for len(pending) == 0 || pending[len(pending)-1].Offset < end {
			messages, err := claim.Read(ctx, 1<<20, time.Second)
			if err != nil {
				return err
			}
			pending = append(pending, messages...)
		}
		l.apply(claim.Partition(), pending[:end-pending[0].Offset+1])
		claim.Seek(end + 1)
	}
	for {
		messages, err := claim.Read(ctx, 64<<10, 100*time.Millisecond)
		if err != nil {
			return err
		}
		if len(messages) == 0 {
			continue
		}
		// Without an answer nobody knows whether the intent stands: the claim is given
		// up, and the next owner sees.
		if err := claim.Commit(ctx, messages[0].Offset, fmt.Sprintf("pend=%d", messages[len(messages)-1].Offset)); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("%w: %w", bus.ErrFenced, err)
		}
		l.apply(claim.Partition(), messages)
	}
}

func (l *ledger) apply(partition int, messages []bus.Message) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	token := fmt.Sprintf("%d:%d-%d", partition, messages[0].Offset, messages[len(messages)-1].Offset)
	if l.tokens[token] {
		return
	}
	l.tokens[token] = true
	for _, message := range messages {
		l.offsets[partition] = append(l.offsets[partition], message.Offset)
		number, err := strconv.Atoi(string(message.Value))
		if err != nil {
			l.strange = append(l.strange, fmt.Sprintf("message %q", message.Value))
			continue
		}
		for len(l.numbers) <= number {
			l.numbers = append(l.numbers, false)
		}
		// A sending without an answer is repeated, so a number may come again before
		// the next of its key does, and never after it.
		key := string(message.Key)
		if last, known := l.last[key]; known && number < last {
			l.strange = append(l.strange, fmt.Sprintf("key %s: number %d after %d", key, number, last))
		}
		l.last[key], l.numbers[number] = number, true
	}
}

// complete says whether all numbers below one are applied.
func (l *ledger) complete(below int) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if len(l.numbers) < below {
		return false
	}
	for _, applied := range l.numbers[:below] {
		if !applied {
			return false
		}
	}
	return true
}

// check holds what was applied against the log: each offset once, in order.
func (l *ledger) check(t *testing.T) {
	t.Helper()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, what := range l.strange {
		t.Error(what)
	}
	for partition, offsets := range l.offsets {
		for i, offset := range offsets {
			if offset != int64(i) {
				t.Errorf("partition %d: offset %d was applied where %d should follow", partition, offset, i)
				break
			}
		}
	}
}
