package storage

import (
	"fmt"
	"time"

	"mimamori/ingest/sample"
)

// BlindWhat is what of a device, or of a whole site, is not seen.
type BlindWhat string

// What may not be seen.
const (
	BlindAppliance BlindWhat = "appliance" // everything behind an appliance
	BlindSNMP      BlindWhat = "snmp"      // what the device says of itself
	BlindPing      BlindWhat = "ping"      // whether it can be reached
)

// BlindReason says why something is not seen. The values are part of the API.
type BlindReason string

// The reasons.
const (
	BlindSilent       BlindReason = "appliance_silent" // the appliance stopped reporting
	BlindNeverHeard   BlindReason = "appliance_never_heard"
	BlindClockRefused BlindReason = "clock_refused" // so wrong that what the appliance measures is not taken
	BlindClockOff     BlindReason = "clock_off"     // what it measures is taken, and stands at the wrong time
	BlindNothingAsked BlindReason = "nothing_asked" // by the inventory's wish: the device is known by what it sends alone
	BlindNotAsked     BlindReason = "not_asked"     // no SNMP is asked: a blind spot only to who wants it to be one
	BlindNotPolled    BlindReason = "not_polled"    // no poll has ended for two intervals and more
	BlindIncomplete   BlindReason = "incomplete"
	BlindTimeout      BlindReason = "timeout"
	BlindRefused      BlindReason = "refused"
	BlindUnreachable  BlindReason = "unreachable"
	BlindCredentials  BlindReason = "credentials"
	BlindAgentError   BlindReason = "agent_error"
	BlindNothing      BlindReason = "nothing" // it answers and has nothing to show
	BlindError        BlindReason = "error"
	BlindNotPinged    BlindReason = "not_pinged" // no ping was sent
	BlindNoPing       BlindReason = "no_ping"    // none was answered in the time asked for
)

// blindReasons are the reasons in words, with what to do.
var blindReasons = map[BlindReason]string{
	BlindSilent:       "the appliance stopped reporting: see whether it runs and reaches the centre; what it measures meanwhile it sends later",
	BlindNeverHeard:   "the appliance has never reported: start mimamori poll there, with an uplink that reaches the centre",
	BlindClockRefused: "the appliance's clock is so wrong that what it measures is not taken: set it, and see that a time service keeps it; the dead-letter topic has what was turned away",
	BlindClockOff:     "the appliance's clock is wrong, or what it sends is under way for as long: set it, and see that a time service keeps it",
	BlindNothingAsked: "by wish of the inventory it is neither pinged nor polled: whether it is up is not measured, what it sends is kept; to know more give it snmp, or take no_ping away",
	BlindNotAsked:     "it is pinged alone: give it snmp in the inventory to see its interfaces and parts",
	BlindNotPolled:    "no poll of it has ended of late: see mimamori_snmp_rounds_skipped_total of the appliance, and raise concurrency or interval",
	BlindIncomplete:   "its tables can be read only in part: see the notes, and what mimamori snmp walk makes of it",
	BlindTimeout:      "no answer by SNMP: see whether it is up, its agent runs, the community is right and its access list has the appliance",
	BlindRefused:      "nothing listens on its SNMP port: turn the agent on, or correct the port",
	BlindUnreachable:  "the network has no way to it: see the routes between it and the appliance",
	BlindCredentials:  "the agent turns the credentials down: correct community or user in the inventory",
	BlindAgentError:   "the agent answers with an error: see what mimamori snmp walk makes of it",
	BlindNothing:      "it answers, but shows neither interfaces nor sensors: widen the agent's view for this community or user",
	BlindError:        "it cannot be asked: see whether its name resolves where the appliance is, and what the detail says",
	BlindNotPinged:    "no ping is sent to it: see whether its name resolves where the appliance is",
	BlindNoPing:       "it answers no ping: see whether it is up and lets ICMP echo through; where it may not, set no_ping, and without snmp it is known by what it sends alone",
}

// Detailed says whether only the detail of a blind spot tells what is wrong with it.
func (r BlindReason) Detailed() bool {
	return r == BlindClockRefused || r == BlindClockOff || r == BlindError || r == BlindAgentError || r == BlindIncomplete || r == BlindCredentials
}

// Text returns the reason in words, with what to do about it.
func (r BlindReason) Text() string {
	if text, ok := blindReasons[r]; ok {
		return text
	}
	return "the reason " + string(r) + " is not known to this program"
}

// BlindReasons are all reasons that a poll may have, by how it ended; empty for one that
// is no blind spot.
var BlindReasons = [...]BlindReason{
	sample.OutcomeNotAsked:    BlindNotAsked,
	sample.OutcomePending:     BlindNotPolled,
	sample.OutcomeOK:          "",
	sample.OutcomeIncomplete:  BlindIncomplete,
	sample.OutcomeTimeout:     BlindTimeout,
	sample.OutcomeRefused:     BlindRefused,
	sample.OutcomeUnreachable: BlindUnreachable,
	sample.OutcomeCredentials: BlindCredentials,
	sample.OutcomeAgentError:  BlindAgentError,
	sample.OutcomeNothing:     BlindNothing,
	sample.OutcomeError:       BlindError,
}

// BlindSpot is something that is not seen at the end of the time asked for. Of a silent
// appliance there is one, whatever stands behind it; Device is empty and Name the
// appliance's then.
type BlindSpot struct {
	Entity
	Address  string
	What     BlindWhat
	Reason   BlindReason
	State    State     // of the device, last recorded: one that is up has trouble with SNMP alone
	Devices  int       // behind the appliance; 1 for a device
	Since    time.Time // zero where nobody knows
	LastGood time.Time // when it last worked, as far as it is known in the time asked for; zero for never
	Profile  string    // of the device, empty where none is known
	Version  string    // of SNMP; empty where it is not asked
	Notes    string    // what was odd about its answers, names of faults separated by spaces
	Detail   string    // what the poll failed with
}

// Partial says whether something else of the device is seen as it should be: of one that
// nothing is asked of, what it sends.
func (b *BlindSpot) Partial() bool {
	return b.Reason == BlindIncomplete || b.Reason == BlindNotAsked || b.Reason == BlindNothingAsked || b.Reason == BlindClockOff || b.What == BlindPing
}

// BlindSpots is what is not seen of how much.
type BlindSpots struct {
	Devices int // watched at the end of the time asked for, blind or not
	Spots   []BlindSpot
}

// Blind returns how many devices tell nothing of themselves: those with a reason that
// is not partial, and all behind a silent appliance.
func (b *BlindSpots) Blind() int {
	blind, seen := 0, map[sample.ID]bool{}
	for i := range b.Spots {
		spot := &b.Spots[i]
		if spot.Partial() || spot.What != BlindAppliance && seen[spot.ID] {
			continue
		}
		seen[spot.ID] = true
		blind += max(1, spot.Devices)
	}
	return blind
}

// Summary says how many devices tell nothing, empty where none does.
func (b *BlindSpots) Summary() string {
	blind := b.Blind()
	if blind == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d devices tell nothing of themselves", blind, max(blind, b.Devices))
}
