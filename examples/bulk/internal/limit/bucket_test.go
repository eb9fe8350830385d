package limit

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/natstest"
)

func store(t *testing.T) jetstream.KeyValue {
	kv, err := natstest.New(t).CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "LIMITS"})
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

// Three buckets share a window, as three processes do.
func TestProcessesShareWindow(t *testing.T) {
	kv, window := store(t), Window{12, 300 * time.Millisecond}
	var mu sync.Mutex
	var calls []time.Time
	var all sync.WaitGroup
	for range 3 {
		bucket := NewBucket(kv, "nexudus", []Window{window})
		for range 4 {
			all.Go(func() {
				for range 4 {
					at, err := bucket.reserve(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					calls = append(calls, at)
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	if len(calls) != 48 {
		t.Fatalf("%d calls of 48", len(calls))
	}
	slices.SortFunc(calls, time.Time.Compare)
	for i := range calls[window.Calls:] {
		if span := calls[i+window.Calls].Sub(calls[i]); span < window.Per {
			t.Errorf("%d calls within %v", window.Calls+1, span)
		}
	}
}

func TestAllWindowsApply(t *testing.T) {
	bucket := NewBucket(store(t), "nexudus", []Window{{100, time.Second}, {2, time.Hour}})
	begin := time.Now()
	var at time.Time
	for range 3 {
		var err error
		if at, err = bucket.reserve(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if wait := at.Sub(begin); wait < time.Hour {
		t.Errorf("the third call of an hour for two goes out after %v", wait)
	}
}

func TestPauseAppliesToAllProcesses(t *testing.T) {
	kv := store(t)
	for name, windows := range map[string][]Window{"limited": {{1000, time.Second}}, "free": nil} {
		t.Run(name, func(t *testing.T) {
			one, other := NewBucket(kv, name, windows), NewBucket(kv, name, windows)
			begin := time.Now()
			if err := one.Pause(t.Context(), time.Hour); err != nil {
				t.Fatal(err)
			}
			if err := one.Pause(t.Context(), time.Minute); err != nil { // makes it no shorter
				t.Fatal(err)
			}
			for _, b := range []*Bucket{one, other} {
				at, err := b.nextTime(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if wait := at.Sub(begin); wait < time.Hour {
					t.Errorf("a call goes out after %v", wait)
				}
				if left := b.Paused(); left < 59*time.Minute || left > time.Hour {
					t.Errorf("the pause lasts %v more", left)
				}
			}
		})
	}
}

func TestWaitEndsWithContext(t *testing.T) {
	bucket := NewBucket(store(t), "knox", nil)
	if err := bucket.Pause(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := bucket.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestReservationIsUsedOnce(t *testing.T) {
	bucket := NewBucket(store(t), "nexudus", []Window{{1, time.Hour}})
	if err := bucket.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(bucket.WithReservation(t.Context()), 50*time.Millisecond)
	defer cancel()
	if err := bucket.Wait(context.WithoutCancel(ctx)); err != nil {
		t.Errorf("the reserved call: %v", err)
	}
	if err := bucket.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the next call: %v", err)
	}
}

func TestLostStoreIsAnError(t *testing.T) {
	kv := store(t)
	bucket := NewBucket(kv, "nexudus", []Window{{1, time.Second}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := bucket.Wait(ctx); err == nil {
		t.Error("a reservation without the store")
	}
}

// An absent store does not answer the first calls.
type absent struct {
	jetstream.KeyValue
	calls int
	value []byte
}

func (a *absent) Update(_ context.Context, _ string, value []byte, revision uint64) (uint64, error) {
	if a.calls--; a.calls >= 0 {
		return 0, context.DeadlineExceeded
	}
	a.value = value
	return revision + 1, nil
}

func (a *absent) Get(context.Context, string) (jetstream.KeyValueEntry, error) {
	if a.calls--; a.calls >= 0 {
		return nil, context.DeadlineExceeded
	}
	return nil, jetstream.ErrKeyNotFound
}

func TestWaitRetriesUntilStoreReturns(t *testing.T) {
	for name, windows := range map[string][]Window{"limited": {{1, time.Second}}, "free": nil} {
		synctest.Test(t, func(t *testing.T) {
			kv, begin := &absent{calls: 60}, time.Now()
			if err := NewBucket(kv, name, windows).Wait(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(begin); took < time.Minute || took > 2*time.Minute {
				t.Errorf("%s: after %v", name, took)
			}
		})
	}
}

func TestWaitFailsAfterPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket, begin := NewBucket(&absent{calls: 1000}, "knox", nil), time.Now()
		bucket.Patience = 20 * time.Second
		if err := bucket.Wait(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begin); took < bucket.Patience || took > 2*bucket.Patience {
			t.Errorf("after %v", took)
		}
	})
}

// While one call waits for a store that is away, others can end, and the progress is shown.
func TestAbsentStoreHoldsUpNeitherPausedNorTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bucket := NewBucket(&absent{calls: 1000}, "nexudus", []Window{{1, time.Second}})
		first, end := context.WithCancel(t.Context())
		waits := make(chan error, 1)
		go func() { waits <- bucket.Wait(first) }()
		synctest.Wait()
		if left := bucket.Paused(); left != 0 {
			t.Errorf("the pause lasts %v", left)
		}
		second, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := bucket.Wait(second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		end()
		if err := <-waits; err == nil {
			t.Error("a reservation without the store")
		}
	})
}

// A state that a later version has written must not be replaced.
func TestInvalidStateIsAnError(t *testing.T) {
	kv := store(t)
	if _, err := kv.Put(t.Context(), "knox", []byte("{")); err != nil {
		t.Fatal(err)
	}
	for _, windows := range [][]Window{nil, {{1, time.Second}}} {
		if err := NewBucket(kv, "knox", windows).Wait(t.Context()); !errors.Is(err, errInvalidState) {
			t.Errorf("got %v", err)
		}
	}
}

// Processes with different windows do not reset each other's, and a window that
// both have continues.
func TestWindowsAreIndependent(t *testing.T) {
	kv := store(t)
	daily := Window{1, 24 * time.Hour}
	begin := time.Now()
	for i, windows := range [][]Window{{daily}, {{1000, time.Second}}, {{1000, time.Second}, daily}} {
		at, err := NewBucket(kv, "nexudus", windows).reserve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if late := at.Sub(begin) > time.Hour; late != (i == 2) {
			t.Errorf("call %d goes out after %v", i+1, at.Sub(begin))
		}
	}
}
