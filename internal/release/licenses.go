package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// licenses holds the license texts of the modules in a set of programs, by module.
type licenses map[string][]byte

var licenseName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// add reads the license files of a program's modules from the module cache. A module
// without one is an error, because an archive must not have it.
func (l licenses) add(info *debug.BuildInfo, cache string) error {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		escapedPath, err := module.EscapePath(m.Path)
		if err != nil {
			return err
		}
		escapedVersion, err := module.EscapeVersion(m.Version)
		if err != nil {
			return err
		}
		dir := filepath.Join(cache, filepath.FromSlash(escapedPath)+"@"+escapedVersion)
		text, err := readLicenses(dir)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Path, err)
		}
		l[m.Path+" "+m.Version] = text
	}
	return nil
}

func readLicenses(dir string) ([]byte, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []byte
	for _, file := range files {
		if file.IsDir() || !licenseName.MatchString(file.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, file.Name())) //nolint:gosec // a module's license
		if err != nil {
			return nil, err
		}
		all = append(append(all, bytes.TrimSpace(text)...), "\n\n"...)
	}
	if all == nil {
		return nil, fmt.Errorf("no license file in %s", dir)
	}
	return all, nil
}

// text returns all license texts, sorted by module, and that of the Go standard
// library, which is in every program.
func (l licenses) text(ctx context.Context) ([]byte, error) {
	known, err := output(ctx, ".", nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	standard, err := os.ReadFile(filepath.Join(strings.TrimSpace(known), "LICENSE"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(l)) {
		fmt.Fprintf(&out, "==== %s ====\n\n%s", name, l[name])
	}
	fmt.Fprintf(&out, "==== Go standard library ====\n\n%s", standard)
	return out.Bytes(), nil
}
