// Package dashboards is the folder of the dashboards to clone: the files that Grafana
// reads when it starts, and the same for a program to send it.
//
// A dashboard that changes gets the next number as its "revision": by that the copy in a
// Grafana is known to be an old one.
//
// Grafana has no language for a dashboard's texts, so that there are two sets: en is written
// by hand, ja is what Japanese makes of it with japanese.json. After a change of either:
//
//	go test ./grafana/provisioning/dashboards -update
package dashboards

import "embed"

// Files are the dashboards, a folder for each of the Languages with one JSON file each.
//
//go:embed en/*.json ja/*.json
var Files embed.FS

// Languages are the folders of Files.
var Languages = []string{"en", "ja"}
