package provision

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"mimamori/grafana/provisioning/dashboards"
)

// aboutPipeline is the partner's own affair, in whatever language.
const aboutPipeline = "mimamori-pipeline"

// A dashboard's folder, by its language. Grafana has no language for the texts of a dashboard, so that
// each language has dashboards of its own.
var folders = map[string]struct{ uid, ending string }{
	"en": {folderUID, ""},
	"ja": {folderUID + "-ja", " 日本語"},
}

// dashboard is one of the files.
type dashboard struct {
	uid, title string
	language   string
	revision   int
	body       json.RawMessage
}

// dashboardFiles returns the dashboards that the program carries, by their uid.
func dashboardFiles() []dashboard {
	var all []dashboard
	for _, language := range dashboards.Languages {
		all = append(all, filesIn(language)...)
	}
	slices.SortFunc(all, func(one, other dashboard) int { return strings.Compare(one.uid, other.uid) })
	return all
}

func filesIn(language string) []dashboard {
	entries, err := dashboards.Files.ReadDir(language)
	if err != nil {
		panic("provision: " + err.Error()) // it is part of the program
	}
	var all []dashboard
	for _, entry := range entries {
		body, err := dashboards.Files.ReadFile(path.Join(language, entry.Name()))
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
		all = append(all, dashboard{head.UID, head.Title, language, head.Revision, body})
	}
	return all
}

// languages returns the languages of an organisation's dashboards.
func (p Plan) languages(o Organisation) []string {
	switch {
	case o.Languages != nil:
		return o.Languages
	case p.Languages != nil:
		return p.Languages
	}
	return dashboards.Languages
}

// dashboards returns what an organisation gets.
func (p Plan) dashboards(o Organisation) []dashboard {
	languages := p.languages(o)
	return slices.DeleteFunc(dashboardFiles(), func(each dashboard) bool {
		if o.Dashboards != nil {
			return !slices.Contains(o.Dashboards, each.uid)
		}
		return !slices.Contains(languages, each.language) || o.view() == ViewCustomer && strings.HasPrefix(each.uid, aboutPipeline)
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
