package kafka

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// metadataVersion is the version of the metadata request that tells a topic's id
// (KIP-516), which kafka-go does not ask for.
const metadataVersion = 12

// WaitReady waits until a broker answers and every broker of its cluster can be
// reached, which is not the same: a cluster that advertises addresses this machine
// cannot use answers and then fails. Each attempt that fails is one line in the log.
func (c *Client) WaitReady(ctx context.Context) error {
	backoff := time.Second
	for {
		err := c.probe(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("wait for Kafka at %v: %w", c.config.Brokers, errors.Join(context.Cause(ctx), err))
		}
		c.logger.Warn("Kafka cannot be reached; trying again", "brokers", c.config.Brokers, "error", err, "remedy", remedy(err), "again_in", backoff)
		if sleep(ctx, backoff) != nil {
			return fmt.Errorf("wait for Kafka at %v: %w", c.config.Brokers, errors.Join(context.Cause(ctx), err))
		}
		backoff = min(2*backoff, 5*time.Second)
	}
}

var errAdvertised = errors.New("the broker answers, but not at the address it advertises")

// probe asks for the cluster and knocks at each of its brokers.
func (c *Client) probe(ctx context.Context) error {
	response, err := c.metadata(ctx)
	if err != nil {
		return err
	}
	if len(response.Brokers) == 0 {
		return errors.New("the cluster has no brokers yet")
	}
	for _, broker := range response.Brokers {
		address := net.JoinHostPort(broker.Host, strconv.Itoa(int(broker.Port)))
		connection, err := c.dial(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("%w: broker %d at %s: %w", errAdvertised, broker.NodeID, address, err)
		}
		if err := connection.Close(); err != nil {
			return fmt.Errorf("hang up on broker %d at %s: %w", broker.NodeID, address, err)
		}
	}
	return nil
}

// metadata asks the first broker that answers for the cluster and the topics, beginning
// with the one that did the last time.
func (c *Client) metadata(ctx context.Context, topics ...string) (*kmsg.MetadataResponse, error) {
	var problems []error
	first := int(c.answered.Load())
	for i := range c.brokers {
		at := (first + i) % len(c.brokers)
		broker := c.brokers[at]
		response, err := c.metadataFrom(ctx, broker, topics)
		if err == nil {
			c.answered.Store(int32(at))
			return response, nil
		}
		problems = append(problems, fmt.Errorf("ask %s for the cluster: %w", broker, err))
	}
	return nil, errors.Join(problems...)
}

func (c *Client) metadataFrom(ctx context.Context, broker string, topics []string) (*kmsg.MetadataResponse, error) {
	request := kmsg.NewPtrMetadataRequest()
	request.Version = metadataVersion
	request.Topics = []kmsg.MetadataRequestTopic{}
	for _, name := range topics {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = kmsg.StringPtr(name)
		request.Topics = append(request.Topics, topic)
	}
	connection, err := c.dial(ctx, "tcp", broker)
	if err != nil {
		return nil, err
	}
	defer connection.Close() // nothing is written after the answer
	defer context.AfterFunc(ctx, func() { connection.Close() })()
	if err := connection.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return nil, err
	}
	answer, err := c.exchange(connection, request)
	if err != nil {
		return nil, err
	}
	return answer.(*kmsg.MetadataResponse), nil
}

// Incarnation names this life of a topic: the id of the cluster and the id of the
// topic. It changes when the topic is deleted and made again, or the cluster's disks
// are, so offsets that start over are told from those before.
func (c *Client) Incarnation(ctx context.Context, topic string) (string, error) {
	var incarnation string
	err := c.retry(ctx, "find the incarnation of topic "+topic, func(ctx context.Context) error {
		response, err := c.metadata(ctx, topic)
		if err != nil {
			return err
		}
		if len(response.Topics) != 1 || response.ClusterID == nil {
			return errors.New("the answer lacks the topic or the cluster's id")
		}
		found := response.Topics[0]
		if found.ErrorCode != 0 {
			return kafkago.Error(found.ErrorCode)
		}
		if found.TopicID == [16]byte{} {
			return errors.New("the topic has no id; Apache Kafka 3.0 or later is needed")
		}
		incarnation = *response.ClusterID + "/" + hex.EncodeToString(found.TopicID[:])
		return nil
	})
	return incarnation, err
}

