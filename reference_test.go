package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const referencePath = "docs/configuration.md"

// TestConfigurationReference holds docs/configuration.md to the comments and
// defaults in the source, so that neither can drift. go test -run Reference -update
// writes it.
func TestConfigurationReference(t *testing.T) {
	reference := reference{t: t, comments: map[string]map[string]map[string]string{}}
	reference.heading()
	reference.section("", reflect.ValueOf(defaultConfig()))
	got := reference.text.String()
	if *update {
		if err := os.WriteFile(referencePath, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(referencePath)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Fatalf("%s is not what the source says: run go test -run Reference -update .", referencePath)
	}
}

// reference writes the keys of a configuration, with what their fields' comments
// say.
type reference struct {
	t        *testing.T
	text     strings.Builder
	comments map[string]map[string]map[string]string // package, type, field
}

func (r *reference) heading() {
	r.text.WriteString(`# Configuration

One YAML file. Unknown keys are errors: ` + "`mimamori check --config FILE`" + ` names the line, what
is wrong and the remedy; ` + "`mimamori config --config FILE`" + ` prints the file with all
defaults filled in and ` + "`(set)`" + ` in the place of secrets. Durations are written as 500ms, 10s,
5m or 24h. This page is made from the source.

Any text may stand elsewhere than in the file, as a password should:

` + "```yaml" + `
storage:
  clickhouse:
    password: !env CLICKHOUSE_PASSWORD        # an environment variable
ingest:
  inventory:
    customers:
    - name: Aoba Foods
      sites:
      - name: Sendai
        appliance: {name: sendai-1}
        devices:
        - {name: rt-1, address: 192.0.2.1, snmp: {community: !file secrets/community}}
` + "```" + `

` + "`!env NAME`" + ` takes the value of an environment variable, ` + "`!file PATH`" + ` what a file of one
line says, up to 64 KiB; a relative path counts from the folder of the configuration
file. A variable that is not set, a file that is not there and an empty one are errors
that name the line; a file that others than its owner may read is a warning. Messages name where a
value comes from and never the value. [security.md](security.md) says which values are
secrets.

`)
}

func (r *reference) section(path string, value reflect.Value) {
	type deeper struct {
		path  string
		value reflect.Value
	}
	var below []deeper
	title := "Top level"
	if path != "" {
		title = "`" + path + "`"
	}
	rows := ""
	for _, one := range flat(value) {
		field := one.field
		key := strings.Split(field.Tag.Get("yaml"), ",")[0]
		if key == "-" || !field.IsExported() {
			continue
		}
		if key == "" {
			r.t.Errorf("%s.%s has no yaml tag", one.owner, field.Name)
			continue
		}
		comment := r.comment(one.owner, field.Name)
		if comment == "" {
			r.t.Errorf("%s.%s has no comment: the reference would be silent about it", one.owner, field.Name)
		}
		full := strings.TrimPrefix(path+"."+key, ".")
		inner, suffix := field.Type, ""
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map || inner.Kind() == reflect.Pointer {
			if inner.Kind() == reflect.Slice {
				suffix += "[]"
			}
			if inner.Kind() == reflect.Map {
				suffix += ".NAME"
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && strings.HasPrefix(inner.PkgPath(), "mimamori") || inner.PkgPath() == "main" {
			next := reflect.Zero(inner)
			if inner == field.Type {
				next = one.value
			}
			below = append(below, deeper{full + suffix, next})
		}
		rows += fmt.Sprintf("| `%s` | %s | %s |\n", key, defaultText(one.value), strings.ReplaceAll(comment, "|", "\\|"))
	}
	fmt.Fprintf(&r.text, "## %s\n\n| key | default | meaning |\n|---|---|---|\n%s\n", title, rows)
	for _, next := range below {
		r.section(next.path, next.value)
	}
}

// flatField is a field of a configuration with the type that it is written in.
type flatField struct {
	owner reflect.Type
	field reflect.StructField
	value reflect.Value
}

// flat returns the fields of a configuration, those of its inline structs in their place.
func flat(value reflect.Value) []flatField {
	var all []flatField
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if strings.HasSuffix(field.Tag.Get("yaml"), ",inline") {
			all = append(all, flat(value.Field(i))...)
			continue
		}
		all = append(all, flatField{value.Type(), field, value.Field(i)})
	}
	return all
}

func defaultText(value reflect.Value) string {
	switch {
	case value.Kind() == reflect.Struct:
		return "see below"
	case value.Kind() == reflect.Pointer:
		return "none"
	case value.Kind() == reflect.Slice, value.Kind() == reflect.Map:
		if value.Len() == 0 {
			return "none"
		}
		return fmt.Sprintf("`%v`", value.Interface())
	case value.Type() == reflect.TypeFor[time.Duration]():
		return "`" + value.Interface().(time.Duration).String() + "`"
	case value.Kind() == reflect.String && value.String() == "":
		return "empty"
	default:
		return fmt.Sprintf("`%v`", value.Interface())
	}
}

// comment returns what the source says of a field, on one line.
func (r *reference) comment(owner reflect.Type, field string) string {
	directory := strings.TrimPrefix(strings.TrimPrefix(owner.PkgPath(), "mimamori"), "/")
	if directory == "" || directory == "main" {
		directory = "."
	}
	if r.comments[directory] == nil {
		r.comments[directory] = r.parse(directory)
	}
	return r.comments[directory][owner.Name()][field]
}

func (r *reference) parse(directory string) map[string]map[string]string {
	types := map[string]map[string]string{}
	entries, err := os.ReadDir(directory)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), directory+"/"+entry.Name(), nil, parser.ParseComments)
		if err != nil {
			r.t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			declared, ok := node.(*ast.TypeSpec)
			if !ok {
				return true
			}
			fields, ok := declared.Type.(*ast.StructType)
			if !ok {
				return true
			}
			named := map[string]string{}
			for _, field := range fields.Fields.List {
				text := field.Doc.Text()
				if text == "" {
					text = field.Comment.Text()
				}
				for _, name := range field.Names {
					named[name.Name] = strings.Join(strings.Fields(text), " ")
				}
			}
			types[declared.Name.Name] = named
			return true
		})
	}
	return types
}
