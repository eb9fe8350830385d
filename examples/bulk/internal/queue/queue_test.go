package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
)

func open(t *testing.T, dir string) *Queue {
	t.Helper()
	q, err := Embed(Storage{Dir: dir, Lazy: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Close)
	return q
}

func job(rows int64) Job {
	return Job{Name: "test", Input: "changes.csv", Digest: "d1", Rows: rows, VendorRows: map[string]int64{"knox": rows / 2, "metronome": rows - rows/2}, Created: time.Now()}
}

// rows alternates between the vendors, and calls taken for each row.
func rows(n int64, taken func(int64)) iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		for i := range n {
			taken(i)
			r := row.Row{Number: i + 1, Line: int(i) + 2, Vendor: "metronome", Ref: credit.Ref{ID: fmt.Sprint("credit-", i), Owner: "c"}}
			if i%2 == 1 {
				r.Vendor, r.Ref.Owner = "knox", ""
			}
			r.Patch.Note = credit.Set(fmt.Sprint("note ", i))
			if !yield(r, nil) {
				return
			}
		}
	}
}

func drain(t *testing.T, q *Queue, j Job, vendor string) []int64 {
	t.Helper()
	all, err := q.Rows(t.Context(), j, vendor, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int64
	for int64(len(numbers)) < j.VendorRows[vendor] {
		b, err := all.Next(t.Context())
		if err != nil {
			t.Fatalf("after %d rows: %v", len(numbers), err)
		}
		for _, r := range b.Rows {
			numbers = append(numbers, r.Number)
			if note, _ := r.Patch.Note.Get(); note != fmt.Sprint("note ", r.Number-1) {
				t.Fatalf("row %d arrives as %+v", r.Number, r)
			}
		}
		b.Ack()
	}
	return numbers
}

func TestInterruptedSubmissionContinues(t *testing.T) {
	dir := t.TempDir()
	j := job(5003) // one vendor has an odd number of rows, in blocks of two
	for range 4 {
		q := open(t, dir)
		if err := q.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		blocks, err := q.storedBlocks(t.Context(), j)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = q.Submit(ctx, j, rows(j.Rows, func(i int64) {
			if i == 2*blocks+1500 {
				cancel()
			}
		}))
		if all, _ := q.Submitted(t.Context(), j); !all && err == nil {
			t.Error("some rows are not stored, and nothing is wrong")
		}
		cancel()
		q.Close()
	}
	q := open(t, dir)
	if all, err := q.Submitted(t.Context(), j); !all || err != nil {
		t.Fatalf("all rows are stored: %v, %v", all, err)
	}
	stored, err := q.storedBlocks(t.Context(), j)
	if err != nil || stored != 1251+1251+1 {
		t.Errorf("%d messages are stored, %v", stored, err)
	}
	var got []int64
	for _, vendor := range j.Vendors() {
		got = append(got, drain(t, q, j, vendor)...)
	}
	slices.Sort(got)
	for i, n := range got {
		if n != int64(i)+1 {
			t.Fatalf("row %d arrives in place of row %d", n, i+1)
		}
	}
	// Rows that have ended are not stored again, not even after a restart.
	q.Close()
	q = open(t, dir)
	if err := q.Submit(t.Context(), j, rows(j.Rows, func(int64) {})); err != nil {
		t.Error(err)
	}
	if n, err := q.storedBlocks(t.Context(), j); n != stored || err != nil {
		t.Errorf("%d messages are stored, %v", n, err)
	}
}

func TestConcurrentSubmissions(t *testing.T) {
	q := open(t, t.TempDir())
	j := job(3000)
	if err := q.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			for {
				err := q.Submit(t.Context(), j, rows(j.Rows, func(int64) {}))
				if err == nil {
					return
				}
				if !errors.Is(err, ErrOvertaken) {
					t.Error(err)
					return
				}
			}
		})
	}
	both.Wait()
	if all, err := q.Submitted(t.Context(), j); !all || err != nil {
		t.Errorf("all rows are stored: %v, %v", all, err)
	}
	for _, vendor := range j.Vendors() {
		got := drain(t, q, j, vendor)
		if n := len(slices.Compact(slices.Clone(got))); !slices.IsSorted(got) || int64(n) != j.VendorRows[vendor] {
			t.Errorf("the order is %v", got)
		}
	}
}

