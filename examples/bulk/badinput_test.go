package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// files lists the files of the site's folder.
func (s *site) files() string {
	s.t.Helper()
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// An argument that a command does not use is an error before anything else.
func TestUnusedArgumentsAreRejected(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.give(changes(6))
	before := s.files()
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"run", "-in", path, "–dry-run"}, "an en dash (U+2013) instead of a plain hyphen; did you mean -dry-run?"},
		{[]string{"run", "–in", path}, "did you mean -in?"},
		{[]string{"run", "-in", path, "fake"}, `unexpected argument "fake"`},
		{[]string{"run", "-in", path, "--", "-fake"}, `unexpected argument "-fake"`},
		{[]string{"run", "-in", path, "-in", "b.csv"}, "in"},
		{[]string{"check", "-in", path, path}, "unexpected argument"},
		{[]string{"submit", "-nats", "nats://127.0.0.1:1", "-in", path, "now"}, `unexpected argument "now"`},
		{[]string{"work", "-nats", "nats://127.0.0.1:1", "june"}, `unexpected argument "june"`},
		{[]string{"status", "-nats", "nats://127.0.0.1:1", "june"}, `unexpected argument "june"`},
		{[]string{"walk"}, `unknown command "walk"`},
	} {
		code, out := s.run(test.args[0], test.args[1:]...)
		if code != codeRefused || !strings.Contains(out, test.want) {
			t.Errorf("%q: exit code %d\n%s", test.args, code, out)
		}
	}
	if got := s.files(); got != before || s.requests() > 0 {
		t.Errorf("%d requests, and the folder holds %s", s.requests(), got)
	}
}

// A shell that completes a command line gets the flags.
func TestCompletionNamesFlags(t *testing.T) {
	s := newSite(t)
	for _, word := range []string{"-", "--d"} {
		out, err := exec.CommandContext(t.Context(), program, "run", word, completionFlag).Output()
		if err != nil || !strings.Contains(string(out), "--dry-run:") {
			t.Errorf("%s: %v\n%s", word, err, out)
		}
	}
	path := s.give(changes(6))
	cmd := s.command(t.Context(), "run", append([]string{"-in", path}, fast...)...)
	cmd.Args = append(cmd.Args, "--", completionFlag)
	if _ = cmd.Run(); cmd.ProcessState.ExitCode() != codeRefused || s.requests() > 0 {
		t.Errorf("a word after -- is not used: exit code %d, %d requests", cmd.ProcessState.ExitCode(), s.requests())
	}
}

