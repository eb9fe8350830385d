package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A tag of an action can be moved to other code, a commit cannot.
func TestActionsArePinnedByCommit(t *testing.T) {
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found workflows %v, error %v", files, err)
	}
	pinned := regexp.MustCompile(`^uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	commits := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
			if !strings.HasPrefix(line, "uses:") {
				continue
			}
			if !pinned.MatchString(line) {
				t.Errorf("%s: got %q, want a commit and its version in a comment", filepath.Base(file), line)
				continue
			}
			action, commit, _ := strings.Cut(line, "@")
			if before, ok := commits[action]; ok && before != commit {
				t.Errorf("%s: %s is %s here and %s elsewhere", filepath.Base(file), action, commit, before)
			}
			commits[action] = commit
		}
	}
}

// dependabot.yml and the Makefile name the modules of go.work.
func TestModuleListsMatchWorkspace(t *testing.T) {
	repo := openThisRepository(t)
	dependabot, err := os.ReadFile("../../.github/dependabot.yml")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^MODULES := (.+)$`).FindSubmatch(makefile)
	if list == nil {
		t.Fatal("Makefile has no MODULES")
	}
	for _, m := range repo.modules {
		if line := "      - /" + strings.TrimPrefix(m.dir, ".") + "\n"; !strings.Contains(string(dependabot), line) {
			t.Errorf("dependabot.yml lacks %q", line)
		}
		if !strings.Contains(" "+string(list[1])+" ", " "+m.dir+" ") {
			t.Errorf("MODULES of the Makefile lacks %s", m.dir)
		}
	}
}

// Each rule of checkGoMods and checkWorkFiles also holds between releases.
func TestModulesOfThisRepositoryAgreeOnTheNextVersion(t *testing.T) {
	repo := openThisRepository(t)
	version := nextVersion(t, repo)
	for _, problem := range append(repo.checkGoMods(version), repo.checkWorkFiles(version)...) {
		t.Error(problem)
	}
}
