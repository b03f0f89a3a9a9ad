package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ofJapanese ends the uid of a dashboard in Japanese and the tag by which such find one another, so that
// both sets stand in one Grafana.
const ofJapanese = "-ja"

// texts are the fields of a dashboard that people read.
var texts = []string{"title", "description", "label", "noValue", "legendFormat", "displayName", "tooltip", "content"}

// formulas are the fields that may have blanks between words and that nobody reads.
var formulas = []string{"expr", "icon"}

// variable is what Grafana fills in.
var variable = regexp.MustCompile(`\{\{[^}]*\}\}|\$\{[^}]*\}|\$\w+`)

// prose is a text of several words.
var prose = regexp.MustCompile(`\pL[\pL,;:.]* \pL`)

// Japanese returns an English dashboard in Japanese: every text by the file of texts, its uid and its tag of
// the product with an ending. A text that has no Japanese is an error, and so is prose in a field that is not
// known to hold texts.
func Japanese(english []byte, words map[string]string) ([]byte, error) {
	var board map[string]any
	if err := json.Unmarshal(english, &board); err != nil {
		return nil, fmt.Errorf("read the dashboard: %w", err)
	}
	translation := translation{words: words}
	translation.walk(board, nil)
	if len(translation.lacking) > 0 {
		return nil, fmt.Errorf("japanese.json lacks: %q", translation.lacking)
	}
	board["uid"] = fmt.Sprint(board["uid"]) + ofJapanese
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(board); err != nil {
		return nil, fmt.Errorf("write the dashboard: %w", err)
	}
	return written.Bytes(), nil
}

// translation goes through a dashboard.
type translation struct {
	words   map[string]string
	lacking []string
}

// walk replaces the texts below a value; path are the names that lead to it.
func (t *translation) walk(value any, path []string) {
	switch value := value.(type) {
	case map[string]any:
		for name, each := range value {
			if text, ok := each.(string); ok {
				value[name] = t.text(text, name, path)
			} else {
				t.walk(each, append(path[:len(path):len(path)], name))
			}
		}
	case []any:
		for i, each := range value {
			if text, ok := each.(string); ok {
				value[i] = t.text(text, "", path)
			} else {
				t.walk(each, path)
			}
		}
	}
}

func (t *translation) text(text, name string, path []string) string {
	switch {
	case slices.Contains(path, "tags") || name == "" && len(path) > 0 && path[len(path)-1] == "tags":
		if text == "mimamori" {
			return text + ofJapanese
		}
		return text
	case !strings.ContainsFunc(variable.ReplaceAllString(text, ""), isLetter):
		return text
	case !isText(name, path):
		if prose.MatchString(text) && !slices.Contains(formulas, name) {
			t.lacking = append(t.lacking, text+" (in "+strings.Join(append(path, name), ".")+", which is not known to hold texts)")
		}
		return text
	}
	japanese, ok := t.words[text]
	if !ok {
		t.lacking = append(t.lacking, text)
	}
	return japanese
}

// isText says whether people read a field.
func isText(name string, path []string) bool {
	within := func(parent string) bool { return len(path) > 0 && path[len(path)-1] == parent }
	switch {
	case slices.Contains(texts, name), within("renameByName"):
		return true
	case name == "text":
		return slices.Contains(path, "options") // of a value's mapping
	case name == "name":
		return within("list") && slices.Contains(path, "annotations")
	}
	return false
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
