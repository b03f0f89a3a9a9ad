package profile

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mimamori/ingest/sample"
)

// kindByName stands for kind_from where the name of a sensor tells its kind.
const kindByName = "name"

// compiler holds what a file says against what can be polled.
type compiler struct {
	*loader

	name string
}

func (c compiler) report(line int, format string, arguments ...any) {
	c.loader.report(c.name, line, format, arguments...)
}

// compile adds to a profile what its own file says.
func (l *loader) compile(p *Profile, read *file) {
	c := compiler{l, p.Name}
	p.Description = read.Description.text
	for _, m := range read.Match {
		p.matches = append(p.matches, c.match(m))
	}
	if read.IPSLA.line > 0 {
		p.IPSLA = c.yes(read.IPSLA, "ip_sla")
	}
	if read.MaxRepetitions.line > 0 {
		n, err := strconv.Atoi(read.MaxRepetitions.text)
		if err != nil || n < 1 || n > 127 {
			c.report(read.MaxRepetitions.line, "max_repetitions is %s: use 1 to 127", read.MaxRepetitions.text)
		}
		p.MaxRepetitions = n
	}
	for _, column := range read.Skip {
		p.skip = append(p.skip, c.oid(column, "skip"))
	}
	for _, dropped := range read.Drop {
		at := slices.IndexFunc(p.Tables, func(each Table) bool { return each.Name == dropped.text })
		if at < 0 {
			c.report(dropped.line, "there is no table %q to drop: what it inherits is %s", dropped.text, c.tables(p))
			continue
		}
		p.Tables = slices.Delete(p.Tables, at, at+1)
	}
	own := map[string]bool{}
	for _, written := range read.Tables {
		if written == nil {
			c.report(0, "a table says nothing: remove its dash")
			continue
		}
		name := written.Table.text
		if own[name] && name != "" {
			c.report(written.Table.line, "there are two tables %q: rename one", name)
		}
		own[name] = true
		p.put(c.table(written))
	}
}

