package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nuid"

	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// Start records that the row is about to be sent, and returns the row's state
// before that. The order of the journal is the lock: of two workers that start the
// same row, at most one finds it untouched.
func (j *Journal) Start(ctx context.Context, row int64, vendor string) (Start, error) {
	claim := nuid.Next()
	answer := make(chan Start, 1)
	j.mu.Lock()
	j.pendingStarts[claim] = answer
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.pendingStarts, claim)
		j.mu.Unlock()
	}()
	if _, err := j.publish(ctx, Event{Kind: kindStarted, Row: row, Vendor: vendor, Claim: claim}); err != nil {
		return Start{}, err
	}
	select {
	case s := <-answer:
		return s, j.markStart(ctx, s)
	case <-j.followEnded:
		return Start{}, j.followErr
	case <-ctx.Done():
		return Start{}, ctx.Err()
	}
}

// markStart writes the mark before the row may be sent. If that fails, it releases
// the row, which is then not sent.
func (j *Journal) markStart(ctx context.Context, s Start) error {
	if j.Marks == nil || s.Ended {
		return nil
	}
	err := j.Marks.Set(s.row, s.sequence, mark.Started)
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("row %d was not sent, because its mark cannot be written: %w", s.row, err), j.Release(ctx, s, false))
}

// Release records that the row is to be tried again. doubt reports that this try
// may have made the change.
func (j *Journal) Release(ctx context.Context, s Start, doubt bool) error {
	status := mark.Released
	if doubt || s.Before.Doubt {
		status = mark.Doubtful
	}
	return j.writeMarked(ctx, ReleaseEvent(s, doubt), status)
}

// ReleaseEvent returns the event that Release records.
func ReleaseEvent(s Start, doubt bool) Event {
	return Event{Kind: kindReleased, Row: s.row, Vendor: s.vendor, Claim: s.claim, Doubt: doubt}
}

// Finish records the result of the row. Texts that are too long for the server are
// cut or left out.
func (j *Journal) Finish(ctx context.Context, r result.Result) error {
	e := FinishEvent(r)
	j.mu.Lock()
	outcome := j.state.applyDoubt(e).Result.Outcome
	j.mu.Unlock()
	return j.writeMarked(ctx, e, mark.Ended(outcome))
}

// FinishEvent returns the event that Finish records.
func FinishEvent(r result.Result) Event {
	size := len(r.Error)
	for _, c := range r.Changes {
		size += len(c.Before) + len(c.After)
	}
	if size > maxTextBytes {
		r.Changes = nil
		r.Error = strings.TrimPrefix(r.Error[:min(len(r.Error), maxErrorBytes)]+
			"; the rest is too long to be recorded", "; ")
	}
	return Event{Kind: kindDone, Row: r.Row, Vendor: r.Vendor, Result: &r}
}

// Import records an entry of a recovery, of the reserve or of a rescue file.
func (j *Journal) Import(ctx context.Context, text []byte) error {
	e, err := decode(text)
	if err != nil {
		return fmt.Errorf("entry to import: %w", err)
	}
	status, known := j.markOfImport(e)
	if known {
		return j.writeMarked(ctx, e, status)
	}
	_, err = j.publish(ctx, e)
	return err
}

// markOfImport returns the mark of an imported entry. An entry that is older than
// the journal's last one about its row changes no mark.
func (j *Journal) markOfImport(e Event) (status mark.Status, known bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.state.hasRow(e.Row) || j.state.ended[e.Row] != 0 {
		return 0, false
	}
	entry := j.state.open[e.Row]
	switch {
	case e.Kind == kindDone:
		return mark.Ended(j.state.applyDoubt(e).Result.Outcome), true
	case e.Claim != entry.claim:
		return 0, false
	case e.Doubt || entry.Doubt:
		return mark.Doubtful, true
	}
	return mark.Released, true
}

// writeMarked records an entry about a started row, and then its mark. If the mark
// cannot be written, it stays at the start; the journal decides.
func (j *Journal) writeMarked(ctx context.Context, e Event, status mark.Status) error {
	sequence, err := j.publish(ctx, e)
	if err == nil && j.Marks != nil {
		_ = j.Marks.Set(e.Row, sequence, status)
	}
	return err
}

// A NATS server accepts messages of 1 MiB by default. A byte can take six in JSON,
// and the row's id must fit as well.
const maxTextBytes, maxErrorBytes = 32 << 10, 4 << 10

// Unanswered reports whether a write waits for the server's acknowledgement after a
// failed attempt.
func (j *Journal) Unanswered() bool { return j.unanswered.Load() > 0 }

// publish stores an event and returns the sequence number of its message, which can hold
// other events, too. While the server is away it retries, until ctx or the patience ends:
// a duplicate event is harmless.
func (j *Journal) publish(ctx context.Context, e Event) (sequence uint64, err error) {
	text, err := json.Marshal(e)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	for tries := 0; ; tries++ {
		sequence, err := j.batches.add(ctx, text)
		if err == nil {
			return sequence, nil
		}
		if tries == 0 {
			if j.Spill != nil && e.Kind != kindStarted {
				j.Spill(e)
			}
			j.unanswered.Add(1)
			defer j.unanswered.Add(-1)
		}
		switch {
		case ctx.Err() != nil:
			return 0, fmt.Errorf("the journal was not written: %w", err)
		case isRefused(err):
			return 0, fmt.Errorf("the journal cannot be written: %w", err) // for example, the stream has its maximum size
		case j.StorageFailed != nil && j.StorageFailed():
			return 0, fmt.Errorf("the journal cannot be written, the disk is probably full: %w", err)
		case j.Patience > 0 && time.Since(begun) > j.Patience:
			return 0, fmt.Errorf("the journal was not written for %v, the disk is probably full: %w", j.Patience, err)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return 0, fmt.Errorf("the journal was not written: %w", err)
		}
	}
}
