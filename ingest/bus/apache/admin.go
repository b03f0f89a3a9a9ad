package apache

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	kafkago "github.com/segmentio/kafka-go"
)

// pollInterval is how often a broker is asked whether it is ready.
const pollInterval = 50 * time.Millisecond

// ask runs requests at one broker, or at all where broker is negative, through the
// listener that knows no security.
func (c *Cluster) ask(broker int, requests func(*kafkago.Client) error) error {
	addresses := c.ListenerAddresses(internalListener)
	if broker >= 0 {
		addresses = addresses[broker : broker+1]
	}
	transport := &kafkago.Transport{DialTimeout: time.Second, MetadataTTL: 100 * time.Millisecond}
	defer transport.CloseIdleConnections()
	return requests(&kafkago.Client{Addr: kafkago.TCP(addresses...), Timeout: 5 * time.Second, Transport: transport})
}

// until repeats a check until it returns nil, the context ends or a broker has died.
func (c *Cluster) until(ctx context.Context, check func(context.Context) error) error {
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if dead := c.dead(); dead != nil {
			return dead
		}
		select {
		case <-ctx.Done():
			return errors.Join(context.Cause(ctx), err)
		case <-time.After(pollInterval):
		}
	}
}

// dead says which broker ended by itself.
func (c *Cluster) dead() error {
	for broker := range c.running {
		p := c.process(broker)
		if p == nil {
			continue
		}
		select {
		case <-p.ended:
			return fmt.Errorf("broker %d ended by itself (%w): %s", broker, p.err, p.lastWords())
		default:
		}
	}
	return nil
}

// awaitAll returns once all brokers know of each other and serve.
func (c *Cluster) awaitAll(ctx context.Context) error {
	for broker := range c.running {
		if err := c.await(ctx, broker); err != nil {
			return err
		}
	}
	return c.until(ctx, func(ctx context.Context) error {
		return c.ask(-1, func(client *kafkago.Client) error {
			response, err := client.Metadata(ctx, &kafkago.MetadataRequest{})
			if err != nil {
				return err
			}
			if len(response.Brokers) < len(c.running) {
				return fmt.Errorf("%d of %d brokers serve", len(response.Brokers), len(c.running))
			}
			return nil
		})
	})
}

// await returns once a broker serves and says so of itself.
func (c *Cluster) await(ctx context.Context, broker int) error {
	return c.until(ctx, func(ctx context.Context) error {
		return c.ask(broker, func(client *kafkago.Client) error {
			response, err := client.Metadata(ctx, &kafkago.MetadataRequest{})
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(response.Brokers, func(b kafkago.Broker) bool { return b.ID == broker }) {
				return fmt.Errorf("broker %d is not part of the cluster yet", broker)
			}
			connection, err := net.DialTimeout("tcp", c.Addresses()[broker], time.Second)
			if err != nil {
				return err
			}
			return connection.Close()
		})
	})
}

// Leader returns the broker that leads a partition, and those that are in sync with it.
func (c *Cluster) Leader(ctx context.Context, topic string, partition int) (leader int, inSync []int, err error) {
	leader = -1
	err = c.ask(-1, func(client *kafkago.Client) error {
		response, err := client.Metadata(ctx, &kafkago.MetadataRequest{Topics: []string{topic}})
		if err != nil {
			return err
		}
		for _, found := range response.Topics {
			for _, p := range found.Partitions {
				if found.Name == topic && p.ID == partition && p.Error == nil {
					leader = p.Leader.ID
					for _, replica := range p.Isr {
						inSync = append(inSync, replica.ID)
					}
				}
			}
		}
		if leader < 0 {
			return kafkago.LeaderNotAvailable
		}
		return nil
	})
	if err != nil {
		return -1, nil, fmt.Errorf("find the leader of %s-%d: %w", topic, partition, err)
	}
	return leader, inSync, nil
}

