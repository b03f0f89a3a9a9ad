// Package ticket says when a ticket's answers are due: the first response, the next
// update, and who is told next while nobody has taken it.
//
// What lives here: severities (severity.go), what was agreed as data (config.go,
// defaults.go, validate.go), a target such as 30m or the next business day (target.go),
// the time of a desk that counts towards one (hours.go), what happened to a ticket
// (history.go), and the clock that follows from all of it (clock.go, escalation.go).
// What does not: hours, holidays and time zones (storage/calendar), where tickets are
// kept, what opens and closes them, and who tells people.
//
// A Clock is a value that follows from the rules and a History alone. It reads no time:
// every moment is an argument, so the same history gives the same answers on a replay.
//
// Hours are worked out of the calendar at each question, a tenth of a millisecond: keep the
// moments that a clock gives until its history changes, and do not ask at every tick.
//
// A plan, a desk or a step of an escalation is added in the configuration, not here. A
// new kind of target is a case in parseTarget and one in target.due.
package ticket
