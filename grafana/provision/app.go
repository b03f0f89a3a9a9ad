package provision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
)

// The ids of the plugin, and what sync calls its things in every organisation.
const (
	appID          = "mimamori-noc-app"
	dataSourceType = "mimamori-noc-datasource"
	dataSourceUID  = "mimamori"
	folderUID      = "mimamori"
)

// pluginSettings is as much as is needed of GET and POST /api/plugins/ID/settings.
type pluginSettings struct {
	Enabled  bool           `json:"enabled"`
	Pinned   bool           `json:"pinned"`
	JSONData map[string]any `json:"jsonData"`
}

// errNoPlugin says that the plugin is not installed.
var errNoPlugin = errors.New("grafana has no plugin " + appID + ": put the folder that make plugin builds among its plugins, name " + appID +
	", " + dataSourceType + ", mimamori-strip-panel, mimamori-brand-panel and mimamori-tile-panel in allow_loading_unsigned_plugins, and start it again")

// app switches the app on and sets its view, data source and brand. A brand that the plan
// does not speak of is left as it is.
func (p *place) app(ctx context.Context) error {
	var now pluginSettings
	found, err := p.get(ctx, "/api/plugins/"+appID+"/settings", &now)
	if err != nil {
		return err
	}
	if !found && !p.absent {
		return errNoPlugin
	}
	want := pluginSettings{Enabled: true, Pinned: true, JSONData: map[string]any{}}
	maps.Copy(want.JSONData, now.JSONData)
	want.JSONData["view"], want.JSONData["dataSourceUid"] = p.plan.view(), dataSourceUID
	if p.plan.Brand != nil {
		if want.JSONData["brand"], err = plainly(*p.plan.Brand); err != nil {
			return err
		}
	}
	if found && now.Enabled && reflect.DeepEqual(now.JSONData, want.JSONData) {
		return nil
	}
	var why []string
	if !now.Enabled {
		why = append(why, "it is off")
	}
	for _, key := range []string{"view", "dataSourceUid", "brand"} {
		if !reflect.DeepEqual(now.JSONData[key], want.JSONData[key]) {
			why = append(why, key+" differs")
		}
	}
	return p.change(ctx, Change{Verb: updated, What: "app settings", Why: sentence(why)}, http.MethodPost, "/api/plugins/"+appID+"/settings", want, nil)
}

// plainly returns a value as it comes out of JSON.
func plainly(value any) (plain any, err error) {
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		return nil, fmt.Errorf("write %T as JSON: %w", value, err)
	}
	return plain, nil
}
