package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	changes "github.com/creditkit/creditkit/credit/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/mark"
)

// appendChange stores an event of a row's change, and returns its place in the journal: the
// order of the journal is the lock. Of two workers that start the same row, at most one
// finds no start before its own.
func (j *Journal) appendChange(ctx context.Context, e Event) (place, error) {
	if !j.hasRow(e.Row) {
		return place{}, fmt.Errorf("the job has no row %d", e.Row)
	}
	found := make(chan place, 1)
	j.mu.Lock()
	j.pending[e.ID] = found
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.pending, e.ID)
		j.mu.Unlock()
	}()
	if _, err := j.publish(ctx, e); err != nil {
		return place{}, err
	}
	select {
	case p := <-found:
		return p, nil
	case <-j.followEnded:
		return place{}, j.followErr
	case <-ctx.Done():
		return place{}, ctx.Err()
	}
}

func (j *Journal) hasRow(row int64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state.hasRow(row)
}

// Finish records the result of a row, which [NewDoneEvent] returned, and its mark
// unless the row had a result before. If the mark cannot be written, the one before it
// stays, and the journal decides.
func (j *Journal) Finish(ctx context.Context, e Event) error { return j.BeginFinish(ctx, e)() }

// BeginFinish is Finish for a caller that waits later: it must call the returned function.
func (j *Journal) BeginFinish(ctx context.Context, e Event) (wait func() error) {
	wasDone := j.IsDone(e.Row)
	published := j.beginPublish(ctx, e)
	return func() error {
		sequence, err := published()
		if err == nil && j.Marks != nil && !wasDone {
			_ = j.Marks.Set(e.Row, sequence, mark.Ended(e.Result.Outcome))
		}
		return err
	}
}

// Import records an entry of a recovery, of the reserve or of a rescue file.
func (j *Journal) Import(ctx context.Context, text []byte) error {
	e, err := decode(text)
	if err != nil {
		return fmt.Errorf("entry to import: %w", err)
	}
	if e.Kind == kindDone {
		return j.Finish(ctx, e)
	}
	change, err := changes.Decode(e.Change)
	if err != nil {
		return fmt.Errorf("entry to import: %w", err)
	}
	row := j.Row(e.Row, e.Vendor, change.Key)
	if stored, err := row.has(ctx, e.ID); stored || err != nil {
		return err // its answer was lost, and the row can have been started since
	}
	_, err = row.append(ctx, e, change)
	return err
}

// Unanswered reports whether a write waits for the server's acknowledgement after a
// failed attempt.
func (j *Journal) Unanswered() bool { return j.unanswered.Load() > 0 }

// publish stores an event and returns the sequence number of its message, which can hold
// other events, too. While the server is away it retries, until ctx or the patience ends:
// a duplicate event is harmless.
func (j *Journal) publish(ctx context.Context, e Event) (sequence uint64, err error) {
	return j.beginPublish(ctx, e)()
}

// beginPublish is publish for a caller that waits later.
func (j *Journal) beginPublish(ctx context.Context, e Event) (wait func() (sequence uint64, err error)) {
	text, err := json.Marshal(e)
	if err != nil {
		return func() (uint64, error) { return 0, err }
	}
	first := j.batches.begin(ctx, text)
	return func() (uint64, error) {
		if sequence, err := first(); err == nil {
			return sequence, nil
		} else if err := j.checkRetry(ctx, time.Now(), err); err != nil {
			j.spill(e)
			return 0, err
		}
		j.spill(e)
		return j.retryPublish(ctx, text)
	}
}

func (j *Journal) spill(e Event) {
	if j.Spill != nil && e.Kind != kindStarted {
		j.Spill(e)
	}
}

// retryPublish stores an event after a failed attempt.
func (j *Journal) retryPublish(ctx context.Context, text []byte) (sequence uint64, err error) {
	j.unanswered.Add(1)
	defer j.unanswered.Add(-1)
	begun := time.Now()
	for {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return 0, fmt.Errorf("the journal was not written: %w", ctx.Err())
		}
		sequence, err := j.batches.add(ctx, text)
		if err == nil {
			return sequence, nil
		}
		if err := j.checkRetry(ctx, begun, err); err != nil {
			return 0, err
		}
	}
}

// checkRetry returns an error if an attempt that failed must not be made again. begun is
// when the attempts have failed first.
func (j *Journal) checkRetry(ctx context.Context, begun time.Time, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("the journal was not written: %w", err)
	case isRefused(err):
		return fmt.Errorf("the journal cannot be written: %w", err) // for example, the stream has its maximum size
	case j.StorageFailed != nil && j.StorageFailed():
		return fmt.Errorf("the journal cannot be written, the disk is probably full: %w", err)
	case j.Patience > 0 && time.Since(begun) > j.Patience:
		return fmt.Errorf("the journal was not written for %v, the disk is probably full: %w", j.Patience, err)
	}
	return nil
}