func TestCreateRejectsOtherFile(t *testing.T) {
	q := open(t, t.TempDir())
	j := job(10)
	if err := q.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if err := q.Submit(t.Context(), j, rows(9, func(int64) {})); err == nil {
		t.Error("a missing row is not an error")
	}
	again := j
	again.Created = again.Created.Add(time.Hour)
	if err := q.Create(t.Context(), again); err != nil {
		t.Errorf("the same file: %v", err)
	}
	other := j
	other.Digest = "d2"
	if err := q.Create(t.Context(), other); err == nil || !strings.Contains(err.Error(), "another file") {
		t.Errorf("another file: %v", err)
	}
	dry := j
	dry.DryRun = true
	if err := q.Create(t.Context(), dry); err == nil {
		t.Error("a dry run of another job was accepted")
	}
	skips := j
	skips.VendorRows = map[string]int64{"knox": 4, "metronome": 5}
	if err := q.Create(t.Context(), skips); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("the same file with other bad rows: %v", err)
	}
	bad := j
	bad.Name = "a.b"
	if err := q.Create(t.Context(), bad); err == nil {
		t.Error("a.b is accepted as a name")
	}
}

func TestFindJobs(t *testing.T) {
	q := open(t, t.TempDir())
	ctx := t.Context()
	if _, err := q.Job(ctx, ""); err == nil {
		t.Error("an empty server has a job")
	}
	one, two := job(2), job(4)
	two.Name, two.Created = "other", one.Created.Add(time.Second)
	if err := q.Create(ctx, one); err != nil {
		t.Fatal(err)
	}
	if got, err := q.Job(ctx, ""); err != nil || got.Name != "test" || got.Rows != 2 || got.Digest != "d1" || got.VendorRows["knox"] != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := q.Create(ctx, two); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Job(ctx, ""); err == nil || !strings.Contains(err.Error(), "test, other") {
		t.Errorf("got %v", err)
	}
	if got, err := q.Job(ctx, "other"); err != nil || got.Rows != 4 {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := q.Remove(ctx, two); err != nil {
		t.Fatal(err)
	}
	if got, err := q.Jobs(ctx); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}

// A crash can leave one of the two streams. With the journal alone nothing is sent
// again, and a job without a journal is not found.
func TestPartialJobIsRecreated(t *testing.T) {
	q := open(t, t.TempDir())
	j := job(2)
	create := func(half string) {
		t.Helper()
		if err := q.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if err := q.js.DeleteStream(t.Context(), half); err != nil {
			t.Fatal(err)
		}
	}
	create(j.rowsStream())
	if jobs, err := q.Jobs(t.Context()); err != nil || len(jobs) > 0 {
		t.Errorf("without rows: got %v, %v", jobs, err)
	}
	other := j
	other.Digest = "d2"
	if err := q.Create(t.Context(), other); err == nil || !strings.Contains(err.Error(), "another file") {
		t.Errorf("another file with what is left of the first one's journal: %v", err)
	}
	create(j.journalStream())
	if err := q.Remove(t.Context(), j); err == nil {
		t.Error("removing a missing journal is not an error")
	}
	if jobs, err := q.Jobs(t.Context()); err != nil || len(jobs) > 0 {
		t.Errorf("the rows are removed first: got %v, %v", jobs, err)
	}
}

func TestInFlightLimitIsShared(t *testing.T) {
	q := open(t, t.TempDir())
	j := job(20)
	ctx := t.Context()
	if err := q.Create(ctx, j); err != nil {
		t.Fatal(err)
	}
	if err := q.Submit(ctx, j, rows(j.Rows, func(int64) {})); err != nil {
		t.Fatal(err)
	}
	other := &Queue{js: q.js, conn: q.conn} // the server is none of its
	var taken []*Block
	for range 2 {
		all, err := other.Rows(ctx, j, "knox", 3)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
			if d, err := all.Next(short); err == nil {
				taken = append(taken, d)
			}
			cancel()
		}
	}
	if len(taken) != 3 {
		t.Fatalf("%d rows are in flight", len(taken))
	}
	all, err := other.Rows(ctx, j, "knox", 3)
	if err != nil {
		t.Fatal(err)
	}
	taken[1].Nak(0)
	if d, err := all.Next(ctx); err != nil || d.Rows[0].Number != taken[1].Rows[0].Number {
		t.Errorf("a row that was given back: got %v", err)
	}
}

