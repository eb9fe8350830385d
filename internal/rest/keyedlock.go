package rest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
	"github.com/creditkit/creditkit/internal/typednil"
)

// keyedLock lets one caller at a time hold a key, in the order in which they
// called. The zero keyedLock is ready to use.
type keyedLock struct {
	mu      sync.Mutex
	waiting map[string][]chan struct{} // by key that is held; a closed channel passes the key on
}

// lock waits until the key is free or ctx is done.
func (l *keyedLock) lock(ctx context.Context, key string) (unlock func(), err error) {
	if turn := l.join(key); turn != nil {
		select {
		case <-turn:
		case <-ctx.Done():
			l.leave(key, turn)
			return nil, ctx.Err()
		}
	}
	return func() { l.unlock(key) }, nil
}

// join takes a free key and returns nil, or returns a channel that is closed
// when the key passes to the caller.
func (l *keyedLock) join(key string) (turn chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		l.waiting = map[string][]chan struct{}{}
	}
	queue, held := l.waiting[key]
	if held {
		turn = make(chan struct{})
		queue = append(queue, turn)
	}
	l.waiting[key] = queue
	return turn
}

// leave removes a caller from the queue, or passes the key on if the caller has
// just received it.
func (l *keyedLock) leave(key string, turn chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting[key], turn); i >= 0 {
		l.waiting[key] = slices.Delete(l.waiting[key], i, i+1)
		return
	}
	l.pass(key)
}

func (l *keyedLock) unlock(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass(key)
}

// pass gives the key to the next caller in the queue. The caller holds l.mu.
func (l *keyedLock) pass(key string) {
	queue := l.waiting[key]
	if len(queue) == 0 {
		delete(l.waiting, key)
		return
	}
	close(queue[0])
	l.waiting[key] = queue[1:]
}

// Lock serializes the updates of one record through this client, for vendors
// whose writes replace the whole record. It fails, with nothing sent, if ctx is
// done before the caller's turn.
func (c *Client) Lock(ctx context.Context, op *Operation, id string) (unlock func(), err error) {
	if c == nil {
		return nil, errNoClient()
	}
	if typednil.Is(ctx) {
		return nil, Invalid(c.vendor, "ctx", "is nil")
	}
	start := time.Now()
	unlock, err = c.updates.lock(ctx, id)
	if err != nil {
		err = &credit.Error{
			Vendor: c.vendor, Op: op.ID, Kind: credit.ErrUnavailable, Outcome: credit.NotSent,
			Err: transport.Redacted("waiting for another update of the credit: "+err.Error(), err),
		}
		c.transport.ReportUnsent(ctx, credit.Operation{Vendor: c.vendor, Name: op.ID, Write: !op.Reads}, start, err)
		return nil, err
	}
	return unlock, nil
}
