// Command mimamori-preview shows the built plugin without a Grafana: a page that loads it
// the way Grafana does, and a server that starts the data source's backend and speaks to
// it as Grafana does, over go-plugin's protocol. A newcomer looks at the demo through it,
// and the tests in Chromium drive it (grafana/tests/ui).
//
// What lives here: the part of Grafana's HTTP API that the plugin uses (query.go,
// boot.go, server.go), the backend as a child process (backend.go), organisations with
// data sources whose scope tokens are signed by a key made at each start
// (organisation.go). What does not: the page (grafana/host), anything that the plugin
// itself does.
//
// It is no Grafana and guards nothing: whoever reaches its port sees what every
// organisation sees, so it listens on loopback alone and answers only to loopback's names.
//
// To add a part of Grafana's API: a route in server.go, answered as Grafana answers it.
package main