// A server in this process gives no answer only if it cannot write.
func TestPatienceOnlyForEmbeddedServer(t *testing.T) {
	q := open(t, t.TempDir())
	j := job(2)
	if err := q.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	for _, patience := range []time.Duration{embeddedPatience, 0} {
		if q.patience != patience {
			t.Errorf("the queue has a patience of %v", q.patience)
		}
		opened, err := q.Journal(t.Context(), j)
		if err != nil || opened.Patience != patience {
			t.Errorf("the journal has a patience of %v, %v", opened.Patience, err)
		}
		bucket, err := q.Bucket(t.Context(), "knox", nil)
		if err != nil || bucket.Patience != patience {
			t.Errorf("the limits have a patience of %v, %v", bucket.Patience, err)
		}
		q = &Queue{js: q.js, conn: q.conn} // a server in another process
	}
}

// The process that had the rows has exited, because its folder is unlocked.
func TestRowsOfExitedProcessAreRedelivered(t *testing.T) {
	dir := t.TempDir()
	j := job(20)
	for range 3 {
		q := open(t, dir)
		if err := q.Create(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if err := q.Submit(t.Context(), j, rows(j.Rows, func(int64) {})); err != nil {
			t.Fatal(err)
		}
		all, err := q.Rows(t.Context(), j, "knox", 3)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := all.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		q.Close()
	}
}

func TestFullStore(t *testing.T) {
	q, err := Embed(Storage{Dir: t.TempDir(), Lazy: true, Max: 50_000})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	j := job(5000)
	if err := q.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if err := q.Submit(t.Context(), j, rows(j.Rows, func(int64) {})); err == nil || errors.Is(err, ErrOvertaken) {
		t.Errorf("got %v", err)
	}
}

// The first worker sets the target of the job.
func TestClaim(t *testing.T) {
	q, ctx := open(t, t.TempDir()), t.Context()
	j := job(2)
	if err := q.Create(ctx, j); err != nil {
		t.Fatal(err)
	}
	if got, err := q.Claimed(ctx, j); err != nil || got.Target.Mode != "" {
		t.Errorf("before any worker: %+v, %v", got.Target, err)
	}
	env := func(string) string { return "example.org" }
	one := target.New(target.Real, j.Vendors(), nil, env)
	for range 2 {
		if got, err := q.Claim(ctx, j, one); err != nil || got.Target.Check(one) != nil {
			t.Errorf("got %+v, %v", got.Target, err)
		}
	}
	other := target.New(target.DryRun, j.Vendors(), nil, env)
	if _, err := q.Claim(ctx, j, other); err == nil || !strings.Contains(err.Error(), one.String()) || !strings.Contains(err.Error(), other.String()) {
		t.Errorf("got %v", err)
	}
	if err := q.Remove(ctx, j); err != nil {
		t.Fatal(err)
	}
	if err := q.Create(ctx, j); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Claim(ctx, j, other); err != nil {
		t.Errorf("a new job of the name has the old target: %v", err)
	}
}

func TestResetRowsEmptiesTheQueue(t *testing.T) {
	q, ctx := open(t, t.TempDir()), t.Context()
	j := job(4)
	if err := q.Create(ctx, j); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := q.Submit(ctx, j, rows(4, func(int64) {})); err != nil {
			t.Fatal(err)
		}
		if all, err := q.Submitted(ctx, j); err != nil || !all {
			t.Errorf("got %v, %v", all, err)
		}
		if err := q.ResetRows(ctx, j); err != nil {
			t.Fatal(err)
		}
		if all, err := q.Submitted(ctx, j); err != nil || all {
			t.Errorf("after a reset: got %v, %v", all, err)
		}
		if n, err := q.storedBlocks(ctx, j); err != nil || n != 0 {
			t.Errorf("after a reset: got %d, %v", n, err)
		}
	}
}

func TestValidateName(t *testing.T) {
	for _, c := range []struct {
		name string
		good bool
	}{{"june-2027", true}, {"A_1", true}, {"", false}, {"june 2027", false}, {"a.b", false}, {"a/b", false}, {strings.Repeat("a", 65), false}} {
		if err := ValidateName(c.name); (err == nil) != c.good {
			t.Errorf("%q: got %v", c.name, err)
		}
	}
}
