package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Journal follows a stream of events, and writes to it.
type Journal struct {
	// Patience is how long the server may leave a write unanswered. It is for a server
	// in this process, which is silent only if its disk is full. 0 means forever.
	Patience time.Duration
	// Marks protect a journal whose stream only this process writes: each entry about
	// a row updates them. nil disables them.
	Marks *mark.File
	// Spill is called with each entry that the server does not accept at the first
	// attempt, so that it can be stored elsewhere. It may be nil.
	Spill func(e Event)
	// StorageFailed reports that the server cannot store anything any more, so that
	// retries are useless. It may be nil.
	StorageFailed func() bool

	unanswered atomic.Int64 // writes without an acknowledgement

	log     Log
	batches batcher

	rows      int64
	dryRun    bool
	maxChange int // bytes of an event of a change

	mu           sync.Mutex
	state        *state
	lastSequence uint64
	changed      chan struct{}           // closed when waitUntil must look again
	pending      map[string]chan<- place // by the id of an event that was published

	followErr   error         // why Follow ended; set before followEnded is closed
	followEnded chan struct{} // closed when Follow ends
}

// A place is where an event of a row's change is in the journal.
type place struct {
	sequence uint64
	together []Event  // the events of the row's change in the same message
	earlier  []uint64 // the messages with events of the row's change before it
	done     bool     // the row had a result before it
}

// Open returns the journal in a log, for a job with this number of rows. It knows nothing
// until Follow runs.
func Open(log Log, rows int64, dryRun bool) *Journal {
	j := &Journal{
		log: log, rows: rows, dryRun: dryRun, maxChange: maxChangeBytes, state: newState(rows),
		changed:     make(chan struct{}),
		pending:     make(map[string]chan<- place),
		followEnded: make(chan struct{}),
	}
	j.batches.store = log.Publish
	return j
}

// Follow reads the journal from its beginning, and then follows it until ctx ends
// or the journal cannot be read.
func (j *Journal) Follow(ctx context.Context) error {
	err := j.log.Follow(ctx, j.handleMessage)
	j.followErr = err // before followEnded is closed, which orders the reads
	close(j.followEnded)
	return err
}

// handleMessage adds the events of a message. If the journal has marks, a message that is
// missing or unreadable is damage.
func (j *Journal) handleMessage(m Message) error {
	if j.Marks != nil && m.Sequence != j.lastSequence+1 { // this goroutine alone changes it
		return &DamageError{Reason: fmt.Sprintf("its entries %d to %d are missing", j.lastSequence+1, m.Sequence-1)}
	}
	if m.Sequence > maxSequence {
		return fmt.Errorf("the journal has more than %d messages", uint32(maxSequence))
	}
	events, err := decodeMessage(m)
	if err != nil && j.Marks != nil {
		return &DamageError{Reason: fmt.Sprintf("its entry %d cannot be read: %v", m.Sequence, err)}
	}
	if err != nil {
		return fmt.Errorf("the journal's entry %d: %w", m.Sequence, err)
	}
	j.addEvents(m.Sequence, events)
	return nil
}

// decodeMessage decodes a message, which has one event per line.
func decodeMessage(m Message) ([]Event, error) {
	var events []Event
	for line := range bytes.SplitSeq(m.Text, []byte("\n")) {
		e, err := decode(line)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	return events, nil
}

func (j *Journal) addEvents(sequence uint64, events []Event) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range events {
		e := &events[i]
		if waiting, ok := j.pending[e.ID]; ok {
			waiting <- place{sequence, changesOf(events, e.Row), j.state.positionsOf(e.Row), j.state.isDone(e.Row)}
			delete(j.pending, e.ID)
		}
		j.state.add(e, sequence)
	}
	j.lastSequence = sequence
	j.wakeWaiters()
}

// Recheck makes Wait call its function again, after something outside the journal has
// changed.
func (j *Journal) Recheck() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.wakeWaiters()
}

func (j *Journal) wakeWaiters() {
	close(j.changed)
	j.changed = make(chan struct{})
}

// changesOf returns the events of a row's change among those of a message.
func changesOf(events []Event, row int64) []Event {
	var of []Event
	for _, e := range events {
		if e.Row == row && e.Kind != kindDone {
			of = append(of, e)
		}
	}
	return of
}

// IsDone reports whether the row has a result or is not of the job, as far as the journal
// was followed: it must not be sent.
func (j *Journal) IsDone(row int64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.isDone(row)
}

func (j *Journal) positionsOf(row int64) []uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.positionsOf(row)
}

// SetGather makes each message wait this long for entries that are written at nearly the
// same time. The default is 0: only entries that arrive while a message is written share
// the next one. It must be called before the first write.
func (j *Journal) SetGather(d time.Duration) { j.batches.gather = d }

// CatchUp returns when all entries that the stream holds at the time of the call
// were followed.
func (j *Journal) CatchUp(ctx context.Context) error {
	last, err := j.log.Last(ctx)
	if err != nil {
		return err
	}
	reached := func() bool { return j.lastSequence >= last }
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
		if _, err := j.log.Get(ctx, seen+1); err != nil && ctx.Err() == nil {
			return &DamageError{Reason: fmt.Sprintf("its entry %d cannot be read: %v", seen+1, err)}
		}
	}
}

// If a server in this process delivers nothing for stallTimeout, the next entry is
// requested directly; after maxStalls the entry counts as unreadable.
const (
	stallTimeout = 2 * time.Second
	maxStalls    = 30
)

// Wait returns when reached returns true for the counts by vendor.
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

// Counts returns the counts by vendor. Vendors without an entry are missing.
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

// Results visits the results so far, in the order in which the rows ended. A row
// can occur twice.
func (j *Journal) Results(ctx context.Context, visit func(result.Result) error) error {
	last, err := j.log.Last(ctx)
	if err != nil || last == 0 {
		return err
	}
	state := newStateWithoutPositions(j.rows)
	err = j.log.Follow(ctx, func(m Message) error {
		events, err := decodeMessage(m)
		if err != nil {
			return fmt.Errorf("the journal's entry %d: %w", m.Sequence, err)
		}
		for i := range events {
			e := &events[i]
			state.add(e, m.Sequence)
			if e.Kind == kindDone {
				if err := visit(*e.Result); err != nil {
					return err
				}
			}
		}
		if m.Sequence >= last {
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
