package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/creditkit/creditkit/credit"
	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A DamageError reports a journal that has lost entries. Nothing may be sent with
// it: a row that was sent could look as if it was not.
type DamageError struct{ Reason string }

// Error implements error.
func (e *DamageError) Error() string { return "the journal is damaged: " + e.Reason }

// Verify compares a journal that has caught up with its marks. Its error is a
// *DamageError if entries at the end are missing, or marks are damaged.
func (j *Journal) Verify() error {
	if j.Marks == nil {
		return nil
	}
	j.mu.Lock()
	last := j.lastSequence
	j.mu.Unlock()
	var highest uint64
	for m, err := range j.Marks.All() {
		if err != nil {
			return fmt.Errorf("the marks: %w", err)
		}
		if m.Damaged {
			return &DamageError{fmt.Sprintf("the mark of row %d was changed", m.Row)}
		}
		highest = max(highest, m.Sequence)
	}
	if highest > last {
		return &DamageError{fmt.Sprintf("it has %d entries, and the marks outside it know %d", last, highest)}
	}
	return nil
}

// A Salvage is what is still known of a job whose journal is damaged.
type Salvage struct {
	Entries int64 // readable messages of the journal, each with one entry or several
	Missing int64 // missing or unreadable ones between them
	// InDoubt are the rows that may have been sent and whose outcome is not known.
	InDoubt []result.Result
	// Restored counts the rows whose result the journal has lost, and whose outcome is known
	// from their tries or their marks.
	Restored int64
}

// Recover reads the rest of a damaged journal, entry by entry. log is nil if it does not
// exist any more, and marks is nil if the whole file is damaged. unrecorded are entries that
// the journal did not accept, from the reserve or a rescue file; one that cannot be read is
// left out.
// keep is called with the entries of a new journal: the known outcomes, and unknown
// for each row in doubt. describe returns the position and the credit of a row; its
// calls have rising row numbers.
func Recover(ctx context.Context, log Log, unrecorded [][]byte, marks *mark.File, rows int64, dryRun bool,
	describe func(row int64) (result.Result, error), keep func(text []byte) error,
) (*Salvage, error) {
	r := recovery{
		rows: rows, dryRun: dryRun, state: newStateWithoutPositions(rows), done: make([]bool, rows+1), tries: make(map[int64][]changes.Event),
		keepEntry: keep, describe: describe,
	}
	if log != nil {
		if err := r.readEntries(ctx, log); err != nil {
			return nil, err
		}
	}
	for _, text := range unrecorded {
		if e, err := decode(text); err == nil {
			if err := r.addEvent(&e, 0); err != nil {
				return nil, err
			}
		}
	}
	if marks == nil {
		return &r.salvage, r.withoutMarks()
	}
	for m, err := range marks.All() {
		if err != nil {
			return nil, fmt.Errorf("the marks: %w", err)
		}
		if err := r.resolveRow(m); err != nil {
			return nil, err
		}
	}
	return &r.salvage, nil
}

// A recovery is one run of [Recover].
type recovery struct {
	rows      int64
	dryRun    bool
	state     *state
	done      []bool                    // by row number: the journal has the result
	tries     map[int64][]changes.Event // of the rows without a result
	salvage   Salvage
	keepEntry func(text []byte) error
	describe  func(row int64) (result.Result, error)
}

