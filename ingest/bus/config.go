package bus

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Config says where Kafka is and how this process uses it.
type Config struct {
	// Brokers are the addresses first asked for the cluster: "host:port", or one
	// single "unix:/path/to/socket" of an embedded broker. In a configuration file
	// none means the embedded broker of this process.
	Brokers []string `yaml:"brokers"`
	// TLS has the connections encrypted and the brokers shown to be the right ones. An
	// empty one, {}, is enough for brokers whose certificate the operating system
	// trusts. Default none: neither.
	TLS *TLS `yaml:"tls"`
	// SASL is how this process shows the brokers who it is. Default none.
	SASL *SASL `yaml:"sasl"`
	// ClientID is the name the brokers see in their logs and quotas. Default mimamori.
	ClientID string `yaml:"client_id"`
	// Partitions are the partition counts of topics that do not exist yet.
	Partitions Partitions `yaml:"partitions"`
	// ReplicationFactor is the number of copies of topics that do not exist yet. -1,
	// the default, leaves it to the cluster.
	ReplicationFactor int `yaml:"replication_factor"`
	// MinInsyncReplicas is the number of copies that must have a message before it
	// counts as stored, of topics that do not exist yet. 2 of a replication_factor of 3
	// keeps every message through the loss of any one broker. -1, the default, leaves
	// it to the cluster, whose own default of 1 keeps less.
	MinInsyncReplicas int `yaml:"min_insync_replicas"`
	// MaxMessageBytes is the size of the largest message, key and headers included,
	// in bytes. The brokers' max.message.bytes must be at least 100 bytes larger.
	// Default 1000000.
	MaxMessageBytes int `yaml:"max_message_bytes"`
	// RetryTimeout is how long a request is repeated while the brokers are away
	// before the caller hears of it. Default 10s.
	RetryTimeout time.Duration `yaml:"retry_timeout"`
	// SessionTimeout is how long a consumer that has vanished keeps its partitions.
	// The brokers' group.min.session.timeout.ms (6s) is the lower bound. Default 10s.
	SessionTimeout time.Duration `yaml:"session_timeout"`
	// HeartbeatInterval is how often a consumer shows that it lives and learns that
	// partitions move. At most a third of SessionTimeout. Default 2s.
	HeartbeatInterval time.Duration `yaml:"heartbeat_interval"`
	// RebalanceTimeout is how long a consumer may take to finish what it has in hand
	// when partitions move; after that it is fenced. Default 20s.
	RebalanceTimeout time.Duration `yaml:"rebalance_timeout"`
}

// Partitions are the partition counts of the topics, each from 1 to 10000. A count
// must not change while its topic lives: keys would move to other partitions.
type Partitions struct {
	// Telemetry bounds how many processors can share the work. Default 4.
	Telemetry int `yaml:"telemetry"`
	// Logs is the count for syslog and traps. Default 2.
	Logs int `yaml:"logs"`
	// DeadLetter is the count for what nobody could read. Default 1.
	DeadLetter int `yaml:"dead_letter"`
}

// DefaultConfig is a broker on this machine, with the partitions one machine needs.
func DefaultConfig() Config {
	return Config{
		Brokers:           []string{"localhost:9092"},
		ClientID:          "mimamori",
		Partitions:        Partitions{Telemetry: 4, Logs: 2, DeadLetter: 1},
		ReplicationFactor: -1,
		MinInsyncReplicas: -1,
		MaxMessageBytes:   1_000_000,
		RetryTimeout:      10 * time.Second,
		SessionTimeout:    10 * time.Second,
		HeartbeatInterval: 2 * time.Second,
		RebalanceTimeout:  20 * time.Second,
	}
}

// Topic is a topic and the number of partitions it is created with.
type Topic struct {
	Name       string
	Partitions int
}

// Topics returns the topics of the bus.
func (c Config) Topics() []Topic {
	return []Topic{
		{TopicTelemetry, c.Partitions.Telemetry},
		{TopicLogs, c.Partitions.Logs},
		{TopicDeadLetter, c.Partitions.DeadLetter},
	}
}

