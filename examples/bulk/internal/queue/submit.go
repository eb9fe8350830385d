package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// maxPending is the maximum number of blocks without an acknowledgement of the
// server.
const maxPending = 256

// Submit stores the rows in blocks, in order. The n-th block is stored as the n-th
// message of the stream or not at all, so a submission that was interrupted, or that two
// machines make at once, stores no row twice. After the last block it stores an empty
// message, by which others see that the submission is complete.
func (q *Queue) Submit(ctx context.Context, j Job, rows iter.Seq2[row.Row, error]) error {
	stored, err := q.storedBlocks(ctx, j)
	if err != nil {
		return err
	}
	s := submission{q: q}
	var n, good int64
	for b, err := range j.blocks(rows) {
		if err != nil {
			return errors.Join(err, s.waitAll(ctx))
		}
		n, good = n+1, good+int64(b.rows)
		if n <= stored {
			continue
		}
		if err := s.publish(ctx, j.rowsSubject(b.vendor), b.text, n); err != nil {
			return fmt.Errorf("row %d was not stored: %w", b.line, err)
		}
	}
	if err := s.waitAll(ctx); err != nil {
		return err
	}
	if good != j.GoodRows() {
		return fmt.Errorf("the file has %d rows to send, the job %d", good, j.GoodRows())
	}
	if stored > n {
		return nil
	}
	if err := s.publish(ctx, j.rowsSubject(endOfRows), nil, n+1); err != nil {
		return fmt.Errorf("the end of the rows was not stored: %w", err)
	}
	return s.waitAll(ctx)
}

// endOfRows is the last part of the subject of the message after the last block. No
// consumer takes it, so it stays in the stream.
const endOfRows = "end"

// Submitted reports whether all rows of the job were stored.
func (q *Queue) Submitted(ctx context.Context, j Job) (bool, error) {
	stream, err := q.js.Stream(ctx, j.rowsStream())
	if err != nil {
		return false, fmt.Errorf("the job's rows: %w", err)
	}
	_, err = stream.GetLastMsgForSubject(ctx, j.rowsSubject(endOfRows))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the job's rows: %w", err)
	}
	return true, nil
}

// storedBlocks returns the number of stored blocks, including those whose rows have
// ended, and the end.
func (q *Queue) storedBlocks(ctx context.Context, j Job) (int64, error) {
	stream, err := q.js.Stream(ctx, j.rowsStream())
	if err != nil {
		return 0, fmt.Errorf("the job's rows: %w", err)
	}
	return int64(stream.CachedInfo().State.LastSeq), nil //nolint:gosec // it counts blocks
}

type submission struct {
	q       *Queue
	pending []jetstream.PubAckFuture
}

// publish stores the n-th message.
func (s *submission) publish(ctx context.Context, subject string, text []byte, n int64) error {
	if len(s.pending) == maxPending {
		if err := s.waitOldest(ctx); err != nil {
			return err
		}
	}
	future, err := s.q.js.PublishAsync(subject, text,
		jetstream.WithExpectLastSequence(uint64(n-1)), //nolint:gosec // n counts from 1
		jetstream.WithStallWait(time.Minute))
	if err != nil {
		return err
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

// waitOldest waits for the acknowledgement of the oldest pending message.
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
