package journal

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/natstest"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// fleet returns several journals of one stream, as several processes have them.
func fleet(t *testing.T, n int, rows int64) ([]*Journal, jetstream.Stream) {
	t.Helper()
	js := natstest.New(t)
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOURNAL", Subjects: []string{"journal"}})
	if err != nil {
		t.Fatal(err)
	}
	var all []*Journal
	for range n {
		all = append(all, follow(t, js, stream, rows))
	}
	return all, stream
}

func follow(t *testing.T, js jetstream.JetStream, stream jetstream.Stream, rows int64) *Journal {
	t.Helper()
	return followLog(t, NewStream(js, stream, "journal"), rows)
}

func followLog(t *testing.T, log Log, rows int64) *Journal {
	j := Open(log, rows, false)
	ctx, cancel := context.WithCancel(t.Context())
	var following sync.WaitGroup
	following.Go(func() {
		if err := j.Follow(ctx); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); following.Wait() })
	return j
}

func TestConcurrentStartsSeeEachOther(t *testing.T) {
	const rows = 50
	journals, _ := fleet(t, 4, rows)
	var untouched, ended atomic.Int64
	var all sync.WaitGroup
	for _, j := range journals {
		all.Go(func() {
			for row := range int64(rows) {
				s, err := j.Start(t.Context(), row+1, "knox")
				switch {
				case err != nil:
					t.Error(err)
				case s.Ended:
					ended.Add(1)
				case s.Before == Entry{}:
					untouched.Add(1)
				case !s.Before.Doubt:
					t.Errorf("row %d was started before, but is not in doubt: %+v", row+1, s.Before)
				}
			}
		})
	}
	all.Wait()
	if untouched.Load() != rows || ended.Load() != 0 {
		t.Errorf("%d starts found a row untouched, %d one that has ended", untouched.Load(), ended.Load())
	}
}

func TestStartReturnsEarlierState(t *testing.T) {
	journals, _ := fleet(t, 2, 3)
	one, other := journals[0], journals[1]
	ctx := t.Context()
	var last Start
	for _, step := range []struct {
		do    func() error
		entry Entry
		ended bool
	}{
		{nil, Entry{}, false},
		{func() error { return one.Release(ctx, last, false) }, Entry{Starts: 1}, false},
		{func() error { return one.Release(ctx, last, true) }, Entry{Doubt: true, Starts: 2, Doubts: 1}, false},
		{nil, Entry{Open: true, Doubt: true, Starts: 3, Doubts: 2}, false},
		{func() error { return one.Finish(ctx, result.Result{Row: 1, Vendor: "knox", Outcome: result.Unknown}) }, Entry{}, true},
	} {
		if step.do != nil {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		last, err = other.Start(ctx, 1, "knox")
		got := last.Before
		if got.FirstStart.IsZero() != (got.Starts == 0) {
			t.Errorf("the first start was at %v after %d starts", got.FirstStart, got.Starts)
		}
		got.claim, got.FirstStart = "", time.Time{}
		if err != nil || got != step.entry || last.Ended != step.ended {
			t.Errorf("got %+v, ended %v, %v; want %+v", got, last.Ended, err, step)
		}
		one, other = other, one
	}
}

func TestJournalCanBeReopened(t *testing.T) {
	journals, _ := fleet(t, 1, 3)
	ctx := t.Context()
	for _, r := range []result.Result{
		{Row: 2, Vendor: "knox", Outcome: result.Applied},
		{Row: 1, Vendor: "nexudus", Outcome: result.Rejected, Error: "no"},
	} {
		if _, err := journals[0].Start(ctx, r.Row, r.Vendor); err != nil {
			t.Fatal(err)
		}
		if err := journals[0].Finish(ctx, r); err != nil {
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
	if _, err := journals[0].Start(t.Context(), 1, "knox"); err != nil {
		t.Fatal(err)
	}
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
	for _, entry := range []string{"{", `{"event":"paused","row":1}`, `{"event":"done","row":1}`, `{"event":"done","row":1,"result":{"outcome":"applauded"}}`} {
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
			if _, err := j.Start(t.Context(), 1, "knox"); err == nil {
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
	if _, err := j.Start(t.Context(), 1, "knox"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := j.Start(ctx, 2, "knox"); err == nil || ctx.Err() != nil {
		t.Errorf("got %v after %v", err, ctx.Err())
	}
}

// If two processes try a row, a refusal of one does not speak for the other, in
// either order.
func TestRefusalAfterDoubtIsUnknown(t *testing.T) {
	journals, _ := fleet(t, 2, 1)
	ctx := t.Context()
	for _, j := range journals {
		if _, err := j.Start(ctx, 1, "knox"); err != nil {
			t.Fatal(err)
		}
	}
	if err := journals[0].Finish(ctx, result.Result{Row: 1, Vendor: "knox", Outcome: result.Rejected, Error: "no"}); err != nil {
		t.Fatal(err)
	}
	err := journals[0].Results(ctx, func(r result.Result) error {
		if r.Outcome != result.Unknown || r.Error != "another try may have made the change; this one: no" {
			t.Errorf("got %+v", r)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := journals[1].CatchUp(ctx); err != nil {
		t.Error(err)
	}
	if c := journals[1].Counts()["knox"]; c != (Counts{Unknown: 1}) {
		t.Errorf("got %+v", c)
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
			if err := journals[0].Finish(ctx, r); err != nil {
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
	err := journals[0].Finish(ctx, result.Result{Row: 1, Vendor: "knox", Outcome: result.Applied, ID: strings.Repeat("<", 200<<10)})
	if !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("got %v", err)
	}
}
