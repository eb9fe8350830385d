package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// sourceFile is a file of a module's zip.
type sourceFile struct{ name, path string }

func (f sourceFile) Path() string                 { return f.path }
func (f sourceFile) Lstat() (os.FileInfo, error)  { return os.Lstat(f.name) }
func (f sourceFile) Open() (io.ReadCloser, error) { return os.Open(f.name) }

// writeProxy writes the published modules to a folder in the layout of the module
// proxy protocol, as versions of their own. The files are those that git lists,
// changed ones and new ones included.
func (r repository) writeProxy(ctx context.Context, dir, version string) error {
	for _, m := range r.modules {
		if !m.isPublished() {
			continue
		}
		if err := r.writeProxyModule(ctx, dir, m, version); err != nil {
			return fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return nil
}

func (r repository) writeProxyModule(ctx context.Context, dir string, m moduleDir, version string) error {
	escaped, err := module.EscapePath(m.path)
	if err != nil {
		return err
	}
	files, err := r.moduleFiles(ctx, m)
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	if err := zip.Create(&archive, module.Version{Path: m.path, Version: version}, files); err != nil {
		return err
	}
	goMod, err := os.ReadFile(filepath.Join(r.root, m.dir, "go.mod"))
	if err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{version, time.Unix(0, 0).UTC()})
	if err != nil {
		return err
	}
	folder := filepath.Join(dir, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(folder, 0o750); err != nil { //nolint:gosec // the caller's folder
		return err
	}
	for name, content := range map[string][]byte{
		version + ".zip":  archive.Bytes(),
		version + ".mod":  goMod,
		version + ".info": info,
		"list":            []byte(version + "\n"),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil { //nolint:gosec // the caller's folder
			return err
		}
	}
	return nil
}

// moduleFiles lists the files of a module that git does not ignore, sorted. A module
// below the root without a license of its own gets the root's, as the go command
// does it.
func (r repository) moduleFiles(ctx context.Context, m moduleDir) ([]zip.File, error) {
	listed, err := r.git(ctx, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", m.dir)
	if err != nil {
		return nil, err
	}
	names := strings.Split(strings.TrimSuffix(listed, "\x00"), "\x00")
	slices.Sort(names)
	var files []zip.File
	licensed := false
	for _, name := range slices.Compact(names) {
		relative := strings.TrimPrefix(name, m.dir+"/")
		full := filepath.Join(r.root, filepath.FromSlash(name))
		if r.moduleOf(name) != m.dir {
			continue
		}
		if _, err := os.Lstat(full); err != nil {
			continue // deleted, but still in the index
		}
		licensed = licensed || relative == "LICENSE"
		files = append(files, sourceFile{full, relative})
	}
	if license := filepath.Join(r.root, "LICENSE"); !licensed {
		if _, err := os.Stat(license); err == nil {
			files = append(files, sourceFile{license, "LICENSE"})
		}
	}
	return files, nil
}

// moduleOf returns the folder of the module that has a file, by the nearest go.mod.
func (r repository) moduleOf(name string) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if _, err := os.Stat(filepath.Join(r.root, dir, "go.mod")); err == nil {
			return dir
		}
	}
	return "."
}

// proxyEnv returns the environment of a go command that takes the published modules
// from the folder, and all others from this machine's module cache or, if they are
// not there, from the configured proxy. The command's own module cache is new. The
// checksum database does not know a version before it is published, so the
// published modules are exempt from it.
func (r repository) proxyEnv(ctx context.Context, dir, cache string) ([]string, error) {
	known, err := output(ctx, r.root, nil, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return nil, err
	}
	shared, configured, _ := strings.Cut(strings.TrimSpace(known), "\n")
	var own []string
	for _, m := range r.modules {
		own = append(own, m.path)
	}
	return []string{
		"GOWORK=off",
		"GOMODCACHE=" + cache,
		"GOPROXY=" + fileURL(dir) + "," + fileURL(filepath.Join(shared, "cache", "download")) + "," + configured,
		"GONOPROXY=none",
		"GONOSUMDB=" + strings.Join(own, ","),
		"GOPRIVATE=",
	}, nil
}

func fileURL(dir string) string {
	slashed := filepath.ToSlash(dir)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	return "file://" + slashed
}