func (c compiler) tables(p *Profile) string {
	var names []string
	for _, each := range p.Tables {
		names = append(names, each.Name)
	}
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func (c compiler) match(written fileMatch) match {
	if written.SysObjectID.line == 0 {
		c.report(written.SysDescr.line, "a match needs a sys_object_id: write the OID that those of the devices begin with")
		return match{}
	}
	m := match{prefix: c.oid(written.SysObjectID, "sys_object_id")}
	m.arcs = strings.Count(m.prefix, ".") - 1
	if written.SysDescr.line > 0 {
		m.descr = c.expression(written.SysDescr.text, written.SysDescr.line)
	}
	return m
}

func (c compiler) expression(text string, line int) *regexp.Regexp {
	expression, err := regexp.Compile(text)
	if err != nil {
		c.report(line, "%q is no regular expression: %v", text, err)
	}
	return expression
}

// between returns what stands between slashes: a regular expression.
func between(written string) (string, bool) {
	if len(written) < 3 || !strings.HasPrefix(written, "/") || !strings.HasSuffix(written, "/") {
		return written, false
	}
	return written[1 : len(written)-1], true
}

// oid returns an OID between dots.
func (c compiler) oid(written scalar, key string) string {
	arcs := strings.Split(strings.Trim(written.text, "."), ".")
	for _, arc := range arcs {
		if _, err := strconv.ParseUint(arc, 10, 32); err != nil || len(arcs) < 3 || len(arcs) > 128 {
			c.report(written.line, "%s is %q, which is no OID: write it in numbers, as in 1.3.6.1.2.1.99.1.1.1.4", key, written.text)
			break
		}
	}
	return dotted(written.text)
}

func (c compiler) yes(written scalar, key string) bool {
	if written.line > 0 && written.text != "true" && written.text != "false" {
		c.report(written.line, "%s is %q: use true or false", key, written.text)
	}
	return written.text == "true"
}

// kind returns the kind of sensors of a name.
func (c compiler) kind(name string, line int) sample.SensorKind {
	kind, ok := sample.SensorKindNamed(name)
	if !ok {
		c.report(line, "there is no kind of sensor %q: use one of %s", name, strings.Join(sample.SensorKindNames(), ", "))
	}
	return kind
}

// statuses returns what the numbers of a column mean.
func (c compiler) statuses(column scalar, written pairs, key, meanings string) map[int64]sample.SensorStatus {
	if column.line == 0 && len(written) == 0 {
		return nil
	}
	if column.line == 0 || len(written) == 0 {
		c.report(max(column.line, lineOfPairs(written)), "%s and %s go together: the one is a column, the other what its numbers mean", key, meanings)
	}
	statuses := map[int64]sample.SensorStatus{}
	for _, each := range written {
		number, err := strconv.ParseInt(each.key, 10, 64)
		if err != nil {
			c.report(each.value.line, "%s has the key %q: use the numbers that the column may hold", meanings, each.key)
		}
		status, ok := sample.SensorStatusNamed(each.value.text)
		if !ok {
			c.report(each.value.line, "there is no status %q: use one of %s", each.value.text, strings.Join(sample.SensorStatusNames(), ", "))
		}
		statuses[number] = status
	}
	return statuses
}

func lineOfPairs(written pairs) int {
	if len(written) == 0 {
		return 0
	}
	return written[0].value.line
}

// table makes a table of what is written of it.
func (c compiler) table(written *fileTable) Table {
	line := written.Table.line
	if line == 0 {
		line = max(written.MIB.line, written.Kind.line, written.KindFrom.line)
		c.report(line, "a table has no name: add table: with a name of its own")
	}
	t := Table{
		Name: written.Table.text, MIB: written.MIB.text, Numbered: written.Numbered.text, Mean: written.Mean.text,
		OnlyOK: c.yes(written.OnlyOK, "value_only_while_ok"), ZeroBlank: c.yes(written.ZeroBlank, "zero_is_no_value"), Milli: c.multiplier(written.Multiplier),
	}
	if t.MIB == "" {
		c.report(line, "the table %s has no mib: name the MIB that it is of", t.Name)
	}
	for _, column := range []struct {
		role Role
		oid  scalar
		key  string
	}{
		{Value, written.Value, "value"}, {Idle, written.Idle, "idle"}, {Used, written.Used, "used"}, {Size, written.Size, "size"},
		{Status, written.Status, "status"}, {Override, written.Override, "override"}, {Kind, written.KindFrom, "kind_from"},
		{Name, written.NameFrom, "name_from"}, {Scale, written.Scale, "scale"}, {Precision, written.Precision, "precision"},
	} {
		if column.role == Kind && column.oid.text == kindByName {
			t.KindByName = true
			continue
		}
		if column.oid.line > 0 {
			t.Columns = append(t.Columns, Column{column.role, c.oid(column.oid, column.key)})
		}
	}
	for _, each := range written.Free {
		t.Columns = append(t.Columns, Column{Free, c.oid(each, "free")})
	}
	c.measures(&t, line)
	t.Statuses = c.statuses(written.Status, written.Statuses, "status", "statuses")
	t.Overrides = c.statuses(written.Override, written.Overrides, "override", "overrides")
	c.condition(&t, written)
	c.kinds(&t, written, line)
	c.names(&t, written, line)
	for _, each := range written.Yields {
		t.Yields = append(t.Yields, c.kind(each.text, each.line))
	}
	return t
}

// measures holds the columns of the measurement against each other.
func (c compiler) measures(t *Table, line int) {
	has := func(role Role) bool { return t.ColumnsOf(role) > 0 }
	ways := 0
	for _, way := range []bool{has(Value), has(Idle), has(Used) || has(Size) || has(Free)} {
		if way {
			ways++
		}
	}
	switch {
	case ways == 0 && !has(Status):
		c.report(line, "the table %s has neither a measurement nor a status: add value, idle, or used with size or free, or status", t.Name)
	case ways > 1:
		c.report(line, "the table %s has several measurements: keep value, or idle, or used, size and free", t.Name)
	case has(Free) && !has(Used) && !has(Size), has(Used) && !has(Size) && !has(Free), has(Size) && !has(Used) && !has(Free), has(Used) && has(Size) && has(Free):
		c.report(line, "the share in use of the table %s needs two of used, size and free", t.Name)
	case has(Scale) != has(Precision) || has(Scale) && !has(Value):
		c.report(line, "scale and precision of the table %s go together with value (RFC 3433)", t.Name)
	}
}

// condition takes over where a table means anything.
func (c compiler) condition(t *Table, written *fileTable) {
	if (written.OnlyWhere.line > 0) != (len(written.OnlyValues) > 0) {
		c.report(max(written.OnlyWhere.line, written.Table.line), "only_where and only_where_values go together: the one is an object, the other the numbers with which the table means anything")
	}
	if written.OnlyWhere.line > 0 {
		t.OnlyWhere = c.oid(written.OnlyWhere, "only_where") + "0"
	}
	for _, each := range written.OnlyValues {
		number, err := strconv.ParseInt(each.text, 10, 64)
		if err != nil {
			c.report(each.line, "only_where_values has %q: use numbers", each.text)
		}
		t.OnlyValues = append(t.OnlyValues, number)
	}
}

func (c compiler) kinds(t *Table, written *fileTable, line int) {
	switch {
	case written.Kind.line > 0 && written.KindFrom.line > 0:
		c.report(line, "the table %s has a kind and a column of kinds: keep kind, or kind_from with kinds", t.Name)
	case written.Kind.line > 0:
		t.Kind = c.kind(written.Kind.text, written.Kind.line)
	case written.KindFrom.line == 0:
		c.report(line, "the table %s does not say what it measures: add kind, or kind_from with kinds", t.Name)
	case len(written.Kinds) == 0:
		c.report(line, "the table %s has a column of kinds and does not say what it means: add kinds", t.Name)
	}
	if len(written.Kinds) > 0 && written.KindFrom.line == 0 {
		c.report(lineOfPairs(written.Kinds), "the table %s says what kinds mean but not which column holds them: add kind_from", t.Name)
	}
	for _, each := range written.Kinds {
		kind := c.kind(each.value.text, each.value.line)
		if text, is := between(each.key); is {
			if expression := c.expression(text, each.value.line); expression != nil {
				t.patterns = append(t.patterns, pattern{expression, kind})
			}
			continue
		}
		if t.kinds == nil {
			t.kinds = map[string]sample.SensorKind{}
		}
		key := each.key
		if strings.Contains(key, ".") && strings.Trim(key, ".0123456789") == "" {
			key = "." + strings.Trim(key, ".") // an OID, as it is decoded
		}
		t.kinds[key] = kind
	}
}

func (c compiler) names(t *Table, written *fileTable, line int) {
	for _, each := range written.NamesFrom {
		t.NamesFrom = append(t.NamesFrom, c.oid(each, "names_from"))
	}
	for _, each := range written.Ignore {
		text, is := between(each.text)
		if !is {
			text = "^" + regexp.QuoteMeta(each.text) + "$"
		}
		if expression := c.expression(text, each.line); expression != nil {
			t.ignored = append(t.ignored, expression)
		}
	}
	for _, each := range written.Without {
		text, is := between(each.text)
		if !is {
			text = regexp.QuoteMeta(each.text)
		}
		if expression := c.expression(text, each.line); expression != nil {
			t.without = append(t.without, expression)
		}
	}
	if written.NameFormat.line > 0 {
		format, err := parseFormat(written.NameFormat.text)
		if err != nil {
			c.report(written.NameFormat.line, "name_format %v", err)
		}
		t.Format = format
	}
	for _, each := range written.Rows {
		if t.Rows == nil {
			t.Rows = map[string]string{}
		}
		if strings.Trim(each.key, ".0123456789") != "" || each.key == "" || each.value.text == "" {
			c.report(each.value.line, "rows has %q: %q: use the instance in numbers, and the name of the sensor", each.key, each.value.text)
		}
		t.Rows[strings.Trim(each.key, ".")] = each.value.text
	}
	if t.Numbered == "" && len(t.Rows) == 0 {
		c.report(line, "the table %s does not say what a sensor without a name is called: add numbered, such as Fan", t.Name)
	}
}

// multiplier returns how many thousandths a number stands for.
func (c compiler) multiplier(written scalar) int64 {
	if written.line == 0 {
		return 1000
	}
	value, err := strconv.ParseFloat(written.text, 64)
	milli := math.Round(value * 1000)
	if err != nil || milli < 1 || milli > 1e12 || math.Abs(value*1000-milli) > 1e-6 {
		c.report(written.line, "multiplier is %s: use what 1 of the value stands for in the unit of the kind, 0.001 or a multiple of it", written.text)
		return 1000
	}
	return int64(milli)
}
