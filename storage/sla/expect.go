package sla

// expected returns the availability, in percent, of a service that needs k of members
// that fail independently of each other, each with its own availability in percent.
// All of them in a row (k = n) give the product, one of them (k = 1) the complement of
// the product of the complements.
func expected(needed int, members []float64) float64 {
	exactly := make([]float64, len(members)+1) // chance that so many are up
	exactly[0] = 1
	for i, percent := range members {
		for up := i + 1; up > 0; up-- {
			exactly[up] = exactly[up]*(1-percent/100) + exactly[up-1]*percent/100
		}
		exactly[0] *= 1 - percent/100
	}
	sum := 0.0
	for _, chance := range exactly[needed:] {
		sum += chance
	}
	return 100 * sum
}
