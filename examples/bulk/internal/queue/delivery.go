package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// Lease is how long the server waits for a heartbeat before it delivers a block to
// another worker.
const Lease = 30 * time.Second

// A Source delivers the rows of one vendor to the processes that work on them. It is safe
// for concurrent use.
type Source interface {
	// Next waits a few seconds for a block. Its error is [ErrNoBlock] if there was none;
	// any other error is final.
	Next(ctx context.Context) (*Block, error)
	// AckPending returns the number of blocks that were delivered and not acknowledged, or
	// wait to be delivered again.
	AckPending(ctx context.Context) (int, error)
}

// Rows is the consumer of a vendor's rows, a [Source] on a server.
type Rows struct {
	consumer jetstream.Consumer
}

// Rows returns the consumer of a vendor's rows. The server delivers at most
// inFlight blocks at once, to all processes together, and the process that has a block
// works on one of its rows at a time. If the server is in this process, rows that an
// earlier process had are delivered immediately: the folder's lock proves that it has
// exited.
func (q *Queue) Rows(ctx context.Context, j Job, vendor string, inFlight int) (*Rows, error) {
	if q.server != nil {
		err := q.js.DeleteConsumer(ctx, j.rowsStream(), vendor)
		if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil, fmt.Errorf("the rows of %s: %w", vendor, err)
		}
	}
	consumer, err := q.js.CreateOrUpdateConsumer(ctx, j.rowsStream(), jetstream.ConsumerConfig{
		Durable: vendor, FilterSubject: j.rowsSubject(vendor), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: Lease, MaxDeliver: -1, MaxAckPending: inFlight,
	})
	if err != nil {
		return nil, fmt.Errorf("the rows of %s: %w", vendor, err)
	}
	return &Rows{consumer}, nil
}

// AckPending implements [Source].
func (r *Rows) AckPending(ctx context.Context) (int, error) {
	info, err := r.consumer.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("the rows: %w", err)
	}
	return info.NumAckPending, nil
}

// ResetRows removes the rows of a job, so that they can be submitted again. The
// journal knows which of them have ended.
func (q *Queue) ResetRows(ctx context.Context, j Job) error {
	const attempts = 50
	for range attempts {
		if err := q.js.DeleteStream(ctx, j.rowsStream()); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
			return fmt.Errorf("the job's rows: %w", err)
		}
		if err := q.Create(ctx, j); err != nil {
			return err
		}
		// The server removes the files after its answer, so a new stream of the same
		// name can find them.
		n, err := q.storedBlocks(ctx, j)
		if err != nil || n == 0 {
			return err
		}
		sleepBriefly(ctx)
	}
	return errors.New("the job's rows: the server does not remove them")
}

// A Block is some rows of one vendor, which this process works on.
type Block struct {
	Rows     []row.Row
	Delivery Delivery
}

// A Delivery sends the server what becomes of a block. Its errors are ignored, because the
// lease decides if nothing arrives. A message of JetStream is one.
type Delivery interface {
	InProgress() error // renews the lease
	Ack() error        // removes the block
	NakWithDelay(delay time.Duration) error
}

// ErrNoBlock reports that no block was available for a few seconds.
var ErrNoBlock = errors.New("no rows")

// Next implements [Source]. The process has the rows of the block until it calls Ack or Nak,
// or until its lease expires.
func (r *Rows) Next(ctx context.Context) (*Block, error) {
	const patience = 3 * time.Second
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	message, err := r.consumer.Next(jetstream.FetchContext(wait))
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !isFatal(err) {
			if !errors.Is(err, nats.ErrTimeout) {
				sleepBriefly(wait) // the server is away
			}
			return nil, ErrNoBlock
		}
		return nil, fmt.Errorf("the queue: %w", err)
	}
	b := &Block{Delivery: message}
	if b.Rows, err = decodeBlock(message.Data()); err != nil {
		return nil, fmt.Errorf("a row in the queue cannot be read: %w", err)
	}
	return b, nil
}

func sleepBriefly(ctx context.Context) {
	select {
	case <-time.After(200 * time.Millisecond):
	case <-ctx.Done():
	}
}

// isFatal reports whether the server refused the request. Other errors mean that it
// is away or has no rows.
func isFatal(err error) bool {
	return errors.Is(err, jetstream.ErrConsumerDeleted) || errorCode(err) != 0
}

// Heartbeat renews the lease of the block until ctx ends.
func (b *Block) Heartbeat(ctx context.Context) {
	ticker := time.NewTicker(Lease / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = b.Delivery.InProgress() // after a lost connection the next one counts
		case <-ctx.Done():
			return
		}
	}
}

// Ack removes the block from the queue. If the acknowledgement is lost, the block is
// delivered again, and the journal shows that its rows have ended.
func (b *Block) Ack() { _ = b.Delivery.Ack() }

// Nak returns the block to the queue, for delivery after the delay. If the message is
// lost, the block is delivered when its lease expires.
func (b *Block) Nak(delay time.Duration) { _ = b.Delivery.NakWithDelay(delay) }
