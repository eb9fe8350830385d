package rest

import (
	"context"
	"sync"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
	"github.com/creditkit/creditkit/internal/typednil"
)

// keyedLock lets one caller at a time hold a key. The zero keyedLock is ready.
type keyedLock struct {
	mu   sync.Mutex
	keys map[string]*lockedKey
}

type lockedKey struct {
	token chan struct{} // holds one value while nobody has the key
	users int           // who has the key or waits for it
}

// lock waits until the key is free or ctx has ended. A key that is free is held at
// once, whatever ctx says: the error means that another caller holds the key.
func (l *keyedLock) lock(ctx context.Context, key string) (unlock func(), err error) {
	k := l.join(key)
	unlock = func() {
		k.token <- struct{}{}
		l.leave(key, k)
	}
	select {
	case <-k.token:
		return unlock, nil
	default:
	}
	select {
	case <-k.token:
		return unlock, nil
	case <-ctx.Done():
		l.leave(key, k)
		return nil, ctx.Err()
	}
}

func (l *keyedLock) join(key string) *lockedKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.keys[key]
	if k == nil {
		if l.keys == nil {
			l.keys = map[string]*lockedKey{}
		}
		k = &lockedKey{token: make(chan struct{}, 1)}
		k.token <- struct{}{}
		l.keys[key] = k
	}
	k.users++
	return k
}

func (l *keyedLock) leave(key string, k *lockedKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k.users--; k.users == 0 {
		delete(l.keys, key)
	}
}

// Lock makes the updates of one record through this client run one after the
// other, for vendors that write back the whole record. The error is that of a
// context that ended before the turn came: nothing was sent.
func (c *Client) Lock(ctx context.Context, op *Operation, id string) (unlock func(), err error) {
	if c == nil {
		return nil, notMade()
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
