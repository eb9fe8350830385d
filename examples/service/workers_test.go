package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
)

// A shop is workers with a journal in memory and one vendor.
type shop struct {
	t       *testing.T
	store   *journal.Memory
	fake    *credittest.Fake
	workers *workers
	before  func(context.Context) error // is called before each update
	cancel  context.CancelFunc          // of the calls

	mu    sync.Mutex
	times []time.Time // of the updates
}

func newShop(t *testing.T) *shop {
	s := &shop{t: t, store: journal.NewMemory()}
	s.fake = credittest.NewFake(credit.Support{
		Fields: map[credit.Field]credit.Ability{credit.FieldName: {Set: true, NotIdempotent: true}},
	}, credit.Record{ID: "a"}, credit.Record{ID: "b"})
	calls, cancel := context.WithCancel(t.Context())
	s.cancel = cancel
	s.workers = newWorkers(calls, s.store, map[string]credit.Updater{"fake": s},
		settings{lease: time.Minute, poll: time.Second, parallel: 2}, slog.New(slog.DiscardHandler))
	return s
}

func (s *shop) Support() credit.Support { return s.fake.Support() }

func (s *shop) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	return s.fake.Read(ctx, ref)
}

func (s *shop) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	s.mu.Lock()
	s.times = append(s.times, time.Now())
	s.mu.Unlock()
	if s.before != nil {
		if err := s.before(ctx); err != nil {
			return nil, err
		}
	}
	return s.fake.Update(ctx, ref, patch, opts...)
}

// order stores an order that names the credit after itself.
func (s *shop) order(key, id string) {
	s.t.Helper()
	job := journal.Job{Key: key, Vendor: "fake", Ref: credit.Ref{ID: id}, Patch: credit.Patch{Name: credit.Set(key)}}
	if _, err := journal.Enqueue(s.t.Context(), s.store, job); err != nil {
		s.t.Fatal(err)
	}
}

// run runs the workers for some time.
func (s *shop) run(d time.Duration) {
	ctx, cancel := context.WithTimeout(s.t.Context(), d)
	defer cancel()
	s.workers.run(ctx)
}

func (s *shop) state(key string) string {
	s.t.Helper()
	events, err := s.store.Events(s.t.Context(), key)
	entry, ok := journal.NewEntry(events, time.Now())
	if err != nil || !ok {
		s.t.Fatalf("%s: %v", key, err)
	}
	return label(entry)
}

// made returns the orders that were sent, in their order.
func (s *shop) made() (keys []string) {
	for _, call := range s.fake.Calls() {
		name, _ := call.Patch.Name.Get()
		keys = append(keys, name)
	}
	return keys
}

func failure(outcome credit.Outcome) *credit.Error {
	return &credit.Error{Vendor: "fake", Op: "Update", Kind: credit.ErrUnavailable, Outcome: outcome}
}

func TestOrdersOfOneCreditAreMadeInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		var want []string
		for i := range 5 {
			want = append(want, fmt.Sprint("o-", i))
			s.order(want[i], "a")
		}
		s.fake.Fail(failure(credit.NotSent)) // the first is late
		s.run(time.Minute)
		if got := s.made(); !slices.Equal(slices.Compact(got), want) {
			t.Errorf("made %q, want %q", got, want)
		}
	})
}

func TestDoubtHoldsLaterOrdersOfItsCreditOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.order("o-1", "a")
		s.order("o-2", "a")
		s.before = func(context.Context) error {
			s.before = nil
			return failure(credit.Unknown)
		}
		s.run(time.Minute)
		s.order("o-3", "b")
		s.run(time.Minute)
		if a, b, c := s.state("o-1"), s.state("o-2"), s.state("o-3"); a != "in doubt" || b != "waiting" || c != "made" {
			t.Fatalf("the orders are %s, %s and %s", a, b, c)
		}
		if err := journal.Settle(t.Context(), s.store, "o-1", credit.NotSent, "a person", "looked"); err != nil {
			t.Fatal(err)
		}
		s.workers.retry("o-1")
		s.run(time.Second)
		if got, want := s.made(), []string{"o-3", "o-1", "o-2"}; !slices.Equal(got, want) {
			t.Errorf("made %q, want %q", got, want)
		}
	})
}

func TestWaitsGrowAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.order("o-1", "a")
		for range 3 {
			s.fake.Fail(failure(credit.NotSent))
		}
		throttled := failure(credit.NotSent)
		throttled.RetryAfter = time.Hour
		s.fake.Fail(throttled)
		s.run(3 * time.Hour)
		if len(s.times) != 5 || s.state("o-1") != "made" {
			t.Fatalf("%d updates, and the order is %s", len(s.times), s.state("o-1"))
		}
		for i, least := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, time.Hour} {
			if wait := s.times[i+1].Sub(s.times[i]); wait < least || wait > least+least/4+2*time.Second {
				t.Errorf("wait %d is %v, want %v", i+1, wait, least)
			}
		}
	})
}

func TestNoMoreChangesAtOnceThanSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		var mu sync.Mutex
		running, most := 0, 0
		s.before = func(context.Context) error {
			mu.Lock()
			running++
			most = max(most, running)
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		}
		for i := range 6 {
			s.order(fmt.Sprint("o-", i), fmt.Sprint("credit-", i))
		}
		s.run(time.Minute)
		if most != 2 {
			t.Errorf("%d changes at once, want 2", most)
		}
	})
}

// A signal to stop lets the change in flight end, and starts no other one.
func TestShutdownFinishesChangeInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.order("o-1", "a")
		s.order("o-2", "a")
		s.before = func(context.Context) error {
			time.Sleep(5 * time.Second)
			return nil
		}
		start := time.Now()
		s.run(time.Second)
		if a, b := s.state("o-1"), s.state("o-2"); a != "made" || b != "waiting" {
			t.Errorf("the orders are %s and %s", a, b)
		}
		if d := time.Since(start); d != 5*time.Second {
			t.Errorf("stopped after %v", d)
		}
	})
}

// A change that does not end within the grace period is recorded as in doubt.
func TestGracePeriodEndsWithDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.order("o-1", "a")
		s.before = func(ctx context.Context) error {
			<-ctx.Done()
			return failure(credit.Unknown)
		}
		worked := make(chan struct{})
		go func() {
			s.run(time.Second)
			close(worked)
		}()
		start := time.Now()
		if err := shutDown(3*time.Second, &servers{}, worked, s.cancel); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d != 3*time.Second || s.state("o-1") != "in doubt" {
			t.Errorf("after %v the order is %s", d, s.state("o-1"))
		}
	})
}

func TestReadsDoNotWaitForWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limiters, err := parseLimits("fake=600/6")
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		wait := func(write bool) time.Duration {
			start := time.Now()
			ctx := credit.ContextWithOperation(t.Context(), credit.Operation{Vendor: "fake", Write: write})
			if err := limiters["fake"].Wait(ctx); err != nil {
				t.Error(err)
			}
			return time.Since(start)
		}
		wait(true)
		all.Go(func() {
			if d := wait(true); d != 10*time.Second {
				t.Errorf("the second write waited %v, want 10s", d)
			}
		})
		synctest.Wait()
		if d := wait(false); d > 100*time.Millisecond {
			t.Errorf("a read waited %v", d)
		}
		all.Wait()
	})
}
