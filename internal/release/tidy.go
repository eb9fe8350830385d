package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// tidy runs go mod tidy in every module, and returns the differences as an error or
// writes them. The modules require versions of each
// other that may not be published yet, and go mod tidy ignores go.work. So a
// temporary copy of go.mod takes them from the repository.
func (r repository) tidy(ctx context.Context, out io.Writer, write bool) error {
	temp, err := os.MkdirTemp("", "tidy")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	var all error
	for _, m := range r.modules {
		if err := r.tidyModule(ctx, m, temp, write); err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", m.dir, err))
			continue
		}
		fmt.Fprintf(out, "%s: tidy\n", m.dir)
	}
	return all
}

func (r repository) tidyModule(ctx context.Context, m moduleDir, temp string, write bool) error {
	dir := filepath.Join(r.root, m.dir)
	text, err := os.ReadFile(filepath.Join(dir, "go.mod")) //nolint:gosec // a module of the repository
	if err != nil {
		return err
	}
	for _, sibling := range r.modules {
		if sibling.path != m.path {
			text = fmt.Appendf(text, "\nreplace %s => %q\n", sibling.path, filepath.Join(r.root, sibling.dir))
		}
	}
	file := filepath.Join(temp, "go.mod")
	if err := os.WriteFile(file, text, 0o600); err != nil { //nolint:gosec // a temporary folder
		return err
	}
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum")) //nolint:gosec // a module of the repository
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(filepath.Join(temp, "go.sum"), sums, 0o600); err != nil { //nolint:gosec // in a new temporary folder
		return err
	}
	args := []string{"mod", "tidy", "-modfile=" + file}
	if !write {
		args = append(args, "-diff")
	}
	if _, err := output(ctx, dir, []string{"GOWORK=off"}, "go", args...); err != nil || !write {
		return err
	}
	return r.writeTidied(dir, file)
}

// writeTidied copies go.mod and go.sum to the module, without the replace directives
// that take siblings from the repository.
func (r repository) writeTidied(dir, file string) error {
	text, err := os.ReadFile(file) //nolint:gosec // written by tidyModule
	if err != nil {
		return err
	}
	tidied, err := modfile.Parse(file, text, nil)
	if err != nil {
		return err
	}
	for _, sibling := range r.modules {
		if err := tidied.DropReplace(sibling.path, ""); err != nil {
			return err
		}
	}
	tidied.Cleanup()
	if text, err = tidied.Format(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), text, 0o644); err != nil { //nolint:gosec // a source file
		return err
	}
	sums, err := os.ReadFile(filepath.Join(filepath.Dir(file), "go.sum"))
	if err != nil || len(sums) == 0 {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644) //nolint:gosec // a source file
}
