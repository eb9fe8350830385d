package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// quick are flags of reading commands that remove the vendors' limits.
var quick = []string{"-limit-calls", "nexudus=none", "-limit-calls", "thoughtindustries=none"}

var digestLine = regexp.MustCompile(`(?m)^sha256: ([0-9a-f]{64})$`)

// digestOf returns the SHA-256 that a command has printed.
func digestOf(t *testing.T, out string) string {
	t.Helper()
	m := digestLine.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no SHA-256 in\n%s", out)
	}
	return m[1]
}

// planLines returns the lines of a plan as objects, the header first.
func (s *site) planLines(path string) (lines []map[string]json.RawMessage) {
	s.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			s.t.Fatal(err)
		}
		lines = append(lines, members)
	}
	return lines
}

// member returns a member of the vendor's record.
func (s *site) member(vendor, id, name string) string {
	s.t.Helper()
	var record map[string]json.RawMessage
	if err := json.Unmarshal(s.fakes[vendor].Record(id), &record); err != nil {
		s.t.Fatalf("%s %s: %v", vendor, id, err)
	}
	return string(record[name])
}

// update changes a credit as another writer would.
func (s *site) update(vendor string, patch credit.Patch) {
	s.t.Helper()
	ref := s.fakes[vendor].Ref
	if _, err := s.updater(vendor).Update(s.t.Context(), ref, patch); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) updater(name string) credit.Updater {
	s.t.Helper()
	u, err := vendor.Updater(s.t.Context(), name, vendor.FakeEnv(name), credit.WithBaseURL(s.fakes[name].URL))
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

// A plan holds the credit before and after and the request, sends nothing, and apply
// sends exactly that request.
func TestPlanIsApplied(t *testing.T) {
	s := newSite(t)
	knox, metronome := s.fakes["knox"], s.fakes["metronome"]
	path := s.file("changes.jsonl",
		`{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"total":12.50}}`,
		`{"vendor":"metronome","id":"`+metronome.Ref.ID+`","owner":"`+metronome.Ref.Owner+`","set":{"name":"Trial"}}`,
		`{"vendor":"knox","id":"missing","set":{"total":1}}`,
		`{"vendor":"metronome","id":"`+strings.ToUpper(metronome.Ref.ID)+`x","owner":"`+metronome.Ref.Owner+`","set":{"name":"y"}}`)
	knox.Queue(credittest.RateLimited(0).OnRead())
	code, out := s.run("plan", append([]string{"-in", path, "-out", "plan.jsonl"}, quick...)...)
	if code != codeNotAll || len(knox.Writes())+len(metronome.Writes()) != 0 {
		t.Fatalf("exit code %d, %d writes\n%s", code, len(knox.Writes()), out)
	}
	contains(t, out, "plan.jsonl: 4 rows: 1 planned, 1 unchanged, 2 refused", `line 3: knox credit "missing" is refused: `, "not found")
	lines := s.planLines(s.dir + "/plan.jsonl")
	if len(lines) != 5 || string(lines[2]["status"]) != `"unchanged"` || string(lines[3]["status"]) != `"refused"` {
		t.Fatalf("got %s", lines)
	}
	contains(t, string(lines[1]["before"]), `"total":2.50`)
	contains(t, string(lines[1]["after"]), `"total":12.50`)
	var request credit.Request
	if err := json.Unmarshal(lines[1]["request"], &request); err != nil {
		t.Fatal(err)
	}

	digest := digestOf(t, out)
	code, out = s.run("apply", "-plan", "plan.jsonl", "-sha256", "SHA256:"+strings.ToUpper(digest))
	if code != codeRefused {
		t.Errorf("a digest with another prefix: exit code %d\n%s", code, out)
	}
	code, out = s.run("apply", "-plan", "plan.jsonl", "-sha256", "sha256:"+strings.ToUpper(digest))
	if code != codeDone || len(metronome.Writes()) != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	writes := knox.Writes()
	if len(writes) != 1 || writes[0].Method != request.Method || !sameJSON(t, writes[0].Body, request.Body) {
		t.Errorf("sent %s, planned %s", writes[0].Body, request.Body)
	}
	code, out = s.run("apply", "-plan", "plan.jsonl", "-sha256", digest)
	if code != codeDone || len(knox.Writes()) != 1 {
		t.Errorf("the second time: exit code %d, %d writes\n%s", code, len(knox.Writes()), out)
	}
	contains(t, out, "every row had ended before, so nothing was sent")
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var values [2]any
	for i, text := range [][]byte{a, b} {
		if err := json.Unmarshal(text, &values[i]); err != nil {
			t.Fatal(err)
		}
	}
	one, _ := json.Marshal(values[0]) // they were JSON
	two, _ := json.Marshal(values[1])
	return string(one) == string(two)
}

func TestOtherPlanOrTargetIsRefused(t *testing.T) {
	s := newSite(t)
	knox := s.fakes["knox"]
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"total":12.50}}`)
	code, out := s.run("plan", "-in", path, "-out", "plan.jsonl")
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	digest := digestOf(t, out)
	text, err := os.ReadFile(s.dir + "/plan.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	s.file("other.jsonl", strings.Replace(string(text), "12.50", "1250", 1))
	edited := strings.Replace(string(text), `"set":{"total":"12.50"}`, `"set":{"total":"12.60"}`, 1)
	s.file("edited.jsonl", strings.TrimSuffix(edited, "\n"))
	hash := sha256.Sum256([]byte(edited))
	for _, test := range []struct {
		name, want string
		args       []string
	}{
		{"another plan", "is not the plan of -sha256", []string{"-plan", "other.jsonl", "-sha256", digest}},
		{"another hash", "is not the plan of -sha256", []string{"-plan", "plan.jsonl", "-sha256", strings.Repeat("0", 64)}},
		{"no hash", "must have 64 hexadecimal digits", []string{"-plan", "plan.jsonl", "-sha256", "12"}},
		{"another change than it shows", "line 2: total: would become 12.60, and after shows 12.50", []string{"-plan", "edited.jsonl", "-sha256", hex.EncodeToString(hash[:])}},
		{"a fake", "it was made for another target", []string{"-plan", "plan.jsonl", "-sha256", digest, "-fake"}},
	} {
		code, out := s.run("apply", test.args...)
		if code != codeRefused || len(knox.Writes()) != 0 {
			t.Errorf("%s: exit code %d, %d writes", test.name, code, len(knox.Writes()))
		}
		contains(t, out, test.want)
	}
	cmd := s.command(t.Context(), "apply", "-plan", "plan.jsonl", "-sha256", digest)
	cmd.Env = append(cmd.Env, "KNOX_TENANT=other.org")
	combined, err := cmd.CombinedOutput()
	if err == nil || len(knox.Writes()) != 0 {
		t.Errorf("another tenant: %v, %d writes", err, len(knox.Writes()))
	}
	contains(t, string(combined), "tenant example.org", "tenant other.org")
}

// A row whose credit has changed since the plan is not written, and says what changed.
func TestChangedCreditIsNotApplied(t *testing.T) {
	s := newSite(t)
	knox, nexudus := s.fakes["knox"], s.fakes["nexudus"]
	path := s.file("changes.csv", "vendor,id,total", "knox,"+knox.Ref.ID+",12.50", "nexudus,"+nexudus.Ref.ID+",7")
	code, out := s.run("plan", append([]string{"-in", path, "-out", "plan.jsonl"}, quick...)...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.update("knox", credit.Patch{Note: credit.Set("by another writer")})
	writes := len(knox.Writes())
	code, out = s.run("apply", append([]string{"-plan", "plan.jsonl", "-sha256", digestOf(t, out), "-yes"}, fast...)...)
	if code != codeNotAll || len(knox.Writes()) != writes || len(nexudus.Writes()) != 1 {
		t.Fatalf("exit code %d, %d writes\n%s", code, len(knox.Writes())-writes, out)
	}
	r := s.results(s.dir + "/plan.jsonl.results.csv")
	if r[0]["outcome"] != "not sent" || r[1]["outcome"] != "applied" {
		t.Errorf("got %v", r)
	}
	contains(t, r[0]["error"], `note is now "by another writer"`, "nothing was written")
	if r[1]["total_before"] == "" || r[1]["total_after"] != "7" {
		t.Errorf("got %v", r[1])
	}
}

func TestExpectChangedIgnoresOtherFields(t *testing.T) {
	s := newSite(t)
	path := s.file("changes.csv", "vendor,id,total", "knox,"+s.fakes["knox"].Ref.ID+",12.50")
	_, out := s.run("plan", "-in", path, "-out", "plan.jsonl", "-expect", "changed")
	s.update("knox", credit.Patch{Note: credit.Set("by another writer")})
	if code, out := s.run("apply", "-plan", "plan.jsonl", "-sha256", digestOf(t, out)); code != codeDone {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, out := s.run("plan", "-in", path, "-out", "plan.jsonl", "-expect", "none"); code != codeRefused {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// Bad rows, a bad name and refused credentials leave no plan behind.
func TestNoPlanAfterErrors(t *testing.T) {
	s := newSite(t)
	knox := s.fakes["knox"]
	good := s.file("good.csv", "vendor,id,total", "knox,"+knox.Ref.ID+",12.50")
	bad := s.file("bad.csv", "vendor,id,total", "knox,"+knox.Ref.ID+",12,50")
	knox.Queue(credittest.Respond(401, ""))
	for _, test := range []struct{ name, in, out, want string }{
		{"refused credentials", good, "plan.jsonl", "no plan was made"},
		{"bad row", bad, "plan.jsonl", "1 of 1 rows are bad"},
		{"the input", good, good, "are the same file"},
		{"no folder", good, "missing/plan.jsonl", "cannot write a file into the folder"},
	} {
		code, out := s.run("plan", "-in", test.in, "-out", test.out)
		if code != codeRefused {
			t.Errorf("%s: exit code %d", test.name, code)
		}
		contains(t, out, test.want)
	}
	if _, err := os.Stat(s.dir + "/plan.jsonl"); err == nil {
		t.Error("there is a plan")
	}
}

// A plan of many rows is in the order of the file, and apply can be killed and repeated.
func TestPlanKeepsTheOrderOfRows(t *testing.T) {
	t.Parallel()
	s, all := newSite(t), changes(600)
	path := s.give(all)
	rows, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	owner := `"owner":"` + s.fakes["thoughtindustries"].Ref.Owner + `",`
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(rows), `"vendor":"thoughtindustries",`, `"vendor":"thoughtindustries",`+owner)), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := s.run("plan", append([]string{"-in", path, "-out", "plan.jsonl"}, quick...)...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	for i, line := range s.planLines(s.dir + "/plan.jsonl")[1:] {
		var id string
		if err := json.Unmarshal(line["id"], &id); err != nil || id != all[i].id {
			t.Fatalf("row %d is of the credit %s, want %s", i+1, id, all[i].id)
		}
	}
	args := append([]string{"-plan", "plan.jsonl", "-sha256", digestOf(t, out), "-yes"}, fast...)
	p := s.start(t.Context(), "apply", args...)
	s.awaitRequests(p)
	p.kill()
	if code, out := s.run("apply", args...); code != codeDone && code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, s.dir+"/plan.jsonl.results.csv")
}
