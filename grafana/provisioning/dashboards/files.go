// Package dashboards is the folder of the dashboards to clone: the files that Grafana
// reads when it starts, and the same for a program to send it.
//
// A dashboard that changes gets the next number as its "revision": by that the copy in a
// Grafana is known to be an old one.
package dashboards

import "embed"

// Files are the dashboards, one JSON file each.
//
//go:embed *.json
var Files embed.FS
