package sla

import (
	"fmt"
	"slices"
)

// groupKey names a group: names are unique within a customer.
type groupKey struct{ customer, name string }

func (c Config) groupsByName() map[groupKey]Group {
	named := map[groupKey]Group{}
	for _, group := range c.Groups {
		named[groupKey{group.Customer, group.Name}] = group
	}
	return named
}

func (c Config) groupProblems() []error {
	var problems []error
	report := func(i int, format string, arguments ...any) {
		problems = append(problems, fmt.Errorf("groups[%d]: %s", i, fmt.Sprintf(format, arguments...)))
	}
	named, seen := c.groupsByName(), map[groupKey]bool{}
	for i, group := range c.Groups {
		key := groupKey{group.Customer, group.Name}
		if group.Name == "" {
			report(i, "the group has no name: add name:")
		}
		if group.Customer == "" {
			report(i, "the group has no customer: add customer:")
		}
		if seen[key] {
			report(i, "name: customer %q has two groups %q: rename one", group.Customer, group.Name)
		}
		seen[key] = true
		if !slices.Contains([]string{Series, Parallel, KOfN}, group.Kind) {
			report(i, "kind: is %q: use %s, %s or %s", group.Kind, Series, Parallel, KOfN)
		}
		if len(group.Members) == 0 {
			report(i, "the group has no members: add members:")
		}
		if group.Kind == KOfN && (group.K < 1 || group.K > len(group.Members)) {
			report(i, "k: is %d: use 1 to %d, the number of members", group.K, len(group.Members))
		}
		if group.Kind != KOfN && group.K != 0 {
			report(i, "k: is for kind %s alone: remove it or change the kind", KOfN)
		}
		for j, member := range group.Members {
			switch {
			case slices.Contains(group.Members[:j], member):
				report(i, "members[%d]: is there twice: remove one", j)
			case member.Group == "" && (member.Site == "" || member.Device == ""):
				report(i, "members[%d]: names no device: write {site: ..., device: ...} or {group: ...}", j)
			case member.Group != "" && (member.Site != "" || member.Device != ""):
				report(i, "members[%d]: is a device and a group: make it two members", j)
			case member.Group == "":
			case named[groupKey{group.Customer, member.Group}].Name == "":
				report(i, "members[%d]: customer %q has no group %q", j, group.Customer, member.Group)
			case reaches(named, groupKey{group.Customer, member.Group}, key, map[groupKey]bool{}):
				report(i, "members[%d]: group %q rests on %q in turn: a group cannot rest on itself", j, member.Group, group.Name)
			}
		}
	}
	return problems
}

// reaches reports whether a group rests on another, by way of any others.
func reaches(named map[groupKey]Group, from, to groupKey, passed map[groupKey]bool) bool {
	if from == to {
		return true
	}
	if passed[from] {
		return false
	}
	passed[from] = true
	for _, member := range named[from].Members {
		if member.Group != "" && reaches(named, groupKey{from.customer, member.Group}, to, passed) {
			return true
		}
	}
	return false
}
