// Package child runs the processes of a measurement that must not share one with others,
// because what each of them uses is measured: this program, started with another command,
// that is told what to do by lines of JSON and answers each with one.
//
// What lives here: starting such a process, asking it and ending it, where it may listen, what it has used, and the loop in which it
// obeys. What does not: what is asked, which is the business of each measurement.
package child
