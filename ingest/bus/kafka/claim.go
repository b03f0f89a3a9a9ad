package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	kafkago "github.com/segmentio/kafka-go"

	"mimamori/ingest/bus"
)

const (
	// longestFetch is how long a broker holds a fetch for want of messages, so how
	// long a connection may be busy after its caller has gone.
	longestFetch = 500 * time.Millisecond
	// largestFetch bounds what one fetch may bring, in bytes.
	largestFetch = 8 << 20
)

// claim is a partition owned for one generation. Its owner uses it from one
// goroutine; the watch looks at the atomic values from another.
type claim struct {
	client     *Client
	group      string
	topic      string
	partition  int
	generation int
	member     string

	position bus.Position
	pending  []bus.Message // fetched and not returned by Read yet
	failing  bool          // the last fetch failed

	next          atomic.Int64 // offset to fetch from, NoOffset: the first there is
	returned      atomic.Int64 // offset after the last message Read returned, NoOffset: none
	highWatermark atomic.Int64 // NoOffset: no broker has said since the beginning or Seek
	fetched       atomic.Int64 // when a broker last answered a fetch, Unix milliseconds
	reading       atomic.Bool  // Read is under way
}

var _ bus.Claim = (*claim)(nil)

// Topic implements bus.Claim.
func (c *claim) Topic() string { return c.topic }

// Partition implements bus.Claim.
func (c *claim) Partition() int { return c.partition }

// Position implements bus.Claim.
func (c *claim) Position() bus.Position { return c.position }

// HighWatermark implements bus.Claim.
func (c *claim) HighWatermark() bus.Offset { return c.highWatermark.Load() }

// Seek implements bus.Claim.
func (c *claim) Seek(offset bus.Offset) {
	c.pending = nil
	c.next.Store(offset)
	c.returned.Store(offset)
	c.highWatermark.Store(bus.NoOffset)
}

// Read implements bus.Claim.
func (c *claim) Read(ctx context.Context, maxBytes int, wait time.Duration) ([]bus.Message, error) {
	c.reading.Store(true)
	defer c.reading.Store(false)
	end := time.Now().Add(wait)
	backoff := firstBackoff
	for {
		if len(c.pending) > 0 {
			return c.take(maxBytes), nil
		}
		err := c.fetch(ctx, maxBytes, min(time.Until(end), longestFetch))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil && !passes(err) {
			return nil, fmt.Errorf("read %s-%d at offset %d: %w", c.topic, c.partition, c.next.Load(), err)
		}
		c.tell(err)
		left := time.Until(end)
		if len(c.pending) == 0 && left <= 0 {
			return nil, nil
		}
		if err == nil {
			backoff = firstBackoff
			continue
		}
		if err := sleep(ctx, min(backoff, left)); err != nil {
			return nil, err
		}
		backoff = min(2*backoff, longestBackoff)
	}
}

// tell logs when fetching begins to fail and when it works again.
func (c *claim) tell(err error) {
	if err != nil {
		c.client.metrics.readFailures.WithLabelValues(c.group, c.topic).Inc()
		c.client.forget()
	}
	if failing := err != nil; failing != c.failing {
		c.failing = failing
		if failing {
			c.client.logger.Warn("a partition cannot be read; trying again", "topic", c.topic, "partition", c.partition, "error", err, "remedy", remedy(err))
		} else {
			c.client.logger.Info("a partition can be read again", "topic", c.topic, "partition", c.partition)
		}
	}
}

// take returns the first pending messages, as many as fit in maxBytes but one at least.
func (c *claim) take(maxBytes int) []bus.Message {
	count, size := 0, 0
	for count < len(c.pending) && (count == 0 || size < maxBytes) {
		size += sizeOf(&c.pending[count])
		if count > 0 && size > maxBytes {
			break
		}
		count++
	}
	messages := c.pending[:count:count]
	c.pending = c.pending[count:]
	c.returned.Store(messages[count-1].Offset + 1)
	return messages
}

// fetch asks the partition's leader once for messages and puts them into pending.
func (c *claim) fetch(ctx context.Context, maxBytes int, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	from := c.next.Load()
	if from == bus.NoOffset {
		first, err := c.firstOffset(ctx)
		if err != nil {
			return err
		}
		from = first
		c.next.Store(first)
	}
	response, err := c.client.client.Fetch(ctx, &kafkago.FetchRequest{
		Topic:     c.topic,
		Partition: c.partition,
		Offset:    from,
		MinBytes:  1,
		MaxBytes:  int64(min(max(maxBytes, 1), largestFetch)),
		MaxWait:   max(wait, time.Millisecond), // zero would mean the default
	})
	if err != nil {
		return err
	}
	if errors.Is(response.Error, kafkago.OffsetOutOfRange) {
		return c.startOver(ctx, from)
	}
	if response.Error != nil {
		return response.Error
	}
	c.fetched.Store(time.Now().UnixMilli())
	c.highWatermark.Store(response.HighWatermark)
	if err := c.receive(response.Records, from); err != nil {
		return err
	}
	if len(c.pending) == 0 && response.HighWatermark > from {
		return fmt.Errorf("the broker has messages up to offset %d and returned none", response.HighWatermark)
	}
	return nil
}

