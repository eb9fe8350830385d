package main

import (
	"regexp"
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	for _, flag := range []string{"-version", "--version", "-v"} {
		r := runBinary(t, nil, flag)
		want := regexp.MustCompile(`^creditctl \(devel\), creditkit \(devel\), JSON schema 1, go1\.\S+\n$`)
		if r.code != 0 || r.stderr != "" || !want.MatchString(r.stdout) {
			t.Errorf("%s: exit code %d\n%s%s", flag, r.code, r.stdout, r.stderr)
		}
	}
}

func TestFormatVersion(t *testing.T) {
	dep := &debug.Module{Path: "github.com/creditkit/creditkit", Version: "v1.2.3"}
	replaced := &debug.Module{Path: dep.Path, Version: "v0.0.0", Replace: &debug.Module{Path: "../"}}
	for _, c := range []struct {
		name string
		info debug.BuildInfo
		want string
	}{
		{"installed", debug.BuildInfo{Main: debug.Module{Version: "v0.2.0"}, Deps: []*debug.Module{{Path: "x", Version: "v9"}, dep}, GoVersion: "go1.26.0"},
			"creditctl v0.2.0, creditkit v1.2.3, JSON schema 1, go1.26.0"},
		{"built in a clone", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Deps: []*debug.Module{replaced}, GoVersion: "go1.26.0"},
			"creditctl (devel), creditkit (devel), JSON schema 1, go1.26.0"},
		{"unknown", debug.BuildInfo{GoVersion: "go1.26.0"}, "creditctl (devel), creditkit (devel), JSON schema 1, go1.26.0"},
	} {
		if got := formatVersion(&c.info); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
