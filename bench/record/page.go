package record

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shown is a result on the page.
type shown struct {
	*Result
	root any // of its JSON
}

// Page writes README.md of a folder: a table of the figures that count, and all that was printed by the benchmarks named
// that have a result there, in that order.
func Page(folder string, names []string) error {
	var results []shown
	var without []string
	for _, name := range names {
		result, err := Read(folder, name)
		if errors.Is(err, fs.ErrNotExist) {
			without = append(without, name)
			continue
		}
		if err != nil {
			return err
		}
		root, err := parse(result.JSON)
		if err != nil {
			return fmt.Errorf("show the result of bench %s: %w", name, err)
		}
		results = append(results, shown{result, root})
	}
	var page strings.Builder
	page.WriteString("# Results\n\nWritten by `make bench`; [docs/benchmarks.md](../../docs/benchmarks.md#results) says what is measured, and what the pace of\nthe machine is. `make bench-compare` holds new results against those of a commit.\n\n")
	writeMachines(&page, results)
	writeSummary(&page, results)
	if len(without) > 0 {
		fmt.Fprintf(&page, "\nNo result is kept of %s.\n", strings.Join(without, ", "))
	}
	for i := range results {
		results[i].write(&page)
	}
	if err := os.WriteFile(filepath.Join(folder, "README.md"), []byte(page.String()), 0o644); err != nil {
		return fmt.Errorf("write the page of results: %w", err)
	}
	return nil
}

// writeMachines says which results are of which machine.
func writeMachines(page *strings.Builder, results []shown) {
	var machines []string
	of := map[string][]string{}
	for _, result := range results {
		machine := result.Machine.String()
		if of[machine] == nil {
			machines = append(machines, machine)
		}
		of[machine] = append(of[machine], result.Name)
	}
	switch len(machines) {
	case 0:
		return
	case 1:
		fmt.Fprintf(page, "Measured on: %s.\n\n", machines[0])
		return
	}
	page.WriteString("Measured on several machines, so that figures of one are not to be held against those of another:\n\n")
	for _, machine := range machines {
		fmt.Fprintf(page, "- %s: %s\n", machine, strings.Join(of[machine], ", "))
	}
	page.WriteString("\n")
}

