package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Row is the store of one row's change, for one worker. It implements [changes.Store]
// for one key. A job has one row for each credit, so no other key of the credit has
// starts.
type Row struct {
	journal *Journal
	number  int64
	vendor  string
	key     string

	mu    sync.Mutex
	known map[uint64][]Event // by position: events that this Row has read or written
	claim string             // of the last start that this Row knows
	err   error              // of the first call that failed
	lost  []Event            // that were not stored
}

// Row returns the store of a row's change, which has this key.
func (j *Journal) Row(number int64, vendor, key string) *Row {
	return &Row{journal: j, number: number, vendor: vendor, key: key, known: make(map[uint64][]Event)}
}

// Err returns the first error of the journal that the Row has met, and the events that
// were not stored for it: the ends of tries.
func (r *Row) Err() (lost []Event, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost, r.err
}

// fail keeps the first error.
func (r *Row) fail(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		r.err = err
	}
	return err
}

// Append implements [changes.Store]. A start has its mark before Append returns: if the mark
// cannot be written, the row is not sent.
func (r *Row) Append(ctx context.Context, e changes.Event) (changes.Prior, error) {
	if e.Key != r.key {
		return changes.Prior{}, r.errorOfKey(e.Key)
	}
	stored, err := newChangeEvent(r.number, r.vendor, e, r.journal.maxChange)
	if err != nil {
		return changes.Prior{}, err
	}
	prior, err := r.append(ctx, stored, e)
	if err == nil {
		return prior, nil
	}
	if errors.Is(err, ErrDone) {
		return changes.Prior{}, err
	}
	if e.Kind != changes.Started {
		r.mu.Lock()
		r.lost = append(r.lost, stored)
		r.mu.Unlock()
	}
	return changes.Prior{}, r.fail(err)
}

func (r *Row) append(ctx context.Context, stored Event, e changes.Event) (changes.Prior, error) {
	place, err := r.journal.appendChange(ctx, stored)
	if err != nil {
		return changes.Prior{}, err
	}
	if place.done && e.Kind == changes.Started {
		return changes.Prior{}, ErrDone
	}
	r.keep(place.sequence, place.together)
	events, err := r.read(ctx, place.earlier, stored.ID)
	if err != nil {
		return changes.Prior{}, err
	}
	if r.journal.dryRun {
		events = slices.DeleteFunc(events, func(other changes.Event) bool { return other.Claim != e.Claim })
	}
	all := slices.Concat(events, []changes.Event{e})
	r.noteClaim(all)
	if err := r.setMark(place.sequence, all); err != nil && e.Kind == changes.Started {
		return changes.Prior{}, fmt.Errorf("row %d was not sent, because its mark cannot be written: %w", r.number, err)
	}
	prior := changes.Prior{Events: events}
	if e.Job != nil {
		prior.Starts = r.startsOf(events)
	}
	return prior, nil
}

func (r *Row) errorOfKey(key string) error {
	return fmt.Errorf("the journal of row %d has the key %q, and not %q", r.number, r.key, key)
}

// setMark writes the mark after an event. If the mark of an end cannot be written, the one
// of the start remains, and the journal decides.
func (r *Row) setMark(sequence uint64, events []changes.Event) error {
	if r.journal.Marks == nil || r.journal.IsDone(r.number) {
		return nil
	}
	status := statusOf(events)
	if _, ended := status.Outcome(); ended && r.journal.dryRun {
		status = mark.Released // the outcome is of a request that was not sent
	}
	return r.journal.Marks.Set(r.number, sequence, status)
}

// statusOf returns the mark of a row whose change has these events.
func statusOf(events []changes.Event) mark.Status {
	last := events[len(events)-1]
	if last.Kind == changes.Started {
		return mark.Started
	}
	entry, _ := changes.NewEntry(events, last.At)
	switch entry.State {
	case changes.StateEnded:
		return mark.Ended(result.Outcome(entry.Outcome.String()))
	case changes.StateQueued:
		return mark.Released
	}
	return mark.Doubtful
}

