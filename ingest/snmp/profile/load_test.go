package profile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// whole is a file with nothing wrong.
const whole = `extends: [generic]
match:
  - sys_object_id: 1.3.6.1.4.1.32473.5
tables:
  - table: supplies
    mib: ACME-MIB
    kind: power
    status: 1.3.6.1.4.1.32473.5.1
    statuses: {1: ok, 2: critical}
    numbered: Supply
`

func write(t testing.TB, folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestBrokenFiles holds the words for everything that can be wrong with a file.
func TestBrokenFiles(t *testing.T) {
	change := func(old, with string) string { return strings.Replace(whole, old, with, 1) }
	for name, test := range map[string]struct{ text, want string }{
		"unknown key":           {change("numbered", "nubmered"), `:10: unknown key "nubmered": remove it or correct its spelling; docs/profiles.md lists the keys`},
		"a tag":                 {change("kind: power", "kind: !!str power"), ":7: tags, anchors and aliases are not read: write the value itself"},
		"an anchor":             {change("kind: power", "kind: &a power"), ":7: tags, anchors and aliases are not read"},
		"two documents":         {whole + "---\n" + whole, "there is a second document: a file is one profile"},
		"unknown key at top":    {"tabels: []\n", `:1: unknown key "tabels": remove it`},
		"key of a match":        {change("sys_object_id", "object_id"), `:3: unknown key "object_id"`},
		"not YAML":              {"tables: [\n", ":1: "},
		"a list for a word":     {change("kind: power", "kind: [power]"), ":7: one plain value is expected here"},
		"a word for a list":     {change("[generic]", "generic"), ":1: a list is expected here: write [one, another]"},
		"a word for pairs":      {change("{1: ok, 2: critical}", "ok"), ":9: keys with values are expected here: write {1: ok, 2: warning}"},
		"unknown kind":          {change("power", "powr"), `:7: there is no kind of sensor "powr": use one of cpu, memory,`},
		"unknown status":        {change("critical", "dead"), `:9: there is no status "dead": use one of unknown, ok, warning, critical, not present`},
		"a status by a word":    {change("2:", "two:"), `:9: statuses has the key "two": use the numbers that the column may hold`},
		"no OID":                {change("32473.5.1", "acme.1"), `:8: status is "1.3.6.1.4.1.acme.1", which is no OID: write it in numbers`},
		"no OID of a match":     {change("32473.5\n", "x\n"), `:3: sys_object_id is "1.3.6.1.4.1.x", which is no OID`},
		"no regular expression": {change("32473.5\n", "32473.5\n    sys_descr: '('\n"), `:4: "(" is no regular expression: `},
		"a match of anything":   {change("- sys_object_id: 1.3.6.1.4.1.32473.5", "- sys_descr: Acme"), ":3: a match needs a sys_object_id"},
		"no parent":             {change("generic", "gneric"), `:1: there is no profile "gneric" to inherit from: there are broken, cisco,`},
		"itself":                {change("generic", "broken"), ":1: broken inherits from itself, by way of broken > broken: remove one of them from extends"},
		"nothing to drop":       {"drop: [fans]\n" + whole, `:1: there is no table "fans" to drop: what it inherits is entity_sensors,`},
		"a table twice":         {whole + whole[strings.Index(whole, "  - table"):], `:11: there are two tables "supplies": rename one`},
		"no name":               {change("table: supplies\n    ", ""), ":6: a table has no name: add table: with a name of its own"},
		"no MIB":                {change("    mib: ACME-MIB\n", ""), ":5: the table supplies has no mib: name the MIB that it is of"},
		"no kind":               {change("    kind: power\n", ""), ":5: the table supplies does not say what it measures: add kind, or kind_from with kinds"},
		"two kinds":             {change("    kind:", "    kind_from: 1.3.6.1.4.1.32473.5.9\n    kind:"), ":5: the table supplies has a kind and a column of kinds"},
		"kinds without column":  {change("    kind: power", "    kinds: {1: power}"), ":7: the table supplies says what kinds mean but not which column holds them: add kind_from"},
		"column without kinds":  {change("    kind: power", "    kind_from: 1.3.6.1.4.1.32473.5.9"), ":5: the table supplies has a column of kinds and does not say what it means: add kinds"},
		"no statuses":           {change("    statuses: {1: ok, 2: critical}\n", ""), ":8: status and statuses go together"},
		"nothing to read":       {change("    status: 1.3.6.1.4.1.32473.5.1\n    statuses: {1: ok, 2: critical}\n", ""), ":5: the table supplies has neither a measurement nor a status"},
		"two measurements":      {change("    numbered", "    value: 1.3.6.1.4.1.32473.5.2\n    idle: 1.3.6.1.4.1.32473.5.3\n    numbered"), ":5: the table supplies has several measurements"},
		"half a share":          {change("    numbered", "    used: 1.3.6.1.4.1.32473.5.2\n    numbered"), ":5: the share in use of the table supplies needs two of used, size and free"},
		"scale alone":           {change("    numbered", "    scale: 1.3.6.1.4.1.32473.5.2\n    numbered"), ":5: scale and precision of the table supplies go together with value (RFC 3433)"},
		"multiplier":            {change("    numbered", "    multiplier: 0.0001\n    numbered"), ":10: multiplier is 0.0001: use what 1 of the value stands for"},
		"nothing to call it":    {change("    numbered: Supply\n", ""), ":5: the table supplies does not say what a sensor without a name is called: add numbered"},
		"a format of nothing":   {change("    numbered", "    name_format: \"{ip}\"\n    numbered"), `:10: name_format "{ip}" cannot be read at {ip: use {ipv4}`},
		"rows":                  {change("    numbered", "    rows: {a: b}\n    numbered"), `:10: rows has "a": "b": use the instance in numbers, and the name of the sensor`},
		"neither yes nor no":    {change("    numbered", "    zero_is_no_value: perhaps\n    numbered"), `:10: zero_is_no_value is "perhaps": use true or false`},
		"yields":                {change("    numbered", "    yields: [heat]\n    numbered"), `:10: there is no kind of sensor "heat"`},
		"repetitions":           {"max_repetitions: 500\n" + whole, ":1: max_repetitions is 500: use 1 to 127"},
		"IP SLA":                {"ip_sla: 7\n" + whole, `:1: ip_sla is "7": use true or false`},
		"for the same devices":  {change("32473.5\n", "311.1.1.3\n"), ""},
		"a table of nothing":    {"tables:\n  -\n", "a table says nothing: remove its dash"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			write(t, folder, "broken.yaml", test.text)
			if name == "for the same devices" {
				_, err := Load(folder)
				if err == nil || !strings.Contains(err.Error(), "is for the same devices: give one of them a longer sys_object_id or a sys_descr") {
					t.Errorf("got %v", err)
				}
				return
			}
			_, err := Load(folder)
			if err == nil {
				t.Fatal("it was taken for right")
			}
			if want := filepath.Join(folder, "broken.yaml") + test.want; !strings.HasPrefix(err.Error(), want) && !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), folder) {
				t.Errorf("got  %s\nwant %s", err, want)
			}
		})
	}
}