// writeSummary writes the table for those in a hurry.
func writeSummary(page *strings.Builder, results []shown) {
	page.WriteString("| benchmark | figure that counts | least – **median** – most | mark | met | beside others | machine's pace | took |\n|---|---|--:|--:|---|---|--:|--:|\n")
	for _, result := range results {
		headlines := headlinesOf(result.Name)
		if len(headlines) == 0 {
			headlines = []headline{{name: "see below"}}
		}
		for i := range headlines {
			h := &headlines[i]
			first, pace, took := "", "", ""
			if i == 0 {
				first, pace, took = fmt.Sprintf("[%s](#%[1]s)", result.Name), result.relativePace(), result.Took.Round(time.Second).String()
			}
			name := h.name
			if h.unit != "" {
				name += ", " + h.unit
			}
			mark, met := h.markInWords(result)
			fmt.Fprintf(page, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", first, cell(name), h.spread(result.root), mark, met, cell(h.besides(result.root)), pace, took)
		}
	}
	page.WriteString("\n**Bold** is the figure: the median where rounds of the benchmark have a least and a most, the quantile where moments have a median (p50) and a most.\n")
}

func (r *Result) relativePace() string {
	if r.Pace == nil {
		return unknownPace
	}
	return fmt.Sprintf("%.2f", r.Pace.Relative)
}

// spread is the figure between its least and its most.
func (h *headline) spread(root any) string {
	value, ok := h.in(root, h.figure)
	if !ok {
		return "not measured"
	}
	text := "**" + number(value) + "**"
	between := func(s *span, least, most string) {
		low, hasLow := h.in(root, s.low)
		high, hasHigh := h.in(root, s.high)
		if hasLow && hasHigh {
			text = least + number(low) + " – " + text + " – " + most + number(high)
		}
	}
	switch {
	case h.rounds != nil:
		between(h.rounds, "", "")
	case h.quantiles != nil:
		between(h.quantiles, "p50 ", "most ")
	}
	return text
}

// markInWords is the mark, and whether it is met by words and a sign. A failure is no met mark, whatever the figure is.
func (h *headline) markInWords(result shown) (mark, met string) {
	value, kept, has := h.markOf(result.root)
	sign := map[direction]string{more: "≥ ", less: "≤ "}[h.better]
	if has {
		mark = sign + number(value)
	}
	_, measured := h.in(result.root, h.figure)
	switch {
	case result.failure() != "":
		return mark, "✗ **FAILED**"
	case !has || !measured:
		return mark, ""
	case kept:
		return mark, "✓ met"
	}
	return mark, "✗ **missed**"
}

// failure is what failed, as the benchmark or its figures say it.
func (s shown) failure() string {
	var texts []string
	for _, text := range []string{s.Failed, textAt(s.root, "failure")} {
		if text = strings.Join(strings.Fields(text), " "); text != "" && !slices.ContainsFunc(texts, func(other string) bool { return strings.Contains(other, text) }) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}

// peerNames are programs as people write them, where their figures have another name.
var peerNames = map[string]string{"telegraf": "Telegraf"}

func peerName(name string) string { return cmp.Or(peerNames[name], name) }

// besides says how often the figure of another program goes into this one, or, of what is to be little, this one into its.
func (h *headline) besides(root any) string {
	var texts []string
	for _, peer := range h.peers {
		name := textAt(root, peer.peer+"/name")
		if name == "" {
			continue
		}
		ratio, measured := numberAt(root, peer.ratio)
		version := strings.TrimSpace(peerName(name) + " " + textAt(root, peer.peer+"/version"))
		switch {
		case !measured && peer.what != "":
		case !measured:
			texts = append(texts, peerName(name)+" not measured")
		case h.better == more:
			texts = append(texts, times(ratio)+" × "+version)
		default:
			texts = append(texts, strings.TrimSpace(version+" takes "+times(ratio)+" × "+peer.what))
		}
	}
	return strings.Join(texts, ", ")
}

func times(ratio float64) string {
	switch {
	case ratio >= 100:
		return number(math.Round(ratio))
	case ratio < 1:
		return strconv.FormatFloat(ratio, 'f', 2, 64)
	}
	return strconv.FormatFloat(ratio, 'f', 1, 64)
}

// write writes all that a benchmark printed, folded away but for what is missing and what failed.
func (s shown) write(page *strings.Builder) {
	fmt.Fprintf(page, "\n## %s\n\n%s, version %s, in %s, on %s, %d cores; other machines of the host took %s of the processors' time; pace %s\n",
		s.Name, s.Date.UTC().Format(time.DateOnly), s.Version, s.Took.Round(time.Second), s.Machine.CPU, s.Machine.Cores, s.stolen(), s.Pace)
	if s.Command != "" {
		fmt.Fprintf(page, "\n`%s`\n", s.Command)
	}
	if failure := s.failure(); failure != "" {
		fmt.Fprintf(page, "\n✗ **FAILED**: %s\n", cell(failure))
	}
	if missing := missingIn(s.root, ""); len(missing) > 0 {
		fmt.Fprintf(page, "\nNot measured: %s\n", cell(strings.Join(missing, "; ")))
	}
	page.WriteString("\n<details><summary>all figures of " + s.Name + "</summary>\n")
	for _, table := range tablesOf(s.root) {
		table.write(page)
	}
	page.WriteString("\n</details>\n")
}

// missingKey ends the keys of texts that say why something was not measured.
const missingKey = "missing"

// missingIn are the reasons why something was not measured, each once.
func missingIn(value any, name string) (reasons []string) {
	add := func(more ...string) {
		for _, reason := range more {
			if !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
	}
	switch value := value.(type) {
	case []member:
		name = cmp.Or(textAt(value, "name"), name)
		for _, m := range value {
			if text, ok := m.value.(string); ok && isMissing(m.key) {
				what := cmp.Or(strings.TrimSuffix(strings.TrimSuffix(m.key, missingKey), "_"), name)
				add(strings.TrimPrefix(peerName(what)+": "+text, ": "))
			}
			add(missingIn(m.value, m.key)...)
		}
	case list:
		for _, element := range value {
			add(missingIn(element, name)...)
		}
	}
	return reasons
}

func isMissing(key string) bool { return key == missingKey || strings.HasSuffix(key, "_"+missingKey) }

// table is a part of what was printed.
type table struct {
	title string
	head  []string
	rows  [][]any // json.Number, string, bool, nil or list
}

// sheet gathers the tables of a result.
type sheet struct {
	single table   // each figure that stands alone
	tables []table // of those that stand beside others of their kind
}

// tablesOf parts a result into tables: objects and elements of lists that are alike have a row each.
func tablesOf(root any) []table {
	s := sheet{single: table{head: []string{"figure", "value"}}}
	members, _ := root.([]member)
	s.object(members, nil)
	if len(s.single.rows) == 0 {
		return s.tables
	}
	return append([]table{s.single}, s.tables...)
}

const pathSign = " / "

func under(path []string, key string) []string { return append(path[:len(path):len(path)], key) }

// object adds the figures of an object.
func (s *sheet) object(members []member, path []string) {
	alike := map[string][]member{} // objects by the keys of what they hold themselves
	for _, m := range members {
		switch value := m.value.(type) {
		case []member:
			alike[keysOf(value)] = append(alike[keysOf(value)], m)
		case list:
			if rowsIn(value) {
				s.list(value, under(path, m.key))
			} else {
				s.single.rows = append(s.single.rows, []any{strings.Join(under(path, m.key), pathSign), value})
			}
		default:
			s.single.rows = append(s.single.rows, []any{strings.Join(under(path, m.key), pathSign), value})
		}
	}
	for _, m := range members {
		object, ok := m.value.([]member)
		if !ok || saysMissing(object) {
			continue
		}
		keys := keysOf(object)
		together := alike[keys]
		if keys == "" || len(together) < 2 {
			s.object(object, under(path, m.key))
			continue
		}
		if together[0].key == m.key {
			s.beside(together, path)
		}
		var nested []member
		for _, inner := range object {
			if isNested(inner.value) {
				nested = append(nested, inner)
			}
		}
		s.object(nested, under(path, m.key))
	}
}

// beside adds a table of objects that hold the same.
func (s *sheet) beside(objects []member, path []string) {
	t := table{title: strings.Join(path, pathSign), head: []string{"of"}}
	for _, m := range objects {
		row := []any{m.key}
		for _, inner := range m.value.([]member) {
			if isNested(inner.value) {
				continue
			}
			if len(t.rows) == 0 {
				t.head = append(t.head, inner.key)
			}
			row = append(row, inner.value)
		}
		t.rows = append(t.rows, row)
	}
	s.tables = append(s.tables, t)
}

// list adds a table of objects, and one of what lies in lists within them.
func (s *sheet) list(elements list, path []string) {
	t := table{title: strings.Join(path, pathSign)}
	within := map[string]*table{}
	var order []string
	for i, element := range elements {
		object, _ := element.([]member)
		var row []any
		for _, leaf := range leavesOf(object, "") {
			t.put(&row, leaf)
		}
		t.rows = append(t.rows, row)
		for _, m := range object {
			inner, ok := m.value.(list)
			if !ok || !rowsIn(inner) {
				continue
			}
			if within[m.key] == nil {
				within[m.key] = &table{title: strings.Join(under(path, m.key), pathSign), head: []string{"of"}}
				order = append(order, m.key)
			}
			for _, deeper := range inner {
				fields, _ := deeper.([]member)
				row := []any{nameOf(element, i)}
				for _, leaf := range leavesOf(fields, "") {
					within[m.key].put(&row, leaf)
				}
				within[m.key].rows = append(within[m.key].rows, row)
			}
		}
	}
	s.tables = append(s.tables, t)
	for _, key := range order {
		s.tables = append(s.tables, *within[key])
	}
}

// put writes a value into a row's column of its name, which is made where there is none.
func (t *table) put(row *[]any, leaf member) {
	at := slices.Index(t.head, leaf.key)
	if at < 0 {
		at = len(t.head)
		t.head = append(t.head, leaf.key)
	}
	for len(*row) <= at {
		*row = append(*row, absent{})
	}
	(*row)[at] = leaf.value
}

// absent is where a row has no such value.
type absent struct{}

// leavesOf are the values of an object that stand in one row of a table, those of objects within it by both keys.
func leavesOf(object []member, prefix string) (leaves []member) {
	for _, m := range object {
		switch value := m.value.(type) {
		case []member:
			leaves = append(leaves, leavesOf(value, prefix+m.key+" ")...)
		case list:
			if !rowsIn(value) {
				leaves = append(leaves, member{prefix + m.key, value})
			}
		default:
			leaves = append(leaves, member{prefix + m.key, value})
		}
	}
	return leaves
}

// keysOf are the keys of what an object holds itself.
func keysOf(object []member) string {
	var keys []string
	for _, m := range object {
		if !isNested(m.value) {
			keys = append(keys, m.key)
		}
	}
	return strings.Join(keys, " ")
}

// saysMissing says whether an object says nothing but why it was not measured.
func saysMissing(object []member) bool {
	return slices.ContainsFunc(object, func(m member) bool { _, text := m.value.(string); return text && m.key == missingKey })
}

func isNested(value any) bool {
	elements, isList := value.(list)
	_, isObject := value.([]member)
	return isObject || isList && rowsIn(elements)
}

// rowsIn says whether a list holds objects.
func rowsIn(elements list) bool {
	return slices.ContainsFunc(elements, func(element any) bool { _, object := element.([]member); return object })
}

// columns are keys as people read them, where the key says something else.
var columns = map[string]string{"figure": "question"}

func (t *table) write(page *strings.Builder) {
	if t.title != "" {
		fmt.Fprintf(page, "\n**%s**\n", cell(t.title))
	}
	page.WriteString("\n|")
	for i, key := range t.head {
		if t.title != "" {
			key = cmp.Or(columns[key], key)
		}
		t.head[i] = key
		fmt.Fprintf(page, " %s |", cell(key))
	}
	page.WriteString("\n|")
	for i := range t.head {
		if t.isNumeric(i) {
			page.WriteString("--:|")
		} else {
			page.WriteString("---|")
		}
	}
	page.WriteString("\n")
	for _, row := range t.rows {
		page.WriteString("|")
		for i := range t.head {
			text := ""
			if i < len(row) {
				text = inWords(row[i])
			}
			fmt.Fprintf(page, " %s |", cell(text))
		}
		page.WriteString("\n")
	}
}

func (t *table) isNumeric(column int) bool {
	return !slices.ContainsFunc(t.rows, func(row []any) bool {
		if column >= len(row) {
			return false
		}
		switch row[column].(type) {
		case json.Number, absent:
			return false
		}
		return true
	})
}

// inWords is a value for people. What is not is bold: a mark that is missed is not to be overlooked.
func inWords(value any) string {
	switch value := value.(type) {
	case json.Number:
		parsed, err := value.Float64()
		if err != nil {
			return value.String()
		}
		return number(parsed)
	case string:
		return value
	case bool:
		if value {
			return "yes"
		}
		return "**no**"
	case list:
		var texts []string
		for _, element := range value {
			texts = append(texts, inWords(element))
		}
		return cmp.Or(strings.Join(texts, "; "), "none")
	case absent:
		return ""
	}
	return "none"
}

// cell is a text as a table of Markdown may have it.
func cell(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "&lt;", "\n", " ").Replace(text)
}