// Coordinator returns the broker that coordinates a group.
func (c *Cluster) Coordinator(ctx context.Context, group string) (int, error) {
	coordinator := -1
	err := c.ask(-1, func(client *kafkago.Client) error {
		response, err := client.FindCoordinator(ctx, &kafkago.FindCoordinatorRequest{Key: group, KeyType: kafkago.CoordinatorKeyTypeConsumer})
		if err != nil {
			return err
		}
		if response.Error != nil {
			return response.Error
		}
		coordinator = response.Coordinator.NodeID
		return nil
	})
	if err != nil {
		return -1, fmt.Errorf("find the coordinator of group %s: %w", group, err)
	}
	return coordinator, nil
}

// Empty deletes all groups and topics, so that the cluster is as one that was just
// made. The groups must have no members.
func (c *Cluster) Empty(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := c.until(ctx, func(ctx context.Context) error {
		return c.ask(-1, func(client *kafkago.Client) error {
			if err := deleteGroups(ctx, client); err != nil {
				return err
			}
			return deleteTopics(ctx, client)
		})
	})
	if err != nil {
		return fmt.Errorf("empty the cluster: %w", err)
	}
	return nil
}

func deleteGroups(ctx context.Context, client *kafkago.Client) error {
	listed, err := client.ListGroups(ctx, &kafkago.ListGroupsRequest{})
	if err != nil {
		return err
	}
	var groups []string
	for _, group := range listed.Groups {
		groups = append(groups, group.GroupID)
	}
	if len(groups) == 0 {
		return listed.Error
	}
	deleted, err := client.DeleteGroups(ctx, &kafkago.DeleteGroupsRequest{GroupIDs: groups})
	if err != nil {
		return err
	}
	for group, err := range deleted.Errors {
		if err != nil && !errors.Is(err, kafkago.GroupIdNotFound) {
			return fmt.Errorf("group %s: %w", group, err)
		}
	}
	return nil
}

// deleteTopics deletes all topics but those of the brokers themselves, and fails for
// as long as some are left.
func deleteTopics(ctx context.Context, client *kafkago.Client) error {
	response, err := client.Metadata(ctx, &kafkago.MetadataRequest{})
	if err != nil {
		return err
	}
	var topics []string
	for _, topic := range response.Topics {
		if !topic.Internal {
			topics = append(topics, topic.Name)
		}
	}
	if len(topics) == 0 {
		return nil
	}
	deleted, err := client.DeleteTopics(ctx, &kafkago.DeleteTopicsRequest{Topics: topics})
	if err != nil {
		return err
	}
	for topic, err := range deleted.Errors {
		if err != nil && !errors.Is(err, kafkago.UnknownTopicOrPartition) {
			return fmt.Errorf("topic %s: %w", topic, err)
		}
	}
	return errors.New(strconv.Itoa(len(topics)) + " topics are being deleted")
}

// Grant lets a user do operations on a topic or a group: what kafka-acls --add does.
func (c *Cluster) Grant(ctx context.Context, user string, kind kafkago.ResourceType, name string, operations ...kafkago.ACLOperationType) error {
	var entries []kafkago.ACLEntry
	for _, operation := range operations {
		entries = append(entries, kafkago.ACLEntry{
			ResourceType: kind, ResourceName: name, ResourcePatternType: kafkago.PatternTypeLiteral,
			Principal: "User:" + user, Host: "*", Operation: operation, PermissionType: kafkago.ACLPermissionTypeAllow,
		})
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err := c.until(ctx, func(ctx context.Context) error {
		return c.ask(-1, func(client *kafkago.Client) error {
			response, err := client.CreateACLs(ctx, &kafkago.CreateACLsRequest{ACLs: entries})
			if err != nil {
				return err
			}
			return errors.Join(response.Errors...)
		})
	})
	if err != nil {
		return fmt.Errorf("grant rights on %s to %s: %w", name, user, err)
	}
	return nil
}
