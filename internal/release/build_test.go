package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The first platform is built again inside of build, too, but with an empty build
// cache, which takes minutes.
func TestSameInputGivesSameSums(t *testing.T) {
	repo := openThisRepository(t)
	version := nextVersion(t, repo)
	platform := runtime.GOOS + "/" + runtime.GOARCH
	var sums []string
	var dir string
	for range 2 {
		dir = t.TempDir()
		b := builder{repo: repo, version: version, out: dir, platforms: []string{platform}}
		if err := b.build(t.Context(), io.Discard); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, string(text))
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds gave other sums:\n%s\n%s", sums[0], sums[1])
	}
	base := fmt.Sprintf("creditkit_%s_%s_%s", version, runtime.GOOS, runtime.GOARCH)
	checkArchive(t, dir, base, sums[0])
	checkBill(t, filepath.Join(dir, strings.Replace(base, "creditkit_", "creditctl_", 1)+".cdx.json"), version)
}

func checkArchive(t *testing.T, dir, base, sums string) {
	t.Helper()
	suffix, exe := ".tar.gz", ""
	read := readTarGz
	if runtime.GOOS == "windows" {
		suffix, exe, read = ".zip", ".exe", readZip
	}
	if !strings.Contains(sums, base+suffix) {
		t.Errorf("SHA256SUMS lacks %s:\n%s", base+suffix, sums)
	}
	content, err := os.ReadFile(filepath.Join(dir, base+suffix))
	if err != nil {
		t.Fatal(err)
	}
	files := read(t, content)
	for _, name := range []string{"bulk" + exe, "creditctl" + exe, "LICENSES.txt"} {
		if len(files[base+"/"+name]) == 0 {
			t.Errorf("the archive lacks %s", name)
		}
	}
	for _, want := range []string{"==== github.com/creditkit/creditkit ", "==== github.com/nats-io/nats-server/v2 ", "==== Go standard library ===="} {
		if !bytes.Contains(files[base+"/LICENSES.txt"], []byte(want)) {
			t.Errorf("LICENSES.txt lacks %q", want)
		}
	}
}

func readTarGz(t *testing.T, content []byte) map[string][]byte {
	t.Helper()
	uncompressed, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for reader := tar.NewReader(uncompressed); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[header.Name], err = io.ReadAll(reader); err != nil {
			t.Fatal(err)
		}
	}
}

func readZip(t *testing.T, content []byte) map[string][]byte {
	t.Helper()
	reader, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, file := range reader.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[file.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// checkBill wants the bill of materials to name the library at the version, the standard
// library, and the tool without its hashes.
func checkBill(t *testing.T, file, version string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type component struct{ Name, Version string }
	var bill struct {
		BOMFormat string `json:"bomFormat"`
		Metadata  struct {
			Tools []struct {
				Name   string
				Hashes []any
			}
		}
		Components []component
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	if bill.BOMFormat != "CycloneDX" || !slices.Contains(bill.Components, component{"github.com/creditkit/creditkit", version}) {
		t.Errorf("%s does not name the library at %s:\n%.2000s", filepath.Base(file), version, text)
	}
	if !slices.Contains(bill.Components, component{"std", strings.TrimPrefix(runtime.Version(), "go")}) &&
		!slices.Contains(bill.Components, component{"std", runtime.Version()}) {
		t.Errorf("%s does not name the standard library", filepath.Base(file))
	}
	if tools := bill.Metadata.Tools; len(tools) != 1 || tools[0].Name != "cyclonedx-gomod" || len(tools[0].Hashes) > 0 {
		t.Errorf("%s: the tools are %v", filepath.Base(file), tools)
	}
}

func TestModuleWithoutLicenseIsRefused(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"README.md": "text", "license_test.go": "package x"})
	if _, err := readLicenses(dir); err == nil {
		t.Error("want an error for a module without a license file")
	}
	writeFiles(t, dir, map[string]string{"LICENCE.md": "license text", "NOTICE": "notice"})
	if text, err := readLicenses(dir); err != nil || string(text) != "license text\n\nnotice\n\n" {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestBuildRefusesUnknownPlatform(t *testing.T) {
	b := builder{repo: openThisRepository(t), version: "v0.1.0", out: t.TempDir(), platforms: []string{"plan9/386"}}
	if err := b.build(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), `got "plan9/386"`) {
		t.Errorf("got %v, want the platform refused", err)
	}
}
