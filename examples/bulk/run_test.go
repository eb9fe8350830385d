package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func TestRunAppliesEveryRowOnce(t *testing.T) {
	s, all := newSite(t), changes(60)
	path := s.give(all)
	code, out := s.run("run", append([]string{"-in", path}, fast...)...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, path+".results.csv")
	report, err := os.ReadFile(path + ".report.html")
	if err != nil || !bytes.Contains(report, []byte("changes.jsonl")) {
		t.Errorf("the report: %v", err)
	}
	// A second run has nothing to do.
	before := s.requests()
	if code, out := s.run("run", append([]string{"-in", path}, fast...)...); code != codeDone || s.requests() != before {
		t.Errorf("exit code %d, %d requests\n%s", code, s.requests()-before, out)
	}
	s.verify(all, path+".results.csv")
}

func TestAllBadRowsAreReportedAndNoneSent(t *testing.T) {
	s := newSite(t)
	path := s.file("changes.csv",
		"vendor,id,owner,total,note,expires_at",
		"knox,"+s.fakes["knox"].Ref.ID+",,1O,,",
		"acme,1,,5,,",
		"thoughtindustries,"+s.fakes["thoughtindustries"].Ref.ID+",,5,,",
		"nexudus,"+s.fakes["nexudus"].Ref.ID+",,7.50,,",
		"metronome,m-1,,5,,2027-01-01T00:30:00Z",
		"nexudus,"+s.fakes["nexudus"].Ref.ID+",,,again,",
	)
	want := []string{
		`line 2, column `, `line 3, column 1: `, `line 4, column `, `line 6, column `, `line 7, column `, "line 5",
	}
	for _, name := range []string{"check", "run"} {
		code, out := s.run(name, "-in", path)
		if code != codeRefused {
			t.Errorf("%s: exit code %d", name, code)
		}
		contains(t, out, append(want, "5 of 6 rows are bad")...)
	}
	if n := s.requests(); n > 0 {
		t.Fatalf("%d requests", n)
	}
	code, out := s.run("run", append([]string{"-in", path, "-skip-bad"}, fast...)...)
	if code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	var outcomes []string
	for _, r := range s.results(path + ".results.csv") {
		outcomes = append(outcomes, r["outcome"])
	}
	if want := []string{"skipped", "skipped", "skipped", "applied", "skipped", "skipped"}; !slices.Equal(outcomes, want) {
		t.Errorf("got %v", outcomes)
	}
	if n := len(s.fakes["nexudus"].Writes()); n != 1 {
		t.Errorf("%d writes", n)
	}
}

