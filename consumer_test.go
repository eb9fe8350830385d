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

// Limits for the build of a program that imports one vendor.
const (
	maxModules  = 16 // in go list -m all, including the program's
	maxPackages = 20 // outside the standard library, including the program's
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

func TestVendorPackageHasFewDependencies(t *testing.T) {
	dir := newConsumerModule(t)
	runGo(t, dir, "build", "-o", os.DevNull, ".")

	modules := splitLines(runGo(t, dir, "list", "-m", "all"))
	t.Logf("%d modules:\n%s", len(modules), strings.Join(modules, "\n"))
	if len(modules) > maxModules {
		t.Errorf("%d modules, want at most %d", len(modules), maxModules)
	}
	for _, module := range modules {
		for _, heavy := range []string{"github.com/oapi-codegen/runtime", "github.com/getkin/kin-openapi", "github.com/oapi-codegen/oapi-codegen"} {
			if strings.HasPrefix(module, heavy) {
				t.Errorf("unexpected module %s", module)
			}
		}
	}

	packages := splitLines(runGo(t, dir, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "."))
	t.Logf("%d packages outside the standard library:\n%s", len(packages), strings.Join(packages, "\n"))
	if len(packages) > maxPackages {
		t.Errorf("%d packages, want at most %d", len(packages), maxPackages)
	}
	if !slices.Contains(packages, "github.com/creditkit/creditkit/metronome") {
		t.Error("the list lacks the vendor's package, so the test counts the wrong packages")
	}
}

// newConsumerModule writes a module that imports one vendor from this tree, and
// returns its directory.
func newConsumerModule(t *testing.T) string {
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

func splitLines(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

// runGo runs the go command in dir, outside of the workspace.
func runGo(t *testing.T, dir string, args ...string) string {
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
