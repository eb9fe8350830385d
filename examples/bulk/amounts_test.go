package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

// Plan shows sums and outliers, and apply sends outliers only with -yes if it cannot ask.
func TestPlanWithOutliersNeedsYes(t *testing.T) {
	s := newSite(t)
	knox := s.fakes["knox"]
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"total":250,"note":"typo"}}`)
	code, out := s.run("plan", "-in", path, "-out", "plan.jsonl")
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	shown := []string{
		"knox total: 2.50 before, 250 after, difference +247.50, in 1 row\n",
		`outlier: plan.jsonl, line 2: knox credit "` + knox.Ref.ID + `": total 2.50 -> 250, exactly 100 times`,
	}
	contains(t, out, shown...)
	apply := []string{"-plan", "plan.jsonl", "-sha256", digestOf(t, out)}
	code, out = s.run("apply", apply...)
	if code != codeRefused || len(knox.Writes()) != 0 {
		t.Errorf("without -yes: exit code %d, %d writes\n%s", code, len(knox.Writes()), out)
	}
	contains(t, out, append(shown, "plan.jsonl has outliers (1)", "-yes", "this command has sent nothing")...)
	if _, err := os.Stat(s.dir + "/plan.jsonl.state"); err == nil {
		t.Error("the refused plan has a state folder")
	}
	code, out = s.run("apply", append(apply, "-yes")...)
	if code != codeDone || len(knox.Writes()) != 1 {
		t.Errorf("with -yes: exit code %d, %d writes\n%s", code, len(knox.Writes()), out)
	}
	if code, out = s.run("apply", apply...); code != codeDone || strings.Contains(out, "outlier") {
		t.Errorf("continued without -yes: exit code %d\n%s", code, out)
	}
}

// Check knows the amounts before from what the rows expect.
func TestCheckShowsSums(t *testing.T) {
	s := newSite(t)
	path := s.file("changes.jsonl",
		`{"vendor":"knox","id":"1","set":{"total":12.50},"expect":{"total":1.25}}`,
		`{"vendor":"knox","id":"2","set":{"total":0.1}}`,
		`{"vendor":"knox","id":"3","set":{"total":0.2}}`)
	code, out := s.run("check", "-in", path)
	if code != codeDone {
		t.Errorf("exit code %d", code)
	}
	contains(t, out,
		"knox total: 1.25 before, 12.50 after, difference +11.25, in 1 row\n",
		"knox total: 0.3 after, in 2 rows whose value before was not read\n",
		"outlier: "+path+`, line 1: knox credit "1": total 1.25 -> 12.50, exactly 10 times`,
		"3 rows, all good\n")
}

func TestQuestionWantsYes(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		confirmed    bool
	}{
		{"yes", "yes\n", true},
		{"yes on Windows", "yes\r\n", true},
		{"no", "no\n", false},
		{"an empty line", "\n", false},
		{"the end of the input", "", false},
		{"an unfinished line", "yes", false},
		{"another case", "YES\n", false},
	} {
		var out strings.Builder
		err := question{strings.NewReader(test.answer), &out, true}.ask(t.Context(), "plan.jsonl has outliers (1)")
		if (err == nil) != test.confirmed {
			t.Errorf("%s: got %v", test.name, err)
		}
		if !strings.HasPrefix(out.String(), "plan.jsonl has outliers (1). ") || strings.Count(out.String(), "Type yes") != 1 {
			t.Errorf("%s: got %s", test.name, out.String())
		}
	}
}

func TestQuestionEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	in, _ := io.Pipe() // no answer
	if err := (question{in, io.Discard, true}).ask(ctx, "outliers"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
