package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// Start stores that the row is about to be sent, and returns what the journal
// held of it before that. The journal's order makes two processes that start the
// same row see each other: at most one of them finds it untouched.
func (j *Journal) Start(ctx context.Context, row int64, vendor string) (Start, error) {
	claim := nuid.Next()
	answer := make(chan Start, 1)
	j.mu.Lock()
	j.starts[claim] = answer
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.starts, claim)
		j.mu.Unlock()
	}()
	if err := j.write(ctx, Event{Kind: started, Row: row, Vendor: vendor, Claim: claim}); err != nil {
		return Start{}, err
	}
	select {
	case s := <-answer:
		return s, nil
	case <-j.failed:
		return Start{}, j.broken
	case <-ctx.Done():
		return Start{}, ctx.Err()
	}
}

// Release stores that the row is to be tried again; doubt says that this try may
// have made the change.
func (j *Journal) Release(ctx context.Context, s Start, doubt bool) error {
	return j.write(ctx, Event{Kind: released, Row: s.row, Vendor: s.vendor, Claim: s.claim, Doubt: doubt})
}

// Finish stores what became of the row. Changes and errors that a server would
// not take are left out, or cut.
func (j *Journal) Finish(ctx context.Context, r result.Result) error {
	size := len(r.Error)
	for _, c := range r.Changes {
		size += len(c.Before) + len(c.After)
	}
	if size > mostText {
		r.Changes = nil
		r.Error = strings.TrimPrefix(r.Error[:min(len(r.Error), mostError)]+
			"; what was too long to be kept is left out", "; ")
	}
	return j.write(ctx, Event{Kind: done, Row: r.Row, Vendor: r.Vendor, Result: &r})
}

// A server takes a megabyte without being asked; a byte may take six in JSON, and
// the row's id has to fit as well.
const mostText, mostError = 32 << 10, 4 << 10

// Silent says whether the server gives no answer to what is to be written.
func (j *Journal) Silent() bool { return j.silent.Load() > 0 }

// write stores an event. While the server is away it tries again, until ctx or
// the patience ends: an event that is stored twice does no harm.
func (j *Journal) write(ctx context.Context, e Event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	begun := time.Now()
	for tries := 0; ; tries++ {
		_, err := j.js.Publish(ctx, j.subject, text)
		var refused jetstream.JetStreamError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("the journal was not written: %w", err)
		case errors.Is(err, nats.ErrMaxPayload), errors.As(err, &refused) && refused.APIError() != nil:
			return fmt.Errorf("the journal cannot be written: %w", err) // it is as large as it may be, say
		case j.Patience > 0 && time.Since(begun) > j.Patience:
			return fmt.Errorf("the journal is not written, is the disk full? %w", err)
		case tries == 0:
			j.silent.Add(1)
			defer j.silent.Add(-1)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return fmt.Errorf("the journal was not written: %w", err)
		}
	}
}
