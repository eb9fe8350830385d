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

// A Bucket shares one vendor's windows through a key of a NATS key-value store:
// whoever makes a call moves the times in it, and nobody can move them twice,
// because a write names the revision that it read.
//
// The times are the processes' own. A clock that is ahead by a second lets at
// most a second's worth of calls pass early, once; the others wait for as long.
type Bucket struct {
	// Patience is how long the store may give no answer, where it cannot be away
	// for long; 0 is for ever.
	Patience time.Duration

	store   jetstream.KeyValue
	key     string
	windows []Window

	mu       sync.Mutex // one reservation of this process at a time
	revision uint64
	state    state
	lastLoad time.Time
}

type state struct {
	Full  map[string]time.Time `json:"full"`  // of each window, by what it is
	Pause time.Time            `json:"pause"` // nothing goes out before it
}

// NewBucket shares the windows under the key with all who use the same store.
func NewBucket(store jetstream.KeyValue, key string, windows []Window) *Bucket {
	return &Bucket{store: store, key: key, windows: windows}
}

type reservationKey struct{ b *Bucket }

// Paid lets the first Wait with the context that it returns pass: its place is
// taken already.
func (b *Bucket) WithReservation(ctx context.Context) context.Context {
	var once sync.Once
	return context.WithValue(ctx, reservationKey{b}, func() (first bool) {
		once.Do(func() { first = true })
		return first
	})
}

// Wait returns when the call may go out; it is a [credit.Limiter].
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

// Pause holds back the whole fleet: the vendor asked for it. It never makes a
// pause shorter.
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

// Paused is how long the last pause that this process has seen still lasts.
func (b *Bucket) Paused() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, time.Until(b.state.Pause))
}

// next is when the call may go out. A vendor without windows costs a look at
// the store once a second, for a pause.
func (b *Bucket) nextTime(ctx context.Context) (time.Time, error) {
	if len(b.windows) > 0 {
		return b.reserve(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.lastLoad) > time.Second {
		if err := b.retryWhileAway(ctx, b.loadState); err != nil {
			return time.Time{}, err
		}
		b.lastLoad = now
	}
	return b.state.Pause, nil
}

func (b *Bucket) reserve(ctx context.Context) (time.Time, error) {
	return b.updateState(ctx, func(s *state) time.Time {
		now := time.Now()
		first := now
		if s.Pause.After(first) {
			first = s.Pause
		}
		for _, w := range b.windows {
			// Each place starts where the window before it lets the call out:
			// a place that is taken too early would be free too early.
			at, next := w.reserve(s.Full[w.String()], first)
			s.Full[w.String()] = next
			if at.After(first) {
				first = at
			}
		}
		return first
	})
}

// change writes what edit makes of the state, again and again until nobody else
// was faster. An edit whose answer is lost is made a second time: a place is
// wasted then.
func (b *Bucket) updateState(ctx context.Context, edit func(*state) time.Time) (at time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	err = b.retryWhileAway(ctx, func(ctx context.Context) error {
		for {
			next := state{make(map[string]time.Time), b.state.Pause}
			maps.Copy(next.Full, b.state.Full)
			at = edit(&next)
			text, err := json.Marshal(next)
			if err != nil {
				return err
			}
			revision, err := b.store.Update(ctx, b.key, text, b.revision)
			if err == nil {
				b.state, b.revision = next, revision
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
		b.state, b.revision = state{}, 0
		return nil
	}
	if err != nil {
		return err
	}
	var s state
	if err := json.Unmarshal(entry.Value(), &s); err != nil {
		return fmt.Errorf("%w: %w", errInvalidState, err)
	}
	b.state, b.revision = s, entry.Revision()
	return nil
}

var errInvalidState = errors.New("what the server holds cannot be read")

// persist tries while the server is away, until ctx or the patience ends.
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
