package proof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// An intervalLimiter allows one attempt per interval and no bursts, so no
// minute sees more attempts than it has intervals.
type intervalLimiter struct {
	interval time.Duration
	mu       sync.Mutex
	nextTurn time.Time
}

func (b *intervalLimiter) Wait(ctx context.Context) error {
	b.mu.Lock()
	now := time.Now()
	turn := b.nextTurn
	if turn.Before(now) {
		turn = now
	}
	b.nextTurn = turn.Add(b.interval)
	b.mu.Unlock()
	timer := time.NewTimer(turn.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A limiter keeps all attempts, retries included, below a vendor's documented
// limit. Without it the vendor rejects some of the same calls.
func TestLimiterPreventsRateLimitErrors(t *testing.T) {
	for _, test := range []struct {
		name     string
		vendor   string
		minute   int
		recorded bool // pass the record, so that each call is one write
	}{
		{"nexudus writes", "nexudus", 60, true},
		{"nexudus calls", "nexudus", 120, false},
		{"thoughtindustries calls", "thoughtindustries", 120, false},
	} {
		for _, limited := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, limited %t", test.name, limited), func(t *testing.T) {
				v := vendorNamed(t, test.vendor)
				fake := v.fake(t)
				refs := seedCopies(t, fake, 20)
				synctest.Test(t, func(t *testing.T) {
					counter := &rateLimitCounter{next: fake.Transport()}
					opts := []credit.Option{credit.WithTransport(counter)}
					if limited {
						opts = append(opts, credit.WithLimiter(&intervalLimiter{interval: time.Minute / time.Duration(test.minute)}))
					}
					updater := v.newFakeUpdater(t, fake, opts...)
					fake.Limit(test.minute, time.Minute)
					for range 20 {
						fake.Queue(credittest.Respond(503, ""), credittest.Slow(time.Second), credittest.Slow(0), credittest.LostAfter())
					}
					var group sync.WaitGroup
					for _, ref := range refs {
						group.Go(func() {
							for n := range 20 {
								var call []credit.CallOption
								if test.recorded {
									call = []credit.CallOption{credit.WithRecord(fake.Record(ref.ID))}
								}
								_, err := updater.Update(t.Context(), ref, v.edits[0].patch(n), call...)
								if limited && errors.Is(err, credit.ErrRateLimited) {
									t.Error(err)
								}
							}
						})
					}
					group.Wait()
					if n := counter.limited.Load(); (n > 0) == limited {
						t.Errorf("%d of %d attempts were rate limited", n, counter.all.Load())
					}
					t.Logf("%d of %d attempts were rate limited", counter.limited.Load(), counter.all.Load())
				})
			})
		}
	}
}

// rateLimitCounter counts responses that report a rate limit.
type rateLimitCounter struct {
	next         http.RoundTripper
	all, limited atomic.Int64
}

func (s *rateLimitCounter) RoundTrip(req *http.Request) (*http.Response, error) {
	s.all.Add(1)
	resp, err := s.next.RoundTrip(req)
	if err == nil && (resp.StatusCode == http.StatusConflict || resp.StatusCode == http.StatusTooManyRequests) {
		s.limited.Add(1)
	}
	return resp, err
}
