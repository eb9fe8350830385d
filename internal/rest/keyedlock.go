package rest

import (
	"context"
	"slices"
	"sync"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
	"github.com/creditkit/creditkit/internal/typednil"
)

// keyedLock lets one caller at a time hold a key. Callers get a key in the order
// in which they came. The zero keyedLock is ready.
type keyedLock struct {
	mu      sync.Mutex
	waiting map[string][]chan struct{} // by key that is held; a closed channel passes the key on
}

// lock waits until the key is free or ctx has ended.
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

// join takes a free key and returns nil, or returns a channel that is closed when
// the key passes to the caller.
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

// leave gives up a place in the queue, or the key if it has just been passed on.
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

// Lock makes the updates of one record through this client run one after the
// other, for vendors that write back the whole record. The error is that of a
// context that ended before the turn came: nothing was sent.
func (c *Client) Lock(ctx context.Context, op *Operation, id string) (unlock func(), err error) {
	if c == nil {
		return nil, errNoClient()
	}
	if typednil.Is(ctx) {
		return nil, Invalid(c.vendor, "ctx", "is nil")
	}
	unlock, err = c.updates.lock(ctx, id)
	if err != nil {
		return nil, &credit.Error{
			Vendor: c.vendor, Op: op.ID, Kind: credit.ErrUnavailable, Outcome: credit.NotSent,
			Err: transport.Redacted("another update of the same credit is running: "+err.Error(), err),
		}
	}
	return unlock, nil
}
