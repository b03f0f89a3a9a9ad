// Command vulndb makes the snapshot of the Go vulnerability database that make vulncheck
// goes by, from a clone of the repository golang/vulndb: run it by make vulndb CLONE=PATH.
//
// It keeps the facts alone: what is affected, in which versions, by which symbols.
package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// entry is a vulnerability in the form of OSV, without its prose.
type entry struct {
	SchemaVersion string     `json:"schema_version"`
	ID            string     `json:"id"`
	Modified      time.Time  `json:"modified"`
	Withdrawn     *time.Time `json:"withdrawn,omitempty"`
	Aliases       []string   `json:"aliases,omitempty"`
	Affected      []affected `json:"affected"`
	Specific      specific   `json:"database_specific"`
}

// specific holds what govulncheck prints as the way to more about an entry: here its names.
type specific struct {
	URL string `json:"url"`
}

type affected struct {
	Package struct {
		Name      string `json:"name"`
		Ecosystem string `json:"ecosystem"`
	} `json:"package"`
	Ranges   json.RawMessage `json:"ranges,omitempty"`
	Specific json.RawMessage `json:"ecosystem_specific,omitempty"`
}

// The indexes, as govulncheck reads them.
type (
	vulnerability struct {
		ID       string    `json:"id"`
		Modified time.Time `json:"modified"`
		Aliases  []string  `json:"aliases,omitempty"`
	}
	module struct {
		Path            string          `json:"path"`
		Vulnerabilities []vulnerability `json:"vulns"`
	}
	database struct {
		Modified time.Time `json:"modified"`
	}
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run .ci/vulndb.go CLONE SNAPSHOT.tar.gz")
		os.Exit(2)
	}
	if err := snapshot(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "vulndb:", err)
		os.Exit(1)
	}
}

func snapshot(clone, path string) error {
	said, err := exec.Command("git", "-C", clone, "log", "-1", "--format=%ct %H").Output()
	if err != nil {
		return fmt.Errorf("ask the clone for its commit: %w", err)
	}
	var seconds int64
	var commit string
	if _, err := fmt.Sscan(string(said), &seconds, &commit); err != nil {
		return fmt.Errorf("read the clone's commit: %w", err)
	}
	taken := time.Unix(seconds, 0).UTC()
	entries, err := read(clone, taken)
	if err != nil {
		return err
	}
	if err := write(path, entries, taken); err != nil {
		return err
	}
	fmt.Printf("%s: %d vulnerabilities as of %s, commit %s\n", path, len(entries), taken.Format(time.RFC3339), commit)
	return nil
}

func read(clone string, taken time.Time) ([]entry, error) {
	archive, err := exec.Command("git", "-C", clone, "archive", "HEAD", "data/osv").Output()
	if err != nil {
		return nil, fmt.Errorf("read data/osv of the clone: %w", err)
	}
	var entries []entry
	for files := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := files.Next()
		if err != nil {
			break // the end: git wrote it whole
		}
		if !strings.HasSuffix(header.Name, ".json") {
			continue
		}
		var found entry
		if err := json.NewDecoder(files).Decode(&found); err != nil {
			return nil, fmt.Errorf("read %s: %w", header.Name, err)
		}
		found.Modified, found.Specific.URL = taken, strings.Join(append([]string{found.ID}, found.Aliases...), ", ")
		if found.Withdrawn == nil {
			entries = append(entries, found)
		}
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s has nothing in data/osv", clone)
	}
	slices.SortFunc(entries, func(one, other entry) int { return cmp.Compare(one.ID, other.ID) })
	return entries, nil
}

func write(path string, entries []entry, taken time.Time) error {
	var vulnerabilities []vulnerability
	byModule := map[string][]vulnerability{}
	for _, found := range entries {
		vulnerabilities = append(vulnerabilities, vulnerability{found.ID, taken, found.Aliases})
		for _, each := range found.Affected {
			listed := byModule[each.Package.Name]
			if !slices.ContainsFunc(listed, func(v vulnerability) bool { return v.ID == found.ID }) {
				byModule[each.Package.Name] = append(listed, vulnerability{ID: found.ID, Modified: taken})
			}
		}
	}
	var modules []module
	for path, listed := range byModule {
		modules = append(modules, module{path, listed})
	}
	slices.SortFunc(modules, func(one, other module) int { return cmp.Compare(one.Path, other.Path) })

	var packed bytes.Buffer
	compressed, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	files := tar.NewWriter(compressed)
	add := func(name string, content any) error {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		if err := files.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text)), ModTime: taken, Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		_, err = files.Write(text)
		return err
	}
	if err := add("index/db.json", database{taken}); err != nil {
		return err
	}
	if err := add("index/modules.json", modules); err != nil {
		return err
	}
	if err := add("index/vulns.json", vulnerabilities); err != nil {
		return err
	}
	for _, found := range entries {
		if err := add("ID/"+found.ID+".json", found); err != nil {
			return err
		}
	}
	if err := files.Close(); err != nil {
		return err
	}
	if err := compressed.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, packed.Bytes(), 0o644)
}
