package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// ids of the plugin, as in its plugin.json files.
const (
	appID        = "mimamori-noc-app"
	dataSourceID = "mimamori-noc-datasource"
)

// plugin is the app as make plugin left it.
type plugin struct {
	dist string // the built plugin
	host string // the built page
	meta map[string]metadata
}

// metadata is what Grafana knows of a plugin by its plugin.json.
type metadata struct {
	Type       string `json:"type"`
	Executable string `json:"executable"`
	Info       struct {
		Version string `json:"version"`
	} `json:"info"`
	Includes []struct {
		Path string `json:"path"`
		Type string `json:"type"`
	} `json:"includes"`

	raw    json.RawMessage
	folder string // below dist
}

// readPlugin reads the plugin.json of the app and of what is nested in it.
func readPlugin(folder string) (plugin, error) {
	built := plugin{dist: filepath.Join(folder, "dist"), host: filepath.Join(folder, "dist-host"), meta: map[string]metadata{}}
	if _, err := os.Stat(filepath.Join(built.host, "index.html")); err != nil {
		return built, fmt.Errorf("the page of the preview is not built (%w): run make plugin", err)
	}
	app, err := built.read(".")
	if err != nil {
		return built, err
	}
	for _, nested := range app.Includes {
		if nested.Path != "" && path.Base(nested.Path) == "plugin.json" {
			if _, err := built.read(path.Dir(nested.Path)); err != nil {
				return built, err
			}
		}
	}
	if _, ok := built.meta[appID]; !ok {
		return built, fmt.Errorf("%s is not the plugin %s: run make plugin", built.dist, appID)
	}
	if _, ok := built.meta[dataSourceID]; !ok {
		return built, fmt.Errorf("the plugin in %s brings no data source: run make plugin", built.dist)
	}
	return built, nil
}

func (p plugin) read(folder string) (metadata, error) {
	meta := metadata{folder: folder}
	name := filepath.Join(p.dist, filepath.FromSlash(folder), "plugin.json")
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return meta, fmt.Errorf("the plugin is not built, %s is missing: run make plugin", name)
	}
	if err != nil {
		return meta, fmt.Errorf("read the plugin: %w", err)
	}
	var named struct {
		ID string `json:"id"`
	}
	if err := errors.Join(json.Unmarshal(text, &meta), json.Unmarshal(text, &named)); err != nil {
		return meta, fmt.Errorf("read %s: %w", name, err)
	}
	meta.raw = text
	p.meta[named.ID] = meta
	return meta, nil
}

// executable is the file of the data source's backend, by Grafana's rule for its name.
func (p plugin) executable(system, architecture string) string {
	meta := p.meta[dataSourceID]
	name := fmt.Sprintf("%s_%s_%s", meta.Executable, system, architecture)
	if system == "windows" {
		name += ".exe"
	}
	return filepath.Join(p.dist, filepath.FromSlash(meta.folder), name)
}
