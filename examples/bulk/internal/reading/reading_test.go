package reading

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// numbers yields the numbers below n, and then an error, if there is one.
func numbers(n int, err error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if err != nil {
			yield(0, err)
		}
	}
}

// Reads run side by side, never more than allowed, and what they return keeps the order.
func TestReadsRunSideBySideAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &Vendor{InFlight: 7, Patience: time.Hour}
		var now, most atomic.Int32
		var got []int
		began := time.Now()
		err := InOrder(t.Context(), numbers(700, nil), func(ctx context.Context, n int) (int, error) {
			err := v.Do(ctx, func() error {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Second)
				now.Add(-1)
				return nil
			})
			return n * 2, err
		}, func(n, found int) error {
			if found != n*2 {
				t.Errorf("row %d has the answer %d", n, found)
			}
			got = append(got, n)
			return nil
		})
		if err != nil || len(got) != 700 || !slices.IsSorted(got) {
			t.Errorf("%v, %d rows", err, len(got))
		}
		if most.Load() != 7 || time.Since(began) != 100*time.Second {
			t.Errorf("%d reads at once, %v", most.Load(), time.Since(began))
		}
	})
}

func TestFirstErrorEndsReads(t *testing.T) {
	wrong := errors.New("wrong")
	for _, test := range []struct {
		name             string
		rows, read, emit error
	}{{"rows", wrong, nil, nil}, {"read", nil, wrong, nil}, {"emit", nil, nil, wrong}} {
		t.Run(test.name, func(t *testing.T) {
			emitted := 0
			err := InOrder(t.Context(), numbers(3, test.rows),
				func(context.Context, int) (int, error) { return 0, test.read },
				func(int, int) error { emitted++; return test.emit })
			if !errors.Is(err, wrong) || test.rows != nil && emitted != 3 {
				t.Errorf("got %v after %d rows", err, emitted)
			}
		})
	}
}

// pauses counts the pauses, and waits.
type pauses struct{ all []time.Duration }

func (p *pauses) Pause(_ context.Context, d time.Duration) error {
	p.all = append(p.all, d)
	time.Sleep(d)
	return nil
}

// A rate limit is waited for. Refused credentials, and a vendor that fails for longer than
// its patience, end the reads; other errors belong to their row.
func TestRateLimitIsWaitedFor(t *testing.T) {
	failed := func(kind credit.Kind, after time.Duration) error {
		return &credit.Error{Vendor: "knox", Kind: kind, Outcome: credit.NotSent, RetryAfter: after}
	}
	for _, test := range []struct {
		name    string
		errs    []error
		pauses  []time.Duration
		ok      bool
		givenUp bool
	}{
		{"answer", nil, nil, true, false},
		{"rate limit", []error{failed(credit.ErrRateLimited, time.Minute), failed(credit.ErrRateLimited, 0)}, []time.Duration{time.Minute, pause}, true, false},
		{"not found", []error{failed(credit.ErrNotFound, 0)}, nil, false, false},
		{"unavailable", []error{failed(credit.ErrUnavailable, 0)}, nil, false, false},
		{"unauthorized", []error{failed(credit.ErrUnauthorized, 0)}, nil, false, true},
		{"away", slices.Repeat([]error{failed(credit.ErrRateLimited, time.Hour)}, 9), []time.Duration{time.Hour, time.Hour}, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var paused pauses
				v := &Vendor{Calls: &paused, Patience: 90 * time.Minute}
				err := v.Do(t.Context(), func() (err error) {
					if len(test.errs) > 0 {
						err, test.errs = test.errs[0], test.errs[1:]
					}
					return err
				})
				if (err == nil) != test.ok || errors.Is(err, ErrGivenUp) != test.givenUp || !slices.Equal(paused.all, test.pauses) {
					t.Errorf("got %v after pauses of %v", err, paused.all)
				}
			})
		})
	}
}
