// Package answers measures how soon the store answers what pages, reports and dashboards ask,
// over a fleet with its history (bench/history).
//
// Making the history takes minutes, so it is kept: a folder for each number of devices holds
// the engine's data and a note of what they are. A history of another schema, or older than a
// week, is made anew.
//
// Each question is asked cold, after the kernel has been told to forget the files of the
// engine (posix_fadvise; what the engine itself keeps in memory stays) and of a store that remembers
// nothing of earlier answers, then once more of that store, and at last warm, of one that remembers what
// the HTTP API and Grafana's data source do (clickhouse.Config.Remember): one after the other.
//
// What lives here: the kept engine (kept.go) and the figures (answers.go).
package answers
