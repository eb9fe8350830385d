package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// platforms are the systems that a release has archives for.
var platforms = []string{
	"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64",
}

// released are the programs whose archives a release has. The others show how the
// library is used.
var released = []string{"bulk", "creditctl", "service"}

// cyclonedx writes the bills of materials.
const cyclonedx = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"

// program is a main package of a published module, in a folder just below it.
type program struct {
	name string
	path string // its import path
}

// programs lists the released programs that exist.
func (r repository) programs(ctx context.Context) ([]program, error) {
	var all []program
	for _, m := range r.modules {
		if !m.isPublished() || m.dir == "." {
			continue
		}
		list, err := output(ctx, r.root, nil, "go", "list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`, "./"+m.dir+"/...")
		if err != nil {
			return nil, err
		}
		for p := range strings.FieldsSeq(list) {
			if name := path.Base(p); slices.Contains(released, name) && p == m.path+"/"+name {
				all = append(all, program{name, p})
			}
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no released program found in go.work's modules")
	}
	return all, nil
}

// builder builds the archives of a version.
type builder struct {
	repo      repository
	version   string
	out       string
	platforms []string
	again     bool

	temp     string // holds the proxy and the module caches
	programs []program
}

// build writes an archive for each platform, a bill of materials beside it for each
// program, and SHA256SUMS. The programs are installed from a module proxy of files,
// so they are the bytes that go install -trimpath gives users of the version, and
// their build information names it.
func (b *builder) build(ctx context.Context, log io.Writer) error {
	for _, p := range b.platforms {
		if !slices.Contains(platforms, p) {
			return fmt.Errorf("platforms: want some of %v, got %q", platforms, p)
		}
	}
	temp, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	b.temp = temp
	if b.programs, err = b.repo.programs(ctx); err != nil {
		return err
	}
	if err := b.repo.writeProxy(ctx, filepath.Join(temp, "proxy"), b.version); err != nil {
		return err
	}
	if err := os.MkdirAll(b.out, 0o750); err != nil {
		return err
	}
	var sums strings.Builder
	for i, platform := range b.platforms {
		files, err := b.platformFiles(ctx, platform)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		if i == 0 && b.again {
			if err := b.compareWithNewBuild(ctx, platform, files); err != nil {
				return fmt.Errorf("%s: %w", platform, err)
			}
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(b.out, f.name), f.content, 0o600); err != nil {
				return err
			}
			line := fmt.Sprintf("%x  %s\n", sha256.Sum256(f.content), f.name)
			sums.WriteString(line)
			fmt.Fprint(log, line)
		}
	}
	return os.WriteFile(filepath.Join(b.out, "SHA256SUMS"), []byte(sums.String()), 0o600)
}

// compareWithNewBuild builds a platform again, with an empty build cache and an empty
// module cache in other folders.
func (b *builder) compareWithNewBuild(ctx context.Context, platform string, want []entry) error {
	cache, err := os.MkdirTemp(b.temp, "cache")
	if err != nil {
		return err
	}
	got, err := b.platformFiles(ctx, platform, "GOCACHE="+cache)
	if err != nil {
		return err
	}
	return compareEntries(got, want)
}

func compareEntries(got, want []entry) error {
	for i := range want {
		if i >= len(got) || got[i].name != want[i].name || !bytes.Equal(got[i].content, want[i].content) {
			return fmt.Errorf("%s: a second build gave other bytes", want[i].name)
		}
	}
	return nil
}

// platformFiles returns the files of a release that belong to one platform.
func (b *builder) platformFiles(ctx context.Context, platform string, env ...string) ([]entry, error) {
	dir, err := os.MkdirTemp(b.temp, "build")
	if err != nil {
		return nil, err
	}
	modules := filepath.Join(dir, "modules")
	proxied, err := b.repo.proxyEnv(ctx, filepath.Join(b.temp, "proxy"), modules)
	if err != nil {
		return nil, err
	}
	system, arch, _ := strings.Cut(platform, "/")
	env = slices.Concat(proxied, env, []string{
		"GOOS=" + system, "GOARCH=" + arch, "CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=",
		"GOPATH=" + filepath.Join(dir, "gopath"), "GOBIN=", "GOFLAGS=-trimpath -buildvcs=false -modcacherw",
	})
	name := fmt.Sprintf("creditkit_%s_%s_%s", b.version, system, arch)
	var contents, files []entry
	notices := licenses{}
	for _, p := range b.programs {
		if _, err := output(ctx, dir, env, "go", "install", p.path+"@"+b.version); err != nil {
			return nil, err
		}
		binary := binaryPath(filepath.Join(dir, "gopath", "bin"), system, arch, p.name)
		content, err := os.ReadFile(binary) //nolint:gosec // this program built it
		if err != nil {
			return nil, err
		}
		contents = append(contents, entry{name + "/" + filepath.Base(binary), content, true})
		info, err := buildinfo.ReadFile(binary)
		if err != nil {
			return nil, err
		}
		if err := notices.add(info, modules); err != nil {
			return nil, err
		}
		bill, err := billOfMaterials(ctx, binary, b.version)
		if err != nil {
			return nil, err
		}
		files = append(files, entry{name: fmt.Sprintf("%s_%s_%s_%s.cdx.json", p.name, b.version, system, arch), content: bill})
	}
	text, err := notices.text(ctx)
	if err != nil {
		return nil, err
	}
	contents = append(contents, entry{name: name + "/LICENSES.txt", content: text})
	pack, suffix := tarGz, ".tar.gz"
	if system == "windows" {
		pack, suffix = zipped, ".zip"
	}
	archive, err := pack(contents)
	if err != nil {
		return nil, err
	}
	return append(files, entry{name: name + suffix, content: archive}), nil
}

// binaryPath returns where go install puts a program: programs for other platforms go
// to a folder of their own.
func binaryPath(bin, system, arch, name string) string {
	if system != runtime.GOOS || arch != runtime.GOARCH {
		bin = filepath.Join(bin, system+"_"+arch)
	}
	if system == "windows" {
		name += ".exe"
	}
	return filepath.Join(bin, name)
}

// billOfMaterials returns the CycloneDX document of a binary, made from the modules
// that its build information names, and the standard library. It has no serial number and
// no time, so that the same binary gives the same bytes.
func billOfMaterials(ctx context.Context, binary, version string) ([]byte, error) {
	file := binary + ".cdx.json"
	_, err := output(ctx, filepath.Dir(binary), []string{"GOWORK=off"}, "go", "run", cyclonedx,
		"bin", "-json", "-std", "-noserial", "-notimestamp", "-version", version, "-output", file, binary)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file) //nolint:gosec // written above
	if err != nil {
		return nil, err
	}
	return withoutToolHashes(text)
}

// withoutToolHashes removes the hashes of the tool that wrote a bill of materials: they are
// others on a machine with another system or another folder of modules.
func withoutToolHashes(bill []byte) ([]byte, error) {
	var document map[string]any
	numbers := json.NewDecoder(bytes.NewReader(bill))
	numbers.UseNumber()
	if err := numbers.Decode(&document); err != nil {
		return nil, err
	}
	metadata, _ := document["metadata"].(map[string]any)
	tools, _ := metadata["tools"].([]any)
	if len(tools) == 0 {
		return nil, errors.New("the bill of materials does not name its tool")
	}
	for _, tool := range tools {
		if members, ok := tool.(map[string]any); ok {
			delete(members, "hashes")
		}
	}
	return json.MarshalIndent(document, "", "  ")
}
