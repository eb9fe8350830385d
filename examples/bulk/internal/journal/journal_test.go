package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/credit"
	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/natstest"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

func TestConcurrentStartsSeeEachOther(t *testing.T) {
	const rows = 50
	journals, _ := fleet(t, 4, rows)
	var untouched, restarts atomic.Int64
	var all sync.WaitGroup
	for _, j := range journals {
		all.Go(func() {
			for row := range int64(rows) {
				prior, _, err := startRow(t.Context(), j, row+1)
				switch {
				case err != nil:
					t.Error(err)
				case len(prior.Events) == 0:
					untouched.Add(1)
				case changes.IsRestart(prior.Events):
					restarts.Add(1)
				}
			}
		})
	}
	all.Wait()
	if untouched.Load() != rows || restarts.Load() != 3*rows {
		t.Errorf("%d starts found a row untouched, %d one in doubt", untouched.Load(), restarts.Load())
	}
}

// Two workers of one process can start a row at the same time, after a lease that ended:
// their starts can be in one message. The second one sees the first.
func TestStartsInOneMessageSeeEachOther(t *testing.T) {
	const workers = 20
	journals, stream := fleet(t, 1, 1)
	earlier := make(map[int]bool)
	var mu sync.Mutex
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			row := journals[0].Row(1, "knox", rowKey(1))
			claim := rand.Text()
			prior, err := row.Append(t.Context(), startedEvent(1, claim))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			earlier[len(prior.Events)] = true
			mu.Unlock()
		})
	}
	all.Wait()
	if len(earlier) != workers {
		t.Errorf("%d starts found %v starts before them", workers, earlier)
	}
	if info, err := stream.Info(t.Context()); err != nil || info.State.Msgs == workers {
		t.Errorf("no two starts are in one message: %v", err)
	}
}

