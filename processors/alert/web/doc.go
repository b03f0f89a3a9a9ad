// Package web serves the alarms over HTTP: what is raised, acknowledging it, the audit log, a test of a
// receiver; and below /api/v2/ the API of Alertmanager, for amtool and Grafana.
//
// What lives here: requests and answers (web.go), and who may send which (access.go). What does not: what they
// do (package alert), Alertmanager's API itself (package notify), and by what who asks is known (an Access is given).
package web
