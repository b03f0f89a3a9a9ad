// Package alert turns figures into alarms: it holds what the store says of the present against
// rules, and says what is to be raised and what has cleared.
//
// What lives here: rules and their defaults (rule.go, kind.go), what a rule reads of the store
// (read_*.go, one file for each figure), who stands behind whom (impact.go), the machine of one
// alarm (condition.go), with flapping, and the engine (engine.go) that looks at the store (look.go, and
// progress.go for how far the centre is), judges (judge.go; centre.go where nothing can be known) and hands on what
// changed (change.go), with what tickets owe (owed.go). Folders below have a part each: ledger keeps
// alarms in a file and journal the life of their tickets, ticket is the clock of tickets, dossier
// gathers what travels with one, notify routes and delivers, mail, servicenow and snmptrap are
// receivers of our own, and web is what people and programs ask. What does not: figures (a rule asks
// for one, it works none out), and where alarms are kept between two runs (a Ledger is given).
//
// Rules look at the store, not at the stream: what a rule says of the past (backtest) and of the
// present comes from the same questions, a restart needs the open alarms alone, and what a person sees
// on a page is what the alarm was raised for. Time is that of the measurements: an appliance whose rows
// are late is judged as of its newest, so a backlog raises nothing that is over.
//
// To add a rule's kind, add it to kinds in kind.go with its defaults and write what it reads in
// a file read_*.go: a Reading for each thing that is not well, or an Event for each that happened.
package alert
