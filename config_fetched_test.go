package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestValuesFromElsewhere puts values in from the environment and from files, in each way
// that YAML has of writing one.
func TestValuesFromElsewhere(t *testing.T) {
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "community"), "from a file\n")
	writeFile(t, filepath.Join(folder, "windows"), "ends as elsewhere\r\n")
	t.Setenv("MIMAMORI_TEST_PASSWORD", `colon: "quoted" {brace} # hash`)
	t.Setenv("MIMAMORI_TEST_NUMBER", "0123")
	path := writeFile(t, filepath.Join(folder, "mimamori.yaml"), `
ingest:
  inventory:
    customers:
    - name: A
      sites:
      - name: S
        appliance:
          name: s-1
          notifications:
            communities: [!file windows, !env MIMAMORI_TEST_NUMBER, "!env MIMAMORI_TEST_NUMBER", !!str 12]
        devices:
        - {name: d, address: 10.0.0.1, snmp: {community: !file community}}
        - name: e
          address: 10.0.0.2
          snmp:
            community: !file `+filepath.Join(folder, "community")+`
  icmp: {interval: !env MIMAMORI_TEST_INTERVAL}
storage:
  clickhouse:
    address: 127.0.0.1:9000
    password: !env MIMAMORI_TEST_PASSWORD
`)
	if _, err := loadConfig(path); err == nil {
		t.Fatal("a variable that is not set was taken for one that is")
	}
	t.Setenv("MIMAMORI_TEST_INTERVAL", "45s")
	config, err := loadConfig(path)
	if err != nil {
		t.Fatal(err)
	}
	site := config.Ingest.Inventory.Customers[0].Sites[0]
	got := append([]string{config.Storage.ClickHouse.Password, site.Devices[0].SNMP.Community, site.Devices[1].SNMP.Community,
		config.Ingest.ICMP.Interval.String()}, site.Appliance.Notifications.Communities...)
	want := []string{`colon: "quoted" {brace} # hash`, "from a file", "from a file", "45s", "ends as elsewhere", "0123", "!env MIMAMORI_TEST_NUMBER", "12"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestValuesThatAreNotThere holds that file, line, what is wrong and the remedy are said,
// and never the value.
func TestValuesThatAreNotThere(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("MIMAMORI_TEST_EMPTY", "")
	t.Setenv("MIMAMORI_TEST_SECRET", `whisper "one"`)
	t.Setenv("MIMAMORI_TEST_LINES", "whisper\ntwo")
	writeFile(t, filepath.Join(folder, "empty"), "\n")
	writeFile(t, filepath.Join(folder, "lines"), "whisper\nthree\n")
	writeFile(t, filepath.Join(folder, "bytes"), "\xff\xfe")
	writeFile(t, filepath.Join(folder, "large"), strings.Repeat("whisper ", 9000))
	for _, c := range []struct{ value, says string }{
		{"!env MIMAMORI_TEST_AWAY", "MIMAMORI_TEST_AWAY is not set: set it"},
		{"!env MIMAMORI_TEST_EMPTY", "MIMAMORI_TEST_EMPTY is empty: give it"},
		{"!env MIMAMORI_TEST_LINES", "more than one line"},
		{"!file away", "no such file or directory: make the file"},
		{"!file empty", "is empty: write the value"},
		{"!file lines", "more than one line"},
		{"!file bytes", "no text in UTF-8"},
		{"!file large", "larger than 64 KiB"},
		{"!file .", "is a directory"},
		{"!!binary d2hpc3Blcg==", "!!binary is no tag known here"},
		{"!environment X", "!environment is no tag known here"},
		{"!env", "says not what to take"},
		{"!env [A, B]", "says not what to take"},
		{"!env {A: B}", "says not what to take"},
	} {
		_, err := loadConfig(writeFile(t, filepath.Join(folder, "mimamori.yaml"), fmt.Sprintf("data: x\nstorage:\n  clickhouse:\n    password: %s\n", c.value)))
		if err == nil || !strings.HasPrefix(err.Error(), filepath.Join(folder, "mimamori.yaml")+":4: ") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v\nwant line 4 and %q", c.value, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "whisper") {
			t.Errorf("%s: the message says the value: %v", c.value, err)
		}
	}
	for _, c := range []struct{ text, line string }{ // a secret where no text belongs, and where another text does
		{"ingest:\n  icmp:\n    interval: !env MIMAMORI_TEST_SECRET\n", ":3: "},
		{"ingest:\n  icmp:\n    packets: !env MIMAMORI_TEST_SECRET\n", ":3: "},
		{"http:\n  listen: !env MIMAMORI_TEST_SECRET\n", ":2: "},
		{"ingest:\n  bus:\n    brokers: [!env MIMAMORI_TEST_SECRET]\n", ":3: "},
		{"ingest:\n  bus:\n    brokers: !env MIMAMORI_TEST_SECRET\n", ":3: "},
	} {
		path := writeFile(t, filepath.Join(folder, "mimamori.yaml"), c.text)
		_, err := loadConfig(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+c.line) {
			t.Errorf("%q: %v, want line %s", c.text, err, c.line)
		}
		if err != nil && strings.Contains(err.Error(), "whisper") {
			t.Errorf("%q: the message says the value: %v", c.text, err)
		}
	}
}

