package main

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"
)

// lastVersion returns the highest version of a module that has a tag and is lower than
// the given one, or "".
func (r repository) lastVersion(ctx context.Context, m moduleDir, version string) (string, error) {
	list, err := r.git(ctx, "tag", "--list", m.tag("v*"))
	if err != nil {
		return "", err
	}
	last := ""
	for tag := range strings.FieldsSeq(list) {
		v := strings.TrimPrefix(tag, m.tag(""))
		if semver.IsValid(v) && semver.Compare(v, version) < 0 && semver.Compare(v, last) > 0 {
			last = v
		}
	}
	return last, nil
}

// incompatibleChanges compares the module's exported API with that of an earlier
// version. Each text is "name: what changed", where name is the package's folder and
// the identifier.
func (r repository) incompatibleChanges(ctx context.Context, m moduleDir, last string) ([]string, error) {
	temp, err := os.MkdirTemp("", "api")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	archive := filepath.Join(temp, "old.tar")
	if _, err := r.git(ctx, "archive", "-o", archive, m.tag(last)); err != nil {
		return nil, err
	}
	if _, err := output(ctx, temp, nil, "tar", "-xf", archive); err != nil {
		return nil, err
	}
	before, err := loadAPI(ctx, filepath.Join(temp, m.dir), m.path)
	if err != nil {
		return nil, err
	}
	now, err := loadAPI(ctx, filepath.Join(r.root, m.dir), m.path)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, change := range apidiff.ModuleChanges(before, now).Changes {
		if !change.Compatible {
			found = append(found, strings.ReplaceAll(change.Message, "./", ""))
		}
	}
	return found, nil
}

// loadAPI loads the packages of a module that others can import.
func loadAPI(ctx context.Context, dir, modulePath string) (*apidiff.Module, error) {
	list, err := packages.Load(&packages.Config{
		Context: ctx,
		Dir:     dir,
		Mode:    packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedModule,
	}, "./...")
	if err != nil {
		return nil, err
	}
	api := &apidiff.Module{Path: modulePath}
	for _, p := range list {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("%s: %w", p.PkgPath, errors.Join(asErrors(p.Errors)...))
		}
		if p.Name != "main" && !slices.Contains(strings.Split(p.PkgPath, "/"), "internal") {
			api.Packages = append(api.Packages, p.Types)
		}
	}
	slices.SortFunc(api.Packages, func(a, b *types.Package) int { return strings.Compare(a.Path(), b.Path()) })
	return api, nil
}

func asErrors(list []packages.Error) []error {
	all := make([]error, len(list))
	for i, err := range list {
		all[i] = err
	}
	return all
}
