package provision

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mimamori/grafana/provisioning/dashboards"
)

// aboutPipeline is the partner's own affair.
const aboutPipeline = "mimamori-pipeline"

// dashboard is one of the files.
type dashboard struct {
	uid, title string
	revision   int
	body       json.RawMessage
}

// dashboardFiles returns the dashboards that the program carries, by their uid.
func dashboardFiles() []dashboard {
	entries, err := dashboards.Files.ReadDir(".")
	if err != nil {
		panic("provision: " + err.Error()) // it is part of the program
	}
	var all []dashboard
	for _, entry := range entries {
		body, err := dashboards.Files.ReadFile(entry.Name())
		var head struct {
			UID, Title string
			Revision   int
		}
		if err == nil {
			err = json.Unmarshal(body, &head)
		}
		if err != nil {
			panic(fmt.Sprintf("provision: %s: %v", entry.Name(), err))
		}
		all = append(all, dashboard{head.UID, head.Title, head.Revision, body})
	}
	slices.SortFunc(all, func(one, other dashboard) int { return strings.Compare(one.uid, other.uid) })
	return all
}

// dashboards returns what an organisation gets.
func (o Organisation) dashboards() []dashboard {
	return slices.DeleteFunc(dashboardFiles(), func(each dashboard) bool {
		if o.Dashboards != nil {
			return !slices.Contains(o.Dashboards, each.uid)
		}
		return o.view() == ViewCustomer && each.uid == aboutPipeline
	})
}

func uidsOf(all []dashboard) []string {
	names := make([]string, len(all))
	for i, each := range all {
		names[i] = each.uid
	}
	return names
}

func uids(all []dashboard) string { return strings.Join(uidsOf(all), ", ") }
