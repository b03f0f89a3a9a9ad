package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// member is a value of an object under its key, or of a list.
type member struct {
	key   string
	value any // []member, list, json.Number, string, bool or nil
}

type list []any

// read returns the next value, objects in the order they are written in.
func read(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		members := []member{}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := read(decoder)
			if err != nil {
				return nil, err
			}
			members = append(members, member{key.(string), value})
		}
		_, err := decoder.Token()
		return members, err
	case json.Delim('['):
		values := list{}
		for decoder.More() {
			value, err := read(decoder)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
		_, err := decoder.Token()
		return values, err
	}
	return token, nil
}

// parse reads one JSON value.
func parse(content []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	root, err := read(decoder)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	return root, nil
}

// formerKeys are what keys were called in results that are kept.
var formerKeys = map[string]string{
	"alert_p50_ms":      "alarm_p50_ms",
	"alert_p99_ms":      "alarm_p99_ms",
	"alert_most_ms":     "alarm_most_ms",
	"mark_alert_p99_ms": "mark_alarm_p99_ms",
	"within_mark":       "intent_within_mark",
	"rows_per_s":        "rows_per_second",
	"rows_per_s_min":    "rows_per_second_min",
	"rows_per_s_max":    "rows_per_second_max",
}

// lastElement is the last of a list in a path, whatever its name is.
const lastElement = "last"

// lookup returns what stands at a path, as Figure has it with the unit at its end; nil where nothing does.
func lookup(value any, path string) any {
	if path == "" {
		return value
	}
	switch value := value.(type) {
	case []member:
		key, rest, _ := strings.Cut(path, "/")
		for _, name := range []string{key, formerKeys[key]} {
			if at := slices.IndexFunc(value, func(m member) bool { return word(m.key) == name }); at >= 0 {
				return lookup(value[at].value, rest)
			}
		}
	case list:
		for i, element := range value {
			names := []string{nameOf(element, i)}
			if i == len(value)-1 {
				names = append(names, lastElement)
			}
			for _, name := range names {
				if rest, found := strings.CutPrefix(path, name+"/"); found {
					return lookup(element, rest)
				}
			}
		}
	}
	return nil
}

// numberAt is the number at a path.
func numberAt(root any, path string) (float64, bool) {
	if path == "" {
		return 0, false
	}
	number, ok := lookup(root, path).(json.Number)
	if !ok {
		return 0, false
	}
	value, err := number.Float64()
	return value, err == nil
}

// textAt is the text at a path, empty where there is none.
func textAt(root any, path string) string {
	text, _ := lookup(root, path).(string)
	return text
}

// nameOf names an element of a list by its texts before the first number, else by its place.
func nameOf(element any, place int) string {
	var words []string
	members, _ := element.([]member)
	for _, m := range members {
		text, ok := m.value.(string)
		if !ok {
			break
		}
		words = append(words, word(text))
	}
	if len(words) == 0 {
		return strconv.Itoa(place + 1)
	}
	return strings.Join(words, "/")
}

// word is a text as a name of a benchmark may have it: without spaces.
func word(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '/' {
			return '_'
		}
		return r
	}, text)
}