// SocketPrefix starts the address of a broker that is reached through a Unix socket.
const SocketPrefix = "unix:"

// Socket returns the path of the Unix socket the broker is reached through, if that
// is how it is reached.
func (c Config) Socket() (path string, ok bool) {
	if len(c.Brokers) != 1 {
		return "", false
	}
	return strings.CutPrefix(c.Brokers[0], SocketPrefix)
}

// Validate reports what is wrong and what to do about it.
func (c Config) Validate() error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	return nil
}

func (c Config) validate() error {
	if len(c.Brokers) == 0 {
		return errors.New(`brokers: no address is given; name at least one as "host:port" or "unix:/path/to/socket"`)
	}
	for _, broker := range c.Brokers {
		if err := validateBroker(broker, len(c.Brokers)); err != nil {
			return err
		}
	}
	for _, topic := range c.Topics() {
		if topic.Partitions < 1 || topic.Partitions > 10_000 {
			return fmt.Errorf("partitions: topic %s has %d; give a count from 1 to 10000", topic.Name, topic.Partitions)
		}
	}
	if c.ReplicationFactor != -1 && c.ReplicationFactor < 1 {
		return fmt.Errorf("replication_factor: %d is not a number of copies; give 1 or more, or -1 for the cluster's own default", c.ReplicationFactor)
	}
	if c.MinInsyncReplicas != -1 && c.MinInsyncReplicas < 1 {
		return fmt.Errorf("min_insync_replicas: %d is not a number of copies; give 1 or more, or -1 for the cluster's own default", c.MinInsyncReplicas)
	}
	if c.ReplicationFactor != -1 && c.MinInsyncReplicas > c.ReplicationFactor {
		return fmt.Errorf("min_insync_replicas: %d copies are asked for and replication_factor makes %d, so that nothing could be stored; give 1 to %d", c.MinInsyncReplicas, c.ReplicationFactor, c.ReplicationFactor)
	}
	if err := c.validateSecurity(); err != nil {
		return err
	}
	if c.MaxMessageBytes < 1024 || c.MaxMessageBytes > 64<<20 {
		return fmt.Errorf("max_message_bytes: %d is out of range; give 1024 to %d", c.MaxMessageBytes, 64<<20)
	}
	if c.RetryTimeout < 100*time.Millisecond {
		return fmt.Errorf("retry_timeout: %s is too short to survive a restart of a broker; give 100ms or more", c.RetryTimeout)
	}
	if c.SessionTimeout < time.Second {
		return fmt.Errorf("session_timeout: %s is too short; give 1s or more (brokers usually insist on 6s)", c.SessionTimeout)
	}
	if c.HeartbeatInterval < 10*time.Millisecond || c.HeartbeatInterval > c.SessionTimeout/3 {
		return fmt.Errorf("heartbeat_interval: %s; give 10ms to %s, a third of session_timeout", c.HeartbeatInterval, c.SessionTimeout/3)
	}
	if c.RebalanceTimeout < time.Second {
		return fmt.Errorf("rebalance_timeout: %s leaves no time to finish what is in hand; give 1s or more", c.RebalanceTimeout)
	}
	return nil
}

func validateBroker(broker string, count int) error {
	if path, ok := strings.CutPrefix(broker, SocketPrefix); ok {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("brokers: %q does not name an absolute path; write unix:/path/to/socket", broker)
		}
		if count > 1 {
			return fmt.Errorf("brokers: %q cannot stand beside other brokers, because a socket leads to one broker only; remove the others", broker)
		}
		return nil
	}
	host, port, err := net.SplitHostPort(broker)
	if err != nil {
		return fmt.Errorf(`brokers: %q is not an address (%w); write "host:port", usually port 9092, or "unix:/path/to/socket"`, broker, err)
	}
	if number, err := strconv.ParseUint(port, 10, 16); host == "" || err != nil || number == 0 {
		return fmt.Errorf(`brokers: %q needs a host and a port from 1 to 65535; write "host:port"`, broker)
	}
	return nil
}