// Bad input is reported with file, line, column, value and what to do. Nothing is
// stored, and check and run agree.
func TestBadInputStoresNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"exponent", "vendor,id,total\nnexudus,1,1.23457E+11\n", []string{"line 2, column 11: total: ", `"1.23457E+11"`, "-allow-exponents"}},
		{"spreadsheet error", "vendor,id,note\nnexudus,1,#N/A\n", []string{"line 2, column 11: note: ", `"#N/A" is an error of the spreadsheet`}},
		{"reference", "vendor,id,name\nthoughtindustries,1,#REF!\n", []string{`name: "#REF!" is an error`}},
		{"zero width space", "vendor,id,note\nknox,c\u200b,x\n", []string{"line 2, column 6: id: ", "remove the zero width space (U+200B)"}},
		{"semicolons", "vendor;id;total\nnexudus;1;5\n", []string{"line 1, column 1: the file is separated by semicolons"}},
		{"tabs", "vendor\tid\ttotal\nnexudus\t1\t5\n", []string{"separated by tabs"}},
		{"sep line", "sep=,\nvendor,id,total\nnexudus,1,5\n", []string{`"sep=,"`, "remove it"}},
		{"UTF-16", "\xff\xfev\x00e\x00", []string{"UTF-16", "save the file as"}},
		{"leading zeros", "vendor,id,total\nnexudus,0087654321,5\n", []string{`"0087654321" begins with zeros`, "use 87654321"}},
		{"two faults", "vendor,id,total,expires_at\nnexudus,x,1O,2027-01-01T00:00:00Z\n", []string{`total: "1O"`, "id: must be a number above 0"}},
		{"header alone", "vendor,id,total\n", []string{"has no rows"}},
		{"nothing", "", []string{"the file is empty"}},
		{"wrong header", "vendor,id,sum\nknox,1,2\n", []string{`line 1, column 11: header: unknown column "sum"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t)
			path := filepath.Join(s.dir, "b.csv")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"check", "run"} {
				code, out := s.run(name, "-in", "b.csv")
				if code != codeRefused {
					t.Errorf("%s: exit code %d\n%s", name, code, out)
				}
				contains(t, out, append(test.want, "b.csv")...)
			}
			if got := s.files(); got != "b.csv" || s.requests() > 0 {
				t.Errorf("%d requests, and the folder holds %s", s.requests(), got)
			}
		})
	}
}

func TestAllowExponents(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	nexudus := s.fakes["nexudus"]
	path := s.file("b.csv", "vendor,id,total", "nexudus,"+nexudus.Ref.ID+",1.5E+3")
	if code, out := s.run("check", "-in", path, "-allow-exponents"); code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := s.run("run", append([]string{"-in", path, "-allow-exponents"}, fast...)...); code != codeDone || len(nexudus.Writes()) != 1 {
		t.Errorf("exit code %d, %d writes\n%s", code, len(nexudus.Writes()), out)
	}
	if code, out := s.run("run", "-in", path); code != codeRefused || !strings.Contains(out, "-allow-exponents") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A job's name is checked before it is stored: the run without it works.
func TestInvalidJobNameIsNotStored(t *testing.T) {
	t.Parallel()
	s, all := newSite(t), changes(6)
	path := s.give(all)
	before := s.files()
	if code, out := s.run("run", "-in", path, "-job", "june 2027"); code != codeRefused || !strings.Contains(out, `-job: "june 2027"`) {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if got := s.files(); got != before {
		t.Errorf("the folder holds %s", got)
	}
	if code, out := s.run("run", append([]string{"-in", path, "-job", "june-2027"}, fast...)...); code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// A state folder is new, empty or one of this program's. The message is about the
// folder, also where the results would be in it.
func TestForeignStateFolderIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.give(changes(6))
	other := filepath.Join(s.dir, "other")
	if err := os.MkdirAll(filepath.Join(other, "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"/", s.dir, other, path} {
		if code, out := s.run("run", "-in", path, "-state", state); code != codeRefused || !strings.Contains(out, "name a") || strings.Contains(out, "-results") {
			t.Errorf("%s: exit code %d\n%s", state, code, out)
		}
	}
	if entries, err := os.ReadDir(other); err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v", entries, err)
	}
	if _, err := os.Stat("/creditkit-bulk-state"); err == nil {
		t.Error("the root was written to")
	}
	empty := filepath.Join(s.dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	if code, out := s.run("run", append([]string{"-in", path, "-state", empty}, fast...)...); code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// Missing credentials leave no state.
func TestMissingCredentialsStoreNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.give(changes(6))
	before := s.files()
	p := s.prepare(t.Context(), "run", "-in", path)
	p.cmd.Env = append(p.cmd.Env, "FLEXPRICE_API_KEY=")
	p.begin(t)
	if code := p.code(); code != codeRefused || s.files() != before {
		t.Errorf("exit code %d, and the folder holds %s\n%s", code, s.files(), &p.out.text)
	}
}

// Outputs are compared with inputs as files, not as names.
func TestOutputMustNotReplaceInput(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	path := s.give(changes(6))
	link := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	link(os.Symlink(path, filepath.Join(s.dir, "symlink.csv")))
	link(os.Link(path, filepath.Join(s.dir, "hardlink.csv")))
	link(os.Symlink(s.dir, filepath.Join(s.dir, "alias")))
	link(os.Mkdir(filepath.Join(s.dir, "state"), 0o700))
	link(os.Symlink(filepath.Join(s.dir, "state"), filepath.Join(s.dir, "statelink")))
	text, err := os.ReadFile(path)
	link(err)
	for _, args := range [][]string{
		{"-results", "symlink.csv"}, {"-results", "hardlink.csv"}, {"-results", "alias/changes.jsonl"}, {"-report", "alias/changes.jsonl"},
		{"-results", "alias/alias/./changes.jsonl"}, {"-results", "new.csv", "-report", "alias/new.csv"},
		{"-state", "state", "-results", "state/r.csv"}, {"-state", "state", "-results", "statelink/r.csv"}, {"-state", "statelink", "-report", "state/r.csv"},
	} {
		code, out := s.run("run", append([]string{"-in", path}, args...)...)
		if code != codeRefused {
			t.Errorf("%v: exit code %d\n%s", args, code, out)
		}
		if !strings.Contains(out, "are the same file") && !strings.Contains(out, "is in the state folder") {
			t.Errorf("%v: got %s", args, out)
		}
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(text) || s.requests() > 0 {
		t.Errorf("the input was changed: %v; %d requests", err, s.requests())
	}
}
