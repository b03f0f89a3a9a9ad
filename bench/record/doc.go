// Package record keeps what benchmarks have measured: what each printed as JSON with the machine
// it was measured on, the same figures in the text format of Go's benchmarks, and a page with all
// of them.
//
// What lives here: figures out of JSON (tree.go, figures.go), which of them count (headlines.go),
// the machine (machine.go), what others on its host took of it meanwhile (stolen.go), how fast it
// was (pace.go) by a fixed piece of work (work.go), the files (record.go, kept.go), the page
// (page.go), and what has become of figures since others (compare.go, and compare/ for make
// bench-compare). What does not: measuring, and which benchmarks there are, which the sub-command
// says.
//
// Beside each result stands the machine's pace before and after it, because the same virtual
// machine does half as much again on one day as on another: with it one sees whether a figure
// changed or the machine did. It says so roughly: it is no measure of disks and networks, nor of
// the minutes in between, and what it asks of a processor is not in the proportion in which any
// benchmark asks for it. So no figure is ever scaled by it.
//
// A figure is named by the path of keys that leads to it, and has its own key for a unit.
// Elements of lists are named by their first text, such as the table or the way of working.
package record
