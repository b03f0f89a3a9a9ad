// Package provision makes a Grafana what a partner's plan says: one organisation for the
// partner and one for each customer, each with its data source under a signed scope, the
// app's settings, dashboards and users.
//
// What lives here: scope tokens as they are handed out, the plan, the client of
// Grafana's HTTP API and the comparison of the two. What does not: the token's form
// (storage/scope), reading a plan's file with its lines and secrets (the top level), the
// store that keeps public keys (storage/clickhouse), and the files that Grafana itself
// reads when it starts (grafana/provisioning).
//
// Nothing here imports Grafana's SDK: the program mimamori is built with this package and
// not with that.
package provision
