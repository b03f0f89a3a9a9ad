package profile

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"mimamori/ingest/sample"
)

//go:embed families/*.yaml
var families embed.FS

// suffix is what the files of profiles end in.
const suffix = ".yaml"

// largest is how long a file may be, octets.
const largest = 1 << 20

// source is the text of a profile's file.
type source struct {
	path string // as a problem names it
	text []byte
}

// Families returns the profiles that come with the program.
var Families = sync.OnceValues(func() (*Set, error) { return Load("") })

// Load returns the profiles that come with the program and those of a folder, which
// may be empty for none: a file there takes the place of ours of that name. The error
// joins everything wrong with the files, each a Problem.
func Load(folder string) (*Set, error) {
	sources, err := embedded()
	if err != nil {
		return nil, err
	}
	if folder != "" {
		if err := addFolder(sources, folder); err != nil {
			return nil, err
		}
	}
	return resolve(sources)
}

func embedded() (map[string]source, error) {
	sources := map[string]source{}
	entries, err := families.ReadDir("families")
	if err != nil {
		return nil, fmt.Errorf("read the families of devices: %w", err)
	}
	for _, entry := range entries {
		at := path.Join("families", entry.Name())
		text, err := families.ReadFile(at)
		if err != nil {
			return nil, fmt.Errorf("read the families of devices: %w", err)
		}
		sources[strings.TrimSuffix(entry.Name(), suffix)] = source{at, text}
	}
	return sources, nil
}

// addFolder adds the files of a folder, in the place of those with the same name.
func addFolder(sources map[string]source, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("read the folder of device profiles: %w: make it, or correct its path", err)
	}
	for _, entry := range entries {
		name, is := strings.CutSuffix(entry.Name(), suffix)
		if !is || strings.HasPrefix(name, ".") {
			continue
		}
		at := filepath.Join(folder, entry.Name())
		info, err := fs.Stat(os.DirFS(folder), entry.Name())
		if err != nil {
			return fmt.Errorf("read a device profile: %w", err)
		}
		if !info.Mode().IsRegular() || info.Size() > largest {
			return Problem{at, 0, fmt.Sprintf("a profile is a file of up to %d octets: move this away", largest)}
		}
		text, err := os.ReadFile(at)
		if err != nil {
			return fmt.Errorf("read a device profile: %w", err)
		}
		sources[name] = source{at, text}
	}
	return nil
}

// resolve reads the files and lets each inherit.
func resolve(sources map[string]source) (*Set, error) {
	l := loader{sources: sources, compiled: map[string]*Profile{}, files: map[string]*file{}}
	names := slices.Sorted(maps.Keys(sources))
	for _, name := range names {
		read, err := parse(sources[name].path, sources[name].text)
		if err != nil {
			l.problems = append(l.problems, err)
			continue
		}
		l.files[name] = read
	}
	set := &Set{profiles: l.compiled}
	for _, name := range names {
		if p := l.profile(name, nil); p != nil {
			set.ordered = append(set.ordered, p)
		}
	}
	l.ambiguous(names)
	if _, ok := sources[Generic]; !ok {
		l.problems = append(l.problems, fmt.Errorf("there is no profile %s", Generic))
	}
	if err := errors.Join(l.problems...); err != nil {
		return nil, err
	}
	return set, nil
}

// loader makes profiles of files.
type loader struct {
	sources  map[string]source
	files    map[string]*file
	compiled map[string]*Profile // nil for those that are wrong
	problems []error
}

func (l *loader) report(name string, line int, format string, arguments ...any) {
	l.problems = append(l.problems, Problem{l.sources[name].path, line, fmt.Sprintf(format, arguments...)})
}

// profile returns a profile, nil where it cannot be made of its file. Through are the
// names of those that inherit from it, the last the nearest.
func (l *loader) profile(name string, through []string) *Profile {
	if made, ok := l.compiled[name]; ok {
		return made
	}
	read := l.files[name]
	if read == nil {
		return nil
	}
	before := len(l.problems)
	p := &Profile{Name: name}
	through = append(slices.Clone(through), name)
	for _, parent := range read.Extends {
		if slices.Contains(through, parent.text) {
			l.report(name, parent.line, "%s inherits from itself, by way of %s: remove one of them from extends", parent.text, strings.Join(append(through, parent.text), " > "))
			continue
		}
		if _, ok := l.sources[parent.text]; !ok {
			l.report(name, parent.line, "there is no profile %q to inherit from: there are %s", parent.text, strings.Join(slices.Sorted(maps.Keys(l.sources)), ", "))
			continue
		}
		if inherited := l.profile(parent.text, through); inherited != nil {
			p.inherit(inherited)
		} else if len(l.problems) == before {
			before-- // the parent's problems were said where they are
		}
	}
	l.compile(p, read)
	p.neighboursLast()
	if len(l.problems) > before {
		p = nil
	}
	l.compiled[name] = p
	return p
}

// inherit takes over what a parent has, but not which devices it is for.
func (p *Profile) inherit(parent *Profile) {
	p.IPSLA = p.IPSLA || parent.IPSLA
	if p.MaxRepetitions == 0 {
		p.MaxRepetitions = parent.MaxRepetitions
	}
	p.depth = max(p.depth, parent.depth+1)
	p.skip = append(p.skip, parent.skip...)
	for _, table := range parent.Tables {
		p.put(table)
	}
}

// put adds a table, in the place of the one of its name where there is one.
func (p *Profile) put(table Table) {
	at := slices.IndexFunc(p.Tables, func(each Table) bool { return each.Name == table.Name })
	if at < 0 {
		p.Tables = append(p.Tables, table)
		return
	}
	p.Tables[at] = table
}

// neighboursLast moves the tables of neighbours, of which there may be hundreds,
// behind those that every device has a few rows of: where not all can be read in time,
// the processors were.
func (p *Profile) neighboursLast() {
	many := func(t Table) int {
		if t.Kind == sample.SensorBGPPeer || t.Kind == sample.SensorOSPFNeighbor {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(p.Tables, func(a, b Table) int { return many(a) - many(b) })
}

// ambiguous reports profiles between which nothing decides.
func (l *loader) ambiguous(names []string) {
	type key struct{ prefix, descr string }
	owners := map[key]string{}
	for _, name := range names {
		p := l.compiled[name]
		if p == nil {
			continue
		}
		for i, m := range p.matches {
			k := key{prefix: m.prefix}
			if m.descr != nil {
				k.descr = m.descr.String()
			}
			if other, taken := owners[k]; taken {
				l.report(name, l.files[name].Match[i].SysObjectID.line, "the profile %s is for the same devices: give one of them a longer sys_object_id or a sys_descr", other)
				continue
			}
			owners[k] = name
		}
	}
}

// located says where in the file the YAML library found what is wrong.
func located(at string, err error) error {
	if wrong := (misplaced{}); errors.As(err, &wrong) {
		return Problem{at, wrong.line, wrong.reason}
	}
	syntax := yaml.Error(nil)
	if !errors.As(err, &syntax) {
		return Problem{at, 0, err.Error()}
	}
	reason := syntax.GetMessage()
	if strings.HasPrefix(reason, "unknown field") {
		reason = strings.Replace(reason, "unknown field", "unknown key", 1) + ": remove it or correct its spelling; docs/profiles.md lists the keys"
	}
	line := 0
	if token := syntax.GetToken(); token != nil && token.Position != nil {
		line = token.Position.Line
	}
	return Problem{at, line, reason}
}
