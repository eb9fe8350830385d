package limit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Bucket shares one vendor's windows through a key of a NATS key-value store:
// whoever makes a call moves the times in it, and nobody can move them twice,
// because a write names the revision that it read.
//
// The times are the processes' own. A clock that is ahead by a second lets at
// most a second's worth of calls pass early, once.
type Bucket struct {
	store   jetstream.KeyValue
	key     string
	windows []Window

	mu       sync.Mutex // one reservation of this process at a time
	revision uint64
	state    state
	looked   time.Time
}

type state struct {
	Full  []time.Time `json:"full"`  // of each window
	Pause time.Time   `json:"pause"` // nothing goes out before it
}

// NewBucket shares the windows under the key with all who use the same store.
func NewBucket(store jetstream.KeyValue, key string, windows []Window) *Bucket {
	return &Bucket{store: store, key: key, windows: windows}
}

type paidKey struct{ b *Bucket }

// Paid lets the first Wait with the context that it returns pass: its place is
// taken already.
func (b *Bucket) Paid(ctx context.Context) context.Context {
	var once sync.Once
	return context.WithValue(ctx, paidKey{b}, func() (first bool) {
		once.Do(func() { first = true })
		return first
	})
}

// Wait returns when the call may go out; it is a [credit.Limiter].
func (b *Bucket) Wait(ctx context.Context) error {
	if first, ok := ctx.Value(paidKey{b}).(func() bool); ok && first() {
		return nil
	}
	at, err := b.next(ctx)
	if err != nil {
		return err
	}
	return until(ctx, at)
}

func until(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Pause holds back the whole fleet: the vendor asked for it. It never makes a
// pause shorter.
func (b *Bucket) Pause(ctx context.Context, d time.Duration) error {
	until := time.Now().Add(d)
	_, err := b.change(ctx, func(s *state) time.Time {
		if until.After(s.Pause) {
			s.Pause = until
		}
		return until
	})
	return err
}

// Paused is how long the last pause that this process has seen still lasts.
func (b *Bucket) Paused() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, time.Until(b.state.Pause))
}

// next is when the call may go out. A vendor without windows costs a look at
// the store once a second, for a pause.
func (b *Bucket) next(ctx context.Context) (time.Time, error) {
	if len(b.windows) > 0 {
		return b.reserve(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.looked) > time.Second {
		if err := b.load(ctx); err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
			return time.Time{}, err
		}
		b.looked = now
	}
	return b.state.Pause, nil
}

func (b *Bucket) reserve(ctx context.Context) (time.Time, error) {
	return b.change(ctx, func(s *state) time.Time {
		now := time.Now()
		first := now
		if s.Pause.After(first) {
			first = s.Pause
		}
		if len(s.Full) != len(b.windows) {
			s.Full = make([]time.Time, len(b.windows)) // other windows than the last user's
		}
		for i, w := range b.windows {
			// Each place starts where the window before it lets the call out:
			// a place that is taken too early would be free too early.
			at, next := w.reserve(s.Full[i], first)
			s.Full[i] = next
			if at.After(first) {
				first = at
			}
		}
		return first
	})
}

// change writes what edit makes of the state, again and again until nobody else
// was faster.
func (b *Bucket) change(ctx context.Context, edit func(*state) time.Time) (time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		next := state{append([]time.Time(nil), b.state.Full...), b.state.Pause}
		at := edit(&next)
		text, err := json.Marshal(next)
		if err != nil {
			return time.Time{}, err
		}
		revision, err := b.store.Update(ctx, b.key, text, b.revision)
		if err == nil {
			b.state, b.revision = next, revision
			return at, nil
		}
		if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return time.Time{}, fmt.Errorf("the limits of %s: %w", b.key, err)
		}
		if err := b.load(ctx); err != nil {
			return time.Time{}, err
		}
	}
}

func (b *Bucket) load(ctx context.Context) error {
	entry, err := b.store.Get(ctx, b.key)
	if err != nil {
		return fmt.Errorf("the limits of %s: %w", b.key, err)
	}
	var s state
	if err := json.Unmarshal(entry.Value(), &s); err != nil {
		return fmt.Errorf("the limits of %s: %w", b.key, err)
	}
	b.state, b.revision = s, entry.Revision()
	return nil
}
