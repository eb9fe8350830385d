package main

import (
	"os"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

// slipped writes a file with an outlier, a usual change and a change of a note.
func (s *site) slipped() (path string) {
	knox, nexudus := s.fakes["knox"], s.fakes["nexudus"]
	return s.file("changes.jsonl",
		`{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"total":250}}`,
		`{"vendor":"nexudus","id":"`+nexudus.Ref.ID+`","set":{"total":101}}`,
		`{"vendor":"metronome","id":"`+s.fakes["metronome"].Ref.ID+`","owner":"`+s.fakes["metronome"].Ref.Owner+`","set":{"note":"x"}}`)
}

// outlierLine is in the output of a command that shows the outlier of slipped.
const outlierLine = `total 2.50 -> 250, exactly 100 times`

// A script that says nothing about outliers runs as before, with a line on the standard
// error; with -check-outliers it sends nothing until -yes is added.
func TestRunOfAScriptLooksForOutliersOnlyIfAsked(t *testing.T) {
	s := newSite(t)
	path := s.slipped()
	run := func(args ...string) (int, string) {
		return s.run("run", append(append([]string{"-in", path}, args...), fast...)...)
	}
	code, out := run("-check-outliers")
	if code != codeRefused || s.writes() != 0 {
		t.Fatalf("exit code %d, %d writes\n%s", code, s.writes(), out)
	}
	contains(t, out, "reading 2 credits first", outlierLine, "knox total: 2.50 before, 250 after", "nexudus total: 100.50 before, 101 after",
		"changes.jsonl has outliers (1): look at it, then add -yes", "this command has sent nothing")
	if len(s.fakes["metronome"].Requests()) != 0 {
		t.Error("a credit was read whose amounts do not change")
	}
	if _, err := os.Stat(path + ".state"); err == nil {
		t.Error("the refused job has a state folder")
	}
	if code, out := run("-dry-run"); code != codeDone || strings.Contains(out, "outliers were not looked for") {
		t.Errorf("a dry run: exit code %d\n%s", code, out)
	}
	code, out = run("-check-outliers", "-yes")
	if code != codeDone || s.writes() != 3 {
		t.Fatalf("with -yes: exit code %d, %d writes\n%s", code, s.writes(), out)
	}
	contains(t, out, outlierLine)

	other := newSite(t)
	path = other.slipped()
	for range 2 {
		code, out = other.run("run", append([]string{"-in", path}, fast...)...)
		if code != codeDone || other.writes() != 3 {
			t.Errorf("without flags: exit code %d, %d writes\n%s", code, other.writes(), out)
		}
		contains(t, out, "bulk: outliers were not looked for, because no terminal can ask")
	}
	if code, out := s.run("run", "-in", path, "-dry-run", "-check-outliers"); code != codeRefused {
		t.Errorf("with -dry-run: exit code %d\n%s", code, out)
	}
}

// The amount before is not known without a read, so such a row needs a yes as well. A file
// without amounts needs none.
func TestRowThatCannotBeReadNeedsYes(t *testing.T) {
	s := newSite(t)
	knox := s.fakes["knox"]
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"missing","set":{"total":3}}`)
	code, out := s.run("run", "-in", path, "-check-outliers")
	if code != codeRefused {
		t.Errorf("exit code %d\n%s", code, out)
	}
	contains(t, out, `line 1: the change of the knox credit "missing" is not known: `, "has rows whose change is not known (1)")
	knox.Queue(credittest.Respond(401, ""))
	path = s.file("refused.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"total":3}}`)
	code, out = s.run("run", "-in", path, "-check-outliers", "-yes")
	if code != codeRefused {
		t.Errorf("refused credentials: exit code %d\n%s", code, out)
	}
	contains(t, out, "the credits were not read, and nothing was sent")
	path = s.file("notes.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"note":"x"}}`)
	before := s.requests()
	code, out = s.run("run", "-in", path, "-check-outliers")
	if n := s.requests() - before; code != codeDone || n != 2 {
		t.Errorf("exit code %d, %d requests\n%s", code, n, out)
	}
}

// A job that was agreed to continues without a question. One that ended without a question
// does not: the next run looks at its rest.
func TestAgreementIsRemembered(t *testing.T) {
	s := newSite(t)
	path := s.slipped()
	knox := s.fakes["knox"]
	args := append([]string{"-in", path}, fast...)
	knox.Queue(credittest.Respond(401, "").OnWrite())
	if code, out := s.run("run", append(args, "-yes")...); code != codeUnfinished {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	code, out := s.run("run", append(args, "-check-outliers")...)
	if code != codeDone || strings.Contains(out, "reading") || strings.Contains(out, "outliers") {
		t.Errorf("exit code %d\n%s", code, out)
	}

	other := newSite(t)
	path = other.slipped()
	args = append([]string{"-in", path}, fast...)
	other.fakes["knox"].Queue(credittest.Respond(401, "").OnWrite())
	if code, out := other.run("run", args...); code != codeUnfinished {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	writes := other.writes()
	code, out = other.run("run", append(args, "-check-outliers")...)
	if code != codeRefused || other.writes() != writes {
		t.Errorf("exit code %d, %d writes\n%s", code, other.writes()-writes, out)
	}
	contains(t, out, outlierLine)
	if _, err := os.Stat(path + ".state"); err != nil {
		t.Errorf("the job that has sent rows lost its state folder: %v", err)
	}
}
