package report_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/report"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func of(results ...result.Result) iter.Seq2[result.Result, error] {
	return func(yield func(result.Result, error) bool) {
		for _, r := range results {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func written(t *testing.T, h report.Header, results iter.Seq2[result.Result, error]) string {
	t.Helper()
	var out strings.Builder
	if err := report.Write(&out, h, results); err != nil {
		t.Fatal(err)
	}
	balanced(t, out.String())
	return out.String()
}

// balanced checks that all elements of the page are closed in order.
func balanced(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(script.ReplaceAllString(page, "")))
	d.AutoClose, d.Entity = xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the page is not well formed: %v", err)
		}
	}
}

// script matches the page's own script, which is not XML.
var script = regexp.MustCompile(`(?s)<script>.*?</script>`)

var tags = regexp.MustCompile(`(?s)<style>.*</style>|<script.*?</script>|<[^>]*>`)

// text returns the visible text of a page.
func text(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

var run = report.Header{
	Title: "changes.csv", Digest: "sha256:abc", Rows: 8, Workers: 3, Results: "results.csv",
	Started: time.Date(2027, 1, 2, 3, 0, 0, 0, time.UTC), Ended: time.Date(2027, 1, 2, 3, 12, 34, 0, time.UTC),
}

func TestWrite(t *testing.T) {
	got := text(written(t, run, of(
		result.Result{Row: 1, Line: 2, Vendor: "knox", ID: "c1", Outcome: result.Applied, Took: 100 * time.Millisecond},
		result.Result{Row: 2, Line: 3, Vendor: "knox", ID: "c2", Outcome: result.Rejected, Kind: "not found", Code: "E404", Error: "knox: no such credit"},
		result.Result{Row: 3, Line: 4, Vendor: "metronome", ID: "c3", Owner: "o3", Key: "k3", Outcome: result.Unknown, Kind: "unavailable",
			Error: "metronome: lost", RequestID: "req-3", IdempotencyKey: "idem-3", Took: 2 * time.Second},
		result.Result{Row: 4, Line: 5, Vendor: "knox", ID: "c4", Outcome: result.NotSent, Kind: "unsupported", Error: "knox: cannot set name"},
		result.Result{Row: 5, Line: 6, Vendor: "knox", ID: "c5", Outcome: result.Applied, Kind: "mismatch", Error: "knox: total is 10",
			Changes: []result.Change{{Field: "total", Before: "10", After: "12.50"}}},
		result.Result{Row: 6, Line: 7, Outcome: result.Skipped, Error: "no vendor"},
	)))
	at := 0
	for _, want := range []string{ // in this order
		"2 of 8 changes were made. One may have been made or not. One of those that were made is not as expected. 2 failed and changed nothing. One was skipped. 2 have no result yet. Look at them.",
		"Started 2 January 2027, 03:00:00 UTC", "Ended 2 January 2027, 03:12:34 UTC, after 12m34s", "Processes 3", "Results file results.csv", "sha256:abc",
		"rows 8 applied 2 unknown 1 rejected 1 not sent 1 skipped 1 pending 2",
		"(no vendor) 1 row", "knox 4 rows knox 2 applied, 1 rejected, 1 not sent 2 applied 1 rejected 1 not sent",
		"metronome 1 row metronome 1 unknown 1 unknown",
		"Errors by kind", "mismatch 1 row", "unavailable 1 row",
		"1 row: half took at most 100 ms", "100 ms 100 ms 100 ms 100 ms", "2 s 2 s 2 s 2 s",
		"Look at these credits", "4 metronome c3 of o3 key k3 unavailable metronome: lost request id req-3 idempotency key idem-3",
		"Made, but not as expected", "6 knox c5 mismatch knox: total is 10 total 10 → 12.50",
		"Rejected", "3 knox c2 not found (E404) knox: no such credit",
		"Not sent", "5 knox c4 unsupported knox: cannot set name",
		"Skipped", "7 no vendor",
	} {
		i := strings.Index(got[at:], want)
		if i < 0 {
			t.Fatalf("%q is not there, or not in its place, in\n%s", want, got)
		}
		at += i
	}
	if strings.Contains(got, "planned") || strings.Contains(got, "would change") {
		t.Error("a real run is reported as a dry run")
	}
}

func TestDryRunReport(t *testing.T) {
	h := run
	h.DryRun, h.Rows = true, 2
	got := text(written(t, h, of(
		result.Result{Row: 1, Line: 2, Vendor: "knox", ID: "c1", Outcome: result.Planned, IdempotencyKey: "of no use", Changes: []result.Change{
			{Field: "total", Before: "10", After: "12.50"}, {Field: "expires_at", Before: "2027-01-01T00:00:00Z", After: ""}}},
		result.Result{Row: 2, Line: 3, Vendor: "knox", ID: "c2", Outcome: result.Planned, Changes: []result.Change{{Field: "total", Before: "unknown", After: "3"}}},
	)))
	for _, want := range []string{
		"Dry run of credit changes", "Nothing was written. All 2 rows can be sent.",
		"rows 2 planned 2 unknown 0 rejected 0 not sent 0 skipped 0 pending 0",
		"expires_at 1 0 0 total 1 0 1",
		"What would change", "2 knox c1 total 10 → 12.50 expires_at 2027-01-01T00:00:00Z → empty", "3 knox c2 total unknown → 3",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "applied") || strings.Contains(got, "of no use") {
		t.Errorf("too much is in\n%s", got)
	}
}

// The first line says what the run was.
func TestTargetComesFirst(t *testing.T) {
	h := run
	h.Target, h.Fake = "fake run: <knox>", true
	page := written(t, h, of())
	if got := text(page); !strings.HasPrefix(got, "FAKE RUN: changes.csv fake run: &lt;knox&gt; changes.csv") {
		t.Errorf("got %s", got)
	}
}

func TestEmptyReport(t *testing.T) {
	got := text(written(t, report.Header{Title: "empty.csv"}, of()))
	if want := "changes empty.csv There are no rows. rows 0 applied 0"; !strings.Contains(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestLongTablesCountOmittedRows(t *testing.T) {
	page := written(t, report.Header{Title: "x", Results: "out.csv"}, generated(12_000, result.Rejected))
	if got := strings.Count(page, `<th scope="row"><span>`); got != 500 || !strings.Contains(page, "and 11,500 more in the results file out.csv") {
		t.Errorf("%d rows are shown", got)
	}
	page = written(t, report.Header{Title: "x"}, generated(12_000, result.Unknown))
	if got := strings.Count(page, `<th scope="row"><span>`); got != 10_000 || !strings.Contains(page, "and 2,000 more in the results file") {
		t.Errorf("%d rows are shown", got)
	}
}

func generated(n int64, outcomes ...result.Outcome) iter.Seq2[result.Result, error] {
	return func(yield func(result.Result, error) bool) {
		for row := int64(1); row <= n; row++ {
			r := result.Result{
				Row: row, Line: int(row) + 1, Vendor: fmt.Sprintf("vendor%d", row%1000), ID: fmt.Sprintf("credit-%d", row),
				Outcome: outcomes[row%int64(len(outcomes))], Kind: fmt.Sprintf("kind%d", row), Error: fmt.Sprintf("error %d", row),
				Took: time.Duration(row%5000+1) * time.Millisecond, Changes: []result.Change{{Field: fmt.Sprintf("field%d", row)}},
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var early, late int64
	watched := func(yield func(result.Result, error) bool) {
		for r, err := range generated(300_000, result.Outcomes[:6]...) {
			switch r.Row {
			case 100_000: // the tables are full
				early = heap()
			case 300_000:
				late = heap()
			}
			if !yield(r, err) {
				return
			}
		}
	}
	if err := report.Write(io.Discard, report.Header{}, watched); err != nil {
		t.Fatal(err)
	}
	if grown := late - early; grown > 1<<20 {
		t.Errorf("200,000 further results took %d KB", grown>>10)
	}
}

func TestWriteReturnsErrors(t *testing.T) {
	errRead := errors.New("read")
	broken := func(yield func(result.Result, error) bool) { yield(result.Result{}, errRead) }
	if err := report.Write(io.Discard, report.Header{}, broken); !errors.Is(err, errRead) {
		t.Errorf("got %v", err)
	}
	if err := report.Write(full{}, run, of()); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
