package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Figure is one number of a result.
type Figure struct {
	Name  string // the keys that lead to it, parted by slashes; empty at the top
	Unit  string // its own key, as in bytes_per_s
	Value float64
}

// deepestList is how many lists may lie around a figure: of those within, such as the columns
// of each table, there are too many to be read.
const deepestList = 1

// Figures returns the numbers of a JSON object, in its order.
func Figures(content []byte) ([]Figure, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	root, err := read(decoder)
	if err != nil {
		return nil, fmt.Errorf("read figures: %w", err)
	}
	var figures []Figure
	gather(root, nil, 0, &figures)
	return figures, nil
}

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

func gather(value any, path []string, lists int, figures *[]Figure) {
	switch value := value.(type) {
	case []member:
		for _, m := range value {
			if number, ok := m.value.(json.Number); ok {
				if parsed, err := number.Float64(); err == nil {
					*figures = append(*figures, Figure{strings.Join(path, "/"), word(m.key), parsed})
				}
				continue
			}
			gather(m.value, append(path[:len(path):len(path)], word(m.key)), lists, figures)
		}
	case list:
		if lists == deepestList {
			return
		}
		for i, element := range value {
			gather(element, append(path[:len(path):len(path)], nameOf(element, i)), lists+1, figures)
		}
	}
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
