// Package notify tells people and ticket systems of alerts: it routes, groups,
// inhibits, silences, retries and delivers them with the packages of Prometheus
// Alertmanager, whose configuration language, receivers and API are therefore ours.
//
// What lives here: how those packages are put together for one instance without
// clustering (notifier.go), the configuration and how it is checked (file.go,
// texts.go), what stands around each receiver (delivery.go, health.go), the state on
// disk (snapshot.go), who is told once more of what people changed (renew.go), the API
// that amtool and Grafana speak (api.go), one alert sent on demand (send.go) and the sign
// of life to a dead man's switch (heartbeat.go). What does not: which alerts there are, their durations and dependencies, and who keeps the open
// ones (processors/alert); the clock of tickets (processors/alert/ticket). Nothing else
// imports Alertmanager.
//
// # What is kept over a restart
//
// Silences and the log of what was notified are written to Data a moment after each
// change, to a file beside the old one that then takes its place. Alerts are not kept:
// who owns them puts those that are open again, and those that ended meanwhile, before
// Run. What was notified before is then not notified again; what was delivered in the
// fraction of a second before a kill may be, since a receiver may have it and the
// log not: deliveries are at least once, and Group.Key is the same each time.
//
// # Receivers
//
// Those that Alertmanager has are named in its configuration file. To add one of our
// own: a type with Deliver, and Add with the name of a receiver in that file, which may
// have integrations of Alertmanager's beside it. It is then grouped, retried with
// back-off, counted and watched as the others are.
//
// A failed attempt is repeated with growing pauses until the next flush of its group
// (group_interval, 10 s at least), which tries again: nothing is given up while the
// alert stands. Each integration has attempts at the same time and a time for one, so
// one that hangs holds up its own alone.
package notify
