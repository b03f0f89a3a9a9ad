// Package api serves the typed queries over HTTP: the same questions, figures and
// column names as the reports of the command line, as JSON, CSV or a workbook.
//
// What lives here: the table of routes and the table of parameters, which requests
// are read by and from which the OpenAPI description is made (routes.go,
// parameters.go, openapi.go), tokens and what they may see (tokens.go), problem
// details of RFC 9457 (problem.go), and how an answer is written (answer.go). What
// does not: asking (the Store of store.go, which storage/clickhouse is), reckoning
// (storage/sla) and laying out (storage/report).
//
// To add a question: a method in Store, a builder in storage/report and a route in
// routes.go. To add a parameter: a line in parameters.go and its name in the routes
// that take it. To add a column: nothing here but its description in columns.go.
package api
