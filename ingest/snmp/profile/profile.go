package profile

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Generic is the profile of a device that no other fits.
const Generic = "generic"

// Profile is what is asked of the devices of a family.
type Profile struct {
	Name        string // of its file, without the suffix
	Description string
	// IPSLA says whether the devices may have IP SLA operations (CISCO-RTTMON-MIB).
	IPSLA bool
	// MaxRepetitions bounds how many rows one request asks for, 1 to 127; 0 where only
	// the configuration does.
	MaxRepetitions int
	// Tables of sensors, in the order in which they are asked.
	Tables []Table

	depth   int // longest way through its parents
	skip    []string
	matches []match
}

// match is one way a device is known to be of a family.
type match struct {
	prefix string // of sysObjectID, between dots
	arcs   int
	descr  *regexp.Regexp // on sysDescr; nil for any
}

// Skips says whether the agents of the family are not to be asked for a column, which
// is given as its OID between dots (".1.3.6.1.2.1.31.1.1.1.18.").
func (p *Profile) Skips(column string) bool {
	return slices.ContainsFunc(p.skip, func(skipped string) bool { return strings.HasPrefix(column, skipped) })
}

// Repetitions returns how many rows one request may ask for, given what the
// configuration allows.
func (p *Profile) Repetitions(configured int) int {
	if p.MaxRepetitions == 0 {
		return configured
	}
	return min(configured, p.MaxRepetitions)
}

// Set is all profiles there are.
type Set struct {
	profiles map[string]*Profile
	ordered  []*Profile // by name
}

// Named returns the profile of a name.
func (s *Set) Named(name string) (*Profile, bool) {
	found, ok := s.profiles[name]
	return found, ok
}

// Names returns the names of all profiles in order.
func (s *Set) Names() []string { return slices.Sorted(maps.Keys(s.profiles)) }

// For returns the profile of a device: the one with the longest prefix of its
// sysObjectID. Of two that are equally long, one that also asks for a sysDescr is the
// better, then one that inherits through more parents. It is Generic where nothing
// fits.
func (s *Set) For(sysObjectID, sysDescr string) *Profile {
	device := dotted(sysObjectID)
	best, closest := s.profiles[Generic], [3]int{}
	for _, each := range s.ordered {
		for _, m := range each.matches {
			rank := [3]int{m.arcs, 0, each.depth}
			if m.descr != nil {
				rank[1] = 1
			}
			if slices.Compare(rank[:], closest[:]) > 0 && strings.HasPrefix(device, m.prefix) && (m.descr == nil || m.descr.MatchString(sysDescr)) {
				best, closest = each, rank
			}
		}
	}
	return best
}

// dotted returns an OID between dots.
func dotted(oid string) string { return "." + strings.Trim(oid, ".") + "." }
