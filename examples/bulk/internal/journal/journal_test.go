package journal

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/natstest"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// fleet gives so many processes, in all but name, that follow one journal.
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
	j := Open(js, stream, "journal", rows)
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

func TestOfManyStartsOneFindsTheRowUntouched(t *testing.T) {
	const rows = 50
	journals, _ := fleet(t, 4, rows)
	var untouched, ended atomic.Int64
	var all sync.WaitGroup
	for _, j := range journals {
		all.Go(func() {
			for row := range int64(rows) {
				before, over, err := j.Start(t.Context(), row+1, "knox")
				switch {
				case err != nil:
					t.Error(err)
				case over:
					ended.Add(1)
				case before == Entry{}:
					untouched.Add(1)
				case !before.Doubt:
					t.Errorf("row %d was started before, and is in no doubt: %+v", row+1, before)
				}
			}
		})
	}
	all.Wait()
	if untouched.Load() != rows || ended.Load() != 0 {
		t.Errorf("%d starts found a row untouched, %d one that has ended", untouched.Load(), ended.Load())
	}
}

func TestAStartKnowsWhatWasBefore(t *testing.T) {
	journals, _ := fleet(t, 2, 3)
	one, other := journals[0], journals[1]
	ctx := t.Context()
	for _, step := range []struct {
		do    func() error
		entry Entry
		ended bool
	}{
		{nil, Entry{}, false},
		{func() error { return one.Release(ctx, 1, "knox", false) }, Entry{Starts: 1}, false},
		{func() error { return one.Release(ctx, 1, "knox", true) }, Entry{Doubt: true, Starts: 2, Doubts: 1}, false},
		{nil, Entry{Open: true, Doubt: true, Starts: 3, Doubts: 2}, false},
		{func() error { return one.Finish(ctx, result.Result{Row: 1, Vendor: "knox", Outcome: result.Unknown}) }, Entry{}, true},
	} {
		if step.do != nil {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
		}
		entry, ended, err := other.Start(ctx, 1, "knox")
		if err != nil || entry != step.entry || ended != step.ended {
			t.Errorf("got %+v, ended %v, %v; want %+v", entry, ended, err, step)
		}
		one, other = other, one
	}
}

func TestAJournalIsReadAgain(t *testing.T) {
	journals, stream := fleet(t, 1, 3)
	ctx := t.Context()
	for _, r := range []result.Result{
		{Row: 2, Vendor: "knox", Outcome: result.Applied},
		{Row: 1, Vendor: "nexudus", Outcome: result.Rejected, Error: "no"},
	} {
		if _, _, err := journals[0].Start(ctx, r.Row, r.Vendor); err != nil {
			t.Fatal(err)
		}
		if err := journals[0].Finish(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	again := follow(t, journals[0].js, stream, 3)
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
	err := Results(ctx, stream, func(r result.Result) error {
		order = append(order, r.Row)
		return nil
	})
	if err != nil || len(order) != 2 || order[0] != 2 || order[1] != 1 {
		t.Errorf("got the results of rows %v, %v", order, err)
	}
	stop := errors.New("enough")
	if err := Results(ctx, stream, func(result.Result) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestResultsOfNothing(t *testing.T) {
	_, stream := fleet(t, 1, 1)
	if err := Results(t.Context(), stream, func(result.Result) error { return errors.New("a result") }); err != nil {
		t.Error(err)
	}
}

// What nobody can read could be the end of a row: nothing may be sent then.
func TestAnUnreadableEntryEndsTheWork(t *testing.T) {
	for _, entry := range []string{"{", `{"event":"paused","row":1}`, `{"event":"done","row":1}`, `{"event":"done","row":1,"result":{"outcome":"applauded"}}`} {
		t.Run(entry, func(t *testing.T) {
			js := natstest.New(t)
			stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOURNAL", Subjects: []string{"journal"}})
			if err != nil {
				t.Fatal(err)
			}
			j := Open(js, stream, "journal", 1)
			if _, err := js.Publish(t.Context(), "journal", []byte(entry)); err != nil {
				t.Fatal(err)
			}
			if err := j.Follow(t.Context()); err == nil || !strings.Contains(err.Error(), "entry 1") {
				t.Errorf("Follow: got %v", err)
			}
			if _, _, err := j.Start(t.Context(), 1, "knox"); err == nil {
				t.Error("a row was started")
			}
			if err := j.CatchUp(t.Context()); err == nil {
				t.Error("it was followed")
			}
		})
	}
}

func TestAFullStoreIsAnErrorAtOnce(t *testing.T) {
	js := natstest.New(t)
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "JOURNAL", Subjects: []string{"journal"}, MaxMsgs: 1, Discard: jetstream.DiscardNew,
	})
	if err != nil {
		t.Fatal(err)
	}
	j := follow(t, js, stream, 2)
	if _, _, err := j.Start(t.Context(), 1, "knox"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := j.Start(ctx, 2, "knox"); err == nil || ctx.Err() != nil {
		t.Errorf("got %v after %v", err, ctx.Err())
	}
}

func TestChangesThatAreTooLongAreNotKept(t *testing.T) {
	journals, stream := fleet(t, 1, 1)
	long := []result.Change{{Field: "metadata", Before: strings.Repeat("a", mostChanges), After: "b"}}
	if err := journals[0].Finish(t.Context(), result.Result{Row: 1, Vendor: "knox", Outcome: result.Applied, Changes: long}); err != nil {
		t.Fatal(err)
	}
	err := Results(t.Context(), stream, func(r result.Result) error {
		if r.Changes != nil || r.Error != "the changes are too long to be kept" {
			t.Errorf("got %+v", r)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
