package main

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
)

// parse returns the settings of the command run with the flags.
func parse(t *testing.T, args ...string) (s settings, err error) {
	t.Helper()
	c := rootCommand()
	run := c.Commands[slices.IndexFunc(c.Commands, func(c *cli.Command) bool { return c.Name == "run" })]
	run.Action = func(_ context.Context, c *cli.Command) error {
		s, err = newSettings(c)
		return err
	}
	if failed := c.Run(t.Context(), append([]string{"bulk", "run"}, args...)); err == nil {
		err = failed
	}
	return s, err
}

func TestSettingsFromFlags(t *testing.T) {
	s, err := parse(t, "-in", "a.csv", "-base-url", "knox=http://127.0.0.1:1", "--limit-writes", "nexudus=30/1m,100/24h",
		"-limit-calls", "nexudus=none", "-in-flight", "nexudus=2", "-timeout", "5s")
	if err != nil {
		t.Fatal(err)
	}
	if s.state != "a.csv.state" || s.results != "a.csv.results.csv" || s.report != "a.csv.report.html" || s.timeout != 5*time.Second {
		t.Errorf("got %+v", s)
	}
	if s.baseURLs["knox"] != "http://127.0.0.1:1" || len(s.baseURLs) != 1 {
		t.Errorf("got %v", s.baseURLs)
	}
	want := limit.Limits{Writes: []limit.Window{{Calls: 30, Per: time.Minute}, {Calls: 100, Per: 24 * time.Hour}}, InFlight: 2}
	if got := s.limits["nexudus"]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := s.limits["thoughtindustries"]; !reflect.DeepEqual(got, limit.Documented("thoughtindustries")) {
		t.Errorf("got %+v", got)
	}
}

// A dry run and a fake run do not use the files of the real run.
func TestModesHaveSeparateFiles(t *testing.T) {
	s, err := parse(t, "-in", "a.csv", "-dry-run")
	if err != nil || s.state != "a.csv.dry-run.state" || s.results != "a.csv.dry-run.results.csv" || s.report != "a.csv.dry-run.report.html" {
		t.Errorf("got %+v, %v", s, err)
	}
	s, err = parse(t, "-in", "a.csv", "-fake", "-dry-run")
	if err != nil || s.state != "a.csv.fake.dry-run.state" || s.results != "a.csv.fake.dry-run.results.csv" {
		t.Errorf("got %+v, %v", s, err)
	}
	s, err = parse(t, "-in", "a.csv", "-fake")
	if err != nil || s.state != "a.csv.fake.state" || s.report != "a.csv.fake.report.html" {
		t.Errorf("got %+v, %v", s, err)
	}
	s, err = parse(t, "-in", "a.csv", "-dry-run", "-state", "b", "-results", "c", "-report", "d")
	if err != nil || s.state != "b" || s.results != "c" || s.report != "d" {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestInvalidFlags(t *testing.T) {
	for _, c := range []struct {
		flags string
		want  string
	}{
		{"", `"in" not set`},
		{"-base-url knox", "-base-url"},
		{"-base-url knox=", "-base-url"},
		{"-base-url acme=http://x", `unknown vendor "acme"`},
		{"-base-url knox=a -base-url knox=b", "knox occurs twice"},
		{"-base-url knox=ftp://host", "must start with https://"},
		{"-fake -base-url knox=https://host", "contradict"},
		{"-limit-writes knox=fast", "-limit-writes"},
		{"-limit-calls knox=0/1m", "-limit-calls"},
		{"-in-flight knox=0", "-in-flight"},
		{"-in-flight knox=many", "-in-flight"},
		{"-timeout soon", "timeout"},
		{"-timeout 0s", "-timeout must be positive, got 0s"},
		{"-patience -1s", "-patience must be positive"},
		{"-grace 0s", "-grace must be positive"},
		{"-token secret", "token"},
		{"-in b.csv", "in"},
		{"-job june/2027", "-job: "},
		{"-state=", "-state must not be empty"},
		{"-max-store -1", "-max-store"},
		{"-rescued none.jsonl", "-rescued: "},
		{"extra", `unexpected argument "extra"`},
		{"–dry-run", "an en dash (U+2013) instead of a plain hyphen; did you mean -dry-run?"},
	} {
		args := strings.Fields(c.flags)
		if c.flags != "" {
			args = append([]string{"-in", "a.csv"}, args...)
		}
		if _, err := parse(t, args...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", c.flags, err)
		}
	}
}

func TestHelpFitsTerminal(t *testing.T) {
	for line := range strings.Lines(helpText) {
		if len(strings.TrimSpace(line)) > 90 {
			t.Errorf("%d characters: %s", len(line), line)
		}
	}
}

// The command status has no input, so its files have no default names.
func TestHelpOfStatusNamesNoDefaultFiles(t *testing.T) {
	for _, f := range statusCommand().Flags {
		usage := f.(cli.DocGenerationFlag).GetUsage()
		if name := f.Names()[0]; (name == "results" || name == "report") && !strings.Contains(usage, "default: none") {
			t.Errorf("-%s: %s", name, usage)
		}
	}
}
