package voice

import "math"

// MOS returns the estimated mean opinion score of a narrowband transmission rating
// (G.107, annex B), 1 to 4.5. The polynomial dips below 1 under R 6.5; the scale does
// not.
func MOS(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+7e-6*r*(r-60)*(100-r))
}

// GoodOrBetter returns the share of users that would call a connection of a narrowband
// rating good or better, percent (G.107, annex B).
func GoodOrBetter(r float64) float64 { return 100 * normal((r-60)/16) }

// PoorOrWorse returns the share of users that would call it poor or worse, percent.
func PoorOrWorse(r float64) float64 { return 100 * normal((45-r)/16) }

// normal is the distribution function of the standard normal distribution.
func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

// The bands of user satisfaction (ITU-T G.109), from the narrowband rating up.
var bands = []struct {
	from float64
	name string
}{
	{90, "very satisfied"},
	{80, "satisfied"},
	{70, "some dissatisfied"},
	{60, "many dissatisfied"},
	{50, "nearly all dissatisfied"},
}

// Band returns the user satisfaction of a narrowband transmission rating in the words
// of G.109: "very satisfied" from 90, down to "not recommended" below 50.
func Band(r float64) string {
	for _, band := range bands {
		if r >= band.from {
			return band.name
		}
	}
	return "not recommended"
}