// Events implements [changes.Store]. A dry run changes nothing, so nothing of it is
// remembered: each try is the first.
func (r *Row) Events(ctx context.Context, key string) ([]changes.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if key != r.key || r.journal.dryRun {
		return nil, nil
	}
	events, err := r.read(ctx, r.journal.positionsOf(r.number), "")
	if err != nil {
		return nil, r.fail(err)
	}
	r.noteClaim(events)
	return events, nil
}

// noteClaim keeps the claim of the last start.
func (r *Row) noteClaim(events []changes.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		if e.Kind == changes.Started {
			r.claim = e.Claim
		}
	}
}

// NewDoneEvent returns the event of the row's result, which is about the last start that
// the Row knows.
func (r *Row) NewDoneEvent(res result.Result) Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return NewDoneEvent(res, r.claim)
}

// Starts implements [changes.Store].
func (r *Row) Starts(ctx context.Context, credit string) (changes.Starts, error) {
	events, err := r.Events(ctx, r.key)
	if err != nil || !slices.ContainsFunc(events, func(e changes.Event) bool { return e.Kind == changes.Started && e.Credit() == credit }) {
		return changes.Starts{}, err
	}
	return r.startsOf(events), nil
}

// startsOf returns the starts of the row's credit: those of the row, whose first start is
// never a restart.
func (r *Row) startsOf(events []changes.Event) changes.Starts {
	if !slices.ContainsFunc(events, func(e changes.Event) bool { return e.Kind == changes.Started }) {
		return changes.Starts{}
	}
	starts := changes.Starts{Last: r.key}
	if !changes.HasEnded(events) {
		starts.Open = []string{r.key}
	}
	return starts
}

// Keys implements [changes.Store].
func (r *Row) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		events, err := r.Events(ctx, r.key)
		if err != nil {
			yield("", err)
		} else if len(events) > 0 && (!open || !changes.HasEnded(events)) {
			yield(r.key, nil)
		}
	}
}

// read returns the events of the row in the messages with these numbers, up to the one
// with the id before. A second copy of an event is left out.
func (r *Row) read(ctx context.Context, sequences []uint64, before string) ([]changes.Event, error) {
	var events []changes.Event
	seen := map[string]bool{before: true}
	for _, sequence := range slices.Compact(sequences) {
		stored, err := r.eventsAt(ctx, sequence)
		if err != nil {
			return nil, fmt.Errorf("row %d: the journal's entry %d: %w", r.number, sequence, err)
		}
		for i := range stored {
			e := &stored[i]
			if seen[e.ID] {
				if e.ID == before {
					return events, nil
				}
				continue
			}
			seen[e.ID] = true
			change, err := changes.Decode(e.Change)
			if err != nil {
				return nil, fmt.Errorf("row %d: the journal's entry %d: %w", r.number, sequence, err)
			}
			events = append(events, change)
		}
	}
	return events, nil
}

// has reports whether the journal has the event with this id.
func (r *Row) has(ctx context.Context, id string) (bool, error) {
	for _, sequence := range slices.Compact(r.journal.positionsOf(r.number)) {
		stored, err := r.eventsAt(ctx, sequence)
		if err != nil {
			return false, fmt.Errorf("row %d: the journal's entry %d: %w", r.number, sequence, err)
		}
		if slices.ContainsFunc(stored, func(e Event) bool { return e.ID == id }) {
			return true, nil
		}
	}
	return false, nil
}

// eventsAt returns the events of the row's change in one message.
func (r *Row) eventsAt(ctx context.Context, sequence uint64) ([]Event, error) {
	r.mu.Lock()
	known, ok := r.known[sequence]
	r.mu.Unlock()
	if ok {
		return known, nil
	}
	m, err := r.journal.log.Get(ctx, sequence)
	if err != nil {
		return nil, err
	}
	all, err := decodeMessage(m)
	if err != nil {
		return nil, err
	}
	events := slices.DeleteFunc(all, func(e Event) bool { return e.Row != r.number || e.Kind == kindDone })
	r.keep(sequence, events)
	return events, nil
}

// keep keeps the events of the row in one message, so that they are not read again.
func (r *Row) keep(sequence uint64, events []Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[sequence] = events
}

// Tries counts the starts of the row, of all processes, while it has no result.
func (r *Row) Tries() int {
	r.journal.mu.Lock()
	defer r.journal.mu.Unlock()
	return r.journal.state.open[r.number].starts
}
