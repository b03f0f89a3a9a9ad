package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"

	kafkago "github.com/segmentio/kafka-go"

	"mimamori/ingest/bus"
)

// recordOverhead is more than the protocol adds to a message, in bytes.
const recordOverhead = 32

// Produce stores messages, each in the partition its key belongs to, and returns nil
// once every replica has acknowledged all of them. Messages with the same key keep
// their order within one call. The partition is that of the Java client's default
// partitioner (murmur2).
//
// A message that is too large makes the call fail with bus.ErrTooLarge before
// anything is sent. After any other error some of the messages may have been stored,
// even all: whoever sends them again must be prepared for both copies to arrive.
func (c *Client) Produce(ctx context.Context, topic string, messages ...bus.Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := c.checkSizes(topic, messages); err != nil {
		return err
	}
	partitions, err := c.partitions(ctx, topic)
	if err != nil {
		c.metrics.produceFailures.WithLabelValues(topic).Inc()
		return err
	}
	if len(messages) == 1 {
		return c.produceTo(ctx, topic, bus.PartitionOf(messages[0].Key, partitions), messages)
	}
	shares := make([][]bus.Message, partitions)
	for _, message := range messages {
		partition := bus.PartitionOf(message.Key, partitions)
		shares[partition] = append(shares[partition], message)
	}
	problems := make([]error, partitions)
	var sending sync.WaitGroup
	for partition, share := range shares {
		if len(share) > 0 {
			sending.Go(func() { problems[partition] = c.produceTo(ctx, topic, partition, share) })
		}
	}
	sending.Wait()
	return errors.Join(problems...)
}

// ProduceTo stores messages in one partition, in order, whatever their keys. See
// Produce for what its errors mean.
func (c *Client) ProduceTo(ctx context.Context, topic string, partition int, messages ...bus.Message) error {
	if len(messages) == 0 {
		return nil
	}
	if err := c.checkSizes(topic, messages); err != nil {
		return err
	}
	return c.produceTo(ctx, topic, partition, messages)
}

// Partitions returns how many partitions a topic has, as of now.
func (c *Client) Partitions(ctx context.Context, topic string) (int, error) {
	var partitions int
	err := c.retry(ctx, "find the partitions of topic "+topic, func(ctx context.Context) error {
		response, err := c.metadata(ctx, topic)
		if err != nil {
			return err
		}
		if len(response.Topics) != 1 {
			return kafkago.UnknownTopicOrPartition
		}
		if code := kafkago.Error(response.Topics[0].ErrorCode); code != 0 {
			return code
		}
		if partitions = len(response.Topics[0].Partitions); partitions == 0 {
			return kafkago.LeaderNotAvailable
		}
		return nil
	})
	return partitions, err
}

// Ends returns the offset that the next message of each partition of a topic will get: as
// many as it has ever had.
func (c *Client) Ends(ctx context.Context, topic string) ([]bus.Offset, error) {
	partitions, err := c.Partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	asked := make([]kafkago.OffsetRequest, partitions)
	for partition := range asked {
		asked[partition] = kafkago.LastOffsetOf(partition)
	}
	var ends []bus.Offset
	err = c.retry(ctx, "find the ends of topic "+topic, func(ctx context.Context) error {
		response, err := c.client.ListOffsets(ctx, &kafkago.ListOffsetsRequest{Topics: map[string][]kafkago.OffsetRequest{topic: asked}})
		if err != nil {
			return err
		}
		found := response.Topics[topic]
		if len(found) != partitions {
			return kafkago.UnknownTopicOrPartition
		}
		ends = make([]bus.Offset, partitions)
		for _, offsets := range found {
			if offsets.Error != nil {
				return offsets.Error
			}
			ends[offsets.Partition] = offsets.LastOffset
		}
		return nil
	})
	return ends, err
}

// partitions returns how many partitions a topic has, as of at most LayoutAge ago: a count never changes while its topic lives.
func (c *Client) partitions(ctx context.Context, topic string) (int, error) {
	var partitions int
	err := c.retry(ctx, "find the partitions of topic "+topic, func(ctx context.Context) error {
		response, err := c.client.Metadata(ctx, &kafkago.MetadataRequest{Topics: []string{topic}})
		if err != nil {
			return err
		}
		if len(response.Topics) != 1 {
			return kafkago.UnknownTopicOrPartition
		}
		if err := response.Topics[0].Error; err != nil {
			return err
		}
		if partitions = len(response.Topics[0].Partitions); partitions == 0 {
			return kafkago.LeaderNotAvailable
		}
		return nil
	})
	return partitions, err
}

func (c *Client) checkSizes(topic string, messages []bus.Message) error {
	for i := range messages {
		if size := sizeOf(&messages[i]); size > c.config.MaxMessageBytes {
			c.metrics.produceFailures.WithLabelValues(topic).Inc()
			return fmt.Errorf("send message with key %q to topic %s: %w: %d bytes, max_message_bytes is %d; send smaller blocks, or raise it together with the brokers' message.max.bytes",
				messages[i].Key, topic, bus.ErrTooLarge, size, c.config.MaxMessageBytes)
		}
	}
	return nil
}

func sizeOf(message *bus.Message) int {
	size := len(message.Key) + len(message.Value)
	for _, header := range message.Headers {
		size += len(header.Key) + len(header.Value)
	}
	return size
}

// produceTo sends messages in as few batches as the size of a batch allows.
func (c *Client) produceTo(ctx context.Context, topic string, partition int, messages []bus.Message) error {
	for len(messages) > 0 {
		count, size := 0, 0
		for count < len(messages) {
			next := sizeOf(&messages[count]) + recordOverhead
			if count > 0 && size+next > c.config.MaxMessageBytes {
				break
			}
			count, size = count+1, size+next
		}
		if err := c.produceBatch(ctx, topic, partition, messages[:count], size-count*recordOverhead); err != nil {
			c.metrics.produceFailures.WithLabelValues(topic).Inc()
			return err
		}
		messages = messages[count:]
	}
	return nil
}

func (c *Client) produceBatch(ctx context.Context, topic string, partition int, messages []bus.Message, size int) error {
	records := make([]kafkago.Record, len(messages))
	err := c.retry(ctx, fmt.Sprintf("send %d messages to %s-%d", len(messages), topic, partition), func(ctx context.Context) error {
		for i := range messages {
			records[i] = record(&messages[i])
		}
		response, err := c.client.Produce(ctx, &kafkago.ProduceRequest{
			Topic:        topic,
			Partition:    partition,
			RequiredAcks: kafkago.RequireAll,
			Records:      kafkago.NewRecordReader(records...),
		})
		if err != nil {
			return err
		}
		if errors.Is(response.Error, kafkago.MessageSizeTooLarge) {
			return fmt.Errorf("%w: the broker refuses a batch of %d bytes; raise its message.max.bytes or lower max_message_bytes", bus.ErrTooLarge, size)
		}
		return response.Error
	})
	if err != nil {
		return err
	}
	c.metrics.producedMessages.WithLabelValues(topic).Add(float64(len(messages)))
	c.metrics.producedBytes.WithLabelValues(topic).Add(float64(size))
	return nil
}

func record(message *bus.Message) kafkago.Record {
	r := kafkago.Record{
		Time:  message.Time,
		Key:   kafkago.NewBytes(message.Key),
		Value: kafkago.NewBytes(message.Value),
	}
	if len(message.Headers) > 0 {
		r.Headers = make([]kafkago.Header, len(message.Headers))
		for i, header := range message.Headers {
			r.Headers[i] = kafkago.Header{Key: header.Key, Value: header.Value}
		}
	}
	return r
}
