// Package verify holds what the store says against what the simulated fleet did.
// It asks the store as anybody else would, and takes what it expects from the
// fleet's own journal and from nowhere else.
//
// What lives here: one file per figure that is checked, and the watcher that notes
// the live states while the fleet runs. A new figure gets a file with a function
// that returns its checks, one for each entity, and a line in Run.
package verify
