package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// The tags of values that stand elsewhere than in the configuration file.
const (
	fromEnvironment = "!env"  // !env NAME: the value of an environment variable
	fromFile        = "!file" // !file PATH: what a file says, without the end of its last line
	plainText       = "!!str" // YAML's own: what follows is a text
)

// longestFetched bounds a file that gives a value, in bytes.
const longestFetched = 64 << 10

// document is a configuration file as it was parsed, with the values put in that are
// given elsewhere.
type document struct {
	*ast.File
	path     string
	fetched  []fetched
	problems []error
	warnings []problem
}

// fetched is a value from elsewhere. It may be a secret: where a message would say it, it
// says how it was written instead.
type fetched struct{ value, written string }

// fetch puts in the values that are given elsewhere.
func (d *document) fetch() error {
	d.Docs[0].Body = d.put(d.Docs[0].Body)
	slices.SortStableFunc(d.fetched, func(one, other fetched) int { return cmp.Compare(len(other.value), len(one.value)) })
	return errors.Join(d.problems...)
}

// put returns what stands in the place of a node. No tag is left: the YAML library trips
// over one where it looks for a list.
func (d *document) put(node ast.Node) ast.Node {
	switch within := node.(type) {
	case *ast.TagNode:
		value, err := d.get(within)
		if err != nil {
			d.problems = append(d.problems, problem{d.path, within.Start.Position.Line, err.Error()})
			return within
		}
		// A text, whatever it looks like.
		return ast.String(token.DoubleQuote(value, strconv.Quote(value), within.Start.Position))
	case *ast.AnchorNode:
		within.Value = d.put(within.Value)
	case *ast.MappingValueNode:
		within.Value = d.put(within.Value)
	case *ast.MappingNode:
		for _, entry := range within.Values {
			entry.Value = d.put(entry.Value)
		}
	case *ast.SequenceNode:
		for i, entry := range within.Values {
			within.Values[i] = d.put(entry)
		}
	}
	return node
}

// get returns the value that a tag asks for.
func (d *document) get(tag *ast.TagNode) (string, error) {
	kind, line := tag.Start.Value, tag.Start.Position.Line
	if kind != fromEnvironment && kind != fromFile && kind != plainText {
		return "", fmt.Errorf("%s is no tag known here: write %s NAME, %s PATH, or put the value in quotes", kind, fromEnvironment, fromFile)
	}
	scalar, ok := tag.Value.(ast.ScalarNode)
	if !ok || tag.Value.Type() == ast.NullType {
		return "", fmt.Errorf("%s says not what to take: write %s NAME or %s PATH", kind, fromEnvironment, fromFile)
	}
	name := scalar.GetToken().Value
	var value string
	var err error
	switch kind {
	case plainText:
		return name, nil
	case fromFile:
		value, err = d.read(name, line)
	default:
		value, err = variable(name)
	}
	d.fetched = append(d.fetched, fetched{value, kind + " " + name})
	return value, err
}

// variable returns the value of an environment variable.
func variable(name string) (string, error) {
	value, set := os.LookupEnv(name)
	switch {
	case !set:
		return "", fmt.Errorf("the environment variable %s is not set: set it for this process", name)
	case value == "":
		return "", fmt.Errorf("the environment variable %s is empty: give it its value, or remove the key", name)
	}
	return checkFetched(value, "the environment variable "+name)
}

// read returns what a file says. Relative paths count from the configuration file.
func (d *document) read(path string, line int) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(d.path), path)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%w: make the file, or correct its path", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longestFetched+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	if len(text) > longestFetched {
		return "", fmt.Errorf("%s is larger than %d KiB: name a file with the value alone", path, longestFetched>>10)
	}
	if warning := readableByOthers(path); warning != nil {
		d.warnings = append(d.warnings, problem{d.path, line, warning.Error()})
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if value == "" {
		return "", fmt.Errorf("%s is empty: write the value into it, or remove the key", path)
	}
	return checkFetched(value, path)
}

func checkFetched(value, source string) (string, error) {
	switch {
	case !utf8.ValidString(value):
		return "", fmt.Errorf("%s holds no text in UTF-8: a value is one line of text", source)
	case strings.ContainsAny(value, "\r\n\x00"):
		return "", fmt.Errorf("%s holds more than one line: a value is one line of text", source)
	}
	return value, nil
}

// readableByOthers says that others than its owner may read a file with a secret: the rule
// by which an appliance's own key is refused.
func readableByOthers(path string) error {
	if state, err := os.Stat(path); err == nil && state.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s has mode %04o, others than its owner may read it: chmod 600 %s", path, state.Mode().Perm(), path)
	}
	return nil
}

// shortestScrubbed is the length from which a value cannot be an ordinary part of a message.
const shortestScrubbed = 4

// scrub returns a message about the configuration without the values given elsewhere.
func (d *document) scrub(message string) string {
	for _, each := range d.fetched {
		if len(each.value) < shortestScrubbed {
			continue
		}
		quoted := strconv.Quote(each.value)
		message = strings.ReplaceAll(strings.ReplaceAll(message, quoted[1:len(quoted)-1], each.written), each.value, each.written)
	}
	return message
}
