package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
)

// boot tells the page what Grafana writes into its own: who looks, and what there is.
func (s *server) boot(w http.ResponseWriter, r *http.Request) {
	in, ok := s.organisation(w, r)
	if !ok {
		return
	}
	type plugin struct {
		Meta   json.RawMessage `json:"meta"`
		Module string          `json:"module"`
		Base   string          `json:"baseUrl"`
	}
	plugins := map[string]plugin{}
	for id, meta := range s.plugin.meta {
		base := path.Join("public/plugins", id)
		plugins[id] = plugin{meta.raw, base + "/module.js", base}
	}
	answer(w, http.StatusOK, map[string]any{
		"organisation":  in,
		"organisations": s.organisations,
		"plugins":       plugins,
		"app":           in.settings(),
		"dataSource": map[string]any{
			"id": in.source.ID, "uid": in.source.UID, "name": in.source.Name, "type": dataSourceID, "isDefault": true, "access": "proxy", "jsonData": in.source.JSONData,
		},
	})
}

// settings answers with the app's settings in an organisation, as its configuration page
// asks for them.
func (s *server) settings(w http.ResponseWriter, r *http.Request) {
	in, ok := s.organisation(w, r)
	meta, known := s.plugin.meta[r.PathValue("id")]
	switch {
	case !ok:
	case !known || r.PathValue("id") != appID:
		fail(w, http.StatusNotFound, "Plugin not found, no installed plugin with that id")
	default:
		body := map[string]any{}
		if err := json.Unmarshal(meta.raw, &body); err != nil {
			fail(w, http.StatusInternalServerError, err.Error())
			return
		}
		body["enabled"], body["pinned"], body["jsonData"] = true, true, in.settings()
		body["module"], body["baseUrl"] = "public/plugins/"+appID+"/module.js", "public/plugins/"+appID
		answer(w, http.StatusOK, body)
	}
}

// longestSettings bounds what is taken for settings: a logo may be in it.
const longestSettings = 2 << 20

// saveSettings keeps the app's settings until the preview ends.
func (s *server) saveSettings(w http.ResponseWriter, r *http.Request) {
	in, ok := s.organisation(w, r)
	if !ok {
		return
	}
	if in.Role != "Admin" {
		fail(w, http.StatusForbidden, "You'll need additional permissions to perform this action")
		return
	}
	var sent struct {
		JSONData map[string]any `json:"jsonData"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, longestSettings)).Decode(&sent); err != nil {
		fail(w, http.StatusBadRequest, "bad request data")
		return
	}
	text, err := json.Marshal(sent.JSONData)
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	in.save(text)
	answer(w, http.StatusOK, map[string]string{"message": "Plugin settings updated"})
}
