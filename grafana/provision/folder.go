package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"mimamori/grafana/provisioning/dashboards"
)

// folder is as much as is needed of GET, POST and PUT /api/folders.
type folder struct {
	UID     string `json:"uid,omitempty"`
	Title   string `json:"title"`
	Version int    `json:"version,omitempty"`
}

// storedDashboard is as much as is needed of GET /api/dashboards/uid/UID.
type storedDashboard struct {
	Meta struct {
		FolderUID   string `json:"folderUid"`
		Provisioned bool   `json:"provisioned"`
	} `json:"meta"`
	Dashboard struct {
		Revision int `json:"revision"`
		Version  int `json:"version"`
	} `json:"dashboard"`
}

// dashboards makes the folders, one for each language, and the dashboards in them. One that is there is written anew
// where its revision is another than that of the program: what users changed in it
// meanwhile is in Grafana's history of it.
func (p *place) dashboards(ctx context.Context) error {
	wanted := p.run.plan.dashboards(p.plan)
	for _, language := range dashboards.Languages {
		if slices.ContainsFunc(wanted, func(each dashboard) bool { return each.language == language }) {
			if err := p.folder(ctx, language); err != nil {
				return err
			}
		}
	}
	provisioned := 0
	for _, each := range wanted {
		folderUID := folders[each.language].uid
		var now storedDashboard
		found, err := p.get(ctx, "/api/dashboards/uid/"+each.uid, &now)
		if err != nil {
			return fmt.Errorf("dashboard %s: %w", each.uid, err)
		}
		change := Change{Verb: made, What: "dashboard", Name: each.title}
		switch {
		case now.Meta.Provisioned:
			provisioned++
			continue
		case found && now.Dashboard.Revision == each.revision && now.Meta.FolderUID == folderUID:
			continue
		case found && now.Meta.FolderUID != folderUID:
			change.Verb, change.Why = updated, "it is in another folder"
		case found:
			change.Verb, change.Why = updated, fmt.Sprintf("revision %d in place of %d", each.revision, now.Dashboard.Revision)
		}
		body, err := each.numbered(now.Dashboard.Version)
		if err != nil {
			return err
		}
		sent := map[string]any{"dashboard": body, "folderUid": folderUID, "overwrite": false, "message": fmt.Sprintf("mimamori, revision %d", each.revision)}
		if err := p.change(ctx, change, http.MethodPost, "/api/dashboards/db", sent, nil); err != nil {
			return fmt.Errorf("dashboard %s: %w", each.uid, err)
		}
	}
	if provisioned > 0 {
		p.note("%d of its dashboards come from files of Grafana's provisioning, and are left to that", provisioned)
	}
	return nil
}

// numbered returns the dashboard as the next version after one that is there: Grafana
// refuses it where somebody saved another meanwhile.
func (d dashboard) numbered(version int) (map[string]any, error) {
	var body map[string]any
	if err := json.Unmarshal(d.body, &body); err != nil {
		return nil, fmt.Errorf("dashboard %s: %w", d.uid, err)
	}
	body["version"] = version
	return body, nil
}

func (p *place) folder(ctx context.Context, language string) error {
	folderUID := folders[language].uid
	var now folder
	found, err := p.get(ctx, "/api/folders/"+folderUID, &now)
	title := p.run.plan.Folder + folders[language].ending
	switch {
	case err != nil:
		return err
	case !found:
		return p.change(ctx, Change{Verb: made, What: "folder", Name: title}, http.MethodPost, "/api/folders", folder{UID: folderUID, Title: title}, nil)
	case now.Title == title:
		return nil
	}
	return p.change(ctx, Change{Verb: updated, What: "folder", Name: title, Why: "it is called " + now.Title}, http.MethodPut,
		"/api/folders/"+folderUID, folder{Title: title, Version: now.Version}, nil)
}

// home sets the dashboard that the organisation begins with.
func (p *place) home(ctx context.Context) error {
	want := p.plan.Home
	if want == "" {
		return nil
	}
	var now struct {
		HomeDashboardUID string `json:"homeDashboardUID"`
	}
	if _, err := p.get(ctx, "/api/org/preferences", &now); err != nil || now.HomeDashboardUID == want {
		return err
	}
	return p.change(ctx, Change{Verb: updated, What: "home page", Name: want}, http.MethodPatch, "/api/org/preferences",
		map[string]string{"homeDashboardUID": want}, nil)
}
