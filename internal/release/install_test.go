package main

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// An installation is an empty folder and an environment in which the go command
// finds the working tree's modules at their next version, as after a release.
type installation struct {
	dir     string
	env     []string
	version string
	repo    repository
}

// newInstallation publishes the working tree to a folder. GOSUMDB is off because the
// checksum database may not be reachable; go.sum has the sums of the same modules.
func newInstallation(t *testing.T) installation {
	t.Helper()
	repo := openThisRepository(t)
	version := nextVersion(t, repo)
	proxy, bin := t.TempDir(), t.TempDir()
	if err := repo.writeProxy(t.Context(), proxy, version); err != nil {
		t.Fatal(err)
	}
	env, err := repo.proxyEnv(t.Context(), proxy, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	// -trimpath and CGO_ENABLED=0 let the test of the archives share the build cache, and
	// -modcacherw lets the test remove it.
	env = append(env, "GOBIN="+bin, "GOFLAGS=-trimpath -modcacherw", "GOSUMDB=off", "CGO_ENABLED=0")
	return installation{t.TempDir(), env, version, repo}
}

func openThisRepository(t *testing.T) repository {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	repo, err := openRepository(root)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// nextVersion returns the version of the root module that examples requires.
func nextVersion(t *testing.T, repo repository) string {
	t.Helper()
	for _, m := range repo.modules {
		for _, require := range m.file.Require {
			if m.dir == "examples" && require.Mod.Path == "github.com/creditkit/creditkit" {
				return require.Mod.Version
			}
		}
	}
	t.Fatal("examples does not require the root module")
	return ""
}

func (i installation) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := output(t.Context(), i.dir, i.env, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestProgramsInstallInAnEmptyFolder(t *testing.T) {
	i := newInstallation(t)
	bin := ""
	for _, setting := range i.env {
		if value, ok := strings.CutPrefix(setting, "GOBIN="); ok {
			bin = value
		}
	}
	programs, err := i.repo.programs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"bulk", "creditctl"} {
		if !slices.ContainsFunc(programs, func(p program) bool { return p.name == want }) {
			t.Errorf("the programs %v lack %s", programs, want)
		}
	}
	for _, p := range programs {
		i.run(t, "go", "install", p.path+"@"+i.version)
	}
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	creditctl := filepath.Join(bin, "creditctl"+suffix)
	if got, want := i.run(t, creditctl, "-version"), "creditctl "+i.version+", creditkit "+i.version+","; !strings.HasPrefix(got, want) {
		t.Errorf("creditctl -version prints %q, want %q first", got, want)
	}
	i.run(t, creditctl, "update", "-vendor", "nexudus", "-fake", "-set", "total=12.50")
	i.run(t, filepath.Join(bin, "bulk"+suffix), "-help")
}

// A reader types the README's go get line and builds its first example.
func TestReadmeInstallLineAndFirstExampleBuild(t *testing.T) {
	i := newInstallation(t)
	readme, err := os.ReadFile(filepath.Join(i.repo.root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	get := regexp.MustCompile(`(?m)^    (go get .+)$`).FindSubmatch(readme)
	example := regexp.MustCompile("(?s)```go\n(.+?)```").FindSubmatch(readme)
	if get == nil || example == nil {
		t.Fatal("README.md has no go get line or no example")
	}
	source := `package main

import (
	"context"
	"os"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/metronome"
)

func edit(ctx context.Context, token string) error {
	` + string(example[1]) + `
	return err
}

func main() {
	if edit(context.Background(), os.Getenv("TOKEN")) != nil {
		os.Exit(1)
	}
}
`
	if err := os.WriteFile(filepath.Join(i.dir, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	i.run(t, "go", "mod", "init", "example.com/program")
	words := strings.Fields(string(get[1]))
	i.run(t, words[0], words[1:]...)
	i.run(t, "go", "build", "-o", os.DevNull, ".")
}
