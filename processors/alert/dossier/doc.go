// Package dossier gathers what the next level needs with the ticket of an alarm: the device and its inventory,
// its outages, what it logged, the figures around the moment, whom to call and what to do.
//
// What lives here: what is asked for each kind of entity, and how much of it travels. What does not: the alarm
// itself (package alert), and how a ticket is written (the integrations beside).
//
// To add something, add it to Dossier with a bound on its length, and ask for it in Gather.
package dossier