// receive copies the messages from an offset on out of a response.
func (c *claim) receive(records kafkago.RecordReader, from bus.Offset) error {
	size := 0
	for {
		r, err := records.ReadRecord()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.pending = nil
			return fmt.Errorf("read a batch of messages: %w", err)
		}
		message, err := messageOf(r)
		if err != nil {
			c.pending = nil
			return fmt.Errorf("read message %d: %w", r.Offset, err)
		}
		// Brokers return whole batches, also those the offset is in the middle of.
		if message.Offset < from {
			continue
		}
		size += sizeOf(&message)
		c.pending = append(c.pending, message)
	}
	if len(c.pending) == 0 {
		return nil
	}
	c.next.Store(c.pending[len(c.pending)-1].Offset + 1)
	c.client.metrics.readMessages.WithLabelValues(c.group, c.topic).Add(float64(len(c.pending)))
	c.client.metrics.readBytes.WithLabelValues(c.group, c.topic).Add(float64(size))
	return nil
}

// messageOf copies a record, whose bytes belong to a pool, into a message.
func messageOf(r *kafkago.Record) (bus.Message, error) {
	keySize, valueSize := 0, 0
	if r.Key != nil {
		keySize = r.Key.Len()
		defer r.Key.Close() // gives the bytes back; cannot fail
	}
	if r.Value != nil {
		valueSize = r.Value.Len()
		defer r.Value.Close() // gives the bytes back; cannot fail
	}
	content := make([]byte, keySize+valueSize)
	key, value := content[:keySize:keySize], content[keySize:]
	if r.Key != nil {
		if _, err := io.ReadFull(r.Key, key); err != nil {
			return bus.Message{}, err
		}
	}
	if r.Value != nil {
		if _, err := io.ReadFull(r.Value, value); err != nil {
			return bus.Message{}, err
		}
	}
	message := bus.Message{Key: key, Value: value, Offset: r.Offset, Time: r.Time}
	for _, header := range r.Headers {
		message.Headers = append(message.Headers, bus.Header{Key: header.Key, Value: header.Value})
	}
	return message, nil
}

// startOver goes on at the first message there is, after the broker said that there
// is none at an offset: the log was cut back before it was read, or it ends earlier
// than it did.
func (c *claim) startOver(ctx context.Context, from bus.Offset) error {
	first, err := c.firstOffset(ctx)
	if err != nil {
		return err
	}
	c.next.Store(first)
	c.fetched.Store(time.Now().UnixMilli())
	c.client.metrics.outOfRange.WithLabelValues(c.group, c.topic).Inc()
	if first > from {
		c.client.metrics.skippedMessages.WithLabelValues(c.group, c.topic).Add(float64(first - from))
	}
	c.client.logger.Error("a partition is read from its first message, because the offset to go on from is not there",
		"topic", c.topic, "partition", c.partition, "offset", from, "first", first,
		"remedy", "keep messages longer than processing may be away (retention)")
	return nil
}

func (c *claim) firstOffset(ctx context.Context) (bus.Offset, error) {
	response, err := c.client.client.ListOffsets(ctx, &kafkago.ListOffsetsRequest{
		Topics: map[string][]kafkago.OffsetRequest{c.topic: {kafkago.FirstOffsetOf(c.partition)}},
	})
	if err != nil {
		return 0, err
	}
	for _, offsets := range response.Topics[c.topic] {
		if offsets.Partition == c.partition {
			return offsets.FirstOffset, offsets.Error
		}
	}
	return 0, kafkago.UnknownTopicOrPartition
}

// askEnd asks where the partition ends, for a claim that fetches nothing. What a fetch
// says meanwhile, and Seek, take precedence.
func (c *claim) askEnd(ctx context.Context) error {
	known := c.highWatermark.Load()
	response, err := c.client.client.ListOffsets(ctx, &kafkago.ListOffsetsRequest{
		Topics: map[string][]kafkago.OffsetRequest{c.topic: {kafkago.LastOffsetOf(c.partition)}},
	})
	if err != nil {
		return err
	}
	for _, offsets := range response.Topics[c.topic] {
		if offsets.Partition == c.partition && offsets.Error == nil && offsets.LastOffset > known {
			c.highWatermark.CompareAndSwap(known, offsets.LastOffset)
		}
	}
	return nil
}

// Commit implements bus.Claim.
func (c *claim) Commit(ctx context.Context, offset bus.Offset, metadata string) error {
	what := fmt.Sprintf("commit offset %d of %s-%d for group %s", offset, c.topic, c.partition, c.group)
	err := c.client.retry(ctx, what, func(ctx context.Context) error {
		response, err := c.client.client.OffsetCommit(ctx, &kafkago.OffsetCommitRequest{
			GroupID:      c.group,
			GenerationID: c.generation,
			MemberID:     c.member,
			Topics:       map[string][]kafkago.OffsetCommit{c.topic: {{Partition: c.partition, Offset: offset, Metadata: metadata}}},
		})
		if err != nil {
			return err
		}
		for _, answer := range response.Topics[c.topic] {
			if answer.Partition == c.partition {
				return fencing(answer.Error)
			}
		}
		return errors.New("the answer lacks the partition")
	})
	if errors.Is(err, bus.ErrFenced) {
		c.client.metrics.fenced.WithLabelValues(c.group).Inc()
	}
	if err != nil {
		return err
	}
	c.position = bus.Position{Offset: offset, Metadata: metadata}
	return nil
}

// fencing turns the ways a broker says that a member is not the owner any more into
// bus.ErrFenced. RebalanceInProgress is one: the member has been asked to give up its
// partitions and did not.
func fencing(err error) error {
	for _, code := range []kafkago.Error{kafkago.IllegalGeneration, kafkago.UnknownMemberId, kafkago.FencedInstanceID, kafkago.RebalanceInProgress} {
		if errors.Is(err, code) {
			return fmt.Errorf("%w: %w", bus.ErrFenced, err)
		}
	}
	return err
}
