package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// A run is planned back and undone. What the run did not read before, and what has changed
// since, is listed with the reason and not written.
func TestUndoPutsBackAppliedRows(t *testing.T) {
	s := newSite(t)
	knox, nexudus, metronome := s.fakes["knox"], s.fakes["nexudus"], s.fakes["metronome"]
	before := s.member("nexudus", nexudus.Ref.ID, "Description")
	path := s.file("changes.jsonl",
		`{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"note":"=new\n\"x\"","total":12.50}}`,
		`{"vendor":"nexudus","id":"`+nexudus.Ref.ID+`","clear":["note"]}`,
		`{"vendor":"metronome","id":"`+metronome.Ref.ID+`","owner":"`+metronome.Ref.Owner+`","set":{"name":"Run"}}`)
	if code, out := s.run("run", append([]string{"-in", path, "-bom"}, fast...)...); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	text, err := os.ReadFile(path + ".results.csv")
	if err != nil || !strings.HasPrefix(string(text), "\ufeff# real run") {
		t.Errorf("%v: the results begin with %.20q", err, text)
	}
	s.update("knox", credit.Patch{Total: credit.Set(credit.NewDecimal(99))})
	code, out := s.run("undo", append([]string{"-results", path + ".results.csv", "-out", "undo.jsonl"}, quick...)...)
	if code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	contains(t, out, "3 rows: 1 planned, 0 unchanged, 2 refused", "total is now 99", "the values before the change are not known: name")
	writes := len(knox.Writes()) + len(metronome.Writes())
	code, out = s.run("apply", append([]string{"-plan", "undo.jsonl", "-sha256", digestOf(t, out)}, fast...)...)
	if code != codeDone || len(knox.Writes())+len(metronome.Writes()) != writes {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if got := s.member("nexudus", nexudus.Ref.ID, "Description"); got != before {
		t.Errorf("the note is %s, want %s", got, before)
	}
}

// With -before every vendor's rows can be put back, also those whose updates read nothing.
func TestRunBeforeCanBeUndone(t *testing.T) {
	s := newSite(t)
	metronome := s.fakes["metronome"]
	before := s.member("metronome", metronome.Ref.ID, "name")
	path := s.file("changes.jsonl",
		`{"vendor":"metronome","id":"`+metronome.Ref.ID+`","owner":"`+metronome.Ref.Owner+`","set":{"name":"Run"}}`)
	if code, out := s.run("run", "-in", path, "-before"); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if code, out := s.run("run", "-in", path); code != codeRefused || !strings.Contains(out, "-before=true") {
		t.Errorf("another flag: exit code %d\n%s", code, out)
	}
	code, out := s.run("undo", "-results", path+".results.csv", "-out", "undo.jsonl")
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if code, out = s.run("apply", "-plan", "undo.jsonl", "-sha256", digestOf(t, out)); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if got := s.member("metronome", metronome.Ref.ID, "name"); got != before {
		t.Errorf("the name is %s, want %s", got, before)
	}
}

// A read needs the client at Thought Industries: the check knows it before a row is sent.
func TestRunBeforeNeedsTheOwner(t *testing.T) {
	s := newSite(t)
	ti := s.fakes["thoughtindustries"]
	path := s.file("changes.jsonl", `{"vendor":"thoughtindustries","id":"`+ti.Ref.ID+`","set":{"name":"Run"}}`)
	if code, out := s.run("run", "-in", path, "-before"); code != codeRefused || len(ti.Requests()) != 0 {
		t.Errorf("exit code %d, %d requests\n%s", code, len(ti.Requests()), out)
	} else {
		contains(t, out, "owner: is required to read")
	}
}

// Rows that may have been made, or still can be, are named: an undo does not put them back.
func TestUndoNamesRowsThatItDoesNotPutBack(t *testing.T) {
	s := newSite(t)
	knox := s.fakes["knox"]
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"note":"new"}}`)
	if code, out := s.run("run", "-in", path); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	code, out := s.run("undo", "-results", path+".results.csv", "-out", "undo.jsonl")
	if code != codeDone || strings.Contains(out, "not in the plan") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	text, err := os.ReadFile(path + ".results.csv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(string(text))+"\n", "\n")
	more := strings.Join(lines, "") + strings.Replace(strings.Replace(lines[2], "1,1,knox", "2,2,knox", 1), "applied", "unknown", 1)
	for row := range 2 {
		more += fmt.Sprint(row+3) + ",,,,,,pending" + strings.Repeat(",", strings.Count(lines[1], ",")-6) + "\n"
	}
	s.file("more.csv", strings.TrimSuffix(more, "\n"))
	code, out = s.run("undo", "-results", "more.csv", "-out", "undo.jsonl")
	if code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
	contains(t, out, "not in the plan: 1 row with the outcome unknown, whose change may have been made; see bulk resolve",
		"not in the plan: 2 rows of a run that has not ended; end it first", "1 row: 1 planned")

	// apply has no -skip-bad, so its errors must not advise it.
	s.file("twice.csv", strings.TrimSuffix(string(text)+lines[2], "\n"))
	_, out = s.run("undo", "-results", "twice.csv", "-out", "twice.jsonl")
	code, out = s.run("apply", "-plan", "twice.jsonl", "-sha256", digestOf(t, out))
	if code != codeRefused || strings.Contains(out, "-skip-bad") {
		t.Errorf("the same credit twice: exit code %d\n%s", code, out)
	}
	contains(t, out, "1 of 2 rows are bad, so nothing was sent: correct the file that was planned, and plan it again")
}

// Without a command nothing is done, which must not look like success to a script.
func TestMissingCommandIsRefused(t *testing.T) {
	cmd := newSite(t).command(t.Context(), "run")
	cmd.Args = cmd.Args[:1]
	combined, _ := cmd.CombinedOutput() // the exit code is compared
	if code := cmd.ProcessState.ExitCode(); code != codeRefused {
		t.Errorf("exit code %d", code)
	}
	contains(t, string(combined), "COMMANDS:", "a command is missing: nothing was sent")
}

func TestResultsOfOtherTargetAreRefused(t *testing.T) {
	s := newSite(t)
	knox := s.fakes["knox"]
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"note":"new"}}`)
	if code, out := s.run("run", "-in", path); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if code, out := s.run("run", "-in", path, "-fake"); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.file("none.csv", "vendor,id", "knox,1")
	before := s.requests()
	for _, test := range []struct{ results, want string }{
		{path + ".fake.results.csv", "it was made for another target"},
		{"none.csv", "it is not a results file of bulk"},
		{"missing.csv", "no such file"},
	} {
		for _, name := range []string{"undo", "resolve"} {
			if name == "resolve" && strings.Contains(test.results, "fake") {
				continue // it has no unknown row
			}
			code, out := s.run(name, "-results", test.results, "-out", "out.file")
			if code != codeRefused || s.requests() != before {
				t.Errorf("%s %s: exit code %d", name, test.results, code)
			}
			contains(t, out, test.want)
		}
	}
	cmd := s.command(t.Context(), "undo", "-results", path+".results.csv", "-out", "undo.jsonl")
	cmd.Env = append(cmd.Env, "KNOX_TENANT=other.org")
	combined, err := cmd.CombinedOutput()
	if err == nil || s.requests() != before {
		t.Errorf("another tenant: %v", err)
	}
	contains(t, string(combined), "tenant example.org", "tenant other.org")
}

