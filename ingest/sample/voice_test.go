package sample

import (
	"math"
	"testing"
)

func TestDelayBuckets(t *testing.T) {
	for microseconds, want := range map[uint32]uint32{0: 0, 99: 0, 100: 1, 3199: 31, 3200: 32, 6399: 63, 6400: 64, 6599: 64, 6600: 65} {
		if got := DelayBucket(microseconds); got != want {
			t.Errorf("bucket of %d us: %d, want %d", microseconds, got, want)
		}
	}
	previous, last := uint32(0), uint32(0)
	for microseconds := uint64(0); microseconds <= math.MaxUint32; microseconds += 1 + microseconds/500 {
		delay := uint32(microseconds)
		bucket := DelayBucket(delay)
		if bucket < previous || bucket > previous+1 {
			t.Fatalf("bucket %d of %d us comes after bucket %d", bucket, delay, previous)
		}
		middle := DelayOfBucket(bucket)
		if DelayBucket(middle) != bucket {
			t.Fatalf("the middle of bucket %d, %d us, is in bucket %d", bucket, middle, DelayBucket(middle))
		}
		if bucket != previous && middle <= last {
			t.Fatalf("the middle of bucket %d, %d us, is not above that of the one before, %d us", bucket, middle, last)
		}
		if off, bound := math.Abs(float64(middle)-float64(delay)), max(delayUnitUs/2, float64(delay)/64); off > bound+1 {
			t.Fatalf("%d us is %v us from the middle of its bucket, want at most %v", delay, off, bound)
		}
		previous, last = bucket, middle
	}
	if top := DelayBucket(math.MaxUint32); previous != top {
		t.Errorf("the last bucket is %d, want %d", previous, top)
	}
	// A broken row may name any bucket.
	for _, bucket := range []uint32{1000, 1 << 20, math.MaxUint32} {
		_ = DelayOfBucket(bucket)
	}
}
