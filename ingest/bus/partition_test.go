package bus

import (
	"math/rand/v2"
	"testing"

	kafkago "github.com/segmentio/kafka-go"
)

// TestPartitionOf holds the partitioner against values of the Java client's murmur2, so
// that a producer in another language finds the same partition for a key, and against
// another program's murmur2 with keys of all lengths.
func TestPartitionOf(t *testing.T) {
	const partitions = 12
	for key, hash := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		want := int(uint32(hash)&0x7fffffff) % partitions
		if got := PartitionOf([]byte(key), partitions); got != want {
			t.Errorf("key %q goes to partition %d, want %d", key, got, want)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for length := range 40 {
		key, numbers := make([]byte, length), make([]int, 1+random.IntN(50))
		for i := range key {
			key[i] = byte(random.Uint32())
		}
		for i := range numbers {
			numbers[i] = i
		}
		want := kafkago.Murmur2Balancer{Consistent: true}.Balance(kafkago.Message{Key: key}, numbers...)
		if got := PartitionOf(key, len(numbers)); got != want {
			t.Errorf("key %x goes to partition %d of %d, want %d", key, got, len(numbers), want)
		}
	}
}
