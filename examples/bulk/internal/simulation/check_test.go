package simulation

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// readJournal calls read with the journal after the run.
func (w *world) readJournal(read func(context.Context, *journal.Journal) error) error {
	ctx, stop := context.WithCancel(context.Background())
	j := journal.Open(finishedLog{w}, w.job.Rows, false)
	followed := make(chan error, 1)
	go func() { followed <- j.Follow(ctx) }()
	err := j.CatchUp(ctx)
	if err == nil {
		err = read(ctx, j)
	}
	stop()
	<-followed
	return err
}

func (w *world) countRows() (counts map[string]journal.Counts, err error) {
	err = w.readJournal(func(_ context.Context, j *journal.Journal) error {
		counts = j.Counts()
		return nil
	})
	return counts, err
}

// results returns the result of each row that has ended.
func (w *world) results() (ends map[int64]result.Result, err error) {
	ends = make(map[int64]result.Result)
	err = w.readJournal(func(ctx context.Context, j *journal.Journal) error {
		return j.Results(ctx, func(r result.Result) error {
			if first, ended := ends[r.Row]; !ended || r.Outcome.Outranks(first.Outcome) {
				ends[r.Row] = r
			}
			return nil
		})
	})
	return ends, err
}

// A tally counts what became of the rows.
type tally struct {
	rows, applied, rejected, notSent, unknown int
	unknownMade                               int // unknown rows whose change was made
	repeats                                   int // changes that were harmlessly made again
	seeds, operations, crashes, exits         int
	wrong                                     []string

	idle map[int]bool // of one run: the operations that found no block
}

func (t *tally) add(other tally) {
	t.rows += other.rows
	t.applied += other.applied
	t.rejected += other.rejected
	t.notSent += other.notSent
	t.unknown += other.unknown
	t.unknownMade += other.unknownMade
	t.repeats += other.repeats
	t.seeds += other.seeds
	t.operations += other.operations
	t.crashes += other.crashes
	t.exits += other.exits
	t.wrong = append(t.wrong, other.wrong...)
}

// check compares what the journal says about each row with what the vendors have recorded.
func (w *world) check(ctx context.Context) tally {
	t := tally{seeds: 1, operations: w.operations, crashes: w.crashed, exits: w.exits}
	ends, err := w.results()
	if err != nil {
		t.wrong = append(t.wrong, fmt.Sprintf("the journal cannot be read: %v", err))
		return t
	}
	keys := make(map[string]int64)
	for _, r := range w.made {
		t.rows++
		end, ended := ends[r.Number]
		applied, all := w.fakes[r.Vendor].writes(r.Ref.ID)
		reasons := w.checkRow(ctx, r, end, ended, len(applied))
		for _, request := range all {
			key := request.Header.Get("Idempotency-Key")
			if !w.fakes[r.Vendor].direct.Support().IdempotencyKeys {
				continue
			}
			if first := all[0].Header.Get("Idempotency-Key"); key == "" || key != first {
				reasons = append(reasons, "it was sent under several keys")
			}
			if other, taken := keys[key]; taken && other != r.Number {
				reasons = append(reasons, fmt.Sprintf("it was sent under the key of row %d", other))
			}
			keys[key] = r.Number
		}
		t.count(end.Outcome, len(applied))
		slices.Sort(reasons)
		for _, reason := range slices.Compact(reasons) {
			t.wrong = append(t.wrong, fmt.Sprintf("seed %d: row %d of %s (%s), %s after %d writes that were made: %s",
				w.seed, r.Number, r.Vendor, describe(r), end.Outcome, len(applied), reason))
		}
	}
	if reason := w.checkCounts(t); reason != "" {
		t.wrong = append(t.wrong, fmt.Sprintf("seed %d: %s", w.seed, reason))
	}
	return t
}

// checkCounts compares the journal's counts with the results of the rows. A row that ended
// twice counts once.
func (w *world) checkCounts(t tally) (reason string) {
	counts, err := w.countRows()
	if err != nil {
		return fmt.Sprintf("the journal cannot be read: %v", err)
	}
	var sum journal.Counts
	for _, c := range counts {
		sum.Applied += c.Applied
		sum.Rejected += c.Rejected
		sum.NotSent += c.NotSent
		sum.Unknown += c.Unknown
		sum.Planned += c.Planned + c.Skipped
		sum.Open += c.Open
		sum.Waiting += c.Waiting
	}
	want := journal.Counts{
		Applied: int64(t.applied), Rejected: int64(t.rejected), NotSent: int64(t.notSent), Unknown: int64(t.unknown),
	}
	if sum != want || sum.Ended() != w.job.Rows {
		return fmt.Sprintf("the journal counts %+v, and the results are %+v", sum, want)
	}
	return ""
}

func (t *tally) count(o result.Outcome, applied int) {
	switch o {
	case result.Applied:
		t.applied++
	case result.Rejected:
		t.rejected++
	case result.NotSent:
		t.notSent++
	case result.Unknown:
		t.unknown++
		if applied > 0 {
			t.unknownMade++
		}
	}
	t.repeats += max(0, applied-1)
}

// checkRow returns what is wrong with the end of a row whose change was made as often as
// applied.
func (w *world) checkRow(ctx context.Context, r simRow, end result.Result, ended bool, applied int) (reasons []string) {
	wrong := func(reason string) { reasons = append(reasons, reason) }
	switch {
	case !ended:
		wrong("it has not ended")
	case end.Outcome == result.Applied && applied == 0:
		wrong("it was not made")
	case end.Outcome == result.Applied && !w.hasValues(ctx, r):
		wrong("the credit does not have its values")
	case (end.Outcome == result.Rejected || end.Outcome == result.NotSent) && applied > 0:
		wrong("it was made")
	case !slices.Contains([]result.Outcome{result.Applied, result.Rejected, result.NotSent, result.Unknown}, end.Outcome):
		wrong("no such outcome is possible")
	}
	if w.onlyCrashes && (r.repeatable || end.Outcome != result.Unknown) && end.Outcome != result.Applied {
		wrong("it could have been applied")
	}
	if r.once && applied > 1 {
		wrong("it was made more than once")
	}
	if r.never && applied > 0 {
		wrong("the credit is not as expected, and it was made")
	}
	return reasons
}

// hasValues reports whether the credit has the values of the row.
func (w *world) hasValues(ctx context.Context, r simRow) bool {
	now, err := w.fakes[r.Vendor].direct.(credit.Reader).Read(ctx, r.Ref)
	if err != nil {
		return false
	}
	verdict, _ := r.Patch.Compare(nil, now)
	return verdict == credit.AsAsked
}

func describe(r simRow) string {
	var text bytes.Buffer
	for field := range r.Patch.All() {
		fmt.Fprintf(&text, "sets %s", field)
	}
	if r.HasExpect() {
		text.WriteString(" with expect")
	}
	if r.once {
		text.WriteString(", once")
	}
	return text.String()
}
