package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// retentionInterval is how often the log is cut back. The broker's own retention is
// never switched on: it stops at a restart, and it may empty a partition, after
// which an unclean stop would start its offsets at 0 again.
const retentionInterval = time.Minute

// partition names a partition of a topic.
type partition struct {
	topic  string
	number int32
}

// segment is one file of a partition's log.
type segment struct {
	partition
	base     int64 // offset of its first message
	size     int64 // bytes
	modified time.Time
}

// cut is where a partition's log is to begin.
type cut struct {
	partition
	offset int64
	bytes  int64 // how much that deletes
}

// scan reads the names and sizes of the log's files.
func scan(directory string) ([]segment, error) {
	root := filepath.Join(directory, "partitions")
	partitions, err := os.ReadDir(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var segments []segment
	for _, entry := range partitions {
		of, ok := parsePartition(entry.Name())
		if !ok {
			continue
		}
		files, err := os.ReadDir(filepath.Join(root, entry.Name()))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			name, isSegment := strings.CutSuffix(file.Name(), ".dat")
			base, err := strconv.ParseInt(name, 10, 64)
			if !isSegment || err != nil {
				continue
			}
			info, err := file.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			segments = append(segments, segment{of, base, info.Size(), info.ModTime()})
		}
	}
	return segments, nil
}

func parsePartition(directory string) (partition, bool) {
	dash := strings.LastIndexByte(directory, '-')
	if dash < 0 {
		return partition{}, false
	}
	topic, err := url.PathUnescape(directory[:dash])
	if err != nil {
		return partition{}, false
	}
	number, err := strconv.ParseInt(directory[dash+1:], 10, 32)
	return partition{topic, int32(number)}, err == nil
}

// plan says where to cut so that nothing older than maxAge is left and the log is no
// larger than maxBytes, oldest segments first. The last segment of a partition that
// holds anything stays, so a partition never becomes empty.
func plan(segments []segment, maxBytes int64, maxAge time.Duration, now time.Time) []cut {
	total := int64(0)
	newest := make(map[partition]int64)
	for _, s := range segments {
		total += s.size
		if s.size > 0 {
			newest[s.partition] = max(newest[s.partition], s.base)
		}
	}
	deletable := slices.DeleteFunc(slices.Clone(segments), func(s segment) bool {
		last, ok := newest[s.partition]
		return !ok || s.base >= last
	})
	slices.SortFunc(deletable, func(a, b segment) int {
		return cmp.Or(a.modified.Compare(b.modified), cmp.Compare(a.base, b.base))
	})
	deleted := make(map[partition]cut)
	for _, s := range deletable {
		if total <= maxBytes && now.Sub(s.modified) <= maxAge {
			break
		}
		total -= s.size
		c := deleted[s.partition]
		c.partition = s.partition
		c.bytes += s.size
		c.offset = max(c.offset, following(segments, s))
		deleted[s.partition] = c
	}
	cuts := make([]cut, 0, len(deleted))
	for _, c := range deleted {
		cuts = append(cuts, c)
	}
	return cuts
}

// following returns the offset at which the segment after s begins.
func following(segments []segment, s segment) int64 {
	next := int64(-1)
	for _, other := range segments {
		if other.partition == s.partition && other.base > s.base && (next < 0 || other.base < next) {
			next = other.base
		}
	}
	return next
}

// retainAll cuts the log back now and once a minute until the context ends.
func (b *Broker) retainAll(ctx context.Context, client *kgo.Client) {
	ticker := time.NewTicker(b.retainEvery)
	defer ticker.Stop()
	for {
		if err := b.retain(ctx, client); err != nil && ctx.Err() == nil {
			b.metrics.problems.Inc()
			b.logger.Warn("the log is not cut back; it is tried again shortly", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// retain cuts the log back once.
func (b *Broker) retain(ctx context.Context, client *kgo.Client) error {
	segments, err := scan(b.config.Directory)
	if err != nil {
		return fmt.Errorf("look through the log in %s: %w", b.config.Directory, err)
	}
	var total int64
	for _, s := range segments {
		total += s.size
	}
	cuts := plan(segments, b.config.MaxBytes, b.config.MaxAge, time.Now())
	for _, c := range cuts {
		if err := deleteBefore(ctx, client, c); err != nil {
			return fmt.Errorf("delete the messages of %s-%d before offset %d: %w", c.topic, c.number, c.offset, err)
		}
		b.metrics.deletedBytes.Add(float64(c.bytes))
		total -= c.bytes
		b.logger.Info("cut the log back", "topic", c.topic, "partition", c.number, "first_offset", c.offset, "deleted_bytes", c.bytes)
	}
	b.metrics.logBytes.Set(float64(total))
	return nil
}

func deleteBefore(ctx context.Context, client *kgo.Client, c cut) error {
	request := kmsg.NewPtrDeleteRecordsRequest()
	topic := kmsg.NewDeleteRecordsRequestTopic()
	topic.Topic = c.topic
	of := kmsg.NewDeleteRecordsRequestTopicPartition()
	of.Partition, of.Offset = c.number, c.offset
	topic.Partitions = append(topic.Partitions, of)
	request.Topics = append(request.Topics, topic)
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	for _, topic := range response.Topics {
		for _, answer := range topic.Partitions {
			if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}

// insider returns a client that reaches the broker from within the process.
func (b *Broker) insider(g *gate) (*kgo.Client, error) {
	return kgo.NewClient(
		kgo.SeedBrokers("localhost:9092"),
		kgo.ClientID("mimamori-retention"),
		kgo.Dialer(func(context.Context, string, string) (net.Conn, error) { return g.inside(), nil }),
	)
}
