package main

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"mimamori/ingest/inventory"
)

// locateAll finds the lines of what the rooms said, in their order.
func locateAll(path string, file *document, rooms []roomErrors) []error {
	var found []problem
	for _, room := range rooms {
		for _, err := range parts(room.err) {
			each := locate(path, file.File, room.path, err)
			each.reason = file.scrub(each.reason)
			found = append(found, each)
		}
	}
	slices.SortStableFunc(found, func(one, other problem) int { return cmp.Compare(one.line, other.line) })
	var all []error
	for _, each := range found {
		all = append(all, each)
	}
	return all
}

// parts takes a joined error apart.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, each := range joined.Unwrap() {
			all = append(all, parts(each)...)
		}
		return all
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// locate finds the line of a problem: that of the key the room names in its error,
// else that of the room, else that of the nearest room around it.
func locate(path string, file *ast.File, room string, err error) problem {
	reason := err.Error()
	place := named(file, room, reason)
	if found := (inventory.Problem{}); errors.As(err, &found) {
		place, reason = room+strings.TrimPrefix(found.Path, "$"), found.Reason
	}
	for place != "" {
		if line := lineOf(file, place); line > 0 {
			return problem{path, line, reason}
		}
		cut := strings.LastIndexAny(place, ".[")
		if cut < 0 {
			break
		}
		place = place[:cut]
	}
	return problem{path, 0, reason}
}

func lineOf(file *ast.File, place string) int {
	yamlPath, err := yaml.PathString(place)
	if err != nil {
		return 0
	}
	node, err := yamlPath.FilterFile(file)
	if err != nil || node == nil {
		return 0
	}
	return node.GetToken().Position.Line
}

// named follows the keys that a room's error begins with ("snmp: interval is ...")
// as far down from the room as the file has them.
func named(file *ast.File, room, reason string) string {
	for _, word := range strings.Fields(reason) {
		deeper := room + "." + strings.Trim(word, ":,\"")
		if lineOf(file, deeper) == 0 {
			break
		}
		room = deeper
	}
	return room
}
