package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// lease is how long the server waits for a sign of life before it gives a row to
// somebody else.
const lease = 30 * time.Second

// Rows are a vendor's rows that nobody works on.
type Rows struct {
	consumer jetstream.Consumer
}

// Rows opens them. The server hands out no more than inFlight at once, to all
// processes together. Where it is in this process, what an earlier process had
// taken comes at once: that one is dead, or the folder would not be ours.
func (q *Queue) Rows(ctx context.Context, j Job, vendor string, inFlight int) (*Rows, error) {
	if q.server != nil {
		err := q.js.DeleteConsumer(ctx, j.rowsStream(), vendor)
		if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil, fmt.Errorf("the rows of %s: %w", vendor, err)
		}
	}
	consumer, err := q.js.CreateOrUpdateConsumer(ctx, j.rowsStream(), jetstream.ConsumerConfig{
		Durable: vendor, FilterSubject: j.rowsSubject(vendor), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: lease, MaxDeliver: -1, MaxAckPending: inFlight,
	})
	if err != nil {
		return nil, fmt.Errorf("the rows of %s: %w", vendor, err)
	}
	return &Rows{consumer}, nil
}

// OnTheirWay counts the rows that a worker has, or that wait to be delivered again.
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
		// The server removes the files later than it answers, and a new stream of the
		// same name can find them.
		n, err := q.Submitted(ctx, j)
		if err != nil || n == 0 {
			return err
		}
		sleepBriefly(ctx)
	}
	return errors.New("the job's rows: the server does not remove them")
}

// A Delivery is a row that is this process' to work on.
type Delivery struct {
	Row     row.Row
	message jetstream.Msg
}

// ErrNone says that there was no row to work on for a while.
var ErrNoRow = errors.New("no row")

// Take waits a few seconds for a row. The process keeps it until it is dead, or
// says otherwise.
func (r *Rows) Next(ctx context.Context) (*Delivery, error) {
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
				sleepBriefly(wait) // the server is on its way
			}
			return nil, ErrNoRow
		}
		return nil, fmt.Errorf("the queue: %w", err)
	}
	d := &Delivery{message: message}
	if err := json.Unmarshal(message.Data(), &d.Row); err != nil {
		return nil, fmt.Errorf("a row in the queue cannot be read: %w", err)
	}
	return d, nil
}

func sleepBriefly(ctx context.Context) {
	select {
	case <-time.After(200 * time.Millisecond):
	case <-ctx.Done():
	}
}

// fatal tells a refusal from a server that is away or has nothing.
func isFatal(err error) bool {
	return errors.Is(err, jetstream.ErrConsumerDeleted) || errorCode(err) != 0
}

// Keep tells the server that the row is worked on, until the context ends.
func (d *Delivery) Heartbeat(ctx context.Context) {
	ticker := time.NewTicker(lease / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = d.message.InProgress() // a lost connection: the next one says it
		case <-ctx.Done():
			return
		}
	}
}

// Done takes the row from the queue. Should that be lost, it comes again, and
// the journal knows that it has ended.
func (d *Delivery) Ack() { _ = d.message.Ack() }

// Later gives the row back, to come again after the delay. Should that be lost,
// it comes when the lease is over.
func (d *Delivery) Nak(delay time.Duration) { _ = d.message.NakWithDelay(delay) }
