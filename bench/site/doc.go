// Package site makes up what the pollers of one appliance say in the course of time: the
// polls of its devices each five minutes, rounds of five pings each 30 seconds, a line of the
// log a minute from each device, a minute's row of one voice path, and each hour absolute
// counters and the outcomes of polls. Nothing is asked of anybody: the rows are those of the
// pollers, at the moments at which these hand them over, each device at its own place in the
// interval.
//
// Traffic is spread as in networks: most interfaces carry little and few much, each varies
// around its own average, one in two hundred rows has errors or discards; round trips lie 15 %
// around a device's own. What is in no row: sensors, phones, traps, and devices that change
// or fail (bench/fleet simulates all of these).
//
// To add a kind of rows: what is said in rows.go, and when in Site.plan.
package site
