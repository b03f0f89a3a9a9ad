package storage

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestASearchIsRead(t *testing.T) {
	for text, want := range map[string][]SearchTerm{
		"":                       nil,
		"  ":                     nil,
		"Link DOWN":              {{Text: "link"}, {Text: "down"}},
		"-up \t*down down*":      {{Text: "up", Exclude: true}, {Text: "down", OpenStart: true}, {Text: "down", OpenEnd: true}},
		`"State To Down" -"a b"`: {{Text: "state to down"}, {Text: "a b", Exclude: true}},
		`"say \"no\" \\ \n"`:     {{Text: `say "no" \ \n`}},
		`5" o'neil 100% a_b`:     {{Text: `5"`}, {Text: "o'neil"}, {Text: "100%"}, {Text: "a_b"}},
		"a - b":                  {{Text: "a"}, {Text: "-"}, {Text: "b"}},
		"障害　Ä*b":                 {{Text: "障害"}, {Text: "Ä*b"}},
		`"*x*"`:                  {{Text: "*x*"}},
		`"a"b`:                   {{Text: "a"}, {Text: "b"}},
	} {
		got, err := ParseSearch(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q is read as %+v, error %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{`"open`, `a "b\"`, "*", "**", `""`, `" "`, `-""`, strings.Repeat("a ", mostTerms+1), strings.Repeat("a", longestTerm+1)} {
		if got, err := ParseSearch(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func TestWordsOfATerm(t *testing.T) {
	for text, want := range map[string][]string{
		"down": {"down"}, "gi0/0": {"gi0", "0"}, "down*": nil, "gi0/0*": {"gi0"}, "*i0/0": {"0"}, "*": nil,
		`"a b c"`: {"a", "b", "c"}, `"*b c*"`: {"b", "c"}, "%x": {"x"}, "ファン": nil, "fanファン": nil, "ファン-1": {"1"}, "->": nil, "*a*": nil,
	} {
		terms, err := ParseSearch(text)
		if text == "*" {
			terms, err = []SearchTerm{{Text: "*"}}, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := terms[0].Words(); !slices.Equal(got, want) {
			t.Errorf("%s has the words %q, want %q", text, got, want)
		}
	}
}

func FuzzParseSearch(f *testing.F) {
	for _, seed := range []string{"a -b *c d*", `"a \" b" -"c"`, "*", "\x00\xff", "障　害"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		terms, err := ParseSearch(text)
		if err != nil {
			return
		}
		if err := (LogFilter{Text: terms}).Validate(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		for _, term := range terms {
			for _, word := range term.Words() {
				if !strings.Contains(term.Text, word) || word == "" {
					t.Errorf("%q: %q is no word of %q", text, word, term.Text)
				}
			}
		}
	})
}
