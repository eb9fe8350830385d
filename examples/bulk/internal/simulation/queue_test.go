package simulation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A blockQueue is the consumer of a vendor's rows on a server of JetStream. A block that was
// delivered is delivered again when its lease expires, to any process. What is sent about
// an earlier delivery counts, as it does there. The world's lock protects it.
type blockQueue struct {
	world      *world
	vendor     string
	blocks     []*storedBlock // in order; those that were acknowledged are removed
	maxPending int            // blocks that may be delivered at once
	waiting    []*pull        // in the order of their arrival
}

type storedBlock struct {
	number  int
	rows    []row.Row
	pending bool      // it was delivered
	due     time.Time // a pending block is delivered again
}

// A pull is a request for a block. The server keeps it until it expires, also if the
// process that sent it has crashed.
type pull struct {
	expires time.Time
	block   chan *storedBlock
}

// dispatch delivers blocks to the waiting requests.
func (q *blockQueue) dispatch() {
	now := time.Now()
	q.waiting = slices.DeleteFunc(q.waiting, func(p *pull) bool { return !p.expires.After(now) })
	for len(q.waiting) > 0 {
		b := q.next(now)
		if b == nil {
			return
		}
		b.pending = true
		q.setDue(b, queue.Lease)
		q.waiting[0].block <- b
		q.waiting = q.waiting[1:]
	}
}

// next returns the next block to deliver, or nil. Redeliveries come first.
func (q *blockQueue) next(now time.Time) *storedBlock {
	var fresh *storedBlock
	pending := 0
	for _, b := range q.blocks {
		switch {
		case b.pending && !b.due.After(now):
			return b
		case b.pending:
			pending++
		case fresh == nil:
			fresh = b
		}
	}
	if pending >= q.maxPending {
		return nil
	}
	return fresh
}

// setDue delivers a block again after d, unless that is changed.
func (q *blockQueue) setDue(b *storedBlock, d time.Duration) {
	b.due = time.Now().Add(d)
	time.AfterFunc(d, func() {
		q.world.mu.Lock()
		defer q.world.mu.Unlock()
		q.dispatch()
	})
}

func (q *blockQueue) remove(b *storedBlock) {
	q.blocks = slices.DeleteFunc(q.blocks, func(other *storedBlock) bool { return other == b })
	q.dispatch() // one more may be pending
}

// processRows is the connection of a process to a queue.
type processRows struct {
	p *process
	q *blockQueue
}

var _ queue.Source = processRows{}

// pullPatience is how long bulk waits for a block.
const pullPatience = 3 * time.Second

func (r processRows) Next(ctx context.Context) (*queue.Block, error) {
	p, name := r.p, "next block of "+r.q.vendor
	f := p.fate(name)
	f, err := p.begin(ctx, name, f)
	if err != nil {
		return nil, err
	}
	request := &pull{expires: time.Now().Add(pullPatience), block: make(chan *storedBlock, 1)}
	if !f.lost {
		p.mu.Lock()
		r.q.waiting = append(r.q.waiting, request)
		r.q.dispatch()
		p.mu.Unlock()
	}
	if f.crash == during {
		p.crash()
		return nil, errCrashed
	}
	return r.receive(ctx, f, request)
}

func (r processRows) receive(ctx context.Context, f fate, request *pull) (*queue.Block, error) {
	p := r.p
	timer := time.NewTimer(pullPatience)
	defer timer.Stop()
	var b *storedBlock
	select {
	case b = <-request.block:
	case <-timer.C:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.dead:
		return nil, errCrashed
	}
	if f.crash == after {
		p.crash()
		return nil, errCrashed
	}
	if err := p.sleep(ctx, f.back); err != nil {
		return nil, err
	}
	if b == nil || !f.answered() {
		p.mu.Lock()
		p.idle[f.number] = true
		p.mu.Unlock()
		return nil, queue.ErrNoBlock
	}
	p.mu.Lock()
	p.note("%s has block %d", p.name, b.number)
	p.mu.Unlock()
	return &queue.Block{Rows: b.rows, Delivery: delivery{r, b}}, nil
}

func (r processRows) AckPending(context.Context) (int, error) {
	r.p.mu.Lock()
	defer r.p.mu.Unlock()
	pending := 0
	for _, b := range r.q.blocks {
		if b.pending {
			pending++
		}
	}
	return pending, nil
}

// A delivery sends messages without an answer.
type delivery struct {
	r processRows
	b *storedBlock
}

func (d delivery) cast(what string, effect func()) error {
	p, name := d.r.p, fmt.Sprintf("%s block %d", what, d.b.number)
	f := p.fate(name)
	if what == "renew" {
		// A heartbeat that waits would find its next tick and its end at the same moment.
		f.stall, f.freeze = 0, 0
	}
	f, err := p.begin(context.Background(), name, f)
	if err != nil {
		return err
	}
	p.send(f, func() {
		if d.b.pending {
			effect()
		}
	})
	if f.crash == during {
		p.crash()
		return errCrashed
	}
	return nil
}

func (d delivery) InProgress() error {
	if d.r.p.frozen() > 0 {
		return nil
	}
	return d.cast("renew", func() { d.r.q.setDue(d.b, queue.Lease) })
}

func (d delivery) Ack() error { return d.cast("ack", func() { d.r.q.remove(d.b) }) }

// NakWithDelay returns the block after another time than the delay, which is random and
// not part of the seed.
func (d delivery) NakWithDelay(delay time.Duration) error {
	name := fmt.Sprintf("nak block %d", d.b.number)
	r := randomFor(d.r.p.seed, fmt.Sprint(d.r.p.name, name, time.Since(epoch)))
	if delay > 0 {
		delay = between(r, time.Second, []time.Duration{5 * time.Second, time.Minute}[r.IntN(2)])
	}
	return d.cast("nak", func() { d.r.q.setDue(d.b, delay) })
}
