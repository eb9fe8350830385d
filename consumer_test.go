package creditkit_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What importing one vendor may put into a program's build.
const (
	maxModules  = 16 // of go list -m all, the program itself included
	maxPackages = 20 // beyond the standard library's, the program itself included
)

const consumerGoMod = `module example.com/consumer

go 1.26.0

require github.com/creditkit/creditkit v0.0.0

replace github.com/creditkit/creditkit => %s
`

const consumerMain = `package main

import "github.com/creditkit/creditkit/metronome"

func main() {
	if _, err := metronome.New("token"); err != nil {
		panic(err)
	}
}
`

func TestImportingAVendorBringsLittle(t *testing.T) {
	dir := consumer(t)
	run(t, dir, "build", "-o", os.DevNull, ".")

	modules := lines(run(t, dir, "list", "-m", "all"))
	t.Logf("%d modules:\n%s", len(modules), strings.Join(modules, "\n"))
	if len(modules) > maxModules {
		t.Errorf("%d modules, more than %d", len(modules), maxModules)
	}
	for _, module := range modules {
		for _, heavy := range []string{"github.com/oapi-codegen/runtime", "github.com/getkin/kin-openapi", "github.com/oapi-codegen/oapi-codegen"} {
			if strings.HasPrefix(module, heavy) {
				t.Errorf("%s is among the modules", module)
			}
		}
	}

	packages := lines(run(t, dir, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "."))
	t.Logf("%d packages beyond the standard library:\n%s", len(packages), strings.Join(packages, "\n"))
	if len(packages) > maxPackages {
		t.Errorf("%d packages, more than %d", len(packages), maxPackages)
	}
	if !slices.Contains(packages, "github.com/creditkit/creditkit/metronome") {
		t.Error("the vendor's package is not among the packages: the count is of something else")
	}
}

// consumer writes a module that imports one vendor from this tree.
func consumer(t *testing.T) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod":  fmt.Sprintf(consumerGoMod, root),
		"go.sum":  string(sums),
		"main.go": consumerMain,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func lines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

// run runs the go command as in a module of its own, outside this workspace.
func run(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, &stderr)
	}
	return string(out)
}
