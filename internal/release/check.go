package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// validateVersion accepts vX.Y.Z, with or without a pre-release suffix. From v2 on the
// module path would have to end in the major version, which no module here does.
func validateVersion(version string) error {
	if semver.Canonical(version) != version {
		return fmt.Errorf("-version: want a version such as v0.1.0, got %q", version)
	}
	if major := semver.Major(version); major != "v0" && major != "v1" {
		return fmt.Errorf("-version: %s needs module paths that end in /%s", version, major)
	}
	return nil
}

// check returns an error that lists all that must be changed before the release.
func (r repository) check(ctx context.Context, out io.Writer, version string) error {
	var problems []error
	status, err := r.git(ctx, "status", "--porcelain")
	if err != nil {
		return err
	}
	if status != "" {
		problems = append(problems, fmt.Errorf("the tree has uncommitted changes:\n%s", status))
	}
	problems = append(problems, r.checkGoMods(version)...)
	problems = append(problems, r.checkWorkFiles(version)...)
	problems = append(problems, r.checkTags(ctx, version)...)
	section, err := r.changelogSection(version)
	if err != nil {
		problems = append(problems, err)
	}
	for _, m := range r.modules {
		if m.isPublished() {
			problems = append(problems, r.checkAPI(ctx, out, m, version, section)...)
		}
	}
	return errors.Join(problems...)
}

// checkGoMods wants every module to require its siblings at the new version, without
// replace and exclude directives: go install refuses a program whose module has one.
func (r repository) checkGoMods(version string) []error {
	var problems []error
	for _, m := range r.modules {
		file := filepath.ToSlash(filepath.Join(m.dir, "go.mod"))
		for _, replace := range m.file.Replace {
			problems = append(problems, fmt.Errorf("%s: replace %s: want none, because go install refuses the module", file, replace.Old.Path))
		}
		for _, exclude := range m.file.Exclude {
			problems = append(problems, fmt.Errorf("%s: exclude %s: want none, because go install refuses the module", file, exclude.Mod))
		}
		for _, require := range m.file.Require {
			if r.isSibling(require.Mod.Path) && require.Mod.Version != version {
				problems = append(problems, fmt.Errorf("%s: requires %s, want %s: run go mod edit -require=%s@%s %s",
					file, require.Mod, version, require.Mod.Path, version, file))
			}
		}
	}
	return problems
}

// checkWorkFiles wants each workspace to take the new version of every required
// sibling from the repository.
func (r repository) checkWorkFiles(version string) []error {
	files, err := filepath.Glob(filepath.Join(r.root, "internal", "*", "*.work"))
	if err != nil {
		return []error{err}
	}
	var problems []error
	for _, name := range append(files, filepath.Join(r.root, "go.work")) {
		work, err := readWork(name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		problems = append(problems, r.checkWork(name, work, version)...)
	}
	return problems
}

func (r repository) checkWork(name string, work *modfile.WorkFile, version string) []error {
	var problems []error
	for _, replace := range work.Replace {
		if r.isSibling(replace.Old.Path) && replace.Old.Version != version {
			problems = append(problems, fmt.Errorf("%s: replaces %s, want %s", filepath.Base(name), replace.Old, version))
		}
	}
	return problems
}

// checkTags wants tags of the version that exist to be of the current commit, as they
// are when a pushed tag starts the release.
func (r repository) checkTags(ctx context.Context, version string) []error {
	head, err := r.git(ctx, "rev-parse", "HEAD")
	if err != nil {
		return []error{err}
	}
	var problems []error
	for _, m := range r.modules {
		commit, err := r.git(ctx, "rev-parse", "--verify", "--quiet", "refs/tags/"+m.tag(version)+"^{commit}")
		if m.isPublished() && err == nil && commit != head {
			problems = append(problems, fmt.Errorf("tag %s: exists on commit %.12s, want %.12s", m.tag(version), commit, head))
		}
	}
	return problems
}

var changelogHeading = regexp.MustCompile(`(?m)^## \[(.+?)\](.*)$`)

// changelogSection returns what CHANGELOG.md says of a version.
func (r repository) changelogSection(version string) (string, error) {
	text, err := os.ReadFile(filepath.Join(r.root, "CHANGELOG.md"))
	if err != nil {
		return "", err
	}
	number := strings.TrimPrefix(version, "v")
	headings := changelogHeading.FindAllSubmatchIndex(text, -1)
	for i, at := range headings {
		if string(text[at[2]:at[3]]) != number {
			continue
		}
		if !regexp.MustCompile(`^ - \d{4}-\d{2}-\d{2}$`).Match(text[at[4]:at[5]]) {
			return "", fmt.Errorf("CHANGELOG.md: want the date in ## [%s] - YYYY-MM-DD, got %q", number, text[at[0]:at[1]])
		}
		end := len(text)
		if i+1 < len(headings) {
			end = headings[i+1][0]
		}
		return string(text[at[1]:end]), nil
	}
	return "", fmt.Errorf("CHANGELOG.md: want a section ## [%s] - YYYY-MM-DD", number)
}

// checkAPI wants every incompatible change since the module's last version to be named
// in the changelog's section, in backticks, and none within a major version from v1 on.
func (r repository) checkAPI(ctx context.Context, out io.Writer, m moduleDir, version, section string) []error {
	last, err := r.lastVersion(ctx, m, version)
	if err != nil {
		return []error{err}
	}
	if last == "" {
		fmt.Fprintf(out, "%s: no earlier version to compare the API with\n", m.path)
		return nil
	}
	changes, err := r.incompatibleChanges(ctx, m, last)
	if err != nil {
		return []error{fmt.Errorf("%s: comparing the API with %s: %w", m.path, last, err)}
	}
	fmt.Fprintf(out, "%s: %d incompatible API changes since %s\n", m.path, len(changes), last)
	var problems []error
	for _, change := range changes {
		name, _, _ := strings.Cut(change, ": ")
		switch {
		case semver.Major(last) == semver.Major(version) && semver.Major(version) != "v0":
			problems = append(problems, fmt.Errorf("%s: incompatible API change within %s: %s", m.path, semver.Major(version), change))
		case !strings.Contains(section, "`"+name+"`"):
			problems = append(problems, fmt.Errorf("CHANGELOG.md: the section of %s does not name `%s`, an incompatible API change: %s", version, name, change))
		}
	}
	return problems
}

// printTags prints the commands that publish the version.
func (r repository) printTags(out io.Writer, version string) {
	var tags []string
	for _, m := range r.modules {
		if m.isPublished() {
			tags = append(tags, m.tag(version))
		}
	}
	fmt.Fprintln(out, "All checks passed. The tags of this release:")
	for _, tag := range tags {
		fmt.Fprintf(out, "    git tag -a %s -m %s\n", tag, tag)
	}
	fmt.Fprintf(out, "    git push --atomic origin %s\n", strings.Join(tags, " "))
}
