package creditkit_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/creditkit/creditkit"

var vendors = []string{"flexprice", "knox", "metronome", "nexudus", "thoughtindustries"}

// imports lists what the files of a directory import, by file.
func imports(t *testing.T, dir string, tests bool) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") && !tests {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = nil
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			all[file] = append(all[file], path)
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s holds no Go file: the test looks in the wrong place", dir)
	}
	return all
}

// isStandard goes by the dot that other import paths have in their first
// element.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// within reports whether path is root or lies below it.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func TestVendorsNeverImportEachOther(t *testing.T) {
	for _, vendor := range vendors {
		for file, paths := range imports(t, vendor, true) {
			for _, other := range vendors {
				if other != vendor && slices.ContainsFunc(paths, func(path string) bool { return within(path, module+"/"+other) }) {
					t.Errorf("%s imports %s", file, other)
				}
			}
		}
	}
}

func TestImportsRunOneWay(t *testing.T) {
	for dir, allowed := range map[string][]string{
		"credit":             {"internal/jsontext", "internal/redact", "internal/typednil"},
		"credit/credittest":  {"credit", "internal/jsontext"},
		"credit/drivertest":  {"credit", "credit/credittest", "internal/jsontext"},
		"internal/jsontext":  {},
		"internal/rawjson":   {"internal/jsonenc"},
		"internal/redact":    {},
		"internal/typednil":  {},
		"internal/transport": {"credit", "internal/redact", "internal/typednil"},
		"internal/jsonenc":   {"credit"},
		"internal/rest":      {"credit", "internal/jsonenc", "internal/redact", "internal/transport", "internal/typednil"},
	} {
		for file, paths := range imports(t, dir, false) {
			for _, path := range paths {
				if within(path, module) && !slices.Contains(allowed, strings.TrimPrefix(path, module+"/")) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}

// A vendor's package is behind credit and in front of internal, and nothing in
// this module but the examples knows one.
func TestNothingBelowAVendorKnowsOne(t *testing.T) {
	below, err := filepath.Glob("internal/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range append(below, "credit") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			continue // a module of its own
		}
		for file, paths := range imports(t, dir, false) {
			for _, vendor := range vendors {
				if slices.ContainsFunc(paths, func(path string) bool { return within(path, module+"/"+vendor) }) {
					t.Errorf("%s imports %s", file, vendor)
				}
			}
		}
	}
}

// A program that embeds a fake must not link the testing package, which registers
// flags of its own.
func TestFakesDoNotImportTesting(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "./credit/credittest")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, module+"/credit") {
		t.Fatalf("%v lists %d packages without credit", cmd, len(deps))
	}
	for _, path := range deps {
		if within(path, "testing") || path == "net/http/httptest" {
			t.Errorf("credit/credittest depends on %s", path)
		}
	}
}

// Every importer builds what these packages import.
func TestForeignImports(t *testing.T) {
	const (
		oauth2    = "golang.org/x/oauth2"
		retryable = "github.com/hashicorp/go-retryablehttp"
		nullable  = "github.com/oapi-codegen/nullable"
	)
	allowed := map[string][]string{
		"credit":             {oauth2},
		"credit/credittest":  {},
		"credit/drivertest":  {},
		"internal/jsontext":  {},
		"internal/transport": {oauth2, retryable},
		"internal/rest":      {oauth2},
		"internal/rawjson":   {"internal/jsonenc"},
		"internal/redact":    {},
		"internal/typednil":  {},
	}
	for _, vendor := range vendors {
		allowed[vendor] = []string{oauth2, nullable}
	}
	for dir, modules := range allowed {
		for file, paths := range imports(t, dir, false) {
			for _, path := range paths {
				if isStandard(path) || within(path, module) {
					continue
				}
				if !slices.ContainsFunc(modules, func(m string) bool { return within(path, m) }) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}

func TestDirectRequirements(t *testing.T) {
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool    []struct{ Path string }
		Replace []json.RawMessage
	}
	if err := json.Unmarshal([]byte(run(t, ".", "mod", "edit", "-json")), &mod); err != nil {
		t.Fatal(err)
	}
	direct := map[string]bool{}
	for _, r := range mod.Require {
		if !r.Indirect {
			direct[r.Path] = true
		}
	}
	want := []string{
		"github.com/google/go-cmp",
		"github.com/hashicorp/go-retryablehttp",
		"github.com/oapi-codegen/nullable",
		"golang.org/x/oauth2",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(direct))); diff != "" {
		t.Errorf("direct requirements (-want +got):\n%s", diff)
	}
	if len(mod.Tool) > 0 {
		t.Errorf("go.mod has tools, which every importer would load: %v", mod.Tool)
	}
	if len(mod.Replace) > 0 {
		t.Errorf("go.mod replaces %d modules, which no importer would see", len(mod.Replace))
	}
}
