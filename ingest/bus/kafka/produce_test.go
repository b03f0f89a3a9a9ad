package kafka

import "testing"

// TestPartition holds the partitioner against values of the Java client's murmur2, so
// that a producer in another language finds the same partition for a key.
func TestPartition(t *testing.T) {
	const partitions = 12
	numbers := make([]int, partitions)
	for i := range numbers {
		numbers[i] = i
	}
	for key, hash := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		want := int(uint32(hash)&0x7fffffff) % partitions
		if got := partitionOf([]byte(key), numbers); got != want {
			t.Errorf("key %q goes to partition %d, want %d", key, got, want)
		}
	}
}
