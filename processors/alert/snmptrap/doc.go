// Package snmptrap sends alarms as SNMP notifications: traps of versions 1, 2c and 3,
// and informs, to what the alarm desk of a partner listens with.
//
// What lives here: who is told and how (config.go), one receiver and its turn
// (destination.go), the conversation with it (session.go) and why it says no
// (refusal.go), what a notification says of an alarm (statement.go) as SNMP has it
// (variables.go, text.go), and our engine and what is counted on over restarts
// (kept.go). What does not: which alarms go to which receiver, and when they are
// repeated (notify); what the objects mean, which is in docs/MIMAMORI-ALARM-MIB.txt.
//
// # Delivery
//
// Each alarm of a group is a notification. A trap is delivered when the kernel has
// taken it; an inform, when the receiver has acknowledged it. What fails is said to
// notify, which tries the whole group again: a receiver may be told twice, and knows it
// by the alarm's id. Notifications to a receiver go out one after the other, in the
// order of their sequence numbers.
//
// # Version 3
//
// Of a trap the sender is the authoritative engine (RFC 3414): its id is drawn once and
// kept, and its boots are counted up at each start, before anything is sent. Of an
// inform it is the receiver, which is asked for its id and its clock each time.
//
// To say more of an alarm: an object at the end of those in the MIB, and its line in
// variables.go. The lists of objects in the MIB's notifications are the order in which
// they are sent.
package snmptrap
