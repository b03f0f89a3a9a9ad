package voice

import (
	"math"
	"slices"
)

// IPDV returns the delay variation between neighbours of RFC 5481, D(i)-D(i-1), of
// one-way delays in any unit: one figure less than there are delays.
func IPDV(delays []float64) []float64 {
	if len(delays) == 0 {
		return nil
	}
	variation := make([]float64, len(delays)-1)
	for i := range variation {
		variation[i] = delays[i+1] - delays[i]
	}
	return variation
}

// PDV returns the packet delay variation of RFC 5481, D(i)-D(min): what a jitter buffer
// is sized by.
func PDV(delays []float64) []float64 {
	if len(delays) == 0 {
		return nil
	}
	variation, least := make([]float64, len(delays)), slices.Min(delays)
	for i, delay := range delays {
		variation[i] = delay - least
	}
	return variation
}

// Quantile returns the smallest of the values that at least a share of them, above 0
// and up to 1, do not exceed: the nearest rank. Of no values it is not a number.
func Quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(share * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Late returns how many packets come too late for a jitter buffer of a depth in the
// unit of their variation (PDV).
func Late(variation []float64, depth float64) int {
	late := 0
	for _, each := range variation {
		if each > depth {
			late++
		}
	}
	return late
}
