// Package record keeps what benchmarks have measured: what each printed as JSON, the same
// figures in the text format of Go's benchmarks, which benchstat compares, and a page with all
// of them and the machine they were measured on.
//
// What lives here: figures out of JSON (figures.go), the machine (machine.go), what others on its
// host took of it meanwhile (stolen.go), and the files (record.go). What does not: measuring, and
// which benchmarks there are, which the sub-command says.
//
// A figure is named by the path of keys that leads to it, and has its own key for a unit.
// Elements of lists are named by their first text, such as the table or the way of working.
package record
