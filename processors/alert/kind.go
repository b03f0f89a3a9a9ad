package alert

import (
	"context"
	"slices"
	"time"
)

// kind is a figure that rules can be held against.
type kind struct {
	name string
	// defaults are those of a rule of this kind that says no more.
	defaults Rule
	// limits says that the rule has thresholds; falling that it raises below and clears above.
	limits, falling bool
	// hidden says that it may be counted under something else; polled that devices tell it by SNMP, so that of
	// one that is not seen nothing is known.
	hidden, polled bool
	// owed says that it is of what people owe to a ticket: no store is asked.
	owed bool
	// every is how often it is looked at: no oftener than its figure can change.
	every time.Duration
	// read returns what is not well; of what it leaves out all is well.
	read func(context.Context, *moment, *Rule) ([]Reading, error)
	// happened returns what happened in a time, in its order. A kind has one of both.
	happened func(context.Context, *moment, *Rule, time.Time) ([]Event, error)
}

// event says whether alarms of the kind are of something that happened, not of something that lasts.
func (k *kind) event() bool { return k.happened != nil }

// kinds are all there are. Thresholds that a standard speaks of: MOS 3.6 is where "some users
// dissatisfied" becomes "many" (ITU-T G.109).
var kinds = []kind{
	{name: "SiteDown", every: fast, read: readSites, hidden: true,
		defaults: Rule{Severity: Critical, For: time.Minute}},
	{name: "DeviceDown", every: fast, read: readDevices, hidden: true,
		defaults: Rule{Severity: Major, For: time.Minute}},
	{name: "ApplianceSilent", every: fast, read: readAppliances, hidden: true,
		defaults: Rule{Severity: Major, For: time.Minute}},
	{name: "VoiceQualityLow", every: slow, read: readPaths, limits: true, falling: true, hidden: true,
		defaults: Rule{Severity: Minor, Raise: 3.6, Clear: 3.8, For: 3 * time.Minute, ClearFor: 3 * time.Minute}},
	{name: "LinkSaturated", every: slow, read: readLoads, limits: true, polled: true,
		defaults: Rule{Severity: Minor, Raise: 95, Clear: 90, For: 10 * time.Minute, ClearFor: 5 * time.Minute}},
	{name: "LinkErrors", every: slow, read: readErrors, limits: true, polled: true,
		defaults: Rule{Severity: Minor, Raise: 1, Clear: 0.1, For: 10 * time.Minute, ClearFor: 10 * time.Minute}},
	{name: "HealthThreshold", every: slow, read: readHealth, polled: true,
		defaults: Rule{Severity: Major, For: 5 * time.Minute, ClearFor: 5 * time.Minute}},
	{name: "AvailabilityBelowTarget", every: rare, read: readAvailability,
		defaults: Rule{Severity: Minor}},
	{name: "BlindSpot", every: slow, read: readBlindSpots,
		defaults: Rule{Severity: Warning, For: 15 * time.Minute}},
	{name: "ReceiverFailing", every: slow, read: readReceivers,
		defaults: Rule{Severity: Major, For: 2 * time.Minute}},
	{name: ResponseOverdue, read: readOwed, owed: true,
		defaults: Rule{Severity: Major}},
	{name: UpdateOverdue, read: readOwed, owed: true,
		defaults: Rule{Severity: Minor}},
	{name: TicketEscalated, read: readOwed, owed: true,
		defaults: Rule{Severity: Major}},
	{name: "SyslogRate", every: slow, read: readLogRates, limits: true,
		defaults: Rule{Severity: Warning, Raise: 600, Clear: 300, For: 5 * time.Minute, ClearFor: 5 * time.Minute}},
	{name: "DeviceRebooted", every: fast, happened: rebootsSince,
		defaults: Rule{Severity: Warning, Lasts: 15 * time.Minute}},
	{name: "SyslogPattern", every: fast, happened: linesSince,
		defaults: Rule{Severity: Warning, Lasts: 30 * time.Minute, Lines: LineFilter{Severity: "critical"}}},
	{name: "TrapReceived", every: fast, happened: trapsSince,
		defaults: Rule{Severity: Warning, Lasts: 30 * time.Minute, Traps: TrapFilter{Severity: "error"}}},
}

// How often kinds are looked at.
const (
	fast = 0 // each time
	slow = 15 * time.Second
	rare = 5 * time.Minute
)

// kindOf returns a kind by its name, nil where there is none.
func kindOf(name string) *kind {
	if at := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name }); at >= 0 {
		return &kinds[at]
	}
	return nil
}

// Kinds returns the names of all kinds.
func Kinds() []string {
	names := make([]string, len(kinds))
	for i := range kinds {
		names[i] = kinds[i].name
	}
	return names
}

// Hastened returns rules of all kinds whose times are so many times shorter: for a simulation in which an hour
// passes in minutes.
func Hastened(by int) []Rule {
	all := make([]Rule, len(kinds))
	for i := range kinds {
		rule := kinds[i].defaults
		rule.Alert, rule.Kind = kinds[i].name, kinds[i].name
		rule.For, rule.ClearFor, rule.Lasts = rule.For/time.Duration(by), rule.ClearFor/time.Duration(by), rule.Lasts/time.Duration(by)
		all[i] = rule
	}
	return all
}