func (r *recovery) readEntries(ctx context.Context, log Log) error {
	last, err := log.Last(ctx)
	if err != nil {
		return err
	}
	for sequence := uint64(1); sequence <= last; sequence++ {
		message, err := log.Get(ctx, sequence)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var events []Event
		if err == nil {
			events, err = decodeMessage(message)
		}
		if err != nil {
			r.salvage.Missing++
			continue
		}
		r.salvage.Entries++
		for i := range events {
			if err := r.addEvent(&events[i], sequence); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *recovery) addEvent(e *Event, sequence uint64) error {
	r.state.add(e, sequence)
	if e.Row < 1 || e.Row > r.rows {
		return nil
	}
	if e.Kind == kindDone {
		r.done[e.Row] = true
		delete(r.tries, e.Row)
		return r.writeEvent(*e)
	}
	if r.done[e.Row] {
		return nil
	}
	change, err := changes.Decode(e.Change)
	if err != nil {
		r.salvage.Missing++
		return nil //nolint:nilerr // an entry that cannot be read
	}
	if !slices.ContainsFunc(r.tries[e.Row], func(other changes.Event) bool {
		return other.Kind == change.Kind && other.Claim == change.Claim // a second copy
	}) {
		r.tries[e.Row] = append(r.tries[e.Row], change)
	}
	return nil
}

func (r *recovery) writeEvent(e Event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return r.keepEntry(text)
}

// outcomeOf returns the outcome of a row without a result, if its tries have one, or else
// whether it is in doubt. In a journal with gaps a refusal is none: an earlier try can be
// lost. The outcome of a dry run's try is that of a request that was not sent.
func (r *recovery) outcomeOf(row int64) (outcome result.Outcome, inDoubt, known bool) {
	entry, ok := changes.NewEntry(r.tries[row], time.Now())
	switch {
	case !ok || r.dryRun:
		return "", false, false
	case entry.State == changes.StateEnded && (entry.Outcome == credit.Applied || r.salvage.Missing == 0):
		return result.Outcome(entry.Outcome.String()), false, true
	}
	return "", entry.State != changes.StateQueued, false
}

// resolveRow decides about a row by its tries and its mark, unless the journal has its
// result.
func (r *recovery) resolveRow(m mark.Mark) error {
	if r.done[m.Row] {
		return nil
	}
	outcome, inDoubt, known := r.outcomeOf(m.Row)
	if !known {
		outcome, known = m.Status.Outcome()
		known = known && outcome != result.Unknown
	}
	if known {
		r.salvage.Restored++
		return r.writeOutcome(m.Row, outcome, "the row's result in the journal was lost; its outcome is known from what is left")
	}
	if inDoubt || m.Damaged || m.Status == mark.Started || m.Status == mark.Doubtful || m.Status == mark.Ended(result.Unknown) {
		return r.markInDoubt(m.Row)
	}
	return nil
}

// withoutMarks decides by the journal alone. If the journal has gaps, every row
// without an outcome is in doubt.
func (r *recovery) withoutMarks() error {
	complete := r.salvage.Missing == 0 && r.salvage.Entries > 0
	for row := int64(1); row <= r.rows; row++ {
		outcome, inDoubt, known := r.outcomeOf(row)
		var err error
		switch {
		case r.done[row]:
		case known:
			r.salvage.Restored++
			err = r.writeOutcome(row, outcome, "the row's result in the journal was lost; its outcome is known from what is left")
		case inDoubt || !complete:
			err = r.markInDoubt(row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *recovery) markInDoubt(row int64) error {
	if r.dryRun {
		return nil // nothing was sent
	}
	return r.writeOutcome(row, result.Unknown, "the journal was damaged, and the change may have been sent: look at the credit")
}

func (r *recovery) writeOutcome(row int64, o result.Outcome, reason string) error {
	end, err := r.describe(row)
	if err != nil {
		return err
	}
	end.Row, end.Outcome, end.Kind, end.Error, end.At = row, o, result.KindDamaged, reason, time.Now().UTC()
	if entry, ok := changes.NewEntry(r.tries[row], time.Now()); ok && !r.dryRun {
		describeTries(&end, entry)
	}
	if o == result.Unknown {
		r.salvage.InDoubt = append(r.salvage.InDoubt, end)
	}
	return r.writeEvent(NewDoneEvent(end, ""))
}

// describeTries adds what the tries of a row know to its result, so that it can be resolved
// and undone.
func describeTries(end *result.Result, entry *changes.Entry) {
	end.RequestID, end.IdempotencyKey = entry.RequestID, entry.IdempotencyKey
	if entry.Before != nil && !entry.Job.Patch.IsEmpty() {
		end.Changes = result.ChangesOf(entry.Before, entry.Job.Patch)
	}
	if entry.Error != "" {
		end.Error += "; the last try: " + result.OneLine(entry.Error)
	}
}

// IsDamage reports whether err says that the journal or its marks are damaged.
func IsDamage(err error) bool {
	_, ok := errors.AsType[*DamageError](err)
	return ok || errors.Is(err, mark.ErrDamaged)
}
