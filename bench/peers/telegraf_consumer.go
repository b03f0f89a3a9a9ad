package peers

import (
	"context"
	"fmt"
	"time"

	"mimamori/bench/child"
)

// Consumer is a Telegraf that reads metrics in InfluxDB's line protocol from a topic and writes them to a file.
type Consumer struct {
	*telegraf
	total int // lines that it was to have written so far
}

// telegrafConsumer holds as many messages as make several batches, so that none waits for the interval: what its
// documentation advises.
func telegrafConsumer(broker, topic string) string {
	return fmt.Sprintf("[[inputs.kafka_consumer]]\n  brokers = [%q]\n  topics = [%q]\n  consumer_group = \"telegraf\"\n  kafka_version = \"2.6.0\"\n  offset = \"oldest\"\n  max_undelivered_messages = 1000\n  data_format = \"influx\"\n", broker, topic)
}

// StartConsumer starts Telegraf, from a path or where it is found, on a topic of a broker at host:port. It stands still until
// its first turn. An error may be that there is no Telegraf.
func StartConsumer(ctx context.Context, path, broker, topic string) (*Consumer, error) {
	t, err := startTelegraf(ctx, path, telegrafOrder{plugin: "kafka_consumer", inputs: telegrafConsumer(broker, topic), interval: time.Second, toFile: true})
	if err != nil {
		return nil, err
	}
	return &Consumer{telegraf: t}, nil
}

// Version is that of the program.
func (c *Consumer) Version() string { return c.version }

// Stop ends the program and removes what it wrote.
func (c *Consumer) Stop() error { return c.stop() }

// consumerPatience is how long a consumer may write nothing before its turn has failed: it joins its group in that time.
const consumerPatience = 60 * time.Second

// Turn lets it read so many lines, which must have been published, and returns how long that took and its processor time.
func (c *Consumer) Turn(ctx context.Context, lines int) (took, used time.Duration, err error) {
	c.total += lines
	before, err := child.ProcessorTime(c.command.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := c.proceed(); err != nil {
		return 0, 0, err
	}
	for last, since := -1, began; ; {
		now, err := c.output.count()
		if err != nil {
			return 0, 0, err
		}
		if now >= c.total {
			break
		}
		if now != last {
			last, since = now, time.Now()
		} else if time.Since(since) > consumerPatience {
			return 0, 0, fmt.Errorf("telegraf has written %d of %d lines and no more, and said: %s", now, c.total, lastLine(c.log.Bytes()))
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return 0, 0, err
		}
	}
	took = time.Since(began)
	after, err := child.ProcessorTime(c.command.Process.Pid)
	if err != nil {
		return 0, 0, err
	}
	return took, after - before, c.halt()
}