func TestASecretThatEverybodyMayReadIsWarnedOf(t *testing.T) {
	folder := t.TempDir()
	secretFile := writeFile(t, filepath.Join(folder, "password"), "whisper\n")
	path := writeFile(t, filepath.Join(folder, "mimamori.yaml"), "storage:\n  clickhouse: {address: '127.0.0.1:9000', password: !file password}\n")
	if output, problems, code := call(t, "check", "--config", path); code != exitDone || strings.Contains(output, "warning") {
		t.Errorf("exit %d: %s%s", code, output, problems)
	}
	if err := os.Chmod(secretFile, 0o644); err != nil {
		t.Fatal(err)
	}
	output, problems, code := call(t, "check", "--config", path)
	if code != exitDone || !strings.Contains(output, path+":2: warning: "+secretFile+" has mode 0644") || strings.Contains(output, "whisper") {
		t.Errorf("exit %d: %s%s", code, output, problems)
	}
}

// TestEveryTextThatLooksLikeASecretIsHidden walks the type of the configuration, so that a
// key that is new in a room cannot be forgotten.
func TestEveryTextThatLooksLikeASecretIsHidden(t *testing.T) {
	suspicious := []string{"password", "passphrase", "secret", "community", "communities", "credential", "token", "key", "private", "auth"}
	open := map[string]string{ // and why
		"auth":    "the name of a protocol",
		"privacy": "the name of a protocol",
		"sha256":  "a hash",
	}
	found := 0
	var walk func(at string, kind reflect.Type, hidden bool)
	walk = func(at string, kind reflect.Type, hidden bool) {
		switch kind.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(at, kind.Elem(), hidden)
		case reflect.Map:
			before := found
			walk(at+".*", kind.Elem(), hidden)
			if found > before || hidden {
				t.Errorf("%s: a secret in a map is not hidden: make it a list", at)
			}
		case reflect.String:
			if hidden {
				found++
			}
		case reflect.Struct:
			for i := range kind.NumField() {
				field := kind.Field(i)
				key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
				if !field.IsExported() || key == "-" {
					continue
				}
				looks := false
				for _, word := range suspicious {
					looks = looks || strings.Contains(key, word)
				}
				texts := field.Type.Kind() == reflect.String || field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.String
				if looks && texts && !hidden && !isSecret(key) && open[key] == "" && !strings.HasSuffix(key, "_file") && !strings.HasPrefix(key, "public_") {
					t.Errorf("%s.%s looks like a secret and would be printed: name it so that isSecret knows it, or say here why it is none", at, key)
				}
				walk(at+"."+key, field.Type, hidden || isSecret(key))
			}
		default: // it holds no text
		}
	}
	walk("", reflect.TypeFor[Config](), false)
	if found < 10 {
		t.Errorf("only %d secrets were found", found)
	}
}
