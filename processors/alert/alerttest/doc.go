// Package alerttest is what tests of several folders of alarms need: a certificate for a server on this
// machine, the mail server, and patience. What one folder's tests alone need stays with them.
package alerttest
