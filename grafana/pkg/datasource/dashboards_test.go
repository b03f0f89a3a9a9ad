package datasource

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mimamori/storage/storetest"
)

// dashboard is what of a dashboard's JSON concerns this data source.
type dashboard struct {
	UID         string `json:"uid"`
	Title       string `json:"title"`
	Version     int    `json:"version"`
	Annotations struct {
		List []struct {
			Name   string         `json:"name"`
			Target map[string]any `json:"target"`
		} `json:"list"`
	} `json:"annotations"`
	Panels []struct {
		Type        string         `json:"type"`
		Options     map[string]any `json:"options"`
		FieldConfig struct {
			Defaults struct {
				NoValue string `json:"noValue"`
			} `json:"defaults"`
		} `json:"fieldConfig"`
		Title      string           `json:"title"`
		DataSource map[string]any   `json:"datasource"`
		Targets    []map[string]any `json:"targets"`
		Transforms []struct {
			ID      string `json:"id"`
			Options struct {
				Include struct {
					Names []string `json:"names"`
				} `json:"include"`
			} `json:"options"`
		} `json:"transformations"`
	} `json:"panels"`
}

// provisioned are all dashboards, by their files.
func provisioned(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("../../provisioning/dashboards/*/*.json")
	if err != nil || len(files) < 14 {
		t.Fatalf("%d dashboards, %v", len(files), err)
	}
	boards := map[string]dashboard{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var board dashboard
		if err := json.Unmarshal(text, &board); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		boards[file] = board
	}
	return boards
}

// TestDashboards asks what every panel and annotation of the dashboards asks, and finds the
// columns that its table shows.
func TestDashboards(t *testing.T) {
	w := openWorld(t)
	d := w.open(t, w.token(t, claims(storetest.Acme)))
	uids := map[string]bool{}
	for file, board := range provisioned(t) {
		if board.UID == "" || board.Title == "" || board.Version < 1 || uids[board.UID] {
			t.Errorf("%s: uid %q, title %q, version %d", file, board.UID, board.Title, board.Version)
		}
		uids[board.UID] = true
		t.Run(board.UID, func(t *testing.T) {
			for _, annotation := range board.Annotations.List {
				askSaved(t, d, annotation.Name, annotation.Target)
			}
			for _, panel := range board.Panels {
				if panel.DataSource["type"] != PluginID {
					continue
				}
				for _, target := range panel.Targets {
					found := askSaved(t, d, panel.Title, target)
					for _, transform := range panel.Transforms {
						for _, name := range transform.Options.Include.Names {
							if !slices.Contains(found, name) {
								t.Errorf("%s: shows %s, and there is no such column among %v", panel.Title, name, found)
							}
						}
					}
				}
			}
		})
	}
}

// TestNothingUnknownLooksWell holds that a figure in a colour is either a tile of ours, which is green only
// where all that it counts is known, or says in words that it was not measured.
func TestNothingUnknownLooksWell(t *testing.T) {
	tiles := 0
	for _, board := range provisioned(t) {
		for _, panel := range board.Panels {
			switch panel.Type {
			case "mimamori-tile-panel":
				tiles++
				if panel.Options["shows"] == nil {
					t.Errorf("%s: %s shows nothing: set the option", board.Title, panel.Title)
				}
			case "stat", "gauge", "bargauge":
				if panel.DataSource["type"] == PluginID {
					t.Errorf("%s: %s is a %s, which is green while what it counts is unknown: use mimamori-tile-panel", board.Title, panel.Title, panel.Type)
				}
				if len([]rune(panel.FieldConfig.Defaults.NoValue)) < 4 {
					t.Errorf("%s: %s does not say in words that it was not measured", board.Title, panel.Title)
				}
			}
		}
	}
	if tiles < 16 {
		t.Errorf("%d tiles, those of the overview, of a device and of voice are 8 in each language", tiles)
	}
}

// askSaved asks a saved query with every variable set to all, and returns the names of the
// answer's fields.
func askSaved(t *testing.T, d *instance, title string, target map[string]any) (names []string) {
	t.Helper()
	q := map[string]any{}
	for name, value := range target {
		switch text, isText := value.(string); {
		case name == "refId" || name == "datasource":
		case isText && strings.HasPrefix(text, "${"):
		default:
			q[name] = value
		}
	}
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&Query{}); err != nil {
		t.Errorf("%s: %v", title, err)
	}
	answer := ask(t, d, week, q)
	if answer.Error != nil {
		t.Errorf("%s: %v", title, answer.Error)
		return nil
	}
	for _, field := range answer.Frames[0].Fields {
		names = append(names, field.Name)
	}
	return names
}
