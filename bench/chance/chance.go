// Package chance draws numbers that follow from a seed and what they are for, in any order: what is made up for a
// fleet is the same whoever asks for it first. What lives here is that one function; what is drawn by it lives with
// whoever makes it up.
package chance

// Of is a number that follows from the seed and what it is for: the finaliser of splitmix64 over each part.
func Of(seed uint64, of ...uint64) uint64 {
	for _, part := range of {
		seed = mix(seed ^ mix(part+0x9e3779b97f4a7c15))
	}
	return seed
}

// mix is the finaliser of splitmix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
