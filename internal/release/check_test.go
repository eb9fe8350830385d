package main

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// releasable is a small repository that passes all checks for v0.2.0.
func releasable() map[string]string {
	return map[string]string{
		"go.mod":            "module example.com/kit\n\ngo 1.26.0\n",
		"LICENSE":           "license\n",
		"credit/credit.go":  "package credit\n\nfunc Add() {}\n\nfunc Remove() {}\n",
		"examples/go.mod":   "module example.com/kit/examples\n\ngo 1.26.0\n\nrequire example.com/kit v0.2.0\n",
		"examples/p/p.go":   "package main\n\nimport \"example.com/kit/credit\"\n\nfunc main() { credit.Add() }\n",
		"internal/x/go.mod": "module example.com/kit/internal/x\n\ngo 1.26.0\n",
		"internal/x/x.go":   "package x\n",
		"go.work":           "go 1.26.0\n\nuse (\n\t.\n\t./examples\n\t./internal/x\n)\n\nreplace example.com/kit v0.2.0 => ./\n",
		"CHANGELOG.md":      "# Changelog\n\n## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- All.\n\n## [0.1.0] - 2026-11-01\n\n- `credit.Remove`\n",
	}
}

// newRepository commits the files and opens the repository.
func newRepository(t *testing.T, files map[string]string) repository {
	t.Helper()
	root := t.TempDir()
	writeFiles(t, root, files)
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"}, {"config", "user.name", "test"}, {"config", "user.email", "test@example.com"},
		{"config", "commit.gpgsign", "false"}, {"config", "tag.gpgsign", "false"},
	} {
		if _, err := output(t.Context(), root, nil, "git", args...); err != nil {
			t.Fatal(err)
		}
	}
	commit(t, root)
	repo, err := openRepository(root)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

func writeFiles(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t *testing.T, root string) {
	t.Helper()
	for _, args := range [][]string{{"add", "-A"}, {"commit", "-q", "-m", "change"}} {
		if _, err := output(t.Context(), root, nil, "git", args...); err != nil {
			t.Fatal(err)
		}
	}
}

func tag(t *testing.T, repo repository, name string) {
	t.Helper()
	if _, err := repo.git(t.Context(), "tag", name); err != nil {
		t.Fatal(err)
	}
}

func TestCheckAcceptsReleasableRepository(t *testing.T) {
	repo := newRepository(t, releasable())
	if err := repo.check(t.Context(), io.Discard, "v0.2.0"); err != nil {
		t.Error(err)
	}
	tag(t, repo, "v0.2.0")
	tag(t, repo, "examples/v0.2.0")
	if err := repo.check(t.Context(), io.Discard, "v0.2.0"); err != nil {
		t.Errorf("with tags of the current commit: %v", err)
	}
	var out strings.Builder
	repo.printTags(&out, "v0.2.0")
	if want := "git push --atomic origin v0.2.0 examples/v0.2.0\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got %q, want the end %q", out.String(), want)
	}
}