func TestStateFolderBelongsToOneInput(t *testing.T) {
	s := newSite(t)
	one := s.file("one.jsonl", `{"vendor":"knox","id":"`+s.fakes["knox"].Ref.ID+`","set":{"note":"one"}}`)
	two := s.file("two.jsonl", `{"vendor":"knox","id":"`+s.fakes["knox"].Ref.ID+`","set":{"note":"two"}}`)
	state := s.dir + "/state"
	if code, out := s.run("run", "-in", one, "-state", state); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, args := range [][]string{{"-in", two}, {"-in", one, "-dry-run"}} {
		code, out := s.run("run", append(args, "-state", state)...)
		if code != codeRefused {
			t.Errorf("%v: exit code %d\n%s", args, code, out)
		}
		contains(t, out, "belongs to")
	}
	if n := len(s.fakes["knox"].Writes()); n != 1 {
		t.Errorf("%d writes", n)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	s := newSite(t)
	knox := s.fakes["knox"]
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"note":"one","total":12.50}}`)
	code, out := s.run("run", "-in", path, "-dry-run")
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	r := s.results(path + ".dry-run.results.csv")
	if len(knox.Writes()) != 0 || len(r) != 1 || r[0]["outcome"] != "planned" {
		t.Fatalf("%d writes, got %v", len(knox.Writes()), r)
	}
	contains(t, r[0]["changes"], `{"field":"total","before":"2.50","after":"12.50"}`)
	if code, out := s.run("run", "-in", path); code != codeDone || len(knox.Writes()) != 1 {
		t.Errorf("for real: exit code %d, %d writes\n%s", code, len(knox.Writes()), out)
	}
}

func TestOutcomeOfVendorErrors(t *testing.T) {
	t.Parallel()
	s, all := newSite(t), changes(24)
	path := s.give(all)
	s.fakes["knox"].Queue(credittest.Respond(404, "").OnWrite())
	s.fakes["metronome"].Queue(credittest.LostAfter().OnWrite(), credittest.Respond(503, "").OnWrite())
	s.fakes["thoughtindustries"].Queue(credittest.RateLimited(2 * time.Second).OnWrite())
	s.fakes["flexprice"].Queue(credittest.Truncated().OnWrite())
	begin := time.Now()
	code, out := s.run("run", append([]string{"-in", path, "-in-flight", "thoughtindustries=1"}, fast...)...)
	if code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if took := time.Since(begin); took < 2*time.Second {
		t.Errorf("took %v, want at least the two seconds of the vendor", took)
	}
	n := make(map[string]int)
	applied := s.applied()
	for i, r := range s.results(path + ".results.csv") {
		n[r["vendor"]+" "+r["outcome"]+" "+r["kind"]]++
		if c := all[i]; r["outcome"] == "applied" && (s.state(c) != c.value || c.once && applied[c.vendor+" "+c.id] != 1) {
			t.Errorf("row %d: applied %d times", i+1, applied[c.vendor+" "+c.id])
		}
	}
	for _, c := range []struct {
		what string
		want int
	}{
		{"knox rejected not found", 1}, {"knox applied ", 3},
		{"metronome applied ", 4}, {"thoughtindustries applied ", 8},
		{"nexudus applied ", 4},
	} {
		if n[c.what] != c.want {
			t.Errorf("%s: %d times, want %d; all: %v", c.what, n[c.what], c.want, n)
		}
	}
	if n["flexprice applied "]+n["flexprice applied malformed"] != 4 {
		t.Errorf("flexprice: %v", n)
	}
}

// Wrong credentials would fail every row. Instead the vendor is given up, and its
// rows wait in the queue.
func TestRefusedCredentialsKeepRowsQueued(t *testing.T) {
	t.Parallel()
	s, all := newSite(t), changes(60)
	path := s.give(all)
	for range 100 {
		s.fakes["flexprice"].Queue(credittest.Respond(401, `{"error":"no"}`))
	}
	code, out := s.run("run", append([]string{"-in", path}, fast...)...)
	if code != codeUnfinished {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	contains(t, out, "10 rows left", "unauthorized")
	s.fakes["flexprice"].Reset()
	if code, out = s.run("run", append([]string{"-in", path}, fast...)...); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for _, r := range s.results(path + ".results.csv") {
		if r["outcome"] != "applied" {
			t.Errorf("row %s: %s", r["row"], r["outcome"])
		}
	}
}

func TestCtrlCRecordsRequestsInFlight(t *testing.T) {
	t.Parallel()
	s, all := newSite(t), changes(600)
	path := s.give(all)
	for range 40 {
		s.fakes["thoughtindustries"].Queue(credittest.Slow(300 * time.Millisecond).OnWrite())
	}
	p := s.start(t.Context(), "run", append([]string{"-in", path}, fast...)...)
	s.awaitRequests(p)
	p.signal(syscall.SIGINT)
	if code := p.code(); code != codeUnfinished {
		t.Fatalf("exit code %d\n%s", code, &p.out.text)
	}
	contains(t, p.out.text.String(), "run it again to continue")
	if code, out := s.run("run", append([]string{"-in", path}, fast...)...); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, path+".results.csv")
	for _, r := range s.results(path + ".results.csv") {
		if r["outcome"] != "applied" {
			t.Errorf("row %s: %s: nothing was killed", r["row"], r["outcome"])
		}
	}
}

func TestFullStoreEndsRun(t *testing.T) {
	t.Parallel()
	s, all := newSite(t), changes(3000)
	path := s.give(all)
	args := append([]string{"-in", path, "-lazy-sync"}, fast...)
	code, out := s.run("run", append(args, "-max-store", "700000")...)
	if code != codeUnfinished {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if n := len(s.applied()); n == 0 || n == len(all) {
		t.Errorf("%d changes were made before the disk was full", n)
	}
	if code, out := s.run("run", args...); code != codeDone && code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, path+".results.csv")
}
