package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/credit"
	changes "github.com/creditkit/creditkit/credit/journal"
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

func rowKey(row int64) string { return fmt.Sprint("key of ", row) }

// startedEvent is the start of a row's change under a claim.
func startedEvent(row int64, claim string) changes.Event {
	patch := credit.Patch{Name: credit.Set("new")}
	job := &changes.Job{Key: rowKey(row), Vendor: "knox", Ref: credit.Ref{ID: fmt.Sprint("c", row)}, Patch: patch}
	now := time.Now()
	return changes.Event{Kind: changes.Started, Key: job.Key, Claim: claim, At: now, Lease: now, Job: job, Target: patch}
}

// endedEvent is the end of a try. A refusal is for good.
func endedEvent(row int64, claim string, outcome credit.Outcome) changes.Event {
	e := changes.Event{Kind: changes.Ended, Key: rowKey(row), Claim: claim, At: time.Now(), Outcome: outcome}
	if outcome != credit.Applied {
		e.ErrorKind, e.Error = credit.ErrInvalid, "no"
	}
	return e
}

// passingEvent is the end of a try that sent nothing, so that the row is tried again.
func passingEvent(row int64, claim string) changes.Event {
	e := endedEvent(row, claim, credit.NotSent)
	e.ErrorKind = credit.ErrUnavailable
	return e
}

// startRow starts a row as a worker does, and returns what the journal had before and the
// claim.
func startRow(ctx context.Context, j *Journal, row int64) (changes.Prior, string, error) {
	claim := rand.Text()
	prior, err := j.Row(row, "knox", rowKey(row)).Append(ctx, startedEvent(row, claim))
	return prior, claim, err
}

// start starts a row and returns the claim.
func start(t *testing.T, j *Journal, row int64) string {
	t.Helper()
	_, claim, err := startRow(t.Context(), j, row)
	if err != nil {
		t.Fatal(err)
	}
	return claim
}

// add appends an event of a row's change.
func add(t *testing.T, j *Journal, row int64, e changes.Event) changes.Prior {
	t.Helper()
	prior, err := j.Row(row, "knox", rowKey(row)).Append(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return prior
}

// finish records the result of a row after its last start.
func finish(t *testing.T, j *Journal, row int64, o result.Outcome) {
	t.Helper()
	store := j.Row(row, "knox", rowKey(row))
	if _, err := store.Events(t.Context(), rowKey(row)); err != nil {
		t.Fatal(err)
	}
	r := result.Result{Row: row, Line: int(row) + 1, Vendor: "knox", Outcome: o}
	if err := j.Finish(t.Context(), store.NewDoneEvent(r)); err != nil {
		t.Fatal(err)
	}
}