func TestCheckReportsWhatIsMissing(t *testing.T) {
	for _, test := range []struct {
		name, file, content, want string
	}{
		{"sibling of another version", "examples/go.mod", "module example.com/kit/examples\n\ngo 1.26.0\n\nrequire example.com/kit v0.1.0\n",
			"go mod edit -require=example.com/kit@v0.2.0 examples/go.mod"},
		{"replace", "examples/go.mod", "module example.com/kit/examples\n\ngo 1.26.0\n\nrequire example.com/kit v0.2.0\n\nreplace example.com/kit => ../\n",
			"examples/go.mod: replace example.com/kit"},
		{"exclude", "examples/go.mod", "module example.com/kit/examples\n\ngo 1.26.0\n\nrequire example.com/kit v0.2.0\n\nexclude example.com/other v0.1.0\n",
			"examples/go.mod: exclude example.com/other"},
		{"workspace of another version", "go.work", "go 1.26.0\n\nuse (\n\t.\n\t./examples\n)\n\nreplace example.com/kit v0.1.0 => ./\n",
			"go.work: replaces example.com/kit@v0.1.0, want v0.2.0"},
		{"second workspace of another version", "internal/x/x.work", "go 1.26.0\n\nuse .\n\nreplace example.com/kit v0.1.0 => ../..\n",
			"x.work: replaces example.com/kit@v0.1.0, want v0.2.0"},
		{"changelog without the version", "CHANGELOG.md", "## [Unreleased]\n", "want a section ## [0.2.0]"},
		{"changelog without a date", "CHANGELOG.md", "## [0.2.0]\n", "want the date"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := releasable()
			files[test.file] = test.content
			err := newRepository(t, files).check(t.Context(), io.Discard, "v0.2.0")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestCheckRefusesUncommittedChangesAndOldTags(t *testing.T) {
	repo := newRepository(t, releasable())
	tag(t, repo, "examples/v0.2.0")
	writeFiles(t, repo.root, map[string]string{"credit/more.go": "package credit\n"})
	err := repo.check(t.Context(), io.Discard, "v0.2.0")
	if err == nil || !strings.Contains(err.Error(), "uncommitted changes") {
		t.Errorf("got %v, want uncommitted changes", err)
	}
	commit(t, repo.root)
	err = repo.check(t.Context(), io.Discard, "v0.2.0")
	if err == nil || !strings.Contains(err.Error(), "tag examples/v0.2.0: exists on commit") {
		t.Errorf("got %v, want the tag of another commit", err)
	}
}

// An incompatible change is accepted only if the version's own section names it.
func TestCheckComparesAPIWithLastVersion(t *testing.T) {
	changed := releasable()
	changed["credit/credit.go"] = "package credit\n\nfunc Add() {}\n\nfunc New() {}\n"
	declared := maps.Clone(changed)
	declared["CHANGELOG.md"] = strings.Replace(declared["CHANGELOG.md"], "- All.", "- `credit.Remove` is removed.", 1)
	added := releasable()
	added["credit/credit.go"] += "\nfunc New() {}\n"
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"removed and not declared", changed, "does not name `credit.Remove`"},
		{"removed and declared", declared, ""},
		{"added", added, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			repo := newRepository(t, releasable())
			tag(t, repo, "v0.1.0")
			writeFiles(t, repo.root, test.files)
			writeFiles(t, repo.root, map[string]string{"note.txt": "note"})
			commit(t, repo.root)
			err := repo.check(t.Context(), io.Discard, "v0.2.0")
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestIncompatibleChangesAreRefusedFromV1On(t *testing.T) {
	repo := newRepository(t, releasable())
	tag(t, repo, "v1.0.0")
	writeFiles(t, repo.root, map[string]string{"credit/credit.go": "package credit\n\nfunc Add() {}\n"})
	commit(t, repo.root)
	problems := repo.checkAPI(t.Context(), io.Discard, repo.modules[0], "v1.1.0", "`credit.Remove`")
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), "incompatible API change within v1: credit.Remove: removed") {
		t.Errorf("got %v, want the change refused", problems)
	}
}

func TestLastVersionIsTheHighestLowerTag(t *testing.T) {
	repo := newRepository(t, releasable())
	for _, name := range []string{"v0.9.0", "v0.10.0", "v0.11.0", "examples/v0.10.5", "vnext"} {
		tag(t, repo, name)
	}
	for i, want := range []string{"v0.10.0", "v0.10.5"} {
		if got, err := repo.lastVersion(t.Context(), repo.modules[i], "v0.11.0"); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", repo.modules[i].dir, got, err, want)
		}
	}
}

func TestTidyTakesSiblingsFromTheRepository(t *testing.T) {
	repo := newRepository(t, releasable())
	if err := repo.tidy(t.Context(), io.Discard, false); err != nil {
		t.Error(err)
	}
	files := releasable()
	files["examples/p/p.go"] = "package main\n\nfunc main() {}\n"
	repo = newRepository(t, files)
	err := repo.tidy(t.Context(), io.Discard, false)
	if err == nil || !strings.Contains(err.Error(), "-require example.com/kit v0.2.0") {
		t.Errorf("got %v, want the diff of examples/go.mod", err)
	}
	if err := repo.tidy(t.Context(), io.Discard, true); err != nil {
		t.Error(err)
	}
	got, err := os.ReadFile(filepath.Join(repo.root, "examples", "go.mod"))
	if want := "module example.com/kit/examples\n\ngo 1.26.0\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

func TestModuleFilesLeaveOutOtherModulesAndIgnoredFiles(t *testing.T) {
	files := releasable()
	files[".gitignore"] = "/bin/\n"
	repo := newRepository(t, files)
	writeFiles(t, repo.root, map[string]string{"bin/tool": "ignored", "new.go": "package kit\n"})
	if err := os.Remove(filepath.Join(repo.root, "CHANGELOG.md")); err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{
		{".gitignore", "LICENSE", "credit/credit.go", "go.mod", "go.work", "new.go"},
		{"go.mod", "p/p.go", "LICENSE"},
	} {
		list, err := repo.moduleFiles(t.Context(), repo.modules[i])
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range list {
			got = append(got, f.Path())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", repo.modules[i].dir, got, want)
		}
	}
}

func TestValidateVersion(t *testing.T) {
	for version, valid := range map[string]bool{
		"v0.1.0": true, "v1.2.3-rc.1": true, "": false, "0.1.0": false, "v0.1": false, "v1.0.0+build": false, "v2.0.0": false,
	} {
		if err := validateVersion(version); (err == nil) != valid {
			t.Errorf("%q: got %v, want valid %t", version, err, valid)
		}
	}
}
