package notify

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/config/receiver"
	"github.com/prometheus/alertmanager/featurecontrol"
	"github.com/prometheus/alertmanager/matcher/compat"
	pipeline "github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
)

// builtIn is the configuration where none is given: everything is grouped and can be
// silenced, and goes nowhere.
const builtIn = `route:
  receiver: default
  group_by: [customer, site, entity, alertname]
receivers:
  - name: default
`

// setUp is what a configuration file makes.
type setUp struct {
	config    *config.Config
	templates *template.Template
	receivers map[string][]pipeline.Integration
}

// Check says everything that is wrong with a configuration of Alertmanager, with the
// line where it can be told: its syntax, its templates, what its receivers need. An
// empty name stands for the built-in one.
func Check(file string) error {
	_, err := load(file, &url.URL{}, slog.New(slog.DiscardHandler))
	return err
}

// load reads a configuration and makes its receivers.
func load(file string, externalURL *url.URL, logger *slog.Logger) (*setUp, error) {
	modernNames()
	source, path := builtIn, "the built-in configuration of Alertmanager"
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the configuration of Alertmanager: %w", err)
		}
		source, path = string(content), file
	}
	located := func(err error) error { return locate(path, source, err) }
	loaded, err := config.Load(source)
	if err == nil && file != "" {
		loaded, err = config.LoadFile(file) // its paths count from where it lies
	}
	if err != nil {
		return nil, located(err)
	}
	for _, foreign := range []string{"tracing", "event_recorder"} {
		if line := lineOf(source, foreign+":"); line > 0 && strings.Contains("\n"+source, "\n"+foreign+":") {
			return nil, fmt.Errorf("%s:%d: %s is not taken from this file: remove it", path, line, foreign)
		}
	}
	made := &setUp{config: loaded, receivers: map[string][]pipeline.Integration{}}
	if made.templates, err = parseTemplates(loaded.Templates, located); err != nil {
		return nil, err
	}
	made.templates.ExternalURL = externalURL
	var problems []error
	for _, one := range loaded.Receivers {
		integrations, err := receiver.BuildReceiverIntegrations(one, made.templates, logger)
		if err != nil {
			problems = append(problems, located(fmt.Errorf("receiver %q: %w", one.Name, err)))
			continue
		}
		if err := tryTexts(made.templates, one); err != nil {
			problems = append(problems, located(fmt.Errorf("receiver %q: %w", one.Name, err)))
		}
		made.receivers[one.Name] = integrations
	}
	return made, errors.Join(problems...)
}

// modernNames lets labels be named in UTF-8 and matchers be written the present way,
// for the whole process: Alertmanager keeps that in a variable.
var modernNames = sync.OnceFunc(func() {
	compat.InitFromFlags(slog.New(slog.DiscardHandler), featurecontrol.NoopFlags{})
})

// parseTemplates reads the files of templates, beside those that Alertmanager brings.
func parseTemplates(globs []string, located func(error) error) (*template.Template, error) {
	for _, glob := range globs {
		found, err := filepath.Glob(glob)
		if err != nil {
			return nil, located(fmt.Errorf("templates %q: %w", filepath.Base(glob), err))
		}
		if len(found) == 0 && !strings.ContainsAny(glob, `*?[`) {
			return nil, located(fmt.Errorf("templates %q: there is no such file", filepath.Base(glob)))
		}
		for _, file := range found {
			if _, err := template.FromGlobs([]string{literal(file)}); err != nil {
				return nil, atTemplate(file, err)
			}
		}
	}
	made, err := template.FromGlobs(globs)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return made, nil
}

// literal is a pattern that only the file matches.
func literal(file string) string {
	return regexp.MustCompile(`[*?[\\]`).ReplaceAllString(file, `\$0`)
}

var (
	yamlLine     = regexp.MustCompile(`line (\d+): ([^\n]+)`)
	templateLine = regexp.MustCompile(`^template: [^:]*:(\d+)(?::\d+)?: (.*)$`)
	unparsed     = regexp.MustCompile(`parse "(?:[^"\\]|\\.)*"`)
	quoted       = regexp.MustCompile(`"((?:[^"\\]|\\.)+)"`)
)

// atTemplate puts a template's file and line before what is wrong with it.
func atTemplate(file string, err error) error {
	if found := templateLine.FindStringSubmatch(err.Error()); found != nil {
		return fmt.Errorf("%s:%s: %s", file, found[1], found[2])
	}
	return fmt.Errorf("%s: %w", file, err)
}

// locate puts file and line before each thing that is wrong with a configuration. The
// parser knows the line of what it cannot read; of what makes no sense, the line is
// looked for by the words that the error quotes, or ends with.
func locate(path, source string, err error) error {
	text := err.Error()
	if lines := yamlLine.FindAllStringSubmatch(text, -1); lines != nil {
		var problems []error
		for _, found := range lines {
			problems = append(problems, fmt.Errorf("%s:%s: %s", path, found[1], found[2]))
		}
		return errors.Join(problems...)
	}
	// What url.Parse could not read may be a secret address.
	plain := unparsed.ReplaceAllString(text, "parse an address")
	var written *textError
	if errors.As(err, &written) {
		if line := lineOf(source, written.text); line > 0 {
			return fmt.Errorf("%s:%d: %s", path, line, plain)
		}
	}
	words := [][]string{{"", text[strings.LastIndex(text, ": ")+1:]}}
	words = append(words, quoted.FindAllStringSubmatch(text, -1)...)
	for _, word := range slices.Backward(words) {
		if line := lineOf(source, strings.TrimSpace(word[1])); line > 0 {
			return fmt.Errorf("%s:%d: %s", path, line, plain)
		}
	}
	return fmt.Errorf("%s: %s", path, plain)
}

// lineOf is the first line that has the text in it outside a comment, from 1; 0 if none does.
func lineOf(source, text string) int {
	number := 0
	for line := range strings.Lines(source) {
		number++
		if !strings.HasPrefix(strings.TrimSpace(line), "#") && strings.Contains(line, text) {
			return number
		}
	}
	return 0
}

// names of receivers, in order.
func names[V any](receivers map[string]V) []string {
	return slices.Sorted(maps.Keys(receivers))
}
