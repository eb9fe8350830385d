package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// maxPending is the maximum number of rows without an acknowledgement of the
// server.
const maxPending = 1024

// Submit stores the rows in order. The n-th row is stored as the n-th message of
// the stream or not at all, so a submission that was interrupted, or that two
// machines make at once, stores no row twice.
func (q *Queue) Submit(ctx context.Context, j Job, rows iter.Seq2[row.Row, error]) error {
	stored, err := q.Submitted(ctx, j)
	if err != nil {
		return err
	}
	s := submission{q: q}
	var n int64
	for r, err := range rows {
		if err != nil {
			return errors.Join(err, s.waitAll(ctx))
		}
		n++
		if n <= stored {
			continue
		}
		if err := s.publish(ctx, j, r, n); err != nil {
			return err
		}
	}
	if err := s.waitAll(ctx); err != nil {
		return err
	}
	if n != j.GoodRows() {
		return fmt.Errorf("the file has %d rows to send, the job %d", n, j.GoodRows())
	}
	return nil
}

// Submitted returns the number of stored rows, including those that have ended.
func (q *Queue) Submitted(ctx context.Context, j Job) (int64, error) {
	stream, err := q.js.Stream(ctx, j.rowsStream())
	if err != nil {
		return 0, fmt.Errorf("the job's rows: %w", err)
	}
	return int64(stream.CachedInfo().State.LastSeq), nil //nolint:gosec // it counts rows
}

type submission struct {
	q       *Queue
	pending []jetstream.PubAckFuture
}

func (s *submission) publish(ctx context.Context, j Job, r row.Row, n int64) error {
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("row %d: %w", r.Number, err)
	}
	if len(s.pending) == maxPending {
		if err := s.waitOldest(ctx); err != nil {
			return err
		}
	}
	future, err := s.q.js.PublishAsync(j.rowsSubject(r.Vendor), text,
		jetstream.WithExpectLastSequence(uint64(n-1)), //nolint:gosec // n counts from 1
		jetstream.WithStallWait(time.Minute))
	if err != nil {
		return fmt.Errorf("row %d was not stored: %w", r.Number, err)
	}
	s.pending = append(s.pending, future)
	return nil
}

func (s *submission) waitAll(ctx context.Context) error {
	for len(s.pending) > 0 {
		if err := s.waitOldest(ctx); err != nil {
			return err
		}
	}
	return nil
}

// waitOldest waits for the acknowledgement of the oldest pending row.
func (s *submission) waitOldest(ctx context.Context) error {
	future := s.pending[0]
	s.pending = s.pending[1:]
	select {
	case <-future.Ok():
		return nil
	case err := <-future.Err():
		if code := errorCode(err); code == jetstream.JSErrCodeStreamWrongLastSequence || code == jetstream.JSErrCodeStreamWrongLastSequenceConstant {
			return fmt.Errorf("%w: %w", ErrOvertaken, err)
		}
		return fmt.Errorf("the rows were not stored, is the server away, or its disk full? %w", err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ErrOvertaken reports that another process stores the same rows. Submit may be
// called again, and continues behind them.
var ErrOvertaken = errors.New("another process submits this job")
