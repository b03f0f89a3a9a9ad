package record

import (
	"encoding/json"
	"strings"
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
	root, err := parse(content)
	if err != nil {
		return nil, err
	}
	var figures []Figure
	gather(root, nil, 0, &figures)
	return figures, nil
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
