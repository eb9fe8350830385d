package doctable

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const document = "# Title\n\n<!-- a: begin -->\nold\n<!-- a: end -->\ntext\n<!-- b: begin -->\n<!-- b: end -->\n"

func writeDocument(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "doc.md")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func readDocument(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWriteReplacesOneTable(t *testing.T) {
	file := writeDocument(t, document)
	if err := Write(file, "a", "new\n"); err != nil {
		t.Fatal(err)
	}
	if got, want := readDocument(t, file), strings.Replace(document, "old", "new", 1); got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestWriteNeedsBothMarks(t *testing.T) {
	for _, text := range []string{"", "<!-- a: begin -->\n", "<!-- a: end -->\n<!-- a: begin -->\n", "<!-- ab: begin -->\n<!-- ab: end -->\n"} {
		file := writeDocument(t, text)
		if err := Write(file, "a", "new\n"); err == nil || readDocument(t, file) != text {
			t.Errorf("%q became %q, %v", text, readDocument(t, file), err)
		}
	}
}

// A table in a document names what is needed to repeat it.
func TestPublishedTableNamesItsRun(t *testing.T) {
	file := writeDocument(t, document)
	Table{Name: "b", Command: "go test ./b", Took: 90 * time.Second, Text: "\n a| 1|\n"}.Publish(t, file)
	want := regexp.MustCompile("<!-- b: begin -->\nRun on \\d{4}-\\d\\d-\\d\\d at commit [0-9a-f]{10}( with uncommitted changes)? with go.+ on .+/.+ with \\d+ cores?.*,\n" +
		"in 90 seconds, by\n`go test ./b`:\n\n```\n a\\| 1\\|\n```\n<!-- b: end -->\n$")
	if got := readDocument(t, file); !want.MatchString(got) {
		t.Errorf("got\n%s", got)
	}
}
