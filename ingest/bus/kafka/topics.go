package kafka

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strconv"
	"syscall"
	"time"

	kafkago "github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// metadataVersion is the version of the metadata request that tells a topic's id
// (KIP-516), which kafka-go does not ask for.
const metadataVersion = 12

// largestMetadata bounds what an answer may make this process allocate, in bytes.
const largestMetadata = 16 << 20

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

// remedy guesses what would help.
func remedy(err error) string {
	var name *net.DNSError
	switch {
	case errors.Is(err, errAdvertised):
		return "set the brokers' advertised.listeners to addresses this machine can reach"
	case errors.Is(err, fs.ErrNotExist):
		return "the socket does not exist: start the embedded broker, or correct the path in brokers"
	case errors.Is(err, fs.ErrPermission):
		return "run as the user the embedded broker runs as"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: start the broker, or correct brokers"
	case errors.As(err, &name):
		return "the name does not resolve: correct brokers, or the resolver"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "whatever listens there hangs up: check that it is Apache Kafka 3.0 or later without TLS on this port"
	case isTimeout(err):
		return "no answer: check the address, routes and firewalls"
	}
	return "check brokers and the brokers' own log"
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout()
}

// metadata asks the first broker that answers for the cluster and the topics.
func (c *Client) metadata(ctx context.Context, topics ...string) (*kmsg.MetadataResponse, error) {
	var problems []error
	for _, broker := range c.brokers {
		response, err := c.metadataFrom(ctx, broker, topics)
		if err == nil {
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
	if _, err := connection.Write(kmsg.NewRequestFormatter(kmsg.FormatterClientID(c.config.ClientID)).AppendRequest(nil, request, 1)); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(connection, size[:]); err != nil {
		return nil, err
	}
	// A correlation id and an empty list of tags precede the answer.
	const head = 5
	length := binary.BigEndian.Uint32(size[:])
	if length < head || length > largestMetadata {
		return nil, fmt.Errorf("the answer claims %d bytes; this is no Kafka broker", length)
	}
	answer := make([]byte, length)
	if _, err := io.ReadFull(connection, answer); err != nil {
		return nil, err
	}
	response := kmsg.NewPtrMetadataResponse()
	response.Version = metadataVersion
	if err := response.ReadFrom(answer[head:]); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return response, nil
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
		return fmt.Errorf("Kafka at %v has no topic %s yet: run mimamori migrate with this configuration, which makes it", c.config.Brokers, missing[0].Topic)
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
			missing = append(missing, kafkago.TopicConfig{Topic: name, NumPartitions: wanted[name], ReplicationFactor: c.config.ReplicationFactor})
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
