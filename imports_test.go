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

const modulePath = "github.com/creditkit/creditkit"

var vendorNames = []string{"flexprice", "knox", "metronome", "nexudus", "thoughtindustries"}

// listImports returns the imports of the files in a directory, by file.
func listImports(t *testing.T, dir string, tests bool) map[string][]string {
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
		t.Fatalf("no Go files in %s", dir)
	}
	return all
}

// isStandard reports whether path is in the standard library. The first element
// of other paths contains a dot.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// isWithin reports whether path is root or a package below it.
func isWithin(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func TestVendorsDoNotImportEachOther(t *testing.T) {
	for _, vendor := range vendorNames {
		for file, paths := range listImports(t, vendor, true) {
			for _, other := range vendorNames {
				if other != vendor && slices.ContainsFunc(paths, func(path string) bool { return isWithin(path, modulePath+"/"+other) }) {
					t.Errorf("%s imports %s", file, other)
				}
			}
		}
	}
}

func TestImportsRunOneWay(t *testing.T) {
	for _, test := range []struct {
		dir     string
		allowed []string
	}{
		{"credit", []string{"internal/jsontext", "internal/opcontext", "internal/redact", "internal/typednil"}},
		{"credit/credittest", []string{"credit", "internal/jsontext"}},
		{"credit/drivertest", []string{"credit", "credit/credittest", "internal/jsontext"}},
		{"credit/journal", []string{"credit", "internal/typednil"}},
		{"credit/journal/journaltest", []string{"credit", "credit/journal"}},
		{"internal/doctable", []string{}},
		{"internal/jsontext", []string{}},
		{"internal/opcontext", []string{}},
		{"internal/pgtest", []string{}},
		{"internal/rawjson", []string{"internal/jsonenc", "internal/jsontext"}},
		{"internal/redact", []string{}},
		{"internal/typednil", []string{}},
		{"internal/transport", []string{"credit", "internal/opcontext", "internal/redact", "internal/typednil"}},
		{"internal/jsonenc", []string{"credit"}},
		{"internal/rest", []string{"credit", "internal/jsonenc", "internal/jsontext", "internal/redact", "internal/transport", "internal/typednil"}},
	} {
		for file, paths := range listImports(t, test.dir, false) {
			for _, path := range paths {
				if isWithin(path, modulePath) && !slices.Contains(test.allowed, strings.TrimPrefix(path, modulePath+"/")) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}

// Package credit and the internal packages do not import a vendor.
func TestLibraryDoesNotImportVendors(t *testing.T) {
	below, err := filepath.Glob("internal/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range append(below, "credit") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			continue // a module of its own
		}
		for file, paths := range listImports(t, dir, false) {
			for _, vendor := range vendorNames {
				if slices.ContainsFunc(paths, func(path string) bool { return isWithin(path, modulePath+"/"+vendor) }) {
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
	if !slices.Contains(deps, modulePath+"/credit") {
		t.Fatalf("%v lists %d packages without credit", cmd, len(deps))
	}
	for _, path := range deps {
		if isWithin(path, "testing") || path == "net/http/httptest" {
			t.Errorf("credit/credittest depends on %s", path)
		}
	}
}

// Every importer builds these dependencies.
func TestThirdPartyImportsAreAllowed(t *testing.T) {
	const (
		oauth2    = "golang.org/x/oauth2"
		retryable = "github.com/hashicorp/go-retryablehttp"
		nullable  = "github.com/oapi-codegen/nullable"
	)
	allowed := map[string][]string{
		"credit":            {oauth2},
		"credit/credittest": {},
		"credit/drivertest": {},
		"credit/journal":    {},

		"credit/journal/journaltest": {},

		"internal/jsontext":  {},
		"internal/pgtest":    {},
		"internal/transport": {oauth2, retryable},
		"internal/rest":      {oauth2},
		"internal/rawjson":   {"internal/jsonenc"},
		"internal/redact":    {},
		"internal/typednil":  {},
	}
	for _, vendor := range vendorNames {
		allowed[vendor] = []string{oauth2, nullable}
	}
	for dir, modules := range allowed {
		for file, paths := range listImports(t, dir, false) {
			for _, path := range paths {
				if isStandard(path) || isWithin(path, modulePath) {
					continue
				}
				if !slices.ContainsFunc(modules, func(m string) bool { return isWithin(path, m) }) {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}

func TestDirectRequirementsOfModule(t *testing.T) {
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool    []struct{ Path string }
		Replace []json.RawMessage
	}
	if err := json.Unmarshal([]byte(runGo(t, ".", "mod", "edit", "-json")), &mod); err != nil {
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
		t.Errorf("go.mod has tool lines, which every importer would load: %v", mod.Tool)
	}
	if len(mod.Replace) > 0 {
		t.Errorf("go.mod has %d replace lines, which importers ignore", len(mod.Replace))
	}
}
