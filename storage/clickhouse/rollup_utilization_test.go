package clickhouse

import (
	"math"
	"math/rand/v2"
	"testing"
)

// However a poll is cut, its parts are whole and add up to what it has counted.
func TestThePartsOfAPollAddUpToIt(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		length, count := 1+random.Int64N(2*hourMs), random.Uint64()>>(11+random.IntN(50)) // a float64 holds 53 bits
		end := dayMs + random.Int64N(hourMs)
		for _, b := range []buckets{{stepMs: fiveMinutesMs}, {stepMs: hourMs}, {stepMs: 1 + length/3, originMs: 7}} {
			sum, covered := 0.0, int64(0)
			b.spread(span{0, 3 * dayMs}, end, length, func(_ int64, part pollPart) {
				share := part.of(count)
				if share != math.Trunc(share) || share < 0 {
					t.Fatalf("%+v of %d is %v", part, count, share)
				}
				sum, covered = sum+share, covered+part.time()
			})
			if sum != float64(count) || covered != length {
				t.Fatalf("a poll of %d in %d ms, cut each %d ms, adds up to %v in %d ms", count, length, b.stepMs, sum, covered)
			}
		}
	}
}
