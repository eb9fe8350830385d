package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Journal follows a stream of events, and writes to it.
type Journal struct {
	js      jetstream.JetStream
	stream  jetstream.Stream
	subject string

	mu     sync.Mutex
	state  *state
	seen   uint64
	moved  chan struct{} // closed at the next event
	claims map[string]chan claim
	broken error         // the journal cannot be read
	failed chan struct{} // closed when it is broken
}

// claim is what the journal held of a row when a start of it was stored.
type claim struct {
	before Entry
	ended  bool
}

// Open makes a journal of a stream with one subject, for a job of so many rows.
// It knows nothing before Follow runs.
func Open(js jetstream.JetStream, stream jetstream.Stream, subject string, rows int64) *Journal {
	return &Journal{
		js: js, stream: stream, subject: subject,
		state:  newState(rows),
		moved:  make(chan struct{}),
		claims: make(map[string]chan claim),
		failed: make(chan struct{}),
	}
}

// Follow reads the journal from its beginning, and goes on until ctx ends or
// the journal cannot be read.
func (j *Journal) Follow(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	err := each(ctx, j.stream, func(sequence uint64, e Event) { j.add(sequence, e) })
	if err != nil && ctx.Err() == nil {
		j.mu.Lock()
		j.broken = err
		close(j.failed)
		j.mu.Unlock()
	}
	return err
}

// each visits the entries in their order, and waits for new ones.
func each(ctx context.Context, stream jetstream.Stream, visit func(sequence uint64, e Event)) error {
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(1000))
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	defer messages.Stop()
	for {
		message, err := messages.Next(jetstream.NextContext(ctx))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, jetstream.ErrNoHeartbeat):
			continue // the connection is lost; the consumer comes back with it
		case err != nil:
			return fmt.Errorf("the journal: %w", err)
		}
		about, err := message.Metadata()
		if err != nil {
			return fmt.Errorf("the journal: %w", err)
		}
		var e Event
		if err := errors.Join(json.Unmarshal(message.Data(), &e), e.check()); err != nil {
			return fmt.Errorf("the journal's entry %d: %w", about.Sequence.Stream, err)
		}
		visit(about.Sequence.Stream, e)
	}
}

func (j *Journal) add(sequence uint64, e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if waiting, ok := j.claims[e.Claim]; ok && e.Kind == started {
		before, ended := j.state.look(e.Row)
		if before.Open {
			before.Doubt, before.Doubts = true, before.Doubts+1
		}
		waiting <- claim{before, ended}
		delete(j.claims, e.Claim)
	}
	j.state.add(e)
	j.seen = sequence
	close(j.moved)
	j.moved = make(chan struct{})
}

// CatchUp returns when all that the stream holds by now has been followed.
func (j *Journal) CatchUp(ctx context.Context) error {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	return j.until(ctx, func() bool { return j.seen >= info.State.LastSeq })
}

// Wait returns when the rows of each vendor that something has happened to are
// as reached wants them.
func (j *Journal) Wait(ctx context.Context, reached func(map[string]Counts) bool) error {
	return j.until(ctx, func() bool { return reached(j.tally()) })
}

func (j *Journal) until(ctx context.Context, reached func() bool) error {
	for {
		j.mu.Lock()
		ok, moved := reached(), j.moved
		j.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-moved:
		case <-j.failed:
			return j.broken
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Counts are the rows of each vendor that something has happened to.
func (j *Journal) Counts() map[string]Counts {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.tally()
}

func (j *Journal) tally() map[string]Counts {
	out := make(map[string]Counts, len(j.state.counts))
	for vendor, c := range j.state.counts {
		out[vendor] = *c
	}
	return out
}

// Start stores that the row is about to be sent, and returns what the journal
// held of it before that. A row that has ended must not be sent. The journal's
// order makes two processes that start the same row see each other: at most
// one of them finds it untouched.
func (j *Journal) Start(ctx context.Context, row int64, vendor string) (before Entry, ended bool, err error) {
	id := nuid.Next()
	answer := make(chan claim, 1)
	j.mu.Lock()
	j.claims[id] = answer
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.claims, id)
		j.mu.Unlock()
	}()
	if err := j.write(ctx, Event{Kind: started, Row: row, Vendor: vendor, Claim: id}); err != nil {
		return Entry{}, false, err
	}
	select {
	case c := <-answer:
		return c.before, c.ended, nil
	case <-j.failed:
		return Entry{}, false, j.broken
	case <-ctx.Done():
		return Entry{}, false, ctx.Err()
	}
}

// Release stores that the row is to be tried again; doubt says that its change
// may have happened.
func (j *Journal) Release(ctx context.Context, row int64, vendor string, doubt bool) error {
	return j.write(ctx, Event{Kind: released, Row: row, Vendor: vendor, Doubt: doubt})
}

// Finish stores what became of the row.
func (j *Journal) Finish(ctx context.Context, r result.Result) error {
	size := 0
	for _, c := range r.Changes {
		size += len(c.Before) + len(c.After)
	}
	if size > mostChanges {
		r.Changes = nil
		r.Error = strings.TrimPrefix(r.Error+"; the changes are too long to be kept", "; ")
	}
	return j.write(ctx, Event{Kind: done, Row: r.Row, Vendor: r.Vendor, Result: &r})
}

// mostChanges is what a server takes without being asked, with room for the rest.
const mostChanges = 256 << 10

// write stores an event. While the server is away it tries again, until ctx
// ends: an event that is stored twice does no harm.
func (j *Journal) write(ctx context.Context, e Event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	for {
		_, err := j.js.Publish(ctx, j.subject, text)
		var refused jetstream.JetStreamError
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("the journal was not written: %w", err)
		case errors.As(err, &refused) && refused.APIError() != nil:
			return fmt.Errorf("the journal cannot be written: %w", err) // a full disk, say
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return fmt.Errorf("the journal was not written: %w", err)
		}
	}
}

// Results visits what became of the rows so far, in the order in which they
// ended; a row can come twice.
func Results(ctx context.Context, stream jetstream.Stream, visit func(result.Result) error) error {
	info, err := stream.Info(ctx)
	if err != nil || info.State.LastSeq == 0 {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	err = each(ctx, stream, func(sequence uint64, e Event) {
		if e.Kind == done && e.Result != nil {
			if err := visit(*e.Result); err != nil {
				stop(err)
			}
		}
		if sequence >= info.State.LastSeq {
			stop(errEnd)
		}
	})
	if cause := context.Cause(ctx); errors.Is(cause, errEnd) {
		return nil
	} else if cause != nil {
		return cause
	}
	return err
}

var errEnd = errors.New("the journal's end")
