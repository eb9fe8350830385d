package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// repository is a clone whose go.work lists its modules.
type repository struct {
	root    string
	modules []moduleDir
}

// moduleDir is one module of the repository.
type moduleDir struct {
	dir  string // with slashes, relative to the repository; "." for the root module
	path string
	file *modfile.File
}

// openRepository reads go.work and the go.mod of each module in it.
func openRepository(root string) (repository, error) {
	r := repository{root: root}
	work, err := readWork(filepath.Join(root, "go.work"))
	if err != nil {
		return r, err
	}
	for _, use := range work.Use {
		dir := path.Clean(filepath.ToSlash(use.Path))
		name := filepath.Join(root, dir, "go.mod")
		text, err := os.ReadFile(name) //nolint:gosec // a module of the repository
		if err != nil {
			return r, err
		}
		file, err := modfile.Parse(name, text, nil)
		if err != nil {
			return r, err
		}
		r.modules = append(r.modules, moduleDir{dir: dir, path: file.Module.Mod.Path, file: file})
	}
	return r, nil
}

func readWork(name string) (*modfile.WorkFile, error) {
	text, err := os.ReadFile(name) //nolint:gosec // a file of the repository
	if err != nil {
		return nil, err
	}
	return modfile.ParseWork(name, text, nil)
}

// isPublished reports whether a release has a tag for the module. The modules in
// internal and openapi are tools of this repository.
func (m moduleDir) isPublished() bool {
	return m.dir != "openapi" && !strings.HasPrefix(m.dir, "internal/")
}

// tag returns the module's git tag for a version.
func (m moduleDir) tag(version string) string {
	if m.dir == "." {
		return version
	}
	return m.dir + "/" + version
}

// isSibling reports whether a module path belongs to this repository.
func (r repository) isSibling(modulePath string) bool {
	for _, m := range r.modules {
		if m.path == modulePath {
			return true
		}
	}
	return false
}

// git returns the standard output of a git command in the repository.
func (r repository) git(ctx context.Context, args ...string) (string, error) {
	return output(ctx, r.root, nil, "git", args...)
}

// output returns the standard output of a program. Its error has what the program
// wrote to standard error. The settings of env replace those of the environment.
func output(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // the callers name go and git
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w\n%s%s", name, strings.Join(args, " "), err, &stdout, &stderr)
	}
	return stdout.String(), nil
}
