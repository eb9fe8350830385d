package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// firstLine returns the first line of a file.
func firstLine(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

// After a fake run, the real run still sends all rows.
func TestFakeRunDoesNotCountAsReal(t *testing.T) {
	t.Parallel()
	s, all := newSite(t), changes(12)
	path := s.give(all)
	code, out := s.run("run", append([]string{"-in", path, "-fake"}, fast...)...)
	if code != codeDone || s.requests() > 0 {
		t.Fatalf("exit code %d, %d requests\n%s", code, s.requests(), out)
	}
	const what = "fake run; nothing real is changed; simulated vendors in this process: flexprice; knox; metronome; nexudus; thoughtindustries"
	if line, _, _ := strings.Cut(out, "\n"); line != "changes.jsonl: "+what {
		t.Errorf("the screen begins with %q", line)
	}
	if got := firstLine(t, path+".fake.results.csv"); got != "# "+what {
		t.Errorf("the results begin with %q", got)
	}
	report, err := os.ReadFile(path + ".fake.report.html")
	if err != nil {
		t.Fatal(err)
	}
	contains(t, string(report), "<title>FAKE RUN: changes.jsonl</title>", what, "This was a fake run: nothing real was changed.")

	code, out = s.run("run", append([]string{"-in", path}, fast...)...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, path+".results.csv")
	line := firstLine(t, path+".results.csv")
	contains(t, line, "# real run: ", "knox at "+s.fakes["knox"].URL+" (tenant example.org)", "nexudus at ")
	contains(t, out, "changes.jsonl: "+strings.TrimPrefix(line, "# "))
	if strings.Contains(out+line, "knox-token") || strings.Contains(out+line, "ti-key") {
		t.Error("a secret is shown")
	}
}

// A state folder belongs to one target. Another target is refused before anything
// is sent, with a message that names both.
func TestResumeWithOtherTargetIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	knox := s.fakes["knox"]
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"note":"one"}}`)
	state := filepath.Join(s.dir, "state")
	if code, out := s.run("run", "-in", path, "-state", state); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	knox.Reset()
	madeFor := "it was made for: real run: knox at " + knox.URL + " (tenant example.org)"
	for _, test := range []struct {
		name string
		args []string
		env  string
		want []string
	}{
		{"fake", []string{"-fake"}, "", []string{madeFor, "this command is: fake run; "}},
		{"dry run", []string{"-dry-run"}, "", []string{"-dry-run"}},
		{"fake dry run", []string{"-fake", "-dry-run"}, "", []string{"-dry-run"}},
		{"base URL", []string{"-base-url", "knox=https://knox.example"}, "", []string{madeFor, "this command is: real run: knox at https://knox.example (tenant example.org)"}},
		{"tenant", nil, "KNOX_TENANT=example.com", []string{madeFor, "(tenant example.com)"}},
	} {
		p := s.prepare(t.Context(), "run", append([]string{"-in", path, "-state", state}, test.args...)...)
		if slices.Contains(test.args, "-base-url") { // the one of the site is not meant
			p.cmd.Args = p.cmd.Args[:2+4+len(test.args)]
		}
		p.cmd.Env = append(p.cmd.Env, test.env)
		p.begin(t)
		if code := p.code(); code != codeRefused {
			t.Errorf("%s: exit code %d\n%s", test.name, code, &p.out.text)
		}
		contains(t, p.out.text.String(), append(test.want, "-state")...)
	}
	if n := s.requests(); n > 0 {
		t.Errorf("%d requests", n)
	}
	// A renewed key is the same target.
	p := s.prepare(t.Context(), "run", "-in", path, "-state", state)
	p.cmd.Env = append(p.cmd.Env, "KNOX_ACCESS_TOKEN=another")
	p.begin(t)
	if code := p.code(); code != codeDone {
		t.Errorf("exit code %d\n%s", code, &p.out.text)
	}
}

// Workers of one job on a server have one target.
func TestWorkersMustShareTarget(t *testing.T) {
	t.Parallel()
	s, nats, all := newSite(t), newNATSServer(t), changes(12)
	path := s.give(all)
	if code, out := s.run("submit", "-nats", nats.url(), "-in", path); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if code, out := s.run("status", "-nats", nats.url()); code != codeUnfinished || !strings.Contains(out, "not started yet") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	args := append([]string{"-nats", nats.url()}, fast...)
	if code, out := s.run("work", args...); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	p := s.prepare(t.Context(), "work", args...)
	p.cmd.Env = append(p.cmd.Env, "KNOX_TENANT=example.com")
	p.begin(t)
	if code := p.code(); code != codeRefused {
		t.Errorf("exit code %d\n%s", code, &p.out.text)
	}
	contains(t, p.out.text.String(), "(tenant example.org)", "(tenant example.com)", "another target")
	if code, out := s.run("run", append([]string{"-in", path}, args...)...); code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
	code, out := s.run("status", "-nats", nats.url(), "-remove")
	if code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
	contains(t, out, "changes.jsonl: real run: ")
	// The server does not have the job any more: it must not begin again.
	code, out = s.run("run", append([]string{"-in", path}, args...)...)
	if code != codeRefused || !strings.Contains(out, "does not have it") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
