package profile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Problem is one thing wrong with a file.
type Problem struct {
	File   string
	Line   int    // 0 where it has none
	Reason string // what is wrong and what to do
}

func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Reason
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Reason)
}

// misplaced is what is wrong with a line of the file that is being read.
type misplaced struct {
	line   int
	reason string
}

func (m misplaced) Error() string { return m.reason }

// file is a profile as it is written. Every key is explained in docs/profiles.md.
type file struct {
	Description    scalar       `yaml:"description"`
	Extends        list         `yaml:"extends"`
	Match          []fileMatch  `yaml:"match"`
	IPSLA          scalar       `yaml:"ip_sla"`
	MaxRepetitions scalar       `yaml:"max_repetitions"`
	Skip           list         `yaml:"skip"`
	Drop           list         `yaml:"drop"`
	Tables         []*fileTable `yaml:"tables"`
}

type fileMatch struct {
	SysObjectID scalar `yaml:"sys_object_id"`
	SysDescr    scalar `yaml:"sys_descr"`
}

// fileTable is a table as it is written.
type fileTable struct {
	Table scalar `yaml:"table"`
	MIB   scalar `yaml:"mib"`

	OnlyWhere  scalar `yaml:"only_where"`
	OnlyValues list   `yaml:"only_where_values"`

	Kind     scalar `yaml:"kind"`
	KindFrom scalar `yaml:"kind_from"`
	Kinds    pairs  `yaml:"kinds"`

	Value      scalar `yaml:"value"`
	Multiplier scalar `yaml:"multiplier"`
	Scale      scalar `yaml:"scale"`
	Precision  scalar `yaml:"precision"`
	Idle       scalar `yaml:"idle"`
	Used       scalar `yaml:"used"`
	Size       scalar `yaml:"size"`
	Free       list   `yaml:"free"`

	Status    scalar `yaml:"status"`
	Statuses  pairs  `yaml:"statuses"`
	Override  scalar `yaml:"override"`
	Overrides pairs  `yaml:"overrides"`
	OnlyOK    scalar `yaml:"value_only_while_ok"`
	ZeroBlank scalar `yaml:"zero_is_no_value"`

	NameFrom   scalar `yaml:"name_from"`
	NamesFrom  list   `yaml:"names_from"`
	Without    list   `yaml:"name_without"`
	NameFormat scalar `yaml:"name_format"`
	Numbered   scalar `yaml:"numbered"`
	Rows       pairs  `yaml:"rows"`
	Ignore     list   `yaml:"ignore"`
	Mean       scalar `yaml:"mean"`
	Yields     list   `yaml:"yields"`
}

// scalar is a value with its line, 0 where the key is not there.
type scalar struct {
	text string
	line int
}

// UnmarshalYAML reads one plain value.
func (s *scalar) UnmarshalYAML(node ast.Node) error {
	s.line = lineOf(node)
	switch value := node.(type) {
	case *ast.StringNode:
		s.text = value.Value
	case *ast.LiteralNode:
		s.text = strings.TrimSpace(value.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		s.text = node.GetToken().Value
	default:
		return misplaced{s.line, "one plain value is expected here"}
	}
	return nil
}

// list is a list of plain values.
type list []scalar

// UnmarshalYAML reads a list.
func (l *list) UnmarshalYAML(node ast.Node) error {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		return misplaced{lineOf(node), "a list is expected here: write [one, another]"}
	}
	for _, each := range sequence.Values {
		var value scalar
		if err := value.UnmarshalYAML(each); err != nil {
			return err
		}
		*l = append(*l, value)
	}
	return nil
}

// pairs are keys with plain values, in their order.
type pairs []pair

type pair struct {
	key   string
	value scalar
}

// UnmarshalYAML reads keys with values.
func (p *pairs) UnmarshalYAML(node ast.Node) error {
	mapping, ok := node.(ast.MapNode)
	if !ok {
		return misplaced{lineOf(node), "keys with values are expected here: write {1: ok, 2: warning}"}
	}
	for each := mapping.MapRange(); each.Next(); {
		var value scalar
		if err := value.UnmarshalYAML(each.Value()); err != nil {
			return err
		}
		key := each.Key().GetToken().Value
		*p = append(*p, pair{key, value})
	}
	return nil
}

func lineOf(node ast.Node) int {
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 0
}

// parse reads one file. The YAML library does not stand every file: what makes it
// panic is a problem of the file.
func parse(path string, source []byte) (read *file, err error) {
	defer func() {
		if failure := recover(); failure != nil {
			read, err = nil, Problem{path, 0, fmt.Sprintf("it cannot be read as YAML (%v): write it as plainly as the example in docs/profiles.md", failure)}
		}
	}()
	parsed, err := parser.ParseBytes(source, 0)
	if err != nil {
		return nil, located(path, err)
	}
	if len(parsed.Docs) > 1 {
		return nil, Problem{path, lineOf(parsed.Docs[1]), "there is a second document: a file is one profile, remove the line ---"}
	}
	for _, document := range parsed.Docs {
		var fancy fancy
		if document.Body != nil {
			ast.Walk(&fancy, document.Body)
		}
		if fancy.line > 0 {
			return nil, Problem{path, fancy.line, "tags, anchors and aliases are not read: write the value itself"}
		}
	}
	read = new(file)
	if err := yaml.UnmarshalWithOptions(source, read, yaml.Strict()); err != nil && !errors.Is(err, io.EOF) {
		return nil, located(path, err)
	}
	return read, nil
}

// fancy finds what profiles have no use for.
type fancy struct{ line int }

// Visit looks at one node.
func (f *fancy) Visit(node ast.Node) ast.Visitor {
	switch node.(type) {
	case *ast.TagNode, *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		if f.line == 0 {
			f.line = max(lineOf(node), 1)
		}
	}
	return f
}
