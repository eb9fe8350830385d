package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// tidy runs go mod tidy -diff in every module. The modules require versions of each
// other that may not be published yet, and go mod tidy ignores go.work. So a
// temporary copy of go.mod takes them from the repository.
func (r repository) tidy(ctx context.Context, out io.Writer) error {
	temp, err := os.MkdirTemp("", "tidy")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	var all error
	for _, m := range r.modules {
		if err := r.tidyModule(ctx, m, temp); err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", m.dir, err))
			continue
		}
		fmt.Fprintf(out, "%s: tidy\n", m.dir)
	}
	return all
}

func (r repository) tidyModule(ctx context.Context, m moduleDir, temp string) error {
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
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum")) //nolint:gosec // a module of the repository
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(filepath.Join(temp, "go.sum"), sums, 0o600); err != nil {
		return err
	}
	_, err = output(ctx, dir, []string{"GOWORK=off"}, "go", "mod", "tidy", "-diff", "-modfile="+file)
	return err
}
