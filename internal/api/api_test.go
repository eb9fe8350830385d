package api

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var updateFlag = flag.Bool("update", false, "write the text files instead of comparing them")

// publicPackages are the packages that programs can import.
var publicPackages = []string{
	"credit", "credit/credittest", "credit/drivertest", "credit/journal",
	"flexprice", "knox", "metronome", "nexudus", "thoughtindustries",
}

func TestAPIMatchesText(t *testing.T) {
	for _, name := range publicPackages {
		got := exportedDecls(t, filepath.Join("..", "..", filepath.FromSlash(name)))
		file := strings.ReplaceAll(name, "/", "_") + ".txt"
		if *updateFlag {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("the API of %s has changed; if that is intended, run go test ./internal/api -update (-committed +now):\n%s", name, diff)
		}
	}
}

// Every package that programs can import must be in publicPackages.
func TestEveryPublicPackageIsListed(t *testing.T) {
	var found []string
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, "../.."), "/"))
		switch {
		case name == "":
			return nil
		case strings.HasPrefix(d.Name(), "."), slices.Contains([]string{"internal", "examples", "openapi", "bin", "docs", "testdata"}, d.Name()):
			return fs.SkipDir
		}
		files, err := filepath.Glob(filepath.Join(path, "*.go"))
		if len(files) > 0 {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	if diff := cmp.Diff(publicPackages, found); diff != "" {
		t.Errorf("public packages (-want +got):\n%s", diff)
	}
}

// exportedDecls returns the exported declarations of a package, sorted and
// without comments.
func exportedDecls(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var decls []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.FileExports(parsed)
		for _, decl := range parsed.Decls {
			if text := formatDecl(t, set, decl); text != "" {
				decls = append(decls, text)
			}
		}
	}
	slices.Sort(decls)
	return strings.Join(decls, "\n\n") + "\n"
}

func formatDecl(t *testing.T, set *token.FileSet, decl ast.Decl) string {
	t.Helper()
	switch d := decl.(type) {
	case *ast.FuncDecl:
		d.Body = nil
	case *ast.GenDecl:
		if d.Tok == token.IMPORT || len(d.Specs) == 0 {
			return ""
		}
	}
	var b bytes.Buffer
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 8}
	if err := config.Fprint(&b, set, decl); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
