package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Journal follows a stream of events, and writes to it.
type Journal struct {
	// Patience is how long the server may give no answer to a write, where it
	// cannot be away for long: one whose disk is full gives none. 0 is for ever.
	Patience time.Duration
	// Marks protect the journal where its stream is this process' alone: each
	// entry about a row is noted in them. nil where there are none.
	Marks *mark.File
	// Spill gets each entry that the server does not take at the first attempt,
	// so that it is kept elsewhere. It may be nil.
	Spill func(e Event)
	// Gone reports that the server stores nothing any more, so that another
	// attempt is useless. It may be nil.
	StorageFailed func() bool

	unanswered atomic.Int64 // writes that have no answer

	js      jetstream.JetStream
	stream  jetstream.Stream
	subject string

	emptyState func() *state

	mu            sync.Mutex
	state         *state
	lastSequence  uint64
	changed       chan struct{} // closed at the next event
	pendingStarts map[string]chan Start

	followErr   error         // why the journal is not followed any more
	followEnded chan struct{} // closed then
}

// A Start is a try that the journal has, and what it held of the row before.
type Start struct {
	Before Entry
	Ended  bool // the row must not be sent

	row           int64
	vendor, claim string
	sequence      uint64
}

// Open makes a journal of a stream with one subject, for a job of so many rows,
// which are sent unless it is a dry run. It knows nothing before Follow runs.
func Open(js jetstream.JetStream, stream jetstream.Stream, subject string, rows int64, dryRun bool) *Journal {
	blank := func() *state { return newState(rows, dryRun) }
	return &Journal{
		js: js, stream: stream, subject: subject, emptyState: blank,
		state:         blank(),
		changed:       make(chan struct{}),
		pendingStarts: make(map[string]chan Start),
		followEnded:   make(chan struct{}),
	}
}

// Follow reads the journal from its beginning, and goes on until ctx ends or
// the journal cannot be read.
func (j *Journal) Follow(ctx context.Context) error {
	err := readStream(ctx, j.stream, j.handleEntry)
	j.followErr = err // before it is closed, and read after that
	close(j.followEnded)
	return err
}

// each visits the entries in their order, and waits for new ones. After a lost
// connection the consumer goes on behind the last one by itself.
func readStream(ctx context.Context, stream jetstream.Stream, visit func(sequence uint64, text []byte) error) error {
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
		case err != nil:
			return fmt.Errorf("the journal: %w", err)
		}
		about, err := message.Metadata()
		if err != nil {
			return fmt.Errorf("the journal: %w", err)
		}
		if err := visit(about.Sequence.Stream, message.Data()); err != nil {
			return err
		}
	}
}

// receive adds an entry. In a journal that is protected, an entry that is missing
// or cannot be read is damage.
func (j *Journal) handleEntry(sequence uint64, text []byte) error {
	if j.Marks != nil && sequence != j.lastSequence+1 { // this goroutine alone changes seen
		return &DamageError{Reason: fmt.Sprintf("its entries %d to %d are missing", j.lastSequence+1, sequence-1)}
	}
	e, err := decode(text)
	if err != nil && j.Marks != nil {
		return &DamageError{Reason: fmt.Sprintf("its entry %d cannot be read: %v", sequence, err)}
	}
	if err != nil {
		return fmt.Errorf("the journal's entry %d: %w", sequence, err)
	}
	j.addEvent(sequence, e)
	return nil
}

func decode(text []byte) (e Event, err error) {
	if err := json.Unmarshal(text, &e); err != nil {
		return Event{}, err
	}
	return e, e.validate()
}

func (j *Journal) addEvent(sequence uint64, e Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if waiting, ok := j.pendingStarts[e.Claim]; ok {
		before, ended := j.state.entry(e.Row)
		waiting <- Start{Before: before, Ended: ended, row: e.Row, vendor: e.Vendor, claim: e.Claim, sequence: sequence}
		delete(j.pendingStarts, e.Claim)
	}
	j.state.add(j.state.applyDoubt(e))
	j.lastSequence = sequence
	close(j.changed)
	j.changed = make(chan struct{})
}

// CatchUp returns when all that the stream holds by now has been followed.
func (j *Journal) CatchUp(ctx context.Context) error {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	reached := func() bool { return j.lastSequence >= info.State.LastSeq }
	if j.Marks == nil {
		return j.waitUntil(ctx, reached)
	}
	for stalls, before := 0, uint64(0); ; {
		wait, cancel := context.WithTimeout(ctx, stallTimeout)
		err := j.waitUntil(wait, reached)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		j.mu.Lock()
		seen := j.lastSequence
		j.mu.Unlock()
		if seen != before {
			stalls, before = 0, seen
			continue
		}
		if stalls++; stalls == maxStalls {
			return &DamageError{Reason: fmt.Sprintf("its entry %d cannot be read", seen+1)}
		}
		if _, err := j.stream.GetMsg(ctx, seen+1); err != nil && ctx.Err() == nil {
			return &DamageError{Reason: fmt.Sprintf("its entry %d cannot be read: %v", seen+1, err)}
		}
	}
}

// A server in this process that delivers nothing for a stall is asked for the
// next entry; after so many stalls the entry counts as unreadable.
const (
	stallTimeout = 2 * time.Second
	maxStalls    = 30
)

// Wait returns when the rows of each vendor that something has happened to are
// as reached wants them.
func (j *Journal) Wait(ctx context.Context, reached func(map[string]Counts) bool) error {
	return j.waitUntil(ctx, func() bool { return reached(j.copyCounts()) })
}

func (j *Journal) waitUntil(ctx context.Context, reached func() bool) error {
	for {
		j.mu.Lock()
		ok, moved := reached(), j.changed
		j.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-moved:
		case <-j.followEnded:
			return j.followErr
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Counts are the rows of each vendor that something has happened to.
func (j *Journal) Counts() map[string]Counts {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.copyCounts()
}

func (j *Journal) copyCounts() map[string]Counts {
	out := make(map[string]Counts, len(j.state.counts))
	for vendor, c := range j.state.counts {
		out[vendor] = *c
	}
	return out
}

// Results visits what became of the rows so far, in the order in which they
// ended; a row can come twice.
func (j *Journal) Results(ctx context.Context, visit func(result.Result) error) error {
	info, err := j.stream.Info(ctx)
	if err != nil || info.State.LastSeq == 0 {
		return err
	}
	state := j.emptyState()
	err = readStream(ctx, j.stream, func(sequence uint64, text []byte) error {
		e, err := decode(text)
		if err != nil {
			return fmt.Errorf("the journal's entry %d: %w", sequence, err)
		}
		e = state.applyDoubt(e)
		state.add(e)
		if e.Kind == kindDone {
			if err := visit(*e.Result); err != nil {
				return err
			}
		}
		if sequence >= info.State.LastSeq {
			return errEndOfJournal
		}
		return nil
	})
	if errors.Is(err, errEndOfJournal) {
		return nil
	}
	return err
}

var errEndOfJournal = errors.New("the journal's end")
