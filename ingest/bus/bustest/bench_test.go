package bustest_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mimamori/ingest/bus"
	"mimamori/ingest/bus/kafka"
	"mimamori/ingest/sample"
)

// blockBytes is the size of a block an appliance sends, as it arrives: compressed.
const blockBytes = 32 << 10

func block() []byte {
	content := make([]byte, blockBytes)
	source := rand.NewChaCha8([32]byte{})
	_, _ = source.Read(content) // never fails
	return content
}

func open(b *testing.B, config bus.Config) *kafka.Client {
	b.Helper()
	client, err := kafka.Open(config, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := client.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := client.EnsureTopics(b.Context()); err != nil {
		b.Fatal(err)
	}
	return client
}

func report(b *testing.B) {
	b.SetBytes(blockBytes)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkProduce32KB sends blocks one by one and waits for each, from one producer
// and from eight; with and without waiting for the disk.
func BenchmarkProduce32KB(b *testing.B) {
	for _, disk := range []struct {
		name string
		sync bool
	}{{"synced", true}, {"unsynced", false}} {
		for _, producers := range []struct {
			name  string
			count int
		}{{"one", 1}, {"eight", 8}} {
			b.Run(disk.name+"/"+producers.name, func(b *testing.B) {
				client := open(b, startSynced(b, "", disk.sync))
				value := block()
				b.SetParallelism(producers.count / 2) // times the cores
				b.ResetTimer()
				send := func(i int) bool {
					err := client.Produce(context.Background(), bus.TopicTelemetry, bus.Message{Key: bus.Key(sample.ID(i % 50)), Value: value})
					if err != nil {
						b.Error(err)
					}
					return err == nil
				}
				if producers.count == 1 {
					for i := range b.N {
						send(i)
					}
				} else {
					b.RunParallel(func(next *testing.PB) {
						for i := 0; next.Next() && send(i); i++ {
						}
					})
				}
				report(b)
			})
		}
	}
}

// BenchmarkConsume32KB reads blocks that are there, from one partition and by one
// owner, which reads them again from the start when it has come to the end.
func BenchmarkConsume32KB(b *testing.B) {
	for _, network := range []struct{ name, listen string }{{"socket", ""}, {"tcp", "127.0.0.1:0"}} {
		b.Run(network.name, func(b *testing.B) {
			const there = 1024
			client := open(b, startSynced(b, network.listen, false))
			value := block()
			for range there / 16 {
				messages := make([]bus.Message, 16)
				for i := range messages {
					messages[i] = bus.Message{Key: bus.Key(1), Value: value}
				}
				if err := client.ProduceTo(b.Context(), bus.TopicTelemetry, 0, messages...); err != nil {
					b.Fatal(err)
				}
			}
			ctx, cancel := context.WithCancel(context.Background())
			err := client.Consume(ctx, "bench", []string{bus.TopicTelemetry}, func(ctx context.Context, claim bus.Claim) error {
				if claim.Partition() != 0 {
					return nil
				}
				defer cancel()
				b.ResetTimer()
				for left := b.N; left > 0; {
					messages, err := claim.Read(ctx, 4<<20, time.Second)
					if err != nil {
						return err
					}
					if len(messages) == 0 {
						continue
					}
					left -= len(messages)
					if messages[len(messages)-1].Offset == there-1 {
						claim.Seek(0)
					}
				}
				report(b)
				b.StopTimer()
				return nil
			})
			cancel()
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