// A gate stands in front of a fake. When it is closed, requests wait until two are there.
type gate struct {
	closed, failed atomic.Bool
	waiting        atomic.Int32
	both           chan struct{}
}

func (s *site) gate(vendor string) *gate {
	fake, g := s.fakes[vendor], &gate{both: make(chan struct{})}
	to, err := url.Parse(fake.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // the fake breaks connections
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if g.closed.Load() {
			if g.waiting.Add(1) == 2 {
				close(g.both)
			}
			select {
			case <-g.both:
			case <-time.After(20 * time.Second):
				g.failed.Store(true)
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	s.t.Cleanup(server.Close)
	fake.URL = server.URL
	return g
}

// Unknown rows are looked at, several at once: one was made, one was not, and one was
// overwritten.
func TestResolveLooksAtUnknownRows(t *testing.T) {
	s := newSite(t)
	ti, gate := s.fakes["thoughtindustries"], s.gate("thoughtindustries")
	var lines []string
	for _, id := range []string{"made", "lost", "other", "gone"} {
		record := strings.Replace(string(ti.Record(ti.Ref.ID)), ti.Ref.ID, id, 1)
		if err := ti.Seed(json.RawMessage(record)); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, `{"vendor":"thoughtindustries","id":"`+id+`","owner":"`+ti.Ref.Owner+`","set":{"balance":500}}`)
	}
	lines = append(lines, `{"vendor":"knox","id":"`+s.fakes["knox"].Ref.ID+`","set":{"note":"new"}}`)
	path := s.file("changes.jsonl", lines...)
	for range 4 {
		ti.Queue(credittest.LostBefore().OnWrite())
	}
	code, out := s.run("run", append([]string{"-in", path, "-before", "-in-flight", "thoughtindustries=1"}, fast...)...)
	if code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	// The first write arrives late, and another program changes the third credit.
	for id, balance := range map[string]int64{"made": 500, "other": 7} {
		_, err := s.updater("thoughtindustries").Update(t.Context(), credit.Ref{ID: id}, credit.Patch{Balance: credit.Set(credit.NewDecimal(balance))})
		if err != nil {
			t.Fatal(err)
		}
	}
	results, err := os.ReadFile(path + ".results.csv")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".results.csv", []byte(strings.Replace(string(results), ",gone,", ",missing,", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	writes := len(ti.Writes())
	gate.closed.Store(true)
	code, out = s.run("resolve", append([]string{"-results", path + ".results.csv", "-out", "next.csv"}, quick...)...)
	if code != codeNotAll || len(ti.Writes()) != writes {
		t.Fatalf("exit code %d, %d writes\n%s", code, len(ti.Writes())-writes, out)
	}
	if gate.failed.Load() {
		t.Error("the credits were read one after the other")
	}
	contains(t, out, "next.csv: 4 of 5 rows are unknown: 1 as asked, 1 as before, 1 neither, 1 could not be looked at")
	next := s.results(s.dir + "/next.csv")
	for i, want := range []struct{ id, verdict, next string }{
		{"made", "as asked", "nothing: the change is there"},
		{"lost", "as before", "wait at least half an hour and resolve again"},
		{"other", "neither", "balance is 7, and the change wanted 500"},
		{"missing", "none", "resolve again: "},
	} {
		if next[i]["id"] != want.id || next[i]["verdict"] != want.verdict || !strings.Contains(next[i]["next"], want.next) {
			t.Errorf("got %v, want %v", next[i], want)
		}
	}
}

func TestResolveWithoutUnknownRows(t *testing.T) {
	s := newSite(t)
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+s.fakes["knox"].Ref.ID+`","set":{"note":"new"}}`)
	if code, out := s.run("run", "-in", path); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	code, out := s.run("resolve", "-results", path+".results.csv", "-out", "next.csv", "-bom")
	if code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
	text, err := os.ReadFile(s.dir + "/next.csv")
	if err != nil || !strings.HasPrefix(string(text), "\ufeffrow,line,") {
		t.Errorf("%v, %q", err, text)
	}
}

// The fakes of undo, of apply and of resolve have the credits as the run with -fake left
// them, although they are of other processes.
func TestFakeRunCanBeUndoneAndResolved(t *testing.T) {
	s := newSite(t)
	ti, metronome := s.fakes["thoughtindustries"], s.fakes["metronome"]
	path := s.file("changes.jsonl",
		`{"vendor":"knox","id":"a","set":{"total":12.50},"clear":["note","expires_at"]}`,
		`{"vendor":"nexudus","id":"7","set":{"total":90,"note":"x"}}`,
		`{"vendor":"thoughtindustries","id":"c","owner":"`+ti.Ref.Owner+`","set":{"name":"Run","balance":500}}`,
		`{"vendor":"flexprice","id":"d","set":{"name":"Run"},"clear":["metadata"]}`,
		`{"vendor":"metronome","id":"`+strings.Replace(metronome.Ref.ID, "5", "6", 1)+`","owner":"`+metronome.Ref.Owner+`","set":{"name":"Run"},"clear":["priority"]}`)
	if code, out := s.run("run", "-fake", "-in", path, "-before"); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	results := path + ".fake.results.csv"
	code, out := s.run("undo", append([]string{"-fake", "-results", results, "-out", "undo.jsonl"}, quick...)...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	contains(t, out, "undo.jsonl: 5 rows: 5 planned, 0 unchanged, 0 refused")
	code, out = s.run("apply", append([]string{"-fake", "-plan", "undo.jsonl", "-sha256", digestOf(t, out), "-yes"}, fast...)...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, r := range s.results(s.dir + "/undo.jsonl.fake.results.csv") {
		if r["outcome"] != "applied" {
			t.Errorf("got %v", r)
		}
	}
	text, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	s.file("unknown.csv", strings.ReplaceAll(string(text), ",applied,", ",unknown,"))
	code, out = s.run("resolve", append([]string{"-fake", "-results", "unknown.csv", "-out", "next.csv"}, quick...)...)
	if code != codeNotAll {
		t.Errorf("exit code %d\n%s", code, out)
	}
	contains(t, out, "next.csv: 5 of 5 rows are unknown: 0 as asked, 5 as before, 0 neither, 0 could not be looked at")
	if s.requests() != 0 {
		t.Error("a credit was read at an address that is not a fake's of the command")
	}
}