func TestEveryProblemOfAFolderIsNamed(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "one.yaml", strings.Replace(whole, "power", "x", 1))
	write(t, folder, "two.yaml", "extends: [three]\n")
	write(t, folder, "three.yaml", "extends: [two]\n")
	_, err := Load(folder)
	if err == nil || !strings.Contains(err.Error(), "one.yaml:7: ") || !strings.Contains(err.Error(), "inherits from itself, by way of three > two > three") {
		t.Errorf("got %v", err)
	}
	if _, err := Load(filepath.Join(folder, "away")); err == nil || !strings.Contains(err.Error(), "make it, or correct its path") {
		t.Errorf("got %v for a folder that is not there", err)
	}
}

func TestAFolderAddsAndReplaces(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "acme.yaml", whole+"  - table: bgp_peers\n    mib: ACME-MIB\n    kind: bgp_peer\n    status: 1.3.6.1.4.1.32473.5.2\n    statuses: {1: ok}\n    numbered: Peer\n")
	write(t, folder, "windows.yaml", "match:\n  - sys_object_id: 1.3.6.1.4.1.311.1.1.3\nmax_repetitions: 5\nskip: [1.3.6.1.2.1.31.1.1.1.18]\n")
	write(t, folder, "README.md", "not a profile")
	set, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	acme := set.For("1.3.6.1.4.1.32473.5.1", "")
	generic, _ := set.Named(Generic)
	if acme.Name != "acme" || len(acme.Tables) != len(generic.Tables)+1 {
		t.Errorf("%s has %d tables, generic %d", acme.Name, len(acme.Tables), len(generic.Tables))
	}
	for _, table := range acme.Tables {
		if table.Name == "bgp_peers" && table.MIB != "ACME-MIB" {
			t.Error("a table of a parent's name did not take its place")
		}
	}
	for _, table := range generic.Tables {
		if table.MIB == "ACME-MIB" {
			t.Error("a child changed its parent")
		}
	}
	windows := set.For("1.3.6.1.4.1.311.1.1.3.1.2", "")
	if len(windows.Tables) != 0 || windows.Repetitions(20) != 5 || windows.Repetitions(3) != 3 || generic.Repetitions(20) != 20 {
		t.Errorf("%+v did not take the place of ours", windows)
	}
	if !windows.Skips(".1.3.6.1.2.1.31.1.1.1.18.") || windows.Skips(".1.3.6.1.2.1.31.1.1.1.1.") {
		t.Error("skip: ifAlias is not skipped, or ifName is")
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ format, instance, name, want string }{
		{"", "1.2", "Fan", "Fan"},
		{"{ipv4} AS {name}", "192.0.2.1", "64500", "192.0.2.1 AS 64500"},
		{"{ipv4} AS {name}", "192.0.2.1", "", "192.0.2.1"},
		{"{ipv4} AS {name}", "192.0.2", "64500", ""},
		{"{ipv4} AS {name}", "192.0.2.256", "64500", ""},
		{"{ipv4}", "192.0.2.1.7", "", ""},
		{"{inet}", "1.4.192.0.2.1", "", "192.0.2.1"},
		{"{inet}", "1.192.0.2.1", "", "192.0.2.1"},
		{"{inet}", "3.8.192.0.2.1.0.0.0.9", "", "192.0.2.1"},
		{"{inet}", "2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.9", "", "2001:db8::9"},
		{"{inet}", "9.4.192.0.2.1", "", ""},
		{"{-number}{-inet}{inet}", "0.1.192.0.2.2.1.192.0.2.1", "", "192.0.2.1"},
		{"{ipv6}", "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.9", "", "2001:db8::9"},
		{"{text} of {number}", "3.97.99.109.7", "", "acm of 7"},
		{"{text}", "3.97.99", "", ""},
		{"{text}", "1.7", "", ""},
		{"{router_id}", "167772162", "", "10.0.0.2"},
		{"Flow {-number}{name}", "0", "node0", "Flow node0"},
		{"Flow {-number}{name}", "0", "", ""},
		{"({name})", "0", "x", "(x)"},
	} {
		format, err := parseFormat(test.format)
		if err != nil {
			t.Fatal(err)
		}
		if got := format.Text(test.instance, test.name); got != test.want {
			t.Errorf("%q of %q and %q is %q, want %q", test.format, test.instance, test.name, got, test.want)
		}
	}
}

// FuzzLoad reads files of any text: each is a profile or an error that names it.
func FuzzLoad(f *testing.F) {
	f.Add(whole)
	f.Add("extends: [fuzzed]\n")
	f.Add("tables:\n  - &a {table: x, kinds: {<<: *a}}\n")
	entries, err := families.ReadDir("families")
	if err != nil {
		f.Fatal(err)
	}
	for _, entry := range entries {
		text, err := families.ReadFile("families/" + entry.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		sources := map[string]source{"fuzzed": {"fuzzed.yaml", []byte(text)}, Generic: {"generic.yaml", []byte("description: none\n")}}
		set, err := resolve(sources)
		if err != nil {
			if !strings.Contains(err.Error(), "fuzzed.yaml") {
				t.Errorf("%v does not name the file", err)
			}
			return
		}
		p, ok := set.Named("fuzzed")
		if !ok {
			t.Fatal("neither a profile nor an error")
		}
		for i := range p.Tables {
			table := &p.Tables[i]
			if len(table.Columns) == 0 || table.Milli < 1 {
				t.Errorf("%+v", table)
			}
			table.NameOf("1.4.192.0.2.1", "x")
			table.Wants("1", "2")
		}
		set.For("1.3.6.1.4.1.32473", text)
	})
}
