package rescue_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/rescue"
	"github.com/creditkit/creditkit/examples/bulk/internal/reserve"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

var job = queue.Job{Name: "june", Digest: "abc"}

func answer(row int64) result.Result {
	return result.Result{Row: row, Line: int(row) + 1, Vendor: "knox", ID: "c-1", Outcome: result.Applied, RequestID: "r-1"}
}

func newReserve(t *testing.T, size int64) (string, *reserve.File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "reserve")
	f, err := reserve.Create(path, size)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return path, f
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in\n%s", part, text)
		}
	}
}

func TestAnswersGoToReserveAndFile(t *testing.T) {
	path, space := newReserve(t, 10_000)
	var out bytes.Buffer
	dir := t.TempDir()
	r := &rescue.Rescue{Job: job, Reserve: space, Dirs: []string{filepath.Join(dir, "none"), dir}, Out: &out}
	defer r.Close()
	if s := r.Summary(); s != "" {
		t.Errorf("got %q", s)
	}
	for row := range int64(2) {
		e := journal.NewDoneEvent(answer(row+1), "")
		r.Spill(e)
		r.RecordLost(e, answer(row+1))
	}
	contains(t, out.String(), `line 2: knox credit "c-1": applied, request id "r-1" (kept in the state folder)`, "line 3: ")
	files, err := filepath.Glob(filepath.Join(dir, "bulk-rescue-june-*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got %v, %v", files, err)
	}
	contains(t, r.Summary(), "2 of them are kept in the state folder", files[0])
	entries, err := rescue.Read(files[0], job)
	if err != nil || len(entries) != 2 || !strings.Contains(string(entries[1]), `"outcome":"applied"`) {
		t.Errorf("got %q, %v", entries, err)
	}
	if kept, err := reserve.Read(path); err != nil || len(kept) != 2 || string(kept[0]) != string(entries[0]) {
		t.Errorf("got %q, %v", kept, err)
	}
	if _, err := rescue.Read(files[0], queue.Job{Name: "june", Digest: "other"}); err == nil {
		t.Error("another job's rescue file was read")
	}
}

func TestUnstoredAnswersArePrinted(t *testing.T) {
	_, space := newReserve(t, 10)
	var out bytes.Buffer
	r := &rescue.Rescue{Job: job, Reserve: space, Dirs: []string{filepath.Join(t.TempDir(), "none")}, Out: &out}
	e := journal.NewDoneEvent(answer(1), "")
	r.Spill(e)
	r.RecordLost(e, answer(1))
	if s := out.String(); strings.Contains(s, "kept") || !strings.Contains(s, "line 2") {
		t.Errorf("got %q", s)
	}
	contains(t, r.Summary(), "keep the lines above", "treats 1 of these rows as rows that may have been sent")
}

func TestReadRejectsOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.jsonl")
	for _, text := range []string{"", "{}\n", "vendor,id\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := rescue.Read(path, job); err == nil || !strings.Contains(err.Error(), "is not a rescue file") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}
