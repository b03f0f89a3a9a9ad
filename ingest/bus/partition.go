package bus

import "encoding/binary"

// PartitionOf returns the partition, from 0, that a key's messages belong to in a topic of
// so many, 1 or more: murmur2 of the key, as the default partitioner of the Java client has
// it, so that a producer in another language finds the same one. It is the only partitioner:
// who sends asks it, and who reads holds what came against it.
func PartitionOf(key []byte, partitions int) int {
	return int(murmur2(key)&0x7fffffff) % partitions
}

// murmur2 is Austin Appleby's MurmurHash2 of 32 bits with Kafka's seed.
func murmur2(key []byte) uint32 {
	const seed, multiplier = 0x9747b28c, 0x5bd1e995
	hash := seed ^ uint32(len(key))
	for ; len(key) >= 4; key = key[4:] {
		word := binary.LittleEndian.Uint32(key) * multiplier
		hash = hash*multiplier ^ (word^word>>24)*multiplier
	}
	if len(key) > 0 {
		for i, rest := range key {
			hash ^= uint32(rest) << (8 * i)
		}
		hash *= multiplier
	}
	hash = (hash ^ hash>>13) * multiplier
	return hash ^ hash>>15
}