// A second copy of an entry is not another event: the acknowledgement of the first was
// lost.
func TestSecondCopyIsNotAnotherEvent(t *testing.T) {
	journals, _ := fleet(t, 1, 1)
	j := journals[0]
	claim := start(t, j, 1)
	m, err := j.log.Get(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.log.Publish(t.Context(), m.Text); err != nil {
		t.Fatal(err)
	}
	if prior := add(t, j, 1, endedEvent(1, claim, credit.Applied)); len(prior.Events) != 1 {
		t.Errorf("got %+v", prior.Events)
	}
	events, err := j.Row(1, "knox", rowKey(1)).Events(t.Context(), rowKey(1))
	if err != nil || len(events) != 2 {
		t.Errorf("got %+v, %v", events, err)
	}
}

// A dry run remembers no earlier try, and counts it.
func TestDryRunRemembersNoTry(t *testing.T) {
	js := natstest.New(t)
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOURNAL", Subjects: []string{"journal"}})
	if err != nil {
		t.Fatal(err)
	}
	j := follow(t, js, stream, 1)
	j.dryRun = true
	start(t, j, 1)
	row := j.Row(1, "knox", rowKey(1))
	if prior, err := row.Append(t.Context(), startedEvent(1, "again")); err != nil || len(prior.Events) > 0 {
		t.Errorf("got %+v, %v", prior, err)
	}
	if prior, err := row.Append(t.Context(), endedEvent(1, "again", credit.Applied)); err != nil || len(prior.Events) != 1 {
		t.Errorf("got %+v, %v", prior, err)
	}
	if events, err := row.Events(t.Context(), rowKey(1)); err != nil || len(events) > 0 || row.Tries() != 2 {
		t.Errorf("got %+v, %v, %d tries", events, err, row.Tries())
	}
}

// A row that has a result is not sent, also by a worker that did not know the result yet.
func TestRowWithResultIsNotStarted(t *testing.T) {
	journals, _ := fleet(t, 1, 1)
	j := journals[0]
	add(t, j, 1, passingEvent(1, start(t, j, 1)))
	finish(t, j, 1, result.NotSent)
	row := j.Row(1, "knox", rowKey(1))
	if _, err := row.Append(t.Context(), startedEvent(1, "late")); !errors.Is(err, ErrDone) {
		t.Errorf("got %v", err)
	}
	if _, err := row.Err(); err != nil {
		t.Errorf("the journal has failed: %v", err)
	}
}

// If another worker starts a row before the result of this one is stored, a refusal does
// not speak for the other.
func TestRefusalBeforeAnotherStartIsUnknown(t *testing.T) {
	for _, test := range []struct{ outcome, want result.Outcome }{
		{result.NotSent, result.Unknown}, {result.Rejected, result.Unknown}, {result.Unknown, result.Unknown}, {result.Applied, result.Applied},
	} {
		t.Run(string(test.outcome), func(t *testing.T) {
			journals, _ := fleet(t, 2, 1)
			one, other := journals[0], journals[1]
			row := one.Row(1, "knox", rowKey(1))
			for _, e := range []changes.Event{startedEvent(1, "a"), passingEvent(1, "a")} {
				if _, err := row.Append(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			start(t, other, 1)
			if err := one.Finish(t.Context(), row.NewDoneEvent(result.Result{Row: 1, Vendor: "knox", Outcome: test.outcome, Error: "no"})); err != nil {
				t.Fatal(err)
			}
			if err := other.CatchUp(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := Counts{Unknown: 1}
			if test.want == result.Applied {
				want = Counts{Applied: 1}
			}
			if c := other.Counts()["knox"]; c != want {
				t.Errorf("got %+v", c)
			}
			err := other.Results(t.Context(), func(r result.Result) error {
				if r.Outcome != test.want || !strings.HasSuffix(r.Error, "no") {
					t.Errorf("got %+v", r)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// A row has one key, and a job has its rows only.
func TestOtherKeysAndRowsAreRefused(t *testing.T) {
	journals, _ := fleet(t, 1, 1)
	if _, err := journals[0].Row(1, "knox", "another key").Append(t.Context(), startedEvent(1, "a")); err == nil {
		t.Error("an event of another key was stored")
	}
	if _, err := journals[0].Row(2, "knox", rowKey(2)).Append(t.Context(), startedEvent(2, "a")); err == nil {
		t.Error("an event of a row that does not exist was stored")
	}
	if last, err := journals[0].log.Last(t.Context()); err != nil || last != 0 {
		t.Errorf("%d entries, %v", last, err)
	}
}

func TestJournalCanBeReopened(t *testing.T) {
	journals, _ := fleet(t, 1, 3)
	ctx := t.Context()
	for _, r := range []result.Result{
		{Row: 2, Vendor: "knox", Outcome: result.Applied},
		{Row: 1, Vendor: "nexudus", Outcome: result.Rejected, Error: "no"},
	} {
		if _, err := journals[0].Row(r.Row, r.Vendor, rowKey(r.Row)).Append(ctx, startedEvent(r.Row, "a")); err != nil {
			t.Fatal(err)
		}
		if err := journals[0].Finish(ctx, NewDoneEvent(r, "a")); err != nil {
			t.Fatal(err)
		}
	}
	again := followLog(t, journals[0].log, 3)
	if err := again.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	counts := again.Counts()
	if counts["knox"] != (Counts{Applied: 1}) || counts["nexudus"] != (Counts{Rejected: 1}) {
		t.Errorf("got %+v", counts)
	}
	if err := again.Wait(ctx, func(c map[string]Counts) bool { return c["knox"].Ended()+c["nexudus"].Ended() == 2 }); err != nil {
		t.Error(err)
	}
	var order []int64
	err := journals[0].Results(ctx, func(r result.Result) error {
		order = append(order, r.Row)
		return nil
	})
	if err != nil || len(order) != 2 || order[0] != 2 || order[1] != 1 {
		t.Errorf("got the results of rows %v, %v", order, err)
	}
	stop := errors.New("enough")
	if err := journals[0].Results(ctx, func(result.Result) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestCatchUpWaitsForLastEntry(t *testing.T) {
	journals, _ := fleet(t, 1, 1)
	start(t, journals[0], 1)
	behind := Open(journals[0].log, 1, false) // and never follows
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := behind.CatchUp(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestResultsOfEmptyJournal(t *testing.T) {
	journals, _ := fleet(t, 1, 1)
	if err := journals[0].Results(t.Context(), func(result.Result) error { return errors.New("a result") }); err != nil {
		t.Error(err)
	}
}

// An unreadable entry could be the end of a row, so nothing may be sent after it.
func TestUnreadableEntryEndsFollow(t *testing.T) {
	for _, entry := range []string{
		"{", `{"event":"paused","row":1,"id":"1"}`, `{"event":"done","row":1,"id":"1"}`,
		`{"event":"done","row":1,"id":"1","result":{"outcome":"applauded"}}`,
		`{"event":"done","row":1,"result":{"outcome":"applied"}}`, `{"event":"started","row":1,"id":"1"}`,
	} {
		t.Run(entry, func(t *testing.T) {
			js := natstest.New(t)
			stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOURNAL", Subjects: []string{"journal"}})
			if err != nil {
				t.Fatal(err)
			}
			j := Open(NewStream(js, stream, "journal"), 1, false)
			if _, err := js.Publish(t.Context(), "journal", []byte(entry)); err != nil {
				t.Fatal(err)
			}
			if err := j.Follow(t.Context()); err == nil || !strings.Contains(err.Error(), "entry 1") {
				t.Errorf("Follow: got %v", err)
			}
			if _, _, err := startRow(t.Context(), j, 1); err == nil {
				t.Error("a row was started")
			}
			if err := j.CatchUp(t.Context()); err == nil {
				t.Error("Follow did not fail")
			}
		})
	}
}

func TestFullStoreFailsImmediately(t *testing.T) {
	js := natstest.New(t)
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "JOURNAL", Subjects: []string{"journal"}, MaxMsgs: 1, Discard: jetstream.DiscardNew,
	})
	if err != nil {
		t.Fatal(err)
	}
	j := follow(t, js, stream, 2)
	start(t, j, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := startRow(ctx, j, 2); err == nil || ctx.Err() != nil {
		t.Errorf("got %v after %v", err, ctx.Err())
	}
}

// The end of a try is recorded without its long texts, and a start that is too long is not
// recorded.
func TestLongChangesAreCutOrRefused(t *testing.T) {
	journals, _ := fleet(t, 1, 1)
	j := journals[0]
	long := strings.Repeat("<", 300<<10)
	claim := start(t, j, 1)
	end := endedEvent(1, claim, credit.Rejected)
	end.Error = long
	end.Before = &credit.Record{ID: "c1", Values: credit.Values{Name: credit.Set(long)}}
	add(t, j, 1, end)
	events, err := j.Row(1, "knox", rowKey(1)).Events(t.Context(), rowKey(1))
	if err != nil || len(events) != 2 || events[1].Outcome != credit.Rejected || events[1].Before != nil || len(events[1].Error) > maxErrorBytes+100 {
		t.Errorf("got %.200v, %v", events, err)
	}
	e := startedEvent(1, "b")
	e.Job.Patch.Name = credit.Set(long)
	row := j.Row(1, "knox", rowKey(1))
	if _, err := row.Append(t.Context(), e); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
	if _, err := row.Err(); err != nil {
		t.Errorf("the journal has failed: %v", err)
	}
}

// A server accepts entries of at most a megabyte, and each of these bytes takes six
// in JSON.
func TestLongTextsAreCut(t *testing.T) {
	long := strings.Repeat("<", 200<<10)
	for name, r := range map[string]result.Result{
		"changes":  {Error: "mismatch", Changes: []result.Change{{Field: "metadata", Before: long, After: "b"}}},
		"an error": {Error: "mismatch" + strings.Repeat("é", 200<<10)},
		"an id":    {Error: "mismatch", ID: strings.Repeat("<", 127<<10), Changes: []result.Change{{Before: long}}},
	} {
		t.Run(name, func(t *testing.T) {
			journals, _ := fleet(t, 1, 1)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			r.Row, r.Vendor, r.Outcome = 1, "knox", result.Applied
			if err := journals[0].Finish(ctx, NewDoneEvent(r, "")); err != nil {
				t.Fatal(err)
			}
			err := journals[0].Results(ctx, func(got result.Result) error {
				if got.Changes != nil || len(got.Error) > maxErrorBytes+100 || got.ID != r.ID ||
					!strings.HasPrefix(got.Error, "mismatch") || !strings.HasSuffix(got.Error, "; the rest is too long to be recorded") {
					t.Errorf("got %.200v", got)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// A server with a lower limit will never store the entry, so the writer gets an
// error.
func TestRejectedEntryIsAnError(t *testing.T) {
	journals, _ := fleet(t, 1, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := journals[0].Finish(ctx, NewDoneEvent(result.Result{Row: 1, Vendor: "knox", Outcome: result.Applied, ID: strings.Repeat("<", 200<<10)}, ""))
	if !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("got %v", err)
	}
}
