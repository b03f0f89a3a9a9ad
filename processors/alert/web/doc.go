// Package web serves the alarms over HTTP: what is raised, acknowledging it, the audit log, a test of a
// receiver; their tickets; and below /api/v2/ the API of Alertmanager, for amtool and Grafana.
//
// What lives here: requests and answers (web.go), of tickets (tickets.go), of ticket systems (hook.go) and of mails that
// answer (reply.go), and who may send which (access.go). What does not: what they do (packages alert and journal),
// Alertmanager's API itself (package notify), and by what who asks is known (an Access is given).
package web
