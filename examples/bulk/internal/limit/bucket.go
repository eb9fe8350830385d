package limit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Bucket shares the limits of one vendor through a key of a NATS key-value store.
// Each call moves the times in the key; two processes cannot make the same move,
// because a write names the revision that it read.
//
// The times are those of the processes' clocks. A clock that is ahead by a second
// lets at most a second's worth of calls pass early, once; the others then wait as
// long.
type Bucket struct {
	// Patience is how long the store may give no answer. It is for a store in this
	// process, which cannot be away for long. 0 means forever.
	Patience time.Duration

	store   Store
	key     string
	windows []Window

	turn     chan struct{} // holds the turn of the one that may use the store
	revision uint64        // belongs to the one whose turn it is, as lastLoad does
	lastLoad time.Time

	mu    sync.Mutex // never held while the store is used: Paused must not wait for it
	state state
}

// A Store keeps the buckets. A key-value store of JetStream is one.
type Store interface {
	Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error)
	// Update stores a value, if the key has this revision; 0 means that it has no value.
	Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
}

type state struct {
	Full  map[string]time.Time `json:"full"`  // when each window is empty again, by the window's text
	Pause time.Time            `json:"pause"` // no call goes out before this time
}

// NewBucket shares the windows under the key with all processes that use the same
// store.
func NewBucket(store Store, key string, windows []Window) *Bucket {
	return &Bucket{store: store, key: key, windows: windows, turn: make(chan struct{}, 1)}
}

// takeTurn waits until no other call of this process uses the store, or until ctx ends.
func (b *Bucket) takeTurn(ctx context.Context) error {
	select {
	case b.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Bucket) endTurn() { <-b.turn }

func (b *Bucket) current() state {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

func (b *Bucket) setState(s state, revision uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state, b.revision = s, revision
}

type reservationKey struct{ b *Bucket }

// WithReservation returns a context whose first Wait returns at once: its
// reservation was made already.
func (b *Bucket) WithReservation(ctx context.Context) context.Context {
	var once sync.Once
	return context.WithValue(ctx, reservationKey{b}, func() (first bool) {
		once.Do(func() { first = true })
		return first
	})
}

// Wait returns when the call may go out. It implements [credit.Limiter].
func (b *Bucket) Wait(ctx context.Context) error {
	if first, ok := ctx.Value(reservationKey{b}).(func() bool); ok && first() {
		return nil
	}
	at, err := b.nextTime(ctx)
	if err != nil {
		return err
	}
	return sleepUntil(ctx, at)
}

func sleepUntil(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Pause stops the calls of all processes for a time that the vendor asked for. It
// never shortens a pause.
func (b *Bucket) Pause(ctx context.Context, d time.Duration) error {
	until := time.Now().Add(d)
	_, err := b.updateState(ctx, func(s *state) time.Time {
		if until.After(s.Pause) {
			s.Pause = until
		}
		return until
	})
	return err
}

// Paused returns the remaining time of the last pause that this process knows of.
func (b *Bucket) Paused() time.Duration {
	return max(0, time.Until(b.current().Pause))
}

// nextTime returns when the call may go out. For a vendor without windows it reads
// the store once a second, for a pause.
func (b *Bucket) nextTime(ctx context.Context) (time.Time, error) {
	if len(b.windows) > 0 {
		return b.reserve(ctx)
	}
	if err := b.takeTurn(ctx); err != nil {
		return time.Time{}, err
	}
	defer b.endTurn()
	if now := time.Now(); now.Sub(b.lastLoad) > time.Second {
		if err := b.retryWhileAway(ctx, b.loadState); err != nil {
			return time.Time{}, err
		}
		b.lastLoad = now
	}
	return b.current().Pause, nil
}

func (b *Bucket) reserve(ctx context.Context) (time.Time, error) {
	return b.updateState(ctx, func(s *state) time.Time {
		now := time.Now()
		first := now
		if s.Pause.After(first) {
			first = s.Pause
		}
		for _, w := range b.windows {
			// Each reservation begins when the window before it lets the call out: one
			// that is made too early would be free too early.
			at, next := w.reserve(s.Full[w.String()], first)
			s.Full[w.String()] = next
			if at.After(first) {
				first = at
			}
		}
		return first
	})
}

// updateState stores the state that edit returns, and repeats that until no other
// process was faster. An edit whose acknowledgement is lost is made a second time,
// which wastes a reservation.
func (b *Bucket) updateState(ctx context.Context, edit func(*state) time.Time) (at time.Time, err error) {
	if err := b.takeTurn(ctx); err != nil {
		return time.Time{}, err
	}
	defer b.endTurn()
	err = b.retryWhileAway(ctx, func(ctx context.Context) error {
		for {
			known := b.current()
			next := state{make(map[string]time.Time), known.Pause}
			maps.Copy(next.Full, known.Full)
			at = edit(&next)
			text, err := json.Marshal(next)
			if err != nil {
				return err
			}
			revision, err := b.store.Update(ctx, b.key, text, b.revision)
			if err == nil {
				b.setState(next, revision)
				return nil
			}
			if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
				return err
			}
			if err := b.loadState(ctx); err != nil {
				return err
			}
		}
	})
	return at, err
}

func (b *Bucket) loadState(ctx context.Context) error {
	entry, err := b.store.Get(ctx, b.key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		b.setState(state{}, 0)
		return nil
	}
	if err != nil {
		return err
	}
	var s state
	if err := json.Unmarshal(entry.Value(), &s); err != nil {
		return fmt.Errorf("%w: %w", errInvalidState, err)
	}
	b.setState(s, entry.Revision())
	return nil
}

var errInvalidState = errors.New("the server's state cannot be read")

// retryWhileAway repeats try while the server is away, until ctx or the patience
// ends.
func (b *Bucket) retryWhileAway(ctx context.Context, try func(context.Context) error) error {
	begun := time.Now()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		var refused jetstream.JetStreamError
		final := errors.Is(err, errInvalidState) || errors.As(err, &refused) && refused.APIError() != nil ||
			b.Patience > 0 && time.Since(begun) > b.Patience
		if final || sleepUntil(ctx, time.Now().Add(time.Second)) != nil {
			return fmt.Errorf("the limits of %s: %w", b.key, err)
		}
	}
}