// EnsureTopics creates the topics of the bus that do not exist and waits until each
// partition has a leader. A topic that exists is left as it is.
func (c *Client) EnsureTopics(ctx context.Context) error {
	return c.retry(ctx, "create the topics of the bus", func(ctx context.Context) error {
		missing, others, err := c.missingTopics(ctx)
		if err != nil {
			return err
		}
		for _, topic := range others {
			c.logger.Warn("a topic has another number of partitions than configured; its own is used", "topic", topic.Topic, "partitions", topic.NumPartitions)
		}
		if len(missing) == 0 {
			return nil
		}
		response, err := c.client.CreateTopics(ctx, &kafkago.CreateTopicsRequest{Topics: missing})
		if err != nil {
			return err
		}
		for topic, err := range response.Errors {
			// Another client may have been faster.
			if err != nil && !errors.Is(err, kafkago.TopicAlreadyExists) {
				return fmt.Errorf("topic %s: %w", topic, err)
			}
			if err == nil {
				c.logger.Info("made a topic", "topic", topic)
			}
		}
		if missing, _, err = c.missingTopics(ctx); err != nil {
			return err
		}
		if len(missing) > 0 {
			return fmt.Errorf("topic %s: %w", missing[0].Topic, kafkago.LeaderNotAvailable)
		}
		return nil
	})
}

// CheckTopics returns an error that says what to do where no broker answers, or where
// topics of the bus do not exist or cannot be used just now.
func (c *Client) CheckTopics(ctx context.Context) error {
	missing, _, err := c.missingTopics(ctx)
	if err != nil {
		return fmt.Errorf("ask Kafka at %v for the topics: %w; %s", c.config.Brokers, err, remedy(err))
	}
	if len(missing) > 0 {
		return fmt.Errorf("there is no topic %s in Kafka at %v yet: run mimamori migrate with this configuration, which makes it", missing[0].Topic, c.config.Brokers)
	}
	return nil
}

// WaitTopics returns once the topics of the bus can be used, or with the last reason and
// the context's error when the context ends. It makes none. What it waits for is said when
// it changes, and each minute.
func (c *Client) WaitTopics(ctx context.Context) error {
	pause, said, saidAt := firstBackoff, "", time.Time{}
	for {
		err := c.CheckTopics(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil && (err.Error() != said || time.Since(saidAt) > time.Minute) {
			said, saidAt = err.Error(), time.Now()
			c.logger.Warn("waiting for the bus, and doing nothing meanwhile", "error", err)
		}
		if sleep(ctx, pause) != nil {
			return fmt.Errorf("wait for the topics of Kafka at %v: %w", c.config.Brokers, errors.Join(context.Cause(ctx), err))
		}
		pause = min(2*pause, 5*time.Second)
	}
}

// missingTopics returns the topics that do not exist, and those with another number of
// partitions than configured; it is an error for one to have a partition without a
// leader.
func (c *Client) missingTopics(ctx context.Context) (missing, others []kafkago.TopicConfig, err error) {
	wanted := make(map[string]int)
	var names []string
	for _, topic := range c.config.Topics() {
		wanted[topic.Name] = topic.Partitions
		names = append(names, topic.Name)
	}
	response, err := c.metadata(ctx, names...)
	if err != nil {
		return nil, nil, err
	}
	for _, topic := range response.Topics {
		name := ""
		if topic.Topic != nil {
			name = *topic.Topic
		}
		switch code := kafkago.Error(topic.ErrorCode); code {
		case 0:
		case kafkago.UnknownTopicOrPartition:
			missing = append(missing, c.newTopic(name, wanted[name]))
			continue
		default:
			return nil, nil, fmt.Errorf("topic %s: %w", name, code)
		}
		if len(topic.Partitions) != wanted[name] {
			others = append(others, kafkago.TopicConfig{Topic: name, NumPartitions: len(topic.Partitions)})
		}
		for _, partition := range topic.Partitions {
			if partition.ErrorCode != 0 || partition.Leader < 0 {
				return nil, nil, fmt.Errorf("topic %s partition %d: %w", name, partition.Partition, kafkago.LeaderNotAvailable)
			}
		}
	}
	return missing, others, nil
}

// newTopic is how a topic is created.
func (c *Client) newTopic(name string, partitions int) kafkago.TopicConfig {
	topic := kafkago.TopicConfig{Topic: name, NumPartitions: partitions, ReplicationFactor: c.config.ReplicationFactor}
	if least := c.config.MinInsyncReplicas; least > 0 {
		topic.ConfigEntries = append(topic.ConfigEntries, kafkago.ConfigEntry{ConfigName: "min.insync.replicas", ConfigValue: strconv.Itoa(least)})
	}
	return topic
}
