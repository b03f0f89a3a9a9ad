package answers

import (
	"os"
	"strings"
	"testing"
)

// The document has a statement below each of its numbered headings, and all are found.
func TestInquiries(t *testing.T) {
	content, err := os.ReadFile("../../docs/queries.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := Inquiries(string(content))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Count(string(content), "\n## ") - 1; len(all) != want { // but that on who may see what
		t.Errorf("%d questions, want %d", len(all), want)
	}
	for i, one := range all {
		if !strings.HasPrefix(one.SQL, "SELECT ") || strings.Contains(one.SQL, "`") || one.Title == "" {
			t.Errorf("question %d, %q: %s", i+1, one.Title, one.SQL)
		}
	}
	if _, err := Inquiries("# Nothing\n"); err == nil {
		t.Error("a document without questions is taken")
	}
}
