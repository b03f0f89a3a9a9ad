// Package web serves the alarms over HTTP: what is raised, acknowledging it, the audit log, a test of a
// receiver; and below /api/v2/ the API of Alertmanager, for amtool and Grafana.
//
// What lives here: requests and answers (web.go). What does not: what they do (package alert), and
// Alertmanager's API itself (package notify). It has no users of its own: it belongs behind a listener of this
// machine, or a proxy that knows who asks.
package web
